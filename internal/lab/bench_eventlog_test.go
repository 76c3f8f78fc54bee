//go:build bench && linux

package lab

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eventsToRead is how many events the benchmark of event files has, and
// recordsToRead how many of EVTX, whose records are large here: each spells out
// what Windows writes once in 64 KiB.
const (
	eventsToRead  = 1_000_000
	recordsToRead = 200_000
)

// TestBenchEvents reads a large file of events in each form, and beside it, in
// the same run, the same file with the standard library alone, which tells what
// the machine can do. It fails for missing an event, not for being slow.
func TestBenchEvents(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "eventlog.test")
	cmd := exec.Command("go", "test", "-c", "-o", program, "./eventlog")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fmt.Printf("\n%-6s %10s %8s %9s %9s %14s %8s\n", "form", "events", "MB", "seconds", "peak MB", "plain reading", "ratio")
	for _, form := range []string{"csv", "json", "xml", "evtx"} {
		n := eventsToRead
		if form == "evtx" {
			n = recordsToRead
		}
		file := filepath.Join(folder, "events."+form)
		size := writeEvents(t, program, file, form, n)
		took, peak, said := runPart(t, program, "read "+file)
		if want := fmt.Sprintf("%d ", n); !strings.HasPrefix(said, want) {
			t.Errorf("%s: read %s, want %s events", form, said, want)
		}
		plain, ratio := "-", "-"
		if form == "csv" || form == "json" {
			bare, _, _ := runPart(t, program, "plain "+file)
			plain, ratio = fmt.Sprintf("%.1f s", bare.Seconds()), fmt.Sprintf("%.2f", took.Seconds()/bare.Seconds())
		}
		fmt.Printf("%-6s %10d %8d %9.1f %9d %14s %8s\n", form, n, size>>20, took.Seconds(), peak>>10, plain, ratio)
		os.Remove(file)
	}
}

// writeEvents writes a file of events, and returns its size in bytes.
func writeEvents(t *testing.T, program, file, form string, n int) int64 {
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), fmt.Sprintf("EVENTLOG_TEST_BENCH=write %s %d", form, n))
	cmd.Stdout = f
	if err := cmp.Or(cmd.Run(), f.Close()); err != nil {
		t.Fatalf("writing %s: %v", form, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// runPart runs a part of the benchmark in a process of its own, and returns how
// long it took, the most memory that it or a process of its own had, in KiB, and
// what it said.
func runPart(t *testing.T, program, what string) (took time.Duration, peak int64, said string) {
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "EVENTLOG_TEST_BENCH="+what)
	used := measured(t, cmd)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(start)
	if err != nil {
		t.Fatalf("%s: %v\n%s", what, err, out)
	}
	return took, used().Peak, strings.TrimSpace(string(out))
}
