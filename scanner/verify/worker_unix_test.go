//go:build unix

package verify

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"smbready/inventory"
)

// signalVariable names a file: as soon as it is there, a worker sends itself all
// signals that a terminal or a shell sends to a whole program, and removes it.
const signalVariable = "SMBREADY_TEST_SIGNAL"

var terminalSignals = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE}

func beSignalled() {
	file := os.Getenv(signalVariable)
	for {
		if _, err := os.Stat(file); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, signal := range terminalSignals {
		syscall.Kill(os.Getpid(), signal)
		time.Sleep(20 * time.Millisecond)
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err == nil && core.Cur == 0 && core.Max == 0 {
		os.Remove(file)
	}
}

// TestWorkerIgnoresSignals shows that no signal to the whole program keeps a
// worker from removing its file, and that it could leave no core.
func TestWorkerIgnoresSignals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "signal")
	t.Setenv(playVariable, "signalled")
	t.Setenv(signalVariable, file)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	survived := false
	s := newShareServer()
	s.react = func(r *shareRequest) reaction {
		if r.header.Command != commandWrite {
			return reaction{}
		}
		survived = signalled(t, file)
		cancel()
		return reaction{silent: true}
	}
	h := s.listen(t)
	var warned []string
	o := options()
	o.Cost = &CostOptions{Share: "scans", Bytes: 1000, Rounds: 1}
	o.Warn = func(text string) { warned = append(warned, text) }
	if _, err := Run(ctx, o, []*inventory.Host{h}, func(*inventory.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if !survived || len(s.left()) > 0 || len(warned) > 0 {
		t.Errorf("survived: %v; left %v, warned %v", survived, s.left(), warned)
	}
}

// signalled has the worker send itself signals, and reports whether it lives on.
func signalled(t *testing.T, file string) bool {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Error(err)
		return false
	}
	for range 500 {
		if _, err := os.Stat(file); err != nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}
