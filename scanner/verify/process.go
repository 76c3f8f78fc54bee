package verify

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// grace is how long a worker may take to tidy up after it is told to end: to
// remove a file over a connection, and over another one, which takes removal,
// renewal and twice parting at most.
const grace = 20 * time.Second

// process is a worker: this program, started again.
type process struct {
	job    job
	limit  time.Duration // for all it does
	grace  time.Duration // after which it is killed; 0 means the default
	report func(line)
}

// run starts the worker, hands its lines to report and waits for its end. Its
// error says that the worker fell over, or how it was ended; started tells
// whether it ran at all.
func (p *process) run(ctx context.Context) (started bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	program, err := os.Executable()
	if err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, program, WorkerCommand)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(withoutSecrets(os.Environ()), traceVariable+"=none")
	said := &limited{left: maxMessage}
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return false, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	cmd.Cancel = stdin.Close // it ends by itself then; Wait kills it when it does not
	cmd.WaitDelay = cmp.Or(p.grace, grace)
	if err := cmd.Start(); err != nil {
		return false, err
	}
	writeErr := p.send(stdin)
	readErr := p.receive(stdout)
	if readErr != nil {
		cmd.Process.Kill()
	}
	io.Copy(io.Discard, stdout)
	stdin.Close()
	waitErr := cmd.Wait()
	return true, verdict(ctx, errors.Join(writeErr, readErr), waitErr, redact(said.text.String(), p.job.Password)) // a panic may quote anything
}

// verdict says why a worker ended before its time, if it did.
func verdict(ctx context.Context, pipeErr, waitErr error, stderr string) error {
	text := crashText(stderr)
	switch {
	case text != "":
		return fmt.Errorf("what it sent made the SMB client fall over (%s)", text)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("the attempt did not end in its time and was ended")
	case ctx.Err() != nil:
		return ctx.Err()
	case waitErr != nil:
		return fmt.Errorf("the attempt ended by itself: %w", waitErr)
	}
	return pipeErr
}

// send writes the job. The pipe stays open: its end tells the worker to stop.
func (p *process) send(stdin io.Writer) error {
	text, err := json.Marshal(p.job)
	if err != nil {
		return err
	}
	_, err = stdin.Write(append(text, '\n'))
	return err
}

// receive reads the worker's lines.
func (p *process) receive(stdout io.Reader) error {
	lines := bufio.NewScanner(io.LimitReader(stdout, maxReport))
	lines.Buffer(nil, maxReport)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("the attempt told something unreadable: %w", err)
		}
		p.report(l)
	}
	return lines.Err()
}

// SecretVariable is the environment variable that may hold the password.
const SecretVariable = "SMBREADY_PASSWORD"

// Variables that do not reach a worker as they are.
const (
	communityVariable = "SMBREADY_SNMP_COMMUNITY" // a secret that it has no use for
	traceVariable     = "GOTRACEBACK"             // could have it leave its memory in a core file when it falls over
)

// withoutSecrets returns the environment without what is none of a worker's
// business: it gets the password over its pipe only.
func withoutSecrets(env []string) []string {
	var kept []string
	for _, v := range env {
		switch name, _, _ := strings.Cut(v, "="); strings.ToUpper(name) { // Windows ignores the case of names
		case SecretVariable, communityVariable, traceVariable:
		default:
			kept = append(kept, v)
		}
	}
	return kept
}
