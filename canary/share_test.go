package canary

import (
	"testing"

	"smbready/smbproto"
)

// TestCreate goes through what may be there, and what is asked for.
func TestCreate(t *testing.T) {
	const ok = smbproto.StatusSuccess
	for _, tt := range []struct {
		name, path  string
		disposition uint32
		want        kind
		action      uint32
		status      smbproto.Status
	}{
		{"the root", "", smbproto.FileOpen, anyKind, wasOpened, ok},
		{"the root as a file", `\`, smbproto.FileOpen, wantsFile, 0, smbproto.StatusFileIsADirectory},
		{"a file that is there", "FILE", smbproto.FileOpen, wantsFile, wasOpened, ok},
		{"a file as a folder", "file", smbproto.FileOpen, wantsDirectory, 0, smbproto.StatusNotADirectory},
		{"a folder as a file", "folder", smbproto.FileOpen, wantsFile, 0, smbproto.StatusFileIsADirectory},
		{"made anew though there", "file", smbproto.FileCreate, wantsFile, 0, smbproto.StatusObjectNameCollision},
		{"not there", "other", smbproto.FileOpen, anyKind, 0, smbproto.StatusObjectNameNotFound},
		{"overwritten, not there", "other", smbproto.FileOverwrite, wantsFile, 0, smbproto.StatusObjectNameNotFound},
		{"a folder that nobody made", `a\b\c`, smbproto.FileOpen, wantsDirectory, wasOpened, ok},
		{"made", "new", smbproto.FileCreate, wantsFile, wasCreated, ok},
		{"made in a folder that nobody made", `x\y`, smbproto.FileOpenIf, wantsFile, wasCreated, ok},
		{"opened or made", "file", smbproto.FileOpenIf, anyKind, wasOpened, ok},
		{"overwritten", "file", smbproto.FileOverwriteIf, wantsFile, wasOverwritten, ok},
		{"superseded", "file", smbproto.FileSupersede, wantsFile, wasSuperseded, ok},
		{"traversal is a name", `..\..\etc\passwd`, smbproto.FileCreate, wantsFile, wasCreated, ok},
		{"an unknown disposition", "file", 6, anyKind, 0, smbproto.StatusInvalidParameter},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShare(Limits{}.orDefault())
			s.add("file", false).size = 9
			s.add("folder", true)
			f, action, status := s.create(tt.path, tt.disposition, tt.want)
			if action != tt.action || status != tt.status || (f != nil) != (status == ok) {
				t.Fatalf("%v, action %d, %v", f, action, status)
			}
			if n := s.nodes["FILE"]; action == wasOverwritten && n.size != 0 || action == wasOpened && n.size != 9 {
				t.Errorf("%d bytes", n.size)
			}
		})
	}
}

// TestRenameAndDelete: names change and go as a device expects it.
func TestRenameAndDelete(t *testing.T) {
	s := newShare(Limits{}.orDefault())
	a, d := s.add("a", false), s.add("d", true)
	s.add("b", false)
	for _, tt := range []struct {
		n       *node
		to      string
		replace bool
		want    smbproto.Status
	}{
		{a, "B", false, smbproto.StatusObjectNameCollision},
		{a, "d", true, smbproto.StatusAccessDenied},
		{a, "", false, smbproto.StatusAccessDenied},
		{s.nodes[""], "root", false, smbproto.StatusAccessDenied},
		{a, "A", false, smbproto.StatusSuccess},
		{a, "b", true, smbproto.StatusSuccess},
		{a, `d\a`, false, smbproto.StatusSuccess},
	} {
		if got := s.rename(tt.n, tt.to, tt.replace); got != tt.want {
			t.Errorf("%s to %q: %v, want %v", tt.n.path, tt.to, got, tt.want)
		}
	}
	if len(s.nodes) != 3 || s.nodes["B"] != nil {
		t.Errorf("%d names", len(s.nodes))
	}
	if got := s.rename(d, "e", false); got != smbproto.StatusSuccess || a.path != `e\a` {
		t.Errorf("a folder: %v, and what lies in it is %s", got, a.path)
	}
	if got := s.rename(d, `E\e`, false); got != smbproto.StatusAccessDenied {
		t.Errorf("a folder into itself: %v", got)
	}
	s.rename(d, "d", false)
	folder, _, _ := s.create("d", smbproto.FileOpen, wantsDirectory)
	if got := s.doom(folder, true); got != smbproto.StatusDirectoryNotEmpty {
		t.Errorf("a folder with a file in it: %v", got)
	}
	file, _, _ := s.create(`D\A`, smbproto.FileOpen, wantsFile)
	if got := s.doom(file, true); got != smbproto.StatusSuccess {
		t.Errorf("a file: %v", got)
	}
	s.close(file)
	if got := s.doom(folder, true); got != smbproto.StatusSuccess {
		t.Errorf("an empty folder: %v", got)
	}
	s.close(folder)
	if len(s.nodes) != 1 || len(s.open) != 0 {
		t.Errorf("%d names, %d open", len(s.nodes), len(s.open))
	}
}

// TestFits compares names with patterns as clients send them.
func TestFits(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"*", "A.B", true}, {"", "A", false}, {"A", "A", true}, {"?", "A", true}, {"?", "AB", false},
		{"*.*", "A.B", true}, {"*.PDF", "A.PDF", true}, {"*.PDF", "A.PD", false}, {"A*B*C", "AXBXC", true}, {"A*B*C", "AXBX", false},
		{"<.PDF", "A.B.PDF", true}, {`A"B`, "A.B", true}, {"A.*", "A", true}, {">>", "AB", true},
		{"*A*A*A*A*A*A*A*B", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false},
	} {
		if got := fits(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%q fits %q: %v", tt.name, tt.pattern, got)
		}
	}
}
