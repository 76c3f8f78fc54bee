package canary

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smbready/smbproto"
)

// maxData is the longest read or write that is agreed on, in bytes, and with it
// what a message may be long.
const maxData = 1 << 20

// maxNodes bounds the files and folders of one connection.
const maxNodes = 256

// share is the share as one connection sees it: a root, and what this client
// has created in it. It holds names, sizes and times, and no contents. Names are
// keys of a map and nothing else.
type share struct {
	limits  Limits
	nodes   map[string]*node // by folded path
	open    map[uint64]*openFile
	last    uint64 // number of the file that was opened last
	written uint64 // bytes
}

// node is a file or a folder.
type node struct {
	path      string // as the client wrote it, parts apart by backslashes; "" for the root
	key       string // the path, folded: by it the share has the node
	number    uint64
	directory bool
	size      uint64 // bytes
	allocated uint64 // bytes that were reserved ahead
	created   time.Time
	changed   time.Time
}

// openFile is a file or a folder that the client has open.
type openFile struct {
	id      uint64
	node    *node
	doomed  bool   // it is deleted when it is closed
	listed  int    // how much of a folder was listed
	pattern string // of the listing
	begun   bool   // the listing has
}

func newShare(l Limits) *share {
	s := &share{limits: l, nodes: map[string]*node{}, open: map[uint64]*openFile{}}
	s.add("", true)
	return s
}

// add puts a node at a path.
func (s *share) add(path string, directory bool) *node {
	n := &node{number: uint64(len(s.nodes)) + 1, directory: directory, created: now()}
	n.changed = n.created
	s.put(n, path)
	return n
}

// put gives a node its path.
func (s *share) put(n *node, path string) {
	n.path, n.key = path, fold(path)
	s.nodes[n.key] = n
}

