package inventory

import (
	"testing"
	"time"
)

func TestFuture(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for ahead, want := range map[time.Duration]bool{-time.Hour: false, 0: false, 24 * time.Hour: false, 24*time.Hour + 1: true, 10000 * time.Hour: true} {
		if Future(now.Add(ahead), now) != want {
			t.Errorf("%s ahead: %v", ahead, !want)
		}
	}
	if Future(time.Time{}, now) {
		t.Error("no time is in the future")
	}
}
