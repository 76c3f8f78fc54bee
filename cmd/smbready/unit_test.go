package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"smbready/assess"
	"smbready/inventory"
	"smbready/report"
	"smbready/scanner"
)

func TestEditDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"rate", "rate", 0}, {"rat", "rate", 1}, {"ratee", "rate", 1}, {"rote", "rate", 1},
		{"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"aret", "rate", 3}, {"raet", "rate", 2},
	} {
		if got := editDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNearestFlag(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range []string{"exclude", "exclude-file", "site", "sites", "rate", "secret"} {
		flags.Bool(name, false, "")
	}
	flags.MarkHidden("secret")
	for name, want := range map[string]string{"exlude": "exclude", "exclude-fil": "exclude-file", "sits": "site", "rates": "rate",
		"secre": "", "frobnicate": "", "x": ""} {
		if got := nearestFlag(flags, name); got != want {
			t.Errorf("nearestFlag(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                        "plain",
		"yaml: errors:\n  line 3: bad": "yaml: errors: line 3: bad",
		"first\nsecond\n\nthird\n":     "first; second; third",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 350 * time.Millisecond: "350ms", 1900 * time.Millisecond: "2s", time.Minute: "1m", 61 * time.Second: "1m1s",
		10 * time.Minute: "10m", time.Hour: "1h", 65*time.Minute + 10*time.Second: "1h5m", 18*time.Hour + 12*time.Minute: "18h12m",
		20 * time.Hour: "20h", 50 * 24 * time.Hour: "50 days",
	} {
		if got := durationText(d); got != want {
			t.Errorf("durationText(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestConditions(t *testing.T) {
	var tally report.Tally
	add := func(client, guest, server assess.Verdict) {
		a := &assess.Assessment{}
		a.Policies.ClientAlways.Verdict, a.Policies.ServerAlways.Verdict = client, server
		if guest != assess.Unknown {
			a.Policies.ClientAlways.Guest = &assess.Finding{Verdict: guest}
		}
		tally.Add(a)
	}
	add(assess.Works, assess.Breaks, assess.AlreadyBroken)
	for condition, want := range map[string]bool{
		"works": true, "already-broken": true, "client-always=already-broken": false, "server-always=already-broken": true,
		"not-applicable": false, "client-always=works": true, "server-always=works": false,
		"breaks": true, "client-always=breaks": true, // for guests
		"server-always=breaks": false,
	} {
		if got := (&output{failOn: []string{condition}}).meets(&tally); got != want {
			t.Errorf("%s met: %v, want %v", condition, got, want)
		}
	}
	if (&output{}).meets(&tally) {
		t.Error("no condition is met")
	}
	for _, bad := range []string{"", "=", "breaks=client-always", "client-always=", "Breaks", "client=breaks"} {
		err := (&output{format: "text", failOn: []string{bad}}).check()
		var usage usageError
		if !errors.As(err, &usage) {
			t.Errorf("--fail-on %q: %v, want a usage error", bad, err)
		}
	}
}

// TestSecondInterrupt stops a program that cannot end by itself: what reads its
// output does not. The first Ctrl-C asks it to end, the second ends it.
func TestSecondInterrupt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs 127.0.1.x and signals")
	}
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := exec.Command("smbready", "scan", "127.0.1.0/24", "--port", "4", "--host-delay", "0", "--all", "-q", "-f", "csv")
	c.Stdout, c.Env = w, append(os.Environ(), "TMPDIR="+dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	waitForRun(t, dir, 250)
	c.Process.Signal(os.Interrupt)
	select {
	case err := <-ended:
		t.Fatalf("it ended although its output is not read: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	c.Process.Signal(os.Interrupt)
	select {
	case <-ended:
	case <-time.After(patience):
		c.Process.Kill()
		t.Fatal("the second interrupt did not end it")
	}
	if code := c.ProcessState.ExitCode(); code != -1 {
		t.Errorf("exit code %d, want the end by a signal", code)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "smbready-*.jsonl")); len(left) != 1 {
		t.Errorf("the run is not kept: %v", left)
	}
}

func waitForRun(t *testing.T, dir string, lines int) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(dir, "smbready-*.jsonl"))
		if len(files) == 0 {
			continue
		}
		if b, err := os.ReadFile(files[0]); err == nil && bytes.Count(b, []byte("\n")) >= lines {
			return
		}
	}
	t.Fatalf("no run of %d lines", lines)
}

// newMeter returns a meter of a scan that is over and counted 10 closed hosts.
func newMeter(t *testing.T, total uint64) *meter {
	t.Helper()
	list, err := scanner.NewList([]string{"127.0.0.1-10"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := scanner.Resolve(t.Context(), scanner.Selection{Groups: []scanner.Group{{Targets: list}}})
	if err != nil {
		t.Fatal(err)
	}
	s := scanner.New(scanner.Options{Dial: refuse, HostDelay: -1})
	if _, err := s.Run(t.Context(), targets, func(*inventory.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return &meter{scanner: s, total: total, started: time.Now().Add(-10 * time.Second)}
}

func TestProgressText(t *testing.T) {
	for total, want := range map[uint64]string{
		40:      "10 of 40 addresses, 1/s, 0 speak SMB, 0 open otherwise, 30s left",
		10:      "10 of 10 addresses, 1/s, 0 speak SMB, 0 open otherwise, 0s left",
		5:       "10 of 5 addresses, 1/s, 0 speak SMB, 0 open otherwise, 0s left",
		1 << 32: "10 of 4294967296 addresses, 1/s, 0 speak SMB, 0 open otherwise, 49710 days left",
	} {
		if got := newMeter(t, total).text(); got != want {
			t.Errorf("of %d: %q, want %q", total, got, want)
		}
	}
	for room, want := range map[int]string{100: "10 of 40 addresses, 1/s, 0 speak SMB, 0 open otherwise, 30s left",
		60: "10 of 40, 1/s, 0 SMB, 0 open, 30s left", 28: "10 of 40, 1/s, 0 SMB, 0 open", 27: "10 of 40, 1/s, 0 SMB", 8: "10 of 40", 7: "", 0: "", -5: ""} {
		if got := newMeter(t, 40).fitting(room); got != want {
			t.Errorf("in %d columns: %q, want %q", room, got, want)
		}
	}
	m := &meter{scanner: scanner.New(scanner.Options{}), total: 7, started: time.Now()}
	if got := m.text(); !strings.HasSuffix(got, ", ? left") {
		t.Errorf("before the first answer: %q", got)
	}
}

// TestProgressBar lets the bar run on something that is no terminal, and end.
func TestProgressBar(t *testing.T) {
	var b bytes.Buffer
	done := make(chan struct{})
	time.AfterFunc(3*refreshEvery, func() { close(done) })
	newMeter(t, 40).bar(&ui{stderr: &b}, done)
	if !strings.Contains(b.String(), "10 of 40, 1/s") {
		t.Errorf("no progress in %q", b.String())
	}
	if strings.Contains(b.String(), "\n") {
		t.Errorf("the bar takes more than its line: %q", b.String())
	}
	if !strings.HasSuffix(b.String(), "\x1b[2K\r") {
		t.Errorf("the bar is left behind: %q", b.String())
	}
}

// TestBrokenPipe: demo must tell a reader that stops early from other failures,
// through the words that a user reads.
func TestBrokenPipe(t *testing.T) {
	s := &sink{w: brokenPipe{}}
	_, err := io.WriteString(s, "x")
	if !errors.Is(err, syscall.EPIPE) || err.Error() != "cannot write to standard output: broken pipe" {
		t.Errorf("%v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

func refuse(context.Context, string, netip.AddrPort) (net.Conn, error) {
	return nil, syscall.ECONNREFUSED
}