// tidy returns a path as the share has it: parts apart by single backslashes,
// without one at either end. A part ".." is a name like any other.
func tidy(path string) string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' })
	return strings.Join(parts, `\`)
}

// maxName bounds names, in characters, [MS-FSCC] 2.1.5.2: to look for one that
// fits a pattern takes as long as the product of both.
const maxName = 255

// valid reports whether no name in a path is longer than it may be.
func valid(path string) bool {
	for name := range strings.SplitSeq(path, `\`) {
		if utf8.RuneCountInString(name) > maxName {
			return false
		}
	}
	return true
}

// fold makes names alike that differ in upper and lower case.
func fold(path string) string { return strings.ToUpper(path) }

// What a create did, [MS-SMB2] 2.2.14.
const (
	wasSuperseded = iota
	wasOpened
	wasCreated
	wasOverwritten
)

// kind is what a create wants.
type kind uint8

// Kinds.
const (
	anyKind kind = iota
	wantsFile
	wantsDirectory
)

// create opens a file or a folder by one of the dispositions smbproto.FileOpen
// and others, and says what it did. A folder that is asked
// for as one is there, whatever its name: a device that was told to put its
// files into a folder of the share is to find it.
func (s *share) create(path string, disposition uint32, want kind) (f *openFile, action uint32, status smbproto.Status) {
	path = tidy(path)
	if !valid(path) {
		return nil, 0, smbproto.StatusObjectNameInvalid
	}
	n := s.nodes[fold(path)]
	if n == nil && want == wantsDirectory && disposition == smbproto.FileOpen && s.room() {
		n = s.add(path, true)
	}
	action = wasOpened
	switch {
	case len(s.open) >= s.limits.Open:
		return nil, 0, smbproto.StatusTooManyOpenedFiles
	case disposition > smbproto.FileOverwriteIf:
		return nil, 0, smbproto.StatusInvalidParameter
	case n != nil && disposition == smbproto.FileCreate:
		return nil, 0, smbproto.StatusObjectNameCollision
	case n != nil && n.directory && want == wantsFile:
		return nil, 0, smbproto.StatusFileIsADirectory
	case n != nil && !n.directory && want == wantsDirectory:
		return nil, 0, smbproto.StatusNotADirectory
	case n == nil && (disposition == smbproto.FileOpen || disposition == smbproto.FileOverwrite):
		return nil, 0, smbproto.StatusObjectNameNotFound
	case n == nil && !s.room():
		return nil, 0, smbproto.StatusDiskFull
	case n == nil:
		n, action = s.add(path, want == wantsDirectory), wasCreated
	case disposition == smbproto.FileSupersede:
		n.size, action = 0, wasSuperseded
	case disposition == smbproto.FileOverwrite || disposition == smbproto.FileOverwriteIf:
		n.size, action = 0, wasOverwritten
	}
	s.last++
	f = &openFile{id: s.last, node: n}
	s.open[f.id] = f
	return f, action, smbproto.StatusSuccess
}

// room reports whether there is room for another node.
func (s *share) room() bool { return len(s.nodes) < maxNodes }

// file returns an open file, or nil.
func (s *share) file(id uint64) *openFile { return s.open[id] }

// close closes a file, and deletes it if that was asked for.
func (s *share) close(f *openFile) {
	delete(s.open, f.id)
	if f.doomed && s.nodes[f.node.key] == f.node {
		delete(s.nodes, f.node.key)
	}
}

// closeAll closes what is open, for a client that has disconnected.
func (s *share) closeAll() {
	for _, f := range s.open {
		s.close(f)
	}
}

// write counts what is written to a file, and forgets it.
func (s *share) write(f *openFile, offset uint64, n int) smbproto.Status {
	end := offset + uint64(n)
	switch {
	case f.node.directory:
		return smbproto.StatusInvalidDeviceRequest
	case end < offset || end > s.limits.Written || s.written+uint64(n) > s.limits.Written:
		return smbproto.StatusDiskFull
	}
	s.written += uint64(n)
	f.node.size, f.node.changed = max(f.node.size, end), now()
	return smbproto.StatusSuccess
}

// resize sets the size of a file.
func (s *share) resize(f *openFile, size uint64) smbproto.Status {
	switch {
	case f.node.directory:
		return smbproto.StatusInvalidParameter
	case size > s.limits.Written:
		return smbproto.StatusDiskFull
	}
	f.node.size, f.node.changed = size, now()
	return smbproto.StatusSuccess
}

// rename gives a node another path, and what lies in it.
func (s *share) rename(n *node, path string, replace bool) smbproto.Status {
	path = tidy(path)
	other := s.nodes[fold(path)]
	switch {
	case !valid(path):
		return smbproto.StatusObjectNameInvalid
	case path == "" || n.path == "" || strings.HasPrefix(fold(path), n.key+`\`):
		return smbproto.StatusAccessDenied
	case other != nil && other != n && !replace:
		return smbproto.StatusObjectNameCollision
	case other != nil && other != n && other.directory:
		return smbproto.StatusAccessDenied
	}
	s.move(n, path)
	return smbproto.StatusSuccess
}

// maxPath bounds paths, in bytes: one that is made by renaming the folders above
// could grow further than what a client can name.
const maxPath = 4 << 10

// move puts a node, and what lies in it, under another path.
func (s *share) move(n *node, path string) {
	from := n.key
	delete(s.nodes, from)
	s.put(n, path)
	if !n.directory {
		return
	}
	for _, child := range s.list(from) {
		to := path + `\` + base(child.path)
		if len(to) > maxPath {
			delete(s.nodes, child.key)
			continue
		}
		s.move(child, to)
	}
}

// doom marks a file to be deleted when it is closed, or takes the mark away.
func (s *share) doom(f *openFile, doomed bool) smbproto.Status {
	switch {
	case doomed && f.node.path == "":
		return smbproto.StatusAccessDenied
	case doomed && f.node.directory && len(s.list(f.node.key)) > 0:
		return smbproto.StatusDirectoryNotEmpty
	}
	f.doomed = doomed
	return smbproto.StatusSuccess
}

// list returns what lies in a folder, by name. The folder is named by its key.
func (s *share) list(key string) (list []*node) {
	for _, n := range s.nodes {
		if n.key != "" && parent(n.key) == key {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *node) int { return cmp.Compare(a.key, b.key) })
	return list
}

// matching returns what lies in a folder and has a name that fits a pattern. None
// fits one that is longer than a name can be.
func (s *share) matching(path, pattern string) []*node {
	if !valid(pattern) {
		return nil
	}
	pattern = fold(pattern)
	return slices.DeleteFunc(s.list(fold(path)), func(n *node) bool { return !fits(pattern, base(n.key)) })
}

// parent returns the folder of a path, and base the name in it.
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '\\'), 0)] }
func base(path string) string   { return path[strings.LastIndexByte(path, '\\')+1:] }

// fits reports whether a name fits a pattern with * and ?, and with < > " as
// Windows clients write them for DOS, [MS-FSCC] 2.1.4.4, of which < is taken for
// *. Its time is bounded by the product of the two lengths.
func fits(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(n) {
		switch {
		case i < len(p) && (p[i] == '*' || p[i] == '<'):
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == '>' || p[i] == n[j] || p[i] == '"' && n[j] == '.'):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && strings.ContainsRune(`*<>"?.`, p[i]) {
		i++
	}
	return i == len(p)
}

// fileID returns the number of a file as SMB2 has it, and number reads it.
func (f *openFile) fileID() (id smbproto.FileID) {
	binary.LittleEndian.PutUint64(id[:8], f.id)
	binary.LittleEndian.PutUint64(id[8:], f.id)
	return id
}

func number(id smbproto.FileID) uint64 { return binary.LittleEndian.Uint64(id[8:]) }
