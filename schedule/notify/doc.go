// Package notify tells people and programs what came of a run: by a webhook, by
// mail, by a command, and by metrics in a file. It knows nothing of SMB.
//
// Whoever is told is not trusted: each way has a limit of time and of what is
// read in answer, what a server answers to a password never gets into an error,
// and no text can add a header, a label or an argument.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Message is what is told.
type Message struct {
	Subject string // a line
	Text    string // for people
	Body    any    // for programs; it is sent as JSON
}

// Notifier tells a message. It returns when that has succeeded or failed for
// good.
type Notifier interface {
	Notify(ctx context.Context, m Message) error
}

// json returns the body of a message.
func (m *Message) json() ([]byte, error) {
	b, err := json.Marshal(m.Body)
	if err != nil {
		return nil, fmt.Errorf("the message cannot be written as JSON: %w", err)
	}
	return b, nil
}

// waits are the pauses before what failed is tried again.
var waits = []time.Duration{time.Second, 5 * time.Second, 25 * time.Second}

// again is an error after which another attempt may succeed.
type again struct{ error }

func (e again) Unwrap() error { return e.error }

// attempts tries until it succeeds, fails for good, or the waits are used up.
func attempts(ctx context.Context, try func(context.Context) error) error {
	for i := 0; ; i++ {
		err := try(ctx)
		var temporary again
		if err == nil || !errors.As(err, &temporary) || ctx.Err() != nil {
			return err
		}
		if i == len(waits) {
			return fmt.Errorf("%w (tried %d times)", temporary.error, i+1)
		}
		select {
		case <-time.After(waits[i]):
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", temporary.error, ctx.Err())
		}
	}
}
