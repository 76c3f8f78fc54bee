//go:build lab && linux

package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"smbready/inventory"
)

// The account of the lab, and its password. It is one that this system has, as
// Samba wants it.
const (
	labUser     = "root"
	labPassword = "La8-Unmistakable!"
)

// logon is a way to log on, and what it should lead to.
type logon struct {
	name, user, password string
	want                 func(*config) string // of the last session
}

// logons are those that are tried on every server. The bad user at a server
// that makes him a guest is where a client that trusts go-smb2 alone reports a
// signed session: it says so with signing optional, and with it mandatory.
var logons = []logon{
	{"account", labUser, labPassword, func(c *config) string {
		switch {
		case c.extra == "":
			return "signed"
		case c.max == "SMB2_02": // demands what its dialect cannot do
			return "logon-failed"
		}
		return "encrypted"
	}},
	{"bad-user", "nobody-at-all", "wrong", func(c *config) string {
		if c.guest && c.extra == "" {
			return "guest"
		}
		return "logon-failed"
	}},
	{"bad-password", labUser, "wrong", func(*config) string { return "logon-failed" }},
}

// verifyTable is every dialect with every setting of signing, all of them with
// guests, and the servers that demand encryption.
func verifyTable() []config {
	var list []config
	for _, dialect := range []string{"SMB2_02", "SMB2_10", "SMB3_00", "SMB3_02", "SMB3_11"} {
		for _, signing := range []string{"disabled", "auto", "mandatory"} {
			list = append(list, config{name: dialect + "-" + signing, min: "SMB2_02", max: dialect, signing: signing, guest: true, writes: true})
		}
	}
	const encrypted = "server smb encrypt = required"
	return append(list,
		config{name: "no-guests", min: "SMB2_02", max: "SMB3_11"},
		config{name: "encrypted", min: "SMB2_02", max: "SMB3_11", extra: encrypted},
		config{name: "encrypted-guest", min: "SMB2_02", max: "SMB3_11", extra: encrypted, guest: true},
		config{name: "encrypted-3.0", min: "SMB2_02", max: "SMB3_00", extra: encrypted},
		config{name: "encrypted-2.0.2", min: "SMB2_02", max: "SMB2_02", extra: encrypted})
}

// TestVerify logs on to every server in every way, and holds what came of it
// against what the server is set to.
func TestVerify(t *testing.T) {
	requirePackages(t)
	binary := build(t)
	configs := addressed(verifyTable())
	n := newNetwork(t, configs)
	s := startServers(t, n, configs)
	for i := range configs {
		s.addAccount(t, &configs[i])
	}
	before := s.running(t)
	for _, l := range logons {
		t.Run(l.name, func(t *testing.T) {
			r := n.verify(t, binary, configs, l)
			for i := range configs {
				c := &configs[i]
				t.Run(c.name, func(t *testing.T) { checkSession(t, c, l, r.hosts[c.addr]) })
			}
			t.Run("no server killed", func(t *testing.T) { s.survived(t, before) })
		})
	}
	t.Run("lockout", func(t *testing.T) { n.testLockout(t, binary, configs) })
	t.Run("cost", func(t *testing.T) { s.testCost(t, binary) })
}

// addAccount gives a server the account.
func (s *servers) addAccount(t *testing.T, c *config) {
	t.Helper()
	conf := filepath.Join(s.folder, c.name, "smb.conf")
	run(t, labPassword+"\n"+labPassword+"\n", "smbpasswd", "-c", conf, "-s", "-a", labUser)
}

// verifyCommand returns a verification in the client's namespace.
func (n *network) verifyCommand(binary string, l logon, args ...string) *exec.Cmd {
	cmd := inside(n.client, binary, append([]string{"verify"}, args...)...)
	cmd.Env = append(os.Environ(), "SMBREADY_USER="+l.user, "SMBREADY_PASSWORD="+l.password)
	return cmd
}

// verify verifies all servers, and looks for the password in all that is said.
func (n *network) verify(t *testing.T, binary string, configs []config, l logon, more ...string) *result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.jsonl")
	args := append([]string{"--account-lockout-safe=false", "--tamper", "--concurrency", "4", "-o", file}, more...)
	for i := range configs {
		args = append(args, configs[i].addr)
	}
	if code := runScan(t, n.verifyCommand(binary, l, args...)); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), labPassword) {
		t.Errorf("%v; the password is in the run: %v", err, strings.Contains(string(text), labPassword))
	}
	return readRun(t, file)
}

