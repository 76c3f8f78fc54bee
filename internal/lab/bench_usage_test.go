//go:build bench && linux && !lab

package lab

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// usageFile names the variable that makes the test binary a go-between: it runs its
// arguments and leaves in that file what they used. A program that the tests started
// themselves would inherit the peak memory of the tests.
const usageFile = "SMBREADY_BENCH_USAGE"

// TestMain is that go-between when it is asked to.
func TestMain(m *testing.M) {
	if file := os.Getenv(usageFile); file != "" {
		os.Exit(between(file, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// usage is what a program used.
type usage struct {
	Peak int64         // resident memory in KiB
	Work time.Duration // of processors
}

// between runs a program and returns its exit code.
func between(file string, args []string) int {
	os.Unsetenv(usageFile)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	if err := cmd.Start(); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	s := cmd.ProcessState
	b, err := json.Marshal(usage{s.SysUsage().(*syscall.Rusage).Maxrss, s.UserTime() + s.SystemTime()})
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return s.ExitCode()
}

// measured has a command run through the go-between. Call what it returns when the
// command has ended.
func measured(t *testing.T, cmd *exec.Cmd) func() usage {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "usage")
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Args = append([]string{self, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.Env = self, append(cmd.Env, usageFile+"="+file)
	return func() (u usage) {
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &u)
		}
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
}
