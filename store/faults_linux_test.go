package store

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"smbready/inventory"
)

// TestReadOnly opens stores as a user who may not write to them.
func TestReadOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	for _, tt := range []struct {
		name         string
		folder, file os.FileMode
		want         string
	}{
		{"all", 0o777, 0o666, "opened\n<nil>\n"},
		{"file", 0o777, 0o444, "cannot be written to"},
		{"folder", 0o555, 0o666, "cannot be written to"},
		{"both", 0o555, 0o444, "cannot be written to"},
		{"unreadable", 0o777, 0, "cannot be written to"},
		{"closed folder", 0o700, 0o666, "permission denied"},
		{"no file", 0o555, 0, "permission denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			top, err := os.MkdirTemp("", "store-test-")
			must(t, err)
			defer os.RemoveAll(top)
			must(t, os.Chmod(top, 0o755))
			folder := filepath.Join(top, "x")
			path := filepath.Join(folder, "x.db")
			must(t, os.Mkdir(folder, 0o700))
			if tt.name != "no file" {
				s := opened(t, path)
				must(t, s.Close())
				must(t, os.Chmod(path, tt.file))
			}
			must(t, os.Chmod(folder, tt.folder))
			program := filepath.Join(top, "test")
			text, err := os.ReadFile(os.Args[0])
			must(t, err)
			must(t, os.WriteFile(program, text, 0o755))
			cmd := exec.Command(program)
			cmd.Dir = "/"
			cmd.Env = append(os.Environ(), "STORE_TEST_OPEN="+path)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			out, err := cmd.CombinedOutput()
			must(t, err)
			if !strings.Contains(string(out), tt.want) || strings.Contains(string(out), "SQLITE") {
				t.Errorf("got %q, not %q", out, tt.want)
			}
			t.Logf("%s", out)
		})
	}
}

// TestFullDisk fills a small disk.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("a small disk cannot be made here:", err)
	}
	defer syscall.Unmount(folder, syscall.MNT_DETACH)
	path := filepath.Join(folder, "x.db")
	s := opened(t, path)
	defer s.Close()
	r := begin(t, s, header("a", ""))
	for i := 0; r.Err() == nil; i++ {
		h, line := testHost(i)
		r.Done(uint64(i), inventory.Summary{Probed: 1}, h, line)
	}
	wantError(t, r.Close(summary(1)), ErrFull, "no space is left in "+folder)
	info, err := s.Find(t.Context(), "a")
	must(t, err)
	got := export(t, s, "a")
	if info.Hosts == 0 || info.Hosts != info.Counted.Probed || got != lines(header("a", ""), 0, int(info.Hosts), nil) {
		t.Errorf("%+v", info)
	}
	must(t, s.Close())
	s = opened(t, path)
	if export(t, s, "a") != got {
		t.Error("the run is another after the store was opened again")
	}
	s.Close()

	// No room for anything.
	must(t, os.WriteFile(filepath.Join(folder, "fill"), nil, 0o600))
	fill, err := os.OpenFile(filepath.Join(folder, "fill"), os.O_WRONLY, 0)
	must(t, err)
	for err == nil {
		_, err = fill.Write(make([]byte, 4096))
	}
	fill.Close()
	_, err = open(t.Context(), filepath.Join(folder, "new.db"), quick)
	wantError(t, err, ErrFull)
}
