package capture

import (
	"slices"
	"strings"

	"smbready/inventory"
	"smbready/smbproto"
)

// Bounds of what is kept of one session.
const (
	maxTrees     = 64 // and its questions for more
	maxTransfers = 64 // of which one side was seen
)

// share is what is known of a tree: what speaks for IPC$ prevails.
type share uint8

const (
	shareUnknown share = iota
	shareFiles         // or a printer
	sharePipes         // IPC$
)

// shareOfPath is what a path such as \\server\share asks for.
func shareOfPath(path string) share {
	if strings.EqualFold(path[strings.LastIndexByte(path, '\\')+1:], "IPC$") {
		return sharePipes
	}
	return shareFiles
}

// shareOfType is what a TREE_CONNECT response says, [MS-SMB2] 2.2.10.
func shareOfType(kind uint8) share {
	switch kind {
	case smbproto.ShareDisk, smbproto.SharePrint:
		return shareFiles
	case smbproto.SharePipe:
		return sharePipes
	}
	return shareUnknown
}

// shareOfService is what a TREE_CONNECT_ANDX says, [MS-CIFS] 2.2.4.55.
func shareOfService(service string) share {
	switch service {
	case smbproto.ServiceDisk, "LPT1:":
		return shareFiles
	case smbproto.ServiceIPC:
		return sharePipes
	}
	return shareUnknown
}

// ask notes a TREE_CONNECT.
func (s *session) ask(message uint64, asked share) {
	s.reached(inventory.StageTreeConnect)
	if len(s.asked) < maxTrees {
		s.asked[message] = asked
	}
}

// connected notes the answer to a TREE_CONNECT, which itself may tell what it is
// for.
func (s *session) connected(message uint64, tree uint32, answered share) {
	s.reached(inventory.StageTreeConnect)
	is := max(s.asked[message], answered)
	delete(s.asked, message)
	if len(s.trees) < maxTrees && is != shareUnknown {
		s.trees[tree] = is
	} else {
		delete(s.trees, tree) // the number may have been another's
	}
}

// opens notes a request for a file, or for its data, in a tree: the stage is
// reached where that is known to be one of files.
func (s *session) opens(tree uint32, stage inventory.Stage) {
	is := s.trees[tree]
	s.busy = s.busy || is != sharePipes
	if is == shareFiles {
		s.reached(stage)
	}
}

// transfer notes a READ or WRITE, which is work once it is answered with success.
// The request tells the tree: the answer may not, [MS-SMB2] 2.2.1.1.
func (s *session) transfer(tree uint32, message uint64) {
	s.opens(tree, inventory.StageData)
	switch {
	case s.trees[tree] != shareFiles || s.data:
	case slices.Contains(s.early, message):
		s.data = true
	default:
		s.waiting = keep(s.waiting, message)
	}
}

// transferred notes the last answer to a READ or WRITE. SMB1 uses the numbers of
// messages again, so that there it may be that to another request.
func (s *session) transferred(message uint64, success bool) {
	if s.forget(message) {
		s.data = s.data || success
	} else if success && !s.data && !s.key.smb1 {
		s.early = keep(s.early, message)
	}
}

// forget notes that nothing waits for an answer to a message any more, and reports
// whether something did.
func (s *session) forget(message uint64) bool {
	i := slices.Index(s.waiting, message)
	if i < 0 {
		return false
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	return true
}

// keep adds a message to a list; the oldest of too many goes.
func keep(list []uint64, message uint64) []uint64 {
	if len(list) >= maxTransfers {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, message)
}
