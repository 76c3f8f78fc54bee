//go:build lab && linux

package lab

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain is the traffic recorder when the tests start themselves a second
// time, inside the client's namespace.
func TestMain(m *testing.M) {
	if device := os.Getenv(recorderDevice); device != "" {
		os.Exit(recordTraffic(device))
	}
	os.Setenv("SMBREADY_DB", "none") // the scans of tests are nobody's runs
	os.Exit(m.Run())
}

// atEnd tidies up when the test ends, and also when it is interrupted.
func atEnd(t *testing.T, tidy func()) {
	tidy = sync.OnceFunc(tidy)
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			tidy()
			os.Exit(130)
		case <-done:
		}
	}()
	t.Cleanup(func() {
		signal.Stop(signals)
		close(done)
		tidy()
	})
}

// commandTimeout is far more than any command of the lab needs.
const commandTimeout = 3 * time.Minute

// run runs a command to its end, with input on its standard input, and returns
// what it printed.
func run(t *testing.T, input, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// build compiles the program under test and returns its path.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "smbready")
	run(t, "", "go", "build", "-o", binary, "../../cmd/smbready")
	return binary
}

// waitUntil polls until nothing is missing any more, or fails the test.
func waitUntil(t *testing.T, patience time.Duration, missing func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		what := missing()
		if what == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %s", patience, what)
		}
	}
}
