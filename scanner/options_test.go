package scanner

import (
	"testing"
	"time"
)

// TestWorkers keeps no more hosts waiting than the rate can serve.
func TestWorkers(t *testing.T) {
	const connect, read = 2 * time.Second, 5 * time.Second
	for _, tt := range []struct {
		rate        float64
		concurrency int
		want        uint64
	}{
		{0, 512, 512}, {1000, 512, 512}, {5, 16, 16}, {2, 512, 14}, {0.01, 512, 1}, {1e300, 3, 3},
	} {
		o := Options{Rate: tt.rate, Concurrency: tt.concurrency, ConnectTimeout: connect, ReadTimeout: read}
		if got := o.workers(); got != tt.want {
			t.Errorf("%g a second, %d at a time: %d workers, want %d", tt.rate, tt.concurrency, got, tt.want)
		}
	}
}
