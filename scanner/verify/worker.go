package verify

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"smbready/inventory"
)

// WorkerCommand is the hidden command under which a program calls itself to
// work on one host; it has to call Work then, and exit with what that returns.
const WorkerCommand = "__verify-worker"

// Bounds of what goes between a run and its workers, in bytes.
const (
	maxJob     = 64 << 10
	maxReport  = 256 << 10
	maxMessage = 64 << 10 // of what a worker that falls over says
)

// line is one line of a worker's answer: exactly one field is set.
type line struct {
	Attempt *Attempt        `json:"attempt,omitempty"`
	Cost    *inventory.Cost `json:"cost,omitempty"`
	File    *testFile       `json:"file,omitempty"`
}

// texts are the sentences in a line: what somebody else may have worded.
func (l *line) texts() []*string {
	switch {
	case l.Attempt != nil:
		return []*string{&l.Attempt.Session.Detail, &l.Attempt.Session.Misbehaviour}
	case l.Cost != nil:
		return []*string{&l.Cost.Error, &l.Cost.Unsigned}
	case l.File != nil:
		return []*string{&l.File.Why}
	}
	return nil
}

// testFile is what became of a file on somebody's share. It is told of before
// the file is there: a worker that falls over cannot tell afterwards.
type testFile struct {
	Path string `json:"path"`
	Gone bool   `json:"gone,omitempty"` // it was removed
	Why  string `json:"why,omitempty"`  // it could not be
}

// Work does the one job that comes on stdin, writes what came of it to stdout
// as JSON lines, and returns the exit code. It outlives an interrupt of the
// whole process group and even its parent, so as to tidy up: it ends when stdin
// does.
func Work(ctx context.Context, stdin io.Reader, stdout io.Writer) int {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGQUIT)
	forbidCore()
	debug.SetTraceback("none") // where it falls over is told by its message; its memory is nobody's business
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := bufio.NewReader(io.LimitReader(stdin, maxJob))
	text, err := in.ReadBytes('\n')
	var j job
	if err == nil {
		err = json.Unmarshal(text, &j)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no job could be read") // not err, which might quote it
		return 1
	}
	go func() {
		in.ReadByte() // ends with the parent, which says nothing more
		cancel()
	}()
	out := reporter{to: json.NewEncoder(stdout), secret: j.Password}
	if j.Cost != nil {
		j.meter(out.write).measure(ctx)
		return out.code()
	}
	j.proof().run(ctx, func(a Attempt) {
		if ctx.Err() == nil { // what was cut short would look like the host's fault
			out.write(line{Attempt: &a})
		}
	})
	return out.code()
}

// reporter writes lines.
type reporter struct {
	to     *json.Encoder
	secret string
	mu     sync.Mutex
	err    error
}

func (r *reporter) write(l line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range l.texts() {
		*text = shorten(redact(*text, r.secret))
	}
	if r.err == nil {
		r.err = r.to.Encode(l)
	}
}

func (r *reporter) code() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 1
	}
	return 0
}

// maxText bounds a sentence about a host, in bytes.
const maxText = 400

func shorten(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// redact takes the password out of a text. None is ever put in; this is for the
// day on which an error quotes it.
func redact(s, secret string) string {
	if secret == "" {
		return s
	}
	return strings.ReplaceAll(s, secret, secretText)
}

// crashText returns what a process said when it fell over.
func crashText(stderr string) string {
	for text := range strings.Lines(stderr) {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ") {
			return text
		}
	}
	return ""
}

// limited keeps the first bytes of what is written to it, and takes the rest.
type limited struct {
	left int
	text strings.Builder
}

func (l *limited) Write(b []byte) (int, error) {
	k := min(l.left, len(b))
	l.text.Write(b[:k])
	l.left -= k
	return len(b), nil
}

// crashed returns the attempt that a worker did not live to tell of.
func crashed(started time.Time, why string) Attempt {
	return Attempt{Risked: true, Session: inventory.Session{Time: started.UTC().Truncate(time.Millisecond), Stage: stageConnect,
		Result: inventory.SessionBroken, Misbehaviour: shorten(why)}}
}