// checkSession holds one host's sessions against what they should be.
func checkSession(t *testing.T, c *config, l logon, h *judged) {
	if h == nil || len(h.Sessions) == 0 {
		t.Fatal("no session was tried")
	}
	s := h.Sessions[len(h.Sessions)-1]
	same(t, "result", s.Result.String(), l.want(c))
	same(t, "sessions", len(h.Sessions), 1)
	if t.Failed() {
		t.Logf("%+v", h.Sessions)
	}
	switch s.Result {
	case inventory.SessionSigned:
		_, smb2 := c.window()
		same(t, "dialect", s.Dialect, smb2[len(smb2)-1])
		same(t, "unsigned messages", s.Answers.Unsigned+s.RequestsSent.Unsigned, 0)
		same(t, "wrong signature", s.Tamper, inventory.TamperRefused)
		same(t, "logon signed", s.SetupSigned, true)
		same(t, "signature of the logon's answer", s.SetupSignature, inventory.CheckRight)
	case inventory.SessionGuest:
		same(t, "logon signed", s.SetupSigned, false)
		same(t, "flags", *s.SessionFlags&1, 1)
	}
}

// testLockout shows that a wrong password is tried once, on all servers
// together.
func (n *network) testLockout(t *testing.T, binary string, configs []config) {
	recorder := n.record(t)
	l := logon{user: labUser, password: "wrong"}
	args := []string{"-q", "-f", "json", "-o", filepath.Join(t.TempDir(), "run.jsonl")}
	for i := range configs {
		args = append(args, configs[i].addr)
	}
	same(t, "exit code", runScan(t, n.verifyCommand(binary, l, args...)), 1)
	logons := 0
	for _, c := range recorder.stop(t) {
		logons += c.NTLM[3]
	}
	same(t, "logons", logons, 1)
}

// testCost measures on two servers, one of which requires signing, with and
// without an unsigned side, and shows that no file stays behind.
func (s *servers) testCost(t *testing.T, binary string) {
	var some []config
	for _, c := range s.configs {
		if c.name == "SMB3_11-auto" || c.name == "SMB3_11-mandatory" || c.name == "SMB2_02-mandatory" {
			some = append(some, c)
			if err := os.Chmod(filepath.Join(s.folder, c.name, "share"), 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
	l := logons[0]
	r := s.network.verify(t, binary, some, l, "--measure-cost", "pub", "--size", "3MiB", "--rounds", "2", "--unsigned-as-guest")
	for i := range some {
		c := &some[i]
		t.Run(c.name, func(t *testing.T) {
			cost := r.hosts[c.addr].Cost
			if cost == nil || cost.Error != "" || cost.Unsigned != "" {
				t.Fatalf("got %+v", cost)
			}
			signed := 0
			for _, run := range cost.Runs {
				if run.Signed {
					signed++
				}
			}
			same(t, "runs, and signed ones", fmt.Sprint(len(cost.Runs), signed), "8 4")
			same(t, "files left", s.files(t, c), 0)
		})
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) { s.testCostCutOff(t, binary, &some[0], signal) })
	}
}

// files counts what is in a server's share.
func (s *servers) files(t *testing.T, c *config) int {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(s.folder, c.name, "share", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(left)
}

// testCostCutOff ends a measurement in its midst: the test file must go all the
// same, even when the program has no time to see to it.
func (s *servers) testCostCutOff(t *testing.T, binary string, c *config, signal syscall.Signal) {
	cmd := s.network.verifyCommand(binary, logons[0], c.addr, "-q", "--measure-cost", "pub", "--size", "64MiB", "--rounds", "100")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, time.Minute, func() string {
		if s.files(t, c) == 0 {
			return "there is no test file yet"
		}
		return ""
	})
	cmd.Process.Signal(signal)
	cmd.Wait()
	waitUntil(t, 30*time.Second, func() string {
		if n := s.files(t, c); n > 0 {
			return fmt.Sprintf("%d test files stayed behind", n)
		}
		return ""
	})
}
