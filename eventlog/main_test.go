package eventlog

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// playVariable tells the test binary, started as a worker, what to be.
const playVariable = "EVENTLOG_TEST_WORKER"

// TestMain makes a worker of the test binary where it is started as one: a real
// one, or one that misbehaves.
func TestMain(m *testing.M) {
	if what := os.Getenv(benchVariable); what != "" && os.Getenv(playVariable) == "" {
		os.Exit(runBench(what))
	}
	switch os.Getenv(playVariable) {
	case "":
		os.Exit(m.Run())
	case "work":
		os.Exit(Work(os.Stdin, os.Stdout))
	case "sleep":
		time.Sleep(time.Hour)
	case "eat":
		go watchMemory(nil)
		for eaten := [][]byte{}; ; time.Sleep(time.Millisecond) {
			eaten = append(eaten, make([]byte, 16<<20))
		}
	case "crash":
		panic("as told")
	case "chatter":
		for {
			if _, err := os.Stdout.WriteString("{\"records\": 7, "); err != nil {
				os.Exit(1)
			}
		}
	}
}

// play returns a worker that is what part says.
func play(part string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), playVariable+"="+part, "GORACE=atexit_sleep_ms=0") // not the race detector's second of patience
		return cmd
	}
}
