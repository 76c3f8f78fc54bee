package smbtest

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"smbready/smbproto"
)

// Replay is a set of recorded exchanges, one for each connection that the
// recording client made. A device replays the one whose first request is of
// the same kind as the client's, and then only minds whose turn it is.
type Replay struct {
	exchanges [][]turn
}

// turn is what one side said before the other spoke.
type turn struct {
	client bool
	bytes  []byte // with NetBIOS framing
}

// ParseReplay reads exchanges. Each line is
//
//	> 00000054 fe534d42…    bytes from the client, in hexadecimal
//	< 000000f8 fe534d42…    bytes from the server
//	# a comment
//	--                      the next exchange follows
//
// Bytes include the NetBIOS framing. Blanks between digits do not matter, and
// lines of the same side in a row belong together.
func ParseReplay(r io.Reader) (*Replay, error) {
	replay := &Replay{exchanges: [][]turn{nil}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		if err := replay.parseLine(strings.TrimSpace(lines.Text())); err != nil {
			return nil, fmt.Errorf("replay line %d: %w", number, err)
		}
	}
	if len(replay.exchanges[0]) == 0 && lines.Err() == nil {
		return nil, errors.New("replay: no exchange")
	}
	return replay, lines.Err()
}

func (r *Replay) parseLine(line string) error {
	last := &r.exchanges[len(r.exchanges)-1]
	switch {
	case line == "" || line[0] == '#':
		return nil
	case line == "--":
		r.exchanges = append(r.exchanges, nil)
		return nil
	case line[0] != '>' && line[0] != '<':
		return fmt.Errorf("%q begins neither with > nor with <", line)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(line[1:]), ""))
	if err != nil {
		return err
	}
	client := line[0] == '>'
	if n := len(*last); n > 0 && (*last)[n-1].client == client {
		(*last)[n-1].bytes = append((*last)[n-1].bytes, b...)
		return nil
	}
	*last = append(*last, turn{client, b})
	return nil
}

// replayOpening returns what the recorded server said before the client.
func (c *conversation) replayOpening() reply {
	first := c.d.Replay.choose(KindAny)
	if len(first) == 0 || first[0].client {
		return reply{}
	}
	c.exchange, c.chosen = first, true
	return c.serverTurn()
}

// replay answers a request with the next turn of the recorded server.
func (c *conversation) replay(f smbproto.Frame) reply {
	if !c.chosen {
		c.exchange, c.chosen = c.d.Replay.choose(kindOf(f)), true
	}
	if len(c.exchange) == 0 {
		return reply{end: hangUp}
	}
	c.exchange = c.exchange[1:] // the client's turn
	return c.serverTurn()
}

// serverTurn takes the server's turn, if it has one. The server hangs up where
// its recording ends.
func (c *conversation) serverTurn() reply {
	if len(c.exchange) == 0 {
		return reply{end: hangUp}
	}
	r := reply{frame: slices.Clone(c.exchange[0].bytes)} // a fault may change it
	c.exchange = c.exchange[1:]
	return r
}

// choose returns the first exchange that begins with a kind of request, or the
// first of all.
func (r *Replay) choose(k Kind) []turn {
	for _, e := range r.exchanges {
		if len(e) > 0 && e[0].client && frameKind(e[0].bytes) == k {
			return e
		}
	}
	if len(r.exchanges) == 0 {
		return nil
	}
	return r.exchanges[0]
}

func frameKind(b []byte) Kind {
	if len(b) < 4 {
		return KindOther
	}
	return kindOf(smbproto.Frame{Type: smbproto.FrameType(b[0]), Payload: b[4:]})
}
