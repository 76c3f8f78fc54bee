package canary

import (
	"smbready/inventory"
	"smbready/smbproto"
)

// transaction2 answers TRANSACTION2, which asks for and sets what is known of
// files, [MS-CIFS] 2.2.6. One that comes in several messages is refused.
func (s *smb1) transaction2(k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	req, err := k.Transaction2()
	switch {
	case err != nil:
		return nothing(smbproto.StatusInvalidParameter)
	case req.Partial:
		return nothing(smbproto.StatusNotSupported)
	}
	unicode := k.Unicode()
	switch req.Subcommand {
	case smbproto.Trans2QueryFileSystem:
		data, ok := smbproto.SMB1Volume{SMB2Volume: s.volume()}.Information(req.Level, unicode)
		return queried(nil, data, ok)
	case smbproto.Trans2QueryFile, smbproto.Trans2QueryPath:
		n := s.meant(req)
		if n == nil {
			return nothing(s.missing(req))
		}
		data, ok := known(n, req.Level, unicode)
		return queried(make([]byte, 2), data, ok) // EaErrorOffset
	case smbproto.Trans2SetFile, smbproto.Trans2SetPath:
		return s.set(req)
	case smbproto.Trans2FindFirst:
		s.reached(inventory.StageFile)
		return s.find(req, unicode)
	case smbproto.Trans2FindNext: // all there is came at once
		return smbproto.SMB1Transaction2Response{Parameters: []byte{0, 0, 1, 0, 0, 0, 0, 0}}.Block(), smbproto.StatusSuccess
	case smbproto.Trans2CreateDirectory:
		s.reached(inventory.StageFile)
		if status := s.touch(req.Name, smbproto.FileCreate, wantsDirectory); status != smbproto.StatusSuccess {
			return nothing(status)
		}
		return queried(make([]byte, 2), nil, true)
	}
	return nothing(smbproto.StatusNotSupported)
}

// known returns what is told of a file at a level.
func known(n *node, level uint16, unicode bool) (data []byte, ok bool) {
	if class := level - smbproto.PassThrough; level >= smbproto.PassThrough && class <= 0xff {
		return n.smb2().Information(uint8(class))
	}
	return tell(n).Information(level, unicode)
}

// queried returns an answer with parameters and data, or says that there is no
// such level.
func queried(parameters, data []byte, ok bool) (smbproto.SMB1Block, smbproto.Status) {
	if !ok {
		return nothing(smbproto.StatusInvalidInfoClass)
	}
	return smbproto.SMB1Transaction2Response{Parameters: parameters, Data: data}.Block(), smbproto.StatusSuccess
}

// meant returns the file that a request is about, or nil.
func (s *smb1) meant(req smbproto.SMB1Transaction2Request) *node {
	switch req.Subcommand {
	case smbproto.Trans2QueryFile, smbproto.Trans2SetFile:
		if f := s.share.file(uint64(req.FID)); f != nil {
			return f.node
		}
		return nil
	}
	s.reached(inventory.StageFile)
	return s.share.nodes[fold(tidy(req.Name))]
}

// missing returns what is said of a file that is not there.
func (s *smb1) missing(req smbproto.SMB1Transaction2Request) smbproto.Status {
	if req.Subcommand == smbproto.Trans2QueryFile || req.Subcommand == smbproto.Trans2SetFile {
		return smbproto.StatusInvalidHandle
	}
	return smbproto.StatusObjectNameNotFound
}

// set answers SET_FILE_INFORMATION and SET_PATH_INFORMATION. Times and
// attributes are forgotten.
func (s *smb1) set(req smbproto.SMB1Transaction2Request) (smbproto.SMB1Block, smbproto.Status) {
	n := s.meant(req)
	if n == nil {
		return nothing(s.missing(req))
	}
	f := s.share.file(uint64(req.FID))
	status := smbproto.StatusSuccess
	switch {
	case f == nil || req.Subcommand == smbproto.Trans2SetPath:
	case req.Level == smbproto.SetEndOfFile || req.Level == smbproto.SetEndOfFilePass:
		size, err := smbproto.ParseEndOfFile(req.Data)
		if err != nil {
			return nothing(smbproto.StatusInvalidParameter)
		}
		status = s.share.resize(f, size)
	case len(req.Data) >= 1 && (req.Level == smbproto.SetDisposition || req.Level == smbproto.SetDispositionPass):
		status = s.share.doom(f, req.Data[0] != 0)
	case req.Level == smbproto.SetRenamePass:
		to, ok := req.RenameTo()
		if !ok {
			return nothing(smbproto.StatusInvalidParameter)
		}
		status = s.share.rename(n, to, true)
	}
	if status != smbproto.StatusSuccess {
		return nothing(status)
	}
	return queried(make([]byte, 2), nil, true)
}

// find lists a folder, as far as the answer has room for it.
func (s *smb1) find(req smbproto.SMB1Transaction2Request, unicode bool) (smbproto.SMB1Block, smbproto.Status) {
	path := tidy(req.Name)
	var list []smbproto.SMB1File
	if n := s.share.nodes[fold(path)]; n != nil { // a name without a pattern in it
		list = append(list, tell(n))
	} else {
		list = s.listed(parent(path), base(path))
	}
	var data []byte
	count, last := 0, 0
	for _, f := range list {
		entry, ok := f.FindEntry(nil, req.Level, unicode)
		if !ok {
			return nothing(smbproto.StatusInvalidInfoClass)
		}
		if count == int(req.Count) || len(data)+len(entry)+8 > min(req.MaxData, smb1MaxBuffer-128) {
			break
		}
		if count > 0 {
			data = smbproto.LinkFindEntry(data, last, req.Level)
		}
		last = len(data)
		data = append(data, entry...)
		count++
	}
	if count == 0 {
		return nothing(smbproto.StatusNoSuchFile)
	}
	parameters := []byte{1, 0, byte(count), byte(count >> 8), 1, 0, 0, 0, 0, 0} // SID, count, the end, EA error, last name
	return queried(parameters, data, true)
}

// listed returns the entries of a folder that fit a pattern, with those that
// every folder has.
func (s *smb1) listed(folder, pattern string) (list []smbproto.SMB1File) {
	if n := s.share.nodes[fold(folder)]; n != nil && n.directory {
		for _, name := range []string{".", ".."} {
			if fits(pattern, name) {
				self := tell(n)
				self.Name = name
				list = append(list, self)
			}
		}
	}
	for _, n := range s.share.matching(folder, pattern) {
		list = append(list, tell(n))
	}
	return list
}
