package main

import (
	"fmt"
	"strings"
	"time"
)

// durationText writes a duration as a person reads it, with two units at most:
// 350ms, 12s, 4m39s, 18h12m, 49 days.
func durationText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 3*day:
		return fmt.Sprintf("%.0f days", d.Hours()/day.Hours())
	case d >= time.Hour:
		d = d.Round(time.Minute)
	case d >= time.Second:
		d = d.Round(time.Second)
	default:
		d = d.Round(time.Millisecond)
	}
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}
