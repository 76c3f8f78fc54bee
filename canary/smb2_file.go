package canary

import (
	"encoding/binary"
	"math"

	"smbready/inventory"
	"smbready/smbproto"
)

// fileCommand answers a request about files.
func (s *smb2) fileCommand(r *request) answer {
	if r.tree.pipe && r.h.Command != smbproto.SMB2CommandIOCTL {
		return s.refuse(r, pipeStatus(r.h.Command))
	}
	switch r.h.Command {
	case smbproto.SMB2CommandCreate:
		return s.create(r)
	case smbproto.SMB2CommandClose:
		return s.closeFile(r)
	case smbproto.SMB2CommandFlush:
		m, err := smbproto.ParseSMB2FlushRequest(r.b)
		return s.done(r, m.FileID, err)
	case smbproto.SMB2CommandLock:
		m, err := smbproto.ParseSMB2LockRequest(r.b)
		return s.done(r, m.FileID, err)
	case smbproto.SMB2CommandWrite:
		return s.write(r)
	case smbproto.SMB2CommandRead:
		return s.read(r)
	case smbproto.SMB2CommandQueryDirectory:
		return s.queryDirectory(r)
	case smbproto.SMB2CommandQueryInfo:
		return s.queryInfo(r)
	case smbproto.SMB2CommandSetInfo:
		return s.setInfo(r)
	case smbproto.SMB2CommandIOCTL:
		return s.ioctl(r)
	}
	return s.refuse(r, smbproto.StatusNotSupported)
}

// pipeStatus refuses what is asked of IPC$, where there is no pipe.
func pipeStatus(command uint16) smbproto.Status {
	if command == smbproto.SMB2CommandCreate {
		return smbproto.StatusObjectNameNotFound
	}
	return smbproto.StatusFileClosed
}

// file returns the file that a request means, or why there is none.
func (s *smb2) file(r *request, id smbproto.FileID, err error) (*openFile, smbproto.Status) {
	n := number(id)
	if id == smbproto.RelatedFile {
		n = r.file
		if r.failed != smbproto.StatusSuccess {
			return nil, r.failed
		}
	}
	if err != nil {
		return nil, smbproto.StatusInvalidParameter
	}
	f := s.share.file(n)
	if f == nil {
		return nil, smbproto.StatusFileClosed
	}
	return f, smbproto.StatusSuccess
}

// done answers a request that changes nothing here, if its file is open.
func (s *smb2) done(r *request, id smbproto.FileID, err error) answer {
	f, status := s.file(r, id, err)
	if f == nil {
		return s.refuse(r, status)
	}
	a := s.plain(r)
	a.file = f.id
	return a
}

func (s *smb2) create(r *request) answer {
	s.reached(inventory.StageFile)
	m, err := smbproto.ParseSMB2CreateRequest(r.b)
	if err != nil {
		return s.refuse(r, smbproto.StatusInvalidParameter)
	}
	want, wrong := anyKind, false
	switch directory, file := m.Options&smbproto.CreateDirectory != 0, m.Options&smbproto.CreateNonDirectory != 0; {
	case directory:
		want, wrong = wantsDirectory, file
	case file:
		want = wantsFile
	}
	if wrong {
		return s.refuse(r, smbproto.StatusInvalidParameter)
	}
	f, action, status := s.share.create(m.Name, m.Disposition, want)
	if status != smbproto.StatusSuccess {
		return s.refuse(r, status)
	}
	f.doomed = m.Options&smbproto.CreateDeleteOnClose != 0
	facts := f.node.smb2()
	response := smbproto.SMB2CreateResponse{Header: s.header(r, smbproto.StatusSuccess), Action: action, Times: facts.Times,
		AllocationSize: facts.Allocated, EndOfFile: facts.Size, Attributes: facts.Attributes(), FileID: f.fileID()}
	return answer{b: response.Append(nil), file: f.id}
}

// smb2 returns what SMB2 tells of a node.
func (n *node) smb2() smbproto.SMB2File {
	changed := smbproto.NewFiletime(n.changed)
	return smbproto.SMB2File{Path: n.path, Name: base(n.path), Number: n.number, Size: n.size, Directory: n.directory,
		Times:     smbproto.SMB2FileTimes{Creation: smbproto.NewFiletime(n.created), LastAccess: changed, LastWrite: changed, Change: changed},
		Allocated: (max(n.size, n.allocated) + 4095) &^ 4095, Access: allAccess}
}

func (s *smb2) closeFile(r *request) answer {
	m, err := smbproto.ParseSMB2CloseRequest(r.b)
	f, status := s.file(r, m.FileID, err)
	if f == nil {
		return s.refuse(r, status)
	}
	response := smbproto.SMB2CloseResponse{Header: s.header(r, smbproto.StatusSuccess), Flags: m.Flags & smbproto.CloseWithAttributes}
	if response.Flags != 0 {
		facts := f.node.smb2()
		response.Times, response.AllocationSize, response.EndOfFile, response.Attributes = facts.Times, facts.Allocated, facts.Size, facts.Attributes()
	}
	s.share.close(f)
	return answer{b: response.Append(nil), file: f.id}
}

// endOfFileOffset means the end of the file, in a WRITE, [MS-SMB2] 2.2.21.
const endOfFileOffset = math.MaxUint64

