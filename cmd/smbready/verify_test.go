package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"smbready/internal/smbtest"
	"smbready/inventory"
)

// TestVerify runs the program against a server on which one can log on, in
// every format, and looks for the password in all that it says and leaves
// behind.
func TestVerify(t *testing.T) {
	s := &smbtest.AccountServer{User: "smbready-test", NTHash: smbtest.StageHash}
	var watched atomic.Pointer[watch]
	s.Mangle = func(_ smbtest.AccountStage, frame []byte) []byte {
		if w := watched.Load(); w != nil {
			w.look()
		}
		return frame
	}
	at, closer, err := s.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	for _, tt := range []struct {
		format, user, password, want string
		code                         int
	}{
		{"text", "smbready-test", smbtest.StagePassword, "works signed: the signature was right", 0},
		{"json", "smbready-test", smbtest.StagePassword, `"result":"signed"`, 0},
		{"csv", "smbready-test", smbtest.StagePassword, "127.0.0.1", 0},
		{"json", "smbready-test", "Unmistakable-7c1", `"result":"logon-failed"`, 1},
		{"text", "somebody", "Unmistakable-7c1", "refused the logon: nothing is proven", 1},
	} {
		t.Run(tt.format+" "+tt.user, func(t *testing.T) {
			folder := t.TempDir()
			w := &watch{folder: folder, secret: tt.password}
			watched.Store(w)
			cmd := exec.Command("smbready", "verify", "127.0.0.1", "--port", fmt.Sprint(at.Port()), "-f", tt.format, "-v", "--tamper")
			cmd.Env = append(os.Environ(), "TMPDIR="+folder, "TMP="+folder, "SMBREADY_USER="+tt.user, "SMBREADY_PASSWORD="+tt.password)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(stdout.String(), tt.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s\n%s", code, tt.code, tt.want, &stdout, &stderr)
			}
			watched.Store(nil)
			w.look()
			secret := tt.password != smbtest.StagePassword // which is a word that the report has too
			if text := stdout.String() + stderr.String(); secret && strings.Contains(text, tt.password) {
				t.Errorf("the password is in\n%s", text)
			}
			w.check(t, secret)
		})
	}
}

// watch looks into a folder while the program works: what it keeps there is gone
// when it ends.
type watch struct {
	folder, secret string

	mu    sync.Mutex
	files map[string]bool // seen; whether the secret was in it
	err   error
}

// look reads every file that is there at the moment.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := filepath.WalkDir(w.folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if w.files == nil {
			w.files = map[string]bool{}
		}
		w.files[name] = w.files[name] || strings.Contains(string(b), w.secret)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		w.err = err
	}
}

// check fails when there was nothing to look into, or the secret was in it.
func (w *watch) check(t *testing.T, secret bool) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || len(w.files) == 0 {
		t.Errorf("%v; %d files seen in the temporary folder while the program ran", w.err, len(w.files))
	}
	for name, found := range w.files {
		if found && secret {
			t.Errorf("the password is in %s", filepath.Base(name))
		}
	}
}

// TestOrder shows that hosts are tried in the order in which they were named,
// and those of a range after them.
func TestOrder(t *testing.T) {
	host := func(address, target string) *inventory.Host {
		return &inventory.Host{Address: netip.MustParseAddr(address), Target: target}
	}
	v := &verification{named: []string{"10.0.0.0/29", "fs2", "10.0.0.5", "FD00::1", "fs1", "fs2"}, hosts: []*inventory.Host{
		host("10.0.0.1", ""), host("10.0.0.3", "fs1"), host("10.0.0.5", ""), host("10.0.0.9", "fs2"), host("fd00::1", ""), host("10.0.0.2", "")}}
	v.order()
	var got []string
	for _, h := range v.hosts {
		got = append(got, h.Address.String())
	}
	if want := "10.0.0.9 10.0.0.5 fd00::1 10.0.0.3 10.0.0.1 10.0.0.2"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestParseCredentials(t *testing.T) {
	got, err := parseCredentials(strings.NewReader("\ufeff# an account\n\n user = PLANT\\smbtest \r\nPassword=a = b\n"))
	if err != nil || got["user"] != `PLANT\smbtest` || got["password"] != "a = b" {
		t.Errorf("got %v, %v", got, err)
	}
	for value, want := range map[string]string{`" a b "`: " a b ", `""a""`: `"a"`, `"a`: `"a`, `a"`: `a"`, `"`: `"`, `a "b" c`: `a "b" c`} {
		got, err := parseCredentials(strings.NewReader("user = a\npassword = " + value + "\n"))
		if err != nil || got["password"] != want {
			t.Errorf("%s: got %q, %v", value, got["password"], err)
		}
	}
	const secret = "Unmistakable-7c1"
	for _, text := range []string{"", "user = a", "password = " + secret, "user = a\npasword = " + secret, "user=a\npassword=" + secret + "\npassword=x",
		"user=a\n" + secret, "user=a\npassword=\n", "user=a\npassword=" + strings.Repeat(secret, 1<<13)} {
		_, err := parseCredentials(strings.NewReader(text))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

// TestPrivate shows that a file which others can read is not read.
func TestPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	name := filepath.Join(t.TempDir(), "account.txt")
	if err := os.WriteFile(name, []byte("user = a\npassword = b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := readCredentials(name); err != nil || c.User != "a" || c.Password != "b" {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o610, 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := readCredentials(name); err == nil {
			t.Errorf("a file of mode %o was read", mode)
		}
	}
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("user = a\npassword = caf\xe9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&loginFlags{file: name}).credentials(t.Context(), nil); err == nil || strings.Contains(err.Error(), "caf") {
		t.Errorf("a password that is not UTF-8: %v", err)
	}
	if _, err := readCredentials(filepath.Dir(name)); err == nil {
		t.Error("a folder was read")
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"64MiB": 64 << 20, "1 GiB": 1 << 30, "100kB": 100000, "7B": 7, "16GiB": 16 << 30} {
		if got, err := parseSize(text); got != want || err != nil {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "64", "MiB", "-1MiB", "0B", "17GiB", "99999999999999999999GiB", "1.5MiB", "1TiB"} {
		if _, err := parseSize(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if got := sizeText(64<<20) + " " + sizeText(1500); got != "64 MiB 1500 B" {
		t.Errorf("got %s", got)
	}
}
