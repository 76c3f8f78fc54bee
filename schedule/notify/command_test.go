package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// helperVariable has the test binary play the command that is run.
const helperVariable = "NOTIFY_TEST_HELPER"

func TestMain(m *testing.M) {
	switch os.Getenv(helperVariable) {
	case "":
		os.Exit(m.Run())
	case "keep": // what it was given
		b, _ := io.ReadAll(os.Stdin)
		text := fmt.Sprintf("%q\n%s%s\n", os.Args[1:], b, strings.Join(os.Environ(), "\n"))
		os.WriteFile(os.Args[1], []byte(text), 0o600)
	case "fail":
		fmt.Fprintln(os.Stderr, "no such channel"+strings.Repeat("!", 1<<20))
		os.Exit(3)
	case "deaf": // reads nothing
	case "hang":
		time.Sleep(time.Hour)
	}
	os.Exit(0)
}

func helper(t *testing.T, does string, args ...string) *Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(helperVariable, does)
	return &Command{Args: append([]string{self}, args...)}
}

func TestCommand(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	t.Setenv("SMBREADY_PASSWORD", "hunter2")
	t.Setenv("SMBREADY_DB", "postgres://smbready:hunter2@db/smbready")
	c := helper(t, "keep", kept, "$(id); `id` %PATH%")
	c.Env = []string{"SMBREADY_DB=postgres://smbready@db/smbready"}
	if err := c.Notify(t.Context(), news); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(kept)
	text := string(b)
	if err != nil || !strings.Contains(text, `"$(id); `+"`id`"+` %PATH%"]`) || !strings.Contains(text, "\n{\"site\":\"HQ\",\"worse\":2}\n") {
		t.Errorf("it was given %.300s, %v", text, err)
	}
	if !strings.Contains(text, "\nSMBREADY_DB=postgres://smbready@db/smbready\n") && !strings.HasSuffix(text, "\nSMBREADY_DB=postgres://smbready@db/smbready\n") {
		t.Error("it was not given the variable that it was to get")
	}
	if strings.Contains(text, "hunter2") {
		t.Error("it was given a password of this program")
	}
	if err := helper(t, "deaf").Notify(t.Context(), Message{Body: strings.Repeat("x", 1<<20)}); err != nil {
		t.Errorf("a command that does not listen: %v", err)
	}
}

func TestCommandFailures(t *testing.T) {
	err := helper(t, "fail").Notify(t.Context(), news)
	if err == nil || !strings.Contains(err.Error(), "exit status 3: no such channel!") || len(err.Error()) > 2*maxComplaint {
		t.Errorf("got %.200v", err)
	}
	c := helper(t, "hang")
	c.Timeout = 50 * time.Millisecond
	if err := c.Notify(t.Context(), news); err == nil || !strings.HasSuffix(err.Error(), ": it ran longer than 50ms and was ended") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := helper(t, "hang").Notify(ctx, news); !errors.Is(err, context.Canceled) && err == nil {
		t.Errorf("interrupted: %v", err)
	}
	for _, args := range [][]string{nil, {""}, {"no-such-command-here"}} {
		if err := (&Command{Args: args}).Notify(t.Context(), news); err == nil {
			t.Errorf("%q was run", args)
		}
	}
}

// TestCommandLeavesNothing: what a command started ends with it.
func TestCommandLeavesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	mark := filepath.Join(t.TempDir(), "pid")
	c := &Command{Args: []string{"/bin/sh", "-c", `sleep 1000 & echo $! >"$0"; wait`, mark}, Timeout: time.Second}
	if err := c.Notify(t.Context(), news); err == nil {
		t.Fatal("no error")
	}
	b, err := os.ReadFile(mark)
	if err != nil {
		t.Skipf("the shell was too slow: %v", err)
	}
	stat := "/proc/" + strings.TrimSpace(string(b)) + "/stat"
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		state, err := os.ReadFile(stat)
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("it is there still: %s", state)
		}
	}
}
