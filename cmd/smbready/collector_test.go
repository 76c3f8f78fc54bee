package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// While little is in use memory is limited and collected rarely; once much is, it is
// as usual, or the program would do nothing but collect.
func TestTuneCollector(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(usualGC))
	tuneCollector()
	runtime.GC()
	if debug.SetMemoryLimit(-1) != memoryLimit {
		t.Error("with little in use there is no limit")
	}
	much := make([]byte, muchInUse)
	for end := time.Now().Add(patience); debug.SetMemoryLimit(-1) != math.MaxInt64; time.Sleep(time.Millisecond) {
		if runtime.GC(); time.Now().After(end) {
			t.Fatal("with much in use the limit stays")
		}
	}
	runtime.KeepAlive(much)
	if got := debug.SetGCPercent(usualGC); got != usualGC {
		t.Errorf("collected at %d %%", got)
	}
}
