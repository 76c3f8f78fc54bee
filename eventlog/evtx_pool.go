package eventlog

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// maxAnswer bounds what a worker says of one chunk, in bytes: 64 KiB of UTF-16
// make less than that.
const maxAnswer = 4 << 20

// pool are workers. Each is a process that is started when it is first needed,
// and again after it fell over.
type pool struct {
	ctx     context.Context
	cancel  context.CancelFunc
	options *Options
	jobs    chan *chunk
	wait    sync.WaitGroup

	fallen, slow atomic.Int32
	mu           sync.Mutex
	stopped      error
}

func newPool(ctx context.Context, o *Options, n int) *pool {
	p := &pool{options: o, jobs: make(chan *chunk, n)}
	p.ctx, p.cancel = context.WithCancel(ctx)
	for range n {
		p.wait.Go(p.work)
	}
	return p
}

// give hands a chunk to the next worker that is free.
func (p *pool) give(c *chunk) { p.jobs <- c }

// close ends the workers. Chunks that were given are done by then.
func (p *pool) close() {
	close(p.jobs)
	p.wait.Wait()
	p.cancel()
}

func (p *pool) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped
}

func (p *pool) stop(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped == nil {
		p.stopped = err
	}
}

// work does jobs, one after the other.
func (p *pool) work() {
	w := worker{pool: p}
	defer w.end()
	for c := range p.jobs {
		switch err := p.err(); {
		case err != nil:
			c.err, c.failure = err, reasonChunkCrash
		default:
			w.do(c)
		}
		close(c.done)
	}
}

// worker is a process that parses chunks.
type worker struct {
	pool  *pool
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// do has a chunk parsed. A process that takes too long, or falls over, is
// replaced.
func (w *worker) do(c *chunk) {
	if w.cmd == nil {
		if err := w.start(); err != nil {
			c.err, c.failure = err, reasonChunkCrash
			w.pool.stop(fmt.Errorf("the worker for EVTX files does not start: %w", err))
			return
		}
	}
	var late atomic.Bool
	process := w.cmd.Process
	timer := time.AfterFunc(w.pool.options.ChunkTime, func() {
		late.Store(true)
		process.Kill()
	})
	err := w.ask(c)
	timer.Stop()
	if err == nil {
		return
	}
	code := w.kill()
	c.err, c.failure = err, reasonChunkCrash
	p := w.pool
	switch {
	case late.Load(), code == exitMemory:
		c.failure = reasonChunkTime
		if p.slow.Add(1) >= maxSlow {
			p.stop(errors.New("too many parts of the file take too long to read, or too much memory"))
		}
	default:
		if p.fallen.Add(1) >= maxFallen {
			p.stop(errors.New("the reader falls over at too many parts of the file"))
		}
	}
}

// ask sends a chunk and reads the answer, a line of JSON.
func (w *worker) ask(c *chunk) error {
	if _, err := w.stdin.Write(c.data); err != nil {
		return err
	}
	var line []byte
	for {
		part, err := w.out.ReadSlice('\n')
		if len(line)+len(part) > maxAnswer {
			return errors.New("the answer is too long")
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return err
		}
		return json.Unmarshal(line, &c.answer)
	}
}

func (w *worker) start() error {
	cmd := w.pool.options.Worker(w.pool.ctx)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.cmd, w.stdin, w.out = cmd, stdin, bufio.NewReaderSize(stdout, 64<<10)
	return nil
}

// end lets the process end by itself, which it does when nothing more can come.
func (w *worker) end() {
	if w.cmd == nil {
		return
	}
	const grace = 2 * time.Second
	w.stdin.Close()
	process := w.cmd.Process
	timer := time.AfterFunc(grace, func() { process.Kill() })
	io.Copy(io.Discard, w.out)
	w.cmd.Wait()
	timer.Stop()
	w.cmd = nil
}

// kill ends the process, and returns its exit code.
func (w *worker) kill() int {
	w.stdin.Close()
	w.cmd.Process.Kill()
	io.Copy(io.Discard, w.out)
	w.cmd.Wait()
	code := w.cmd.ProcessState.ExitCode()
	w.cmd = nil
	return code
}
