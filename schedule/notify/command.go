package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Command runs a program with the body of a message, a line of JSON, on its
// standard input. There is no shell between: what the message says is never part
// of a command line.
type Command struct {
	Args    []string      // the program and its arguments
	Timeout time.Duration // after which it is killed; 0 is a minute
	Env     []string      // variables that it gets besides, as NAME=VALUE
}

// Limits of a command.
const (
	commandTimeout = time.Minute
	commandDelay   = 2 * time.Second // that its output is waited for when it was killed
	maxComplaint   = 1024            // bytes of its standard error that an error shows
)

// secretPrefix begins the names of the environment variables that hold passwords
// and keys of this program. Another one does not get them, but for Env.
const secretPrefix = "SMBREADY_"

// Check returns what is wrong with the command.
func (c *Command) Check() error {
	if len(c.Args) == 0 || c.Args[0] == "" {
		return errors.New("no command is given")
	}
	if _, err := exec.LookPath(c.Args[0]); err != nil {
		return fmt.Errorf("the command cannot be run: %w", err)
	}
	return nil
}

// Notify runs the command. An exit code other than 0 is an error. It is run once.
func (c *Command) Notify(ctx context.Context, m Message) error {
	if err := c.Check(); err != nil {
		return err
	}
	body, err := m.json()
	if err != nil {
		return err
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = commandTimeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, c.Args[0], c.Args[1:]...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(strings.ToUpper(v), secretPrefix) })
	cmd.Env = append(cmd.Env, c.Env...)
	cmd.Stdin = bytes.NewReader(append(body, '\n'))
	complaint := &firstBytes{most: maxComplaint}
	cmd.Stderr = complaint
	cmd.WaitDelay = commandDelay
	ownGroup(cmd)
	err = cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // what it left behind in the background is not waited for
		return nil
	case ctx.Err() == nil && limited.Err() != nil:
		return fmt.Errorf("command %s: it ran longer than %s and was ended", c.Args[0], timeout)
	case len(bytes.TrimSpace(complaint.b)) > 0:
		return fmt.Errorf("command %s: %w: %s", c.Args[0], err, bytes.TrimSpace(complaint.b))
	}
	return fmt.Errorf("command %s: %w", c.Args[0], err)
}

// firstBytes keeps the beginning of what is written to it.
type firstBytes struct {
	b    []byte
	most int
}

func (f *firstBytes) Write(b []byte) (int, error) {
	f.b = append(f.b, b[:min(len(b), f.most-len(f.b))]...)
	return len(b), nil
}
