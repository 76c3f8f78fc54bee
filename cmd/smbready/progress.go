package main

import (
	"fmt"
	"io"
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
	m := meter{scanner: s, total: j.targets.Len(), started: time.Now()}
	if a.ui.terminal {
		p.stopped.Go(func() { m.bar(a.ui.stderr, p.done) })
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
	started time.Time
}

// text says how the scan is going.
func (m *meter) text() string {
	sum := m.scanner.Progress()
	elapsed := time.Since(m.started)
	left := "?"
	if sum.Probed > 0 {
		left = roundDuration(time.Duration(float64(elapsed) / float64(sum.Probed) * float64(m.total-min(m.total, sum.Probed)))).String()
	}
	rate := float64(sum.Probed) / max(elapsed.Seconds(), 0.001)
	return fmt.Sprintf("%d of %d addresses, %.0f/s, %d speak SMB, %d open otherwise, %s left", sum.Probed, m.total, rate, sum.SMB, sum.Open, left)
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

func (m *meter) bar(w io.Writer, done chan struct{}) {
	bar := progressbar.NewOptions64(int64(m.total), progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetWidth(20),
		progressbar.OptionUseANSICodes(true), progressbar.OptionSetRenderBlankState(true))
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			bar.Clear()
			return
		case <-tick.C:
			bar.Describe(m.text())
			bar.Set64(int64(min(m.scanner.Progress().Probed, m.total)))
		}
	}
}
