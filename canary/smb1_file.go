package canary

import (
	"smbready/inventory"
	"smbready/smbproto"
)

// file answers a command on the share: for a file or folder by its number, by
// its path, or for the disk.
func (s *smb1) file(x *exchange, k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	switch k.Command {
	case smbproto.SMB1CommandNTCreate, smbproto.SMB1CommandOpenAndX, smbproto.SMB1CommandOpen,
		smbproto.SMB1CommandCreate, smbproto.SMB1CommandCreateNew:
		return s.openFile(x, k)
	case smbproto.SMB1CommandWriteAndX, smbproto.SMB1CommandWrite, smbproto.SMB1CommandWriteAndClose:
		return s.write(x, k)
	case smbproto.SMB1CommandTransaction2:
		return s.transaction2(k)
	case smbproto.SMB1CommandQueryInformationDisk:
		return smbproto.SMB1Block{Words: smbproto.SMB1Volume{SMB2Volume: s.volume()}.DiskWords()}, smbproto.StatusSuccess
	case smbproto.SMB1CommandFindClose2:
		return nothing(smbproto.StatusSuccess)
	case smbproto.SMB1CommandSearch:
		return nothing(smbproto.StatusNoMoreFiles)
	case smbproto.SMB1CommandCreateDirectory, smbproto.SMB1CommandDeleteDirectory, smbproto.SMB1CommandDelete,
		smbproto.SMB1CommandRename, smbproto.SMB1CommandQueryInformation, smbproto.SMB1CommandSetInformation,
		smbproto.SMB1CommandCheckDirectory:
		return s.path(k)
	}
	return s.byNumber(x, k)
}

// byNumber answers a command for an open file that tells nothing but its number.
func (s *smb1) byNumber(x *exchange, k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	fid, err := k.FID()
	f := s.opened(x, fid)
	all := k.Command == smbproto.SMB1CommandFlush && fid == allFiles
	switch {
	case err != nil || !namesFile(k.Command):
		return nothing(smbproto.StatusNotSupported)
	case f == nil && !all:
		return nothing(smbproto.StatusInvalidHandle)
	}
	switch k.Command {
	case smbproto.SMB1CommandReadAndX, smbproto.SMB1CommandRead:
		s.reached(inventory.StageData)
		s.contact.Data = true
		return k.ReadNothing(), smbproto.StatusSuccess
	case smbproto.SMB1CommandClose:
		s.share.close(f)
	case smbproto.SMB1CommandSeek, smbproto.SMB1CommandLocking: // the beginning of the file; a lock of the chain
		return smbproto.SMB1Block{Words: make([]byte, 4)}, smbproto.StatusSuccess
	case smbproto.SMB1CommandQueryInformation2:
		return smbproto.SMB1Block{Words: tell(f.node).Query2Words()}, smbproto.StatusSuccess
	}
	return nothing(smbproto.StatusSuccess)
}

// allFiles is the number that stands for every open file in FLUSH, [MS-CIFS]
// 2.2.4.6.1.
const allFiles = 0xffff

// namesFile reports whether a command names an open file first, and nothing else
// of it matters here.
func namesFile(command uint8) bool {
	switch command {
	case smbproto.SMB1CommandReadAndX, smbproto.SMB1CommandRead, smbproto.SMB1CommandClose, smbproto.SMB1CommandFlush, smbproto.SMB1CommandSeek,
		smbproto.SMB1CommandLocking, smbproto.SMB1CommandQueryInformation2, smbproto.SMB1CommandSetInformation2:
		return true
	}
	return false
}

// opened returns an open file: in a chain that has opened one, that one.
func (s *smb1) opened(x *exchange, fid uint16) *openFile {
	if x.file != nil {
		return x.file
	}
	return s.share.file(uint64(fid))
}

// maxFID is the last number that an open file can have in SMB1. Numbers are not
// used again.
const maxFID = 0xfffe

