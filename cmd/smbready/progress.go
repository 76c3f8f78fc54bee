package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"smbready/scanner"
)

// How often a terminal is refreshed, and how often a log gets a line.
const (
	refreshEvery = 200 * time.Millisecond
	lineEvery    = 15 * time.Second
)

// progress shows how far a scan is: a bar on a terminal, a line now and then
// elsewhere, nothing with --quiet.
type progress struct {
	done    chan struct{}
	stopped sync.WaitGroup
}

func (a *app) startProgress(s *scanner.Scanner, j job) *progress {
	p := &progress{done: make(chan struct{})}
	if j.quiet {
		return p
	}
	m := meter{scanner: s, total: j.targets.Len(), before: j.options.Counted.Probed, started: time.Now()}
	if a.ui.terminal {
		p.stopped.Go(func() { m.bar(a.ui, p.done) })
	} else {
		p.stopped.Go(func() { m.lines(a.ui, p.done) })
	}
	return p
}

func (p *progress) stop() {
	close(p.done)
	p.stopped.Wait()
}

// meter reads a running scan.
type meter struct {
	scanner *scanner.Scanner
	total   uint64
	before  uint64 // addresses that were done when it began
	started time.Time
}

// text says how the scan is going, in a line of a log.
func (m *meter) text() string {
	return m.format("%d of %d addresses, %.0f/s, %d speak SMB, %d open otherwise, %s left")
}

// shortText is text for a narrow terminal.
func (m *meter) shortText() string { return m.format("%d of %d, %.0f/s, %d SMB, %d open, %s left") }

func (m *meter) format(layout string) string {
	sum := m.scanner.Progress()
	elapsed := time.Since(m.started)
	left, now := "?", sum.Probed-m.before
	if now > 0 {
		left = durationText(time.Duration(float64(elapsed) / float64(now) * float64(m.total-min(m.total, sum.Probed))))
	}
	rate := float64(now) / max(elapsed.Seconds(), 0.001)
	return fmt.Sprintf(layout, sum.Probed, m.total, rate, sum.SMB, sum.Open, left)
}

// fitting returns text that takes no more than room columns: what the terminal
// wraps cannot be wiped off again.
func (m *meter) fitting(room int) string {
	text := m.text()
	if len(text) > room {
		text = m.shortText()
	}
	room = max(room, 0)
	for len(text) > room {
		text = text[:max(0, strings.LastIndex(text, ", "))] // a number cut short would be another number
	}
	return text
}

func (m *meter) lines(u *ui, done chan struct{}) {
	tick := time.NewTicker(lineEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			u.say("%s", m.text())
		}
	}
}

// barWidth is the room of the bar itself, barRoom that with its frame and the
// percentage: "  100% |██████████|  ", and some to spare.
const (
	barWidth = 10
	barRoom  = barWidth + 13
)

func (m *meter) bar(u *ui, done chan struct{}) {
	bar := progressbar.NewOptions64(int64(m.total), progressbar.OptionSetWriter(u.stderr), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetWidth(barWidth),
		progressbar.OptionUseANSICodes(true), progressbar.OptionSetRenderBlankState(true))
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			bar.Clear()
			return
		case <-tick.C:
			bar.Describe(m.fitting(u.columns() - barRoom))
			bar.Set64(int64(min(m.scanner.Progress().Probed, m.total)))
		}
	}
}
