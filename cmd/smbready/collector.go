package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How memory is collected. A scan's heap is small and short-lived, and its many
// goroutines make each collection dear: collect rarely while there is little. Where a
// lot is in use, as with a report of a million hosts, the limit would have the program
// do little but collect: then it is as usual in Go.
const (
	gcPercent   = 400
	memoryLimit = 120 << 20       // bytes
	muchInUse   = memoryLimit / 2 // bytes that a collection has left
	usualGC     = 100             // per cent
)

// tuneCollector sets that, unless the user has by Go's own variables.
func tuneCollector() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	afterCollection(func() (again bool) {
		if inUse() < muchInUse {
			return true
		}
		debug.SetMemoryLimit(math.MaxInt64)
		debug.SetGCPercent(usualGC)
		return false
	})
}

// afterCollection calls fn after each collection of garbage, for as long as it
// returns true.
func afterCollection(fn func() (again bool)) {
	runtime.AddCleanup(new([64]byte), func(fn func() bool) {
		if fn() {
			afterCollection(fn)
		}
	}, fn)
}

// inUse returns the bytes that the last collection has left.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return math.MaxUint64 // not known: as usual
	}
	return sample[0].Value.Uint64()
}