func (s *smb2) write(r *request) answer {
	s.reached(inventory.StageData)
	m, err := smbproto.ParseSMB2WriteRequest(r.b)
	f, status := s.file(r, m.FileID, err)
	if f == nil {
		return s.refuse(r, status)
	}
	if m.Offset == endOfFileOffset {
		m.Offset = f.node.size
	}
	if status := s.share.write(f, m.Offset, len(m.Data)); status != smbproto.StatusSuccess {
		if status == smbproto.StatusDiskFull {
			s.quirk("wrote more than is taken")
		}
		return s.refuse(r, status)
	}
	s.contact.Data = true
	response := smbproto.SMB2WriteResponse{Header: s.header(r, smbproto.StatusSuccess), Count: uint32(len(m.Data))}
	return answer{b: response.Append(nil), file: f.id}
}

// read has nothing to give: what was written is not kept.
func (s *smb2) read(r *request) answer {
	s.reached(inventory.StageData)
	m, err := smbproto.ParseSMB2ReadRequest(r.b)
	f, status := s.file(r, m.FileID, err)
	switch {
	case f == nil:
		return s.refuse(r, status)
	case f.node.directory:
		return s.refuse(r, smbproto.StatusInvalidDeviceRequest)
	}
	if f.node.size > m.Offset {
		s.quirk("read what it had written, which is not kept")
	}
	a := s.refuse(r, smbproto.StatusEndOfFile)
	a.file = f.id
	return a
}

func (s *smb2) setInfo(r *request) answer {
	m, err := smbproto.ParseSMB2SetInfoRequest(r.b)
	f, status := s.file(r, m.FileID, err)
	if f == nil {
		return s.refuse(r, status)
	}
	if m.Type == smbproto.InfoFile {
		if status := s.set(f, m); status != smbproto.StatusSuccess {
			return s.refuse(r, status)
		}
	}
	return answer{b: smbproto.SMB2SetInfoResponse{Header: s.header(r, smbproto.StatusSuccess)}.Append(nil), file: f.id}
}

// set changes a file. Times, attributes and what else is not kept are taken as
// if they were.
func (s *smb2) set(f *openFile, m smbproto.SMB2SetInfoRequest) smbproto.Status {
	switch m.Class {
	case smbproto.ClassRename, smbproto.ClassRenameEx:
		path, replace, err := smbproto.ParseRename(m.Input)
		if err != nil {
			return smbproto.StatusInfoLengthMismatch
		}
		return s.share.rename(f.node, path, replace)
	case smbproto.ClassDisposition, smbproto.ClassDispositionEx:
		if len(m.Input) == 0 {
			return smbproto.StatusInfoLengthMismatch
		}
		return s.share.doom(f, m.Input[0]&1 != 0)
	case smbproto.ClassEndOfFile, smbproto.ClassAllocation:
		size, err := smbproto.ParseEndOfFile(m.Input)
		switch {
		case err != nil:
			return smbproto.StatusInfoLengthMismatch
		case m.Class == smbproto.ClassEndOfFile:
			return s.share.resize(f, size)
		case size > s.options.Limits.Written:
			return smbproto.StatusDiskFull
		}
		f.node.allocated = size
	}
	return smbproto.StatusSuccess
}

// ioctl answers a control code: what a client asks to be sure of the NEGOTIATE,
// and nothing else.
func (s *smb2) ioctl(r *request) answer {
	m, err := smbproto.ParseSMB2IOCTLRequest(r.b)
	switch {
	case err != nil:
		return s.refuse(r, smbproto.StatusInvalidParameter)
	case m.Code == smbproto.FSCTLDFSGetReferrals || m.Code == smbproto.FSCTLDFSGetReferralsEx:
		return s.refuse(r, smbproto.StatusFSDriverRequired) // [MS-SMB2] 3.3.5.15.2
	case m.Code != smbproto.FSCTLValidateNegotiate:
		return s.refuse(r, smbproto.StatusInvalidDeviceRequest)
	}
	if v, err := smbproto.ParseValidateNegotiateRequest(m.Input); err != nil || !s.sameOffer(v) {
		s.quirk("says that it offered something else than what came: somebody in between changed its NEGOTIATE, or it is mistaken")
		return answer{end: inventory.EndServerClosed} // [MS-SMB2] 3.3.5.15.12
	}
	output := smbproto.ValidateNegotiateResponse{Capabilities: s.answered.Capabilities, ServerGUID: s.answered.ServerGUID,
		SecurityMode: s.answered.SecurityMode, Dialect: s.answered.Dialect}.Append(nil)
	response := smbproto.SMB2IOCTLResponse{Header: s.header(r, smbproto.StatusSuccess), Code: m.Code, FileID: m.FileID, Output: output}
	return answer{b: response.Append(nil)}
}

// sameOffer reports whether a client repeats what it offered. After an SMB1
// NEGOTIATE there is nothing to compare.
func (s *smb2) sameOffer(v smbproto.ValidateNegotiateRequest) bool {
	o := &s.offered
	if o.Dialects == nil {
		return true
	}
	return v.Capabilities == o.Capabilities && v.ClientGUID == o.ClientGUID && v.SecurityMode == o.SecurityMode &&
		highest(v.Dialects) == highest(o.Dialects)
}

// volume is the disk that the share claims to be on.
func (c *conn) volume() smbproto.SMB2Volume {
	const total = 1 << 40
	return smbproto.SMB2Volume{Label: c.options.Share, Serial: binary.LittleEndian.Uint32(c.server.guid[:]), Created: smbproto.NewFiletime(c.server.started),
		Total: total, Free: total / 2}
}