// openFile opens or creates a file or a folder.
func (s *smb1) openFile(x *exchange, k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	req, err := k.Open()
	if err != nil {
		return nothing(smbproto.StatusInvalidParameter)
	}
	s.reached(inventory.StageFile)
	name, want := req.Name, anyKind
	if root := s.share.file(uint64(req.RootFID)); req.RootFID != 0 && root != nil {
		name = root.node.path + `\` + name
	}
	switch {
	case req.Options&smbproto.CreateDirectory != 0:
		want = wantsDirectory
	case req.Options&smbproto.CreateNonDirectory != 0, k.Command != smbproto.SMB1CommandNTCreate:
		want = wantsFile
	}
	if s.share.last >= maxFID {
		return nothing(smbproto.StatusTooManyOpenedFiles)
	}
	f, action, status := s.share.create(name, req.Disposition, want)
	if status != smbproto.StatusSuccess {
		return nothing(status)
	}
	f.doomed = req.Options&smbproto.CreateDeleteOnClose != 0
	x.file = f
	return smbproto.SMB1OpenResponse{Command: k.Command, FID: uint16(f.id), Action: action, File: tell(f.node)}.Block(), status
}

// write counts what is written. Of WRITE, no bytes end the file where they would
// have stood, [MS-CIFS] 2.2.4.12.
func (s *smb1) write(x *exchange, k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	req, err := k.Write()
	if err != nil {
		return nothing(smbproto.StatusInvalidParameter)
	}
	f := s.opened(x, req.FID)
	if f == nil {
		return nothing(smbproto.StatusInvalidHandle)
	}
	s.reached(inventory.StageData)
	s.contact.Data = true
	status := s.share.write(f, req.Offset, len(req.Data))
	if k.Command == smbproto.SMB1CommandWrite && len(req.Data) == 0 {
		status = s.share.resize(f, req.Offset)
	}
	if status != smbproto.StatusSuccess {
		return nothing(status)
	}
	if k.Command == smbproto.SMB1CommandWriteAndClose {
		s.share.close(f)
	}
	return k.Written(len(req.Data)), status
}

// path answers one of the older commands that name a file by its path.
func (s *smb1) path(k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	req, err := k.Path()
	if err != nil {
		return nothing(smbproto.StatusInvalidParameter)
	}
	s.reached(inventory.StageFile)
	switch k.Command {
	case smbproto.SMB1CommandCreateDirectory:
		return nothing(s.touch(req.Name, smbproto.FileCreate, wantsDirectory))
	case smbproto.SMB1CommandCheckDirectory:
		return nothing(s.touch(req.Name, smbproto.FileOpen, wantsDirectory))
	}
	n := s.share.nodes[fold(tidy(req.Name))]
	if n == nil {
		return nothing(smbproto.StatusObjectNameNotFound)
	}
	switch k.Command {
	case smbproto.SMB1CommandQueryInformation:
		return smbproto.SMB1Block{Words: tell(n).QueryWords()}, smbproto.StatusSuccess
	case smbproto.SMB1CommandRename:
		return nothing(s.share.rename(n, req.To, false))
	case smbproto.SMB1CommandDelete, smbproto.SMB1CommandDeleteDirectory:
		return nothing(s.remove(n, k.Command == smbproto.SMB1CommandDeleteDirectory))
	}
	return nothing(smbproto.StatusSuccess) // of SET_INFORMATION, what it sets is forgotten
}

// touch opens a file or a folder and closes it again.
func (s *smb1) touch(path string, disposition uint32, want kind) smbproto.Status {
	f, _, status := s.share.create(path, disposition, want)
	if f != nil {
		s.share.close(f)
	}
	return status
}

// remove deletes a file or a folder.
func (s *smb1) remove(n *node, directory bool) smbproto.Status {
	want := wantsFile
	if directory {
		want = wantsDirectory
	}
	f, _, status := s.share.create(n.path, smbproto.FileOpen, want)
	if f == nil {
		return status
	}
	status = s.share.doom(f, true)
	s.share.close(f)
	return status
}

// tell returns what SMB1 tells of a file.
func tell(n *node) smbproto.SMB1File {
	return smbproto.SMB1File{Name: base(n.path), Size: n.size, Time: smbproto.NewFiletime(n.changed), Directory: n.directory, Archive: !n.directory}
}
