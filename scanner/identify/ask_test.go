package identify

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smbready/inventory"
)

func TestNothingAsked(t *testing.T) {
	var o Options
	if clues, list, err := o.Ask(context.Background(), device); clues != nil || list != nil || err != nil {
		t.Errorf("got %+v, %v, %v", clues, list, err)
	}
}

func TestReverse(t *testing.T) {
	long := strings.Repeat("x", 300) + "."
	for _, c := range []struct {
		name     string
		resolver names
		want     []string
		trail    string
	}{
		{"names", names{list: []string{"a.example.", "b\x1b[2J", "", ".", "\xff"}}, []string{"a.example", "b\x1b[2J", "\ufffd"}, "answered"},
		{"too many and too long", names{list: slices.Repeat([]string{long}, 1000)}, slices.Repeat([]string{long[:256]}, 8), "answered"},
		{"some are bad", names{list: []string{"a."}, err: errors.New("malformed")}, []string{"a"}, "answered"},
		{"none", names{err: &net.DNSError{IsNotFound: true}}, nil, "answered (no name)"},
		{"failure", names{err: &net.DNSError{Err: "server misbehaving"}}, nil, "error-status (the resolver failed)"},
		{"silence", names{stuck: true}, nil, "silent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakes{}
				clues, got := f.ask(t, func(o *Options) { o.ReverseDNS, o.Resolver = true, c.resolver })
				if got != "reverse-dns@53 "+c.trail || (clues == nil) != (c.want == nil) || clues != nil && !slices.Equal(clues.Reverse, c.want) {
					t.Errorf("got %+v, %s", clues, got)
				}
			})
		})
	}
}

// everything returns options that ask all there is.
func (f *fakes) everything() Options {
	o := f.options()
	o.ReverseDNS, o.Ports, o.HTTP, o.MDNS, o.SNMP = true, true, true, true, &SNMPOptions{Community: "public"}
	return o
}

// whole is a device with every service.
func whole() *fakes {
	f := &fakes{tcp: map[uint16]func(net.Conn){80: says(page)}, udp: map[uint16]func(net.Conn){portMDNS: responder(copier), portSNMP: newAgent().serve}}
	for _, port := range connectPorts {
		f.tcp[port] = says(page)
	}
	return f
}

// TestPace checks that our turn comes before every connection and every
// datagram, and that a pace that fails ends everything at once.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		paced := 0
		o := whole().everything()
		o.Pace = func(context.Context) error { paced++; return nil }
		_, all, err := o.Ask(context.Background(), device)
		if err != nil {
			t.Fatal(err)
		}
		turns := paced
		broken := errors.New("the end")
		for end := range turns {
			f := whole()
			o, paced := f.everything(), 0
			o.Pace = func(context.Context) error {
				if paced == end {
					return broken
				}
				paced++
				return nil
			}
			_, list, err := o.Ask(context.Background(), device)
			if !errors.Is(err, broken) || len(list) > len(all) || paced != end || len(f.dials) > end {
				t.Errorf("end at %d: %v, %s", end, err, trail(list))
			}
		}
		time.Sleep(time.Minute)
	})
}

// TestEnd ends the run at many moments. Ask must return at once, and leave
// nothing behind, which synctest sees to.
func TestEnd(t *testing.T) {
	for _, serve := range []func(net.Conn){silent, drip(""), drip("HTTP/1.1 200 OK\r\n")} {
		for after := time.Second / 2; after < 20*time.Second; after += time.Second {
			synctest.Test(t, func(t *testing.T) {
				f := &fakes{udp: map[uint16]func(net.Conn){portMDNS: serve, portSNMP: serve}, dark: map[uint16]bool{515: true, 631: true}}
				f.tcp = map[uint16]func(net.Conn){80: serve, 443: serve}
				o := f.everything()
				ctx, cancel := context.WithTimeout(context.Background(), after)
				defer cancel()
				started := time.Now()
				_, list, err := o.Ask(ctx, device)
				if took := time.Since(started); took > after || err == nil && took == after {
					t.Errorf("end after %v: took %v, %v: %s", after, took, err, trail(list))
				}
				time.Sleep(time.Minute)
			})
		}
	}
}

// TestPanic checks that a mistake of ours costs one question, and that the
// panic is not quoted.
func TestPanic(t *testing.T) {
	f := &fakes{tcp: map[uint16]func(net.Conn){80: says(page)}}
	o := f.options()
	o.ReverseDNS, o.HTTP, o.Resolver = true, true, panics{}
	clues, list, err := o.Ask(context.Background(), device)
	want := "reverse-dns@53 unknown (internal error, please report it), http@80 answered, http@443 refused"
	if err != nil || clues == nil || trail(list) != want {
		t.Errorf("got %v, %s", err, trail(list))
	}
}

type panics struct{}

func (panics) LookupAddr(context.Context, string) ([]string, error) { panic("s3cret") }

func TestFailure(t *testing.T) {
	d := &dialogue{o: Options{Outcome: fakeOutcome}.withDefaults()}
	for _, c := range []struct {
		err   error
		begun bool
		want  inventory.Outcome
	}{
		{context.DeadlineExceeded, false, inventory.OutcomeSilent},
		{context.DeadlineExceeded, true, inventory.OutcomeTimeout},
		{io.EOF, false, inventory.OutcomeClosedAfterNegotiate},
		{io.EOF, true, inventory.OutcomeMalformed},
		{errors.New("reset"), true, inventory.OutcomeResetAfterNegotiate},
	} {
		if r := d.failure(c.err, c.begun); r.outcome != c.want {
			t.Errorf("%v: got %s, want %s", c.err, r.outcome, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \x00a\tb\r\n\x00", "a\tb"},
		{"\x1b[31m\u202ea", "\x1b[31m\u202ea"},
		{"a\xff\xfeb", "a\ufffdb"},
		{strings.Repeat("é", 200), strings.Repeat("é", 128)},
		{"a" + strings.Repeat("é", 200), "a" + strings.Repeat("é", 127)},
		{strings.Repeat("\xff", 5000), "\ufffd"},
		{strings.Repeat(" ", 5000) + "a", ""},
	} {
		if got := text(c.in); got != c.want {
			t.Errorf("%.20q: got %q, want %q", c.in, got, c.want)
		}
	}
}
