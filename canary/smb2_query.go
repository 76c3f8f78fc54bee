package canary

import "smbready/smbproto"

// queryInfo answers QUERY_INFO.
func (s *smb2) queryInfo(r *request) answer {
	m, err := smbproto.ParseSMB2QueryInfoRequest(r.b)
	f, status := s.file(r, m.FileID, err)
	if f == nil {
		return s.refuse(r, status)
	}
	out, ok := []byte(nil), false
	switch m.Type {
	case smbproto.InfoFile:
		facts := f.node.smb2()
		facts.Deleted = f.doomed
		out, ok = facts.Information(m.Class)
	case smbproto.InfoFileSystem:
		out, ok = s.volume().Information(m.Class)
	case smbproto.InfoSecurity:
		out, ok = smbproto.NullSecurity, true
	}
	if !ok {
		return s.refuse(r, smbproto.StatusInvalidInfoClass)
	}
	if uint64(len(out)) > uint64(m.MaxOutput) {
		return s.cutShort(r, f, out, m.MaxOutput)
	}
	return s.output(r, f, smbproto.StatusSuccess, out)
}

// leastOutput is how much a client must at least take, in bytes, for a part of
// an answer to be of use to it.
const leastOutput = 24

// cutShort answers with what there is room for, [MS-SMB2] 3.3.5.20.1.
func (s *smb2) cutShort(r *request, f *openFile, out []byte, room uint32) answer {
	if room < leastOutput {
		return s.refuse(r, smbproto.StatusInfoLengthMismatch)
	}
	return s.output(r, f, smbproto.StatusBufferOverflow, out[:room])
}

// output is an answer with output.
func (s *smb2) output(r *request, f *openFile, status smbproto.Status, out []byte) answer {
	return answer{b: smbproto.SMB2OutputResponse{Header: s.header(r, status), Output: out}.Append(nil), file: f.id}
}

// queryDirectory lists a folder: what this connection has created there, and the
// folder itself and the one above, as Windows has it.
func (s *smb2) queryDirectory(r *request) answer {
	m, err := smbproto.ParseSMB2QueryDirectoryRequest(r.b)
	f, status := s.file(r, m.FileID, err)
	switch {
	case f == nil:
		return s.refuse(r, status)
	case !f.node.directory:
		return s.refuse(r, smbproto.StatusInvalidParameter)
	}
	if s.listings++; s.listings > maxListings {
		s.quirk("asked for more listings of a folder at once than are made")
		return s.refuse(r, smbproto.StatusInsufficientResources)
	}
	if m.Flags&(smbproto.DirectoryRestart|smbproto.DirectoryReopen) != 0 || !f.begun {
		f.listed, f.begun, f.pattern = 0, true, m.Pattern
	}
	entries := s.entries(f)
	first := f.listed == 0
	out, known := f.listEntries(entries, m, min(m.MaxOutput, maxData-1024))
	switch {
	case !known:
		return s.refuse(r, smbproto.StatusInvalidInfoClass)
	case len(out) == 0 && f.listed < len(entries):
		return s.refuse(r, smbproto.StatusInfoLengthMismatch) // not even one fits
	case len(out) == 0 && first && f.pattern != "*":
		return s.refuse(r, smbproto.StatusNoSuchFile)
	case len(out) == 0:
		return s.refuse(r, smbproto.StatusNoMoreFiles)
	}
	return s.output(r, f, smbproto.StatusSuccess, out)
}

// entries returns what a listing of a folder tells.
func (s *smb2) entries(f *openFile) (list []smbproto.SMB2File) {
	for _, name := range []string{".", ".."} {
		if fits(f.pattern, name) {
			e := f.node.smb2()
			e.Name = name
			list = append(list, e)
		}
	}
	for _, n := range s.share.matching(f.node.path, f.pattern) {
		list = append(list, n.smb2())
	}
	return list
}

// listEntries returns the next entries that there is room for. It reports false
// for a class of information that is not known.
func (f *openFile) listEntries(entries []smbproto.SMB2File, m smbproto.SMB2QueryDirectoryRequest, room uint32) (out []byte, known bool) {
	last := -1
	for f.listed < len(entries) {
		e, ok := entries[f.listed].DirectoryEntry(nil, m.Class)
		if !ok {
			return nil, false
		}
		const padding = 7 // at most
		if uint64(len(out)+padding+len(e)) > uint64(room) {
			break
		}
		if last >= 0 {
			out = smbproto.LinkEntry(out, last)
		}
		last = len(out)
		out = append(out, e...)
		f.listed++
		if m.Flags&smbproto.DirectorySingle != 0 {
			break
		}
	}
	return out, true
}
