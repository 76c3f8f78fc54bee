//go:build lab && linux

package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// sharedScript runs a second lab, made by others, with more servers and with
// endpoints that misbehave. It is not part of this module.
const sharedScript = "../../../shared/lab/lab.sh"

// sharedLimit is how long a scan of the shared lab may take. One endpoint never
// ends its answer and another never gives one; each costs a host's whole budget
// of 15 seconds.
const sharedLimit = 20 * time.Second

// sharedLab is a copy of the shared lab with names of its own.
type sharedLab struct {
	script, folder string
	env            []string
}

// sharedHost is what that lab says of a host in its expected.json.
type sharedHost struct {
	Addr, Name, State string
	SMB1              bool
	SMB1Dialects      []string `json:"smb1_dialects"` // Samba's names, lowest first
	SMB1Signing       string   `json:"smb1_signing"`
	SMB2Dialects      []string `json:"smb2_dialects"`
	SMB2Signing       string   `json:"smb2_signing"`
}

// TestSharedLab scans the shared lab, where there is one, and compares what
// matters most.
func TestSharedLab(t *testing.T) {
	if !exists(sharedScript) {
		t.Skip("there is no shared lab beside this repository: " + sharedScript + " is missing")
	}
	requirePackages(t)
	binary := build(t)
	lab := startShared(t)
	hosts := lab.hosts(t)
	crashes := lab.call(t, "crashes")
	file := filepath.Join(t.TempDir(), "run.jsonl")
	args := []string{"exec", binary, "scan", "--all", "-f", "json", "-o", file}
	for _, h := range hosts {
		args = append(args, h.Addr)
	}
	var took time.Duration
	undisturbed(t, func() {
		started := time.Now()
		same(t, "exit code", runScan(t, lab.command(args...)), 0)
		took = time.Since(started)
	})
	if took >= sharedLimit {
		t.Errorf("the scan took %v, which is not below %v", took, sharedLimit)
	}
	r := readRun(t, file)
	for _, h := range hosts {
		t.Run(h.Name, func(t *testing.T) { h.compare(t, r.hosts[h.Addr]) })
	}
	same(t, "servers that died", lab.call(t, "crashes"), crashes)
}

// startShared brings the shared lab up and takes it down when the test ends.
func startShared(t *testing.T) *sharedLab {
	t.Helper()
	script, err := filepath.Abs(sharedScript)
	if err != nil {
		t.Fatal(err)
	}
	name, folder := fmt.Sprintf("smbreadyshared-%d-", os.Getpid()), t.TempDir()
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	lab := &sharedLab{script: script, folder: filepath.Join(folder, "run")}
	lab.env = append(os.Environ(), "NS="+name+"server", "CLI="+name+"client", "RUN="+lab.folder)
	atEnd(t, func() {
		if err := lab.command("down").Run(); err != nil {
			t.Errorf("cannot take the shared lab down: %v", err)
		}
	})
	lab.call(t, "up")
	return lab
}

func (l *sharedLab) command(args ...string) *exec.Cmd {
	cmd := exec.Command(l.script, args...)
	cmd.Env = l.env
	return cmd
}

// call runs a command of the script and returns what it printed. The output
// goes to a file, because the servers that "up" starts keep it open.
func (l *sharedLab) call(t *testing.T, command string) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), command))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := l.command(command)
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	if err != nil && command == "up" {
		t.Fatalf("%s %s: %v\n%s", l.script, command, err, text)
	}
	return string(text)
}

func (l *sharedLab) hosts(t *testing.T) (hosts []sharedHost) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(l.folder, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &hosts); err != nil {
		t.Fatal(err)
	}
	if len(hosts) == 0 {
		t.Fatal("the shared lab has no hosts")
	}
	return hosts
}

// compare holds a scanned host against what the shared lab expects.
func (h *sharedHost) compare(t *testing.T, got *judged) {
	t.Helper()
	if got == nil {
		t.Fatalf("%s is not in the result", h.Addr)
	}
	same(t, "state", got.State.String(), h.State)
	if h.State != "smb" {
		return
	}
	same(t, "SMB1 spoken", got.SMB1 != nil, h.SMB1)
	if got.SMB1 != nil && h.SMB1 {
		if names := h.topSMB1(); !slices.Contains(names, got.SMB1.Dialect) {
			t.Errorf("SMB1 dialect: got %q, want one of %q", got.SMB1.Dialect, names)
		}
		same(t, "SMB1 signing", got.SMB1.Signing.String(), orUnknown(h.SMB1Signing))
	}
	same(t, "SMB2 spoken", got.SMB2 != nil, len(h.SMB2Dialects) > 0)
	if got.SMB2 != nil && len(h.SMB2Dialects) > 0 {
		same(t, "SMB2 dialect", got.SMB2.MaxDialect(), h.SMB2Dialects[len(h.SMB2Dialects)-1])
		same(t, "SMB2 signing", got.SMB2.Signing.String(), orUnknown(h.SMB2Signing))
	}
	if t.Failed() {
		t.Logf("steps: %+v", got.Observations)
	}
}

// topSMB1 returns the names on the wire of the highest SMB1 dialect; a server
// that speaks SMB1 and accepts none of its dialects gives an empty one.
func (h *sharedHost) topSMB1() []string {
	if len(h.SMB1Dialects) == 0 {
		return []string{""}
	}
	top := h.SMB1Dialects[len(h.SMB1Dialects)-1]
	for _, p := range protocols {
		if p.samba == top {
			return p.wire
		}
	}
	return nil
}

func orUnknown(signing string) string {
	if signing == "" {
		return "unknown"
	}
	return signing
}
