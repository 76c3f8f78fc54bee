package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"smbready/internal/smbtest"
)

// TestVerify runs the program against a server on which one can log on, in
// every format, and looks for the password in all that it says and leaves
// behind.
func TestVerify(t *testing.T) {
	s := &smbtest.AccountServer{User: "smbready-test", NTHash: smbtest.StageHash}
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
			cmd := exec.Command("smbready", "verify", "127.0.0.1", "--port", fmt.Sprint(at.Port()), "-f", tt.format, "-v", "--tamper")
			cmd.Env = append(os.Environ(), "TMPDIR="+folder, "SMBREADY_USER="+tt.user, "SMBREADY_PASSWORD="+tt.password)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(stdout.String(), tt.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s\n%s", code, tt.code, tt.want, &stdout, &stderr)
			}
			if text := stdout.String() + stderr.String() + filesIn(t, folder); tt.password != smbtest.StagePassword && strings.Contains(text, tt.password) {
				t.Errorf("the password is in\n%s", text)
			}
		})
	}
}

// filesIn returns what is in the files of a folder.
func filesIn(t *testing.T, folder string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	return text.String()
}

func TestParseCredentials(t *testing.T) {
	got, err := parseCredentials(strings.NewReader("\ufeff# an account\n\n user = PLANT\\smbtest \r\nPassword=a = b\n"))
	if err != nil || got["user"] != `PLANT\smbtest` || got["password"] != "a = b" {
		t.Errorf("got %v, %v", got, err)
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
