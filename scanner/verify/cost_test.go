package verify

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// metered is what a measurement told.
type metered struct {
	cost     *inventory.Cost
	attempts []Attempt
	warnings []string
	took     time.Duration
}

func costJob(o CostOptions) *job {
	return &job{Address: netip.MustParseAddrPort("127.0.0.1:445"), User: user, Password: smbtest.StagePassword,
		Timeout: 20 * time.Second, Delay: 250 * time.Millisecond, Known: true, Cost: &o}
}

// measured measures at a share. It runs in a bubble: what waits costs no time,
// and a goroutine that stays behind fails the test.
func measured(t *testing.T, s *shareServer, j *job) (got metered) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var files leftFiles
		m := j.meter(func(l line) {
			switch {
			case l.Cost != nil:
				got.cost = l.Cost
			case l.Attempt != nil:
				got.attempts = append(got.attempts, *l.Attempt)
			case l.File != nil:
				files.note(*l.File)
			}
		})
		m.dial = func(context.Context, netip.AddrPort) (net.Conn, error) {
			ours, theirs := net.Pipe()
			s.served.Go(func() { s.serve(theirs) })
			return ours, nil
		}
		started := time.Now()
		m.measure(t.Context())
		got.took = time.Since(started)
		files.each(func(text string) { got.warnings = append(got.warnings, text) })
		s.served.Wait()
	})
	return got
}

// TestCost measures both sides, and shows that a host never sees two connections
// at a time, nor one without the delay before it.
func TestCost(t *testing.T) {
	for _, required := range []bool{false, true} {
		t.Run(fmt.Sprint("required ", required), func(t *testing.T) {
			s := newShareServer()
			account := s.account(1)
			account.Required = required
			got := measured(t, s, costJob(CostOptions{Share: "scans", Bytes: 3<<20 + 5, Rounds: 2, UnsignedAsGuest: true}))
			var runs []string
			for _, r := range got.cost.Runs {
				runs = append(runs, fmt.Sprint(r.Round, r.Direction, r.Signed))
			}
			want := "1writetrue 1readtrue 1writefalse 1readfalse 2writefalse 2readfalse 2writetrue 2readtrue"
			if strings.ReplaceAll(strings.Join(runs, ","), " ", "") != strings.ReplaceAll(strings.ReplaceAll(want, " ", ","), " ", "") ||
				got.cost.Error != "" || got.cost.Unsigned != "" || got.cost.Dialect != "3.0.2" {
				t.Errorf("got %v, %+v", runs, got.cost)
			}
			if len(s.left())+len(got.warnings)+len(got.attempts) > 0 || s.most != 1 {
				t.Errorf("left %v, %v, %+v; %d connections at a time", s.left(), got.warnings, got.attempts, s.most)
			}
			for i := 1; i < len(s.connections); i++ {
				if gap := s.connections[i].Sub(s.connections[i-1]); gap < 250*time.Millisecond {
					t.Errorf("connection %d came %v after the one before", i+1, gap)
				}
			}
		})
	}
}

// TestCostOneSession shows that one side has one session for all its rounds.
func TestCostOneSession(t *testing.T) {
	s := newShareServer()
	got := measured(t, s, costJob(CostOptions{Share: "scans", Bytes: 1000, Rounds: 3}))
	if len(got.cost.Runs) != 6 || got.cost.Error != "" || got.cost.Unsigned != noUnsigned || s.logons[user] != 1 || len(s.left()) > 0 {
		t.Errorf("got %+v; %d logons; left %v", got.cost, s.logons[user], s.left())
	}
}

// when reacts to one command, from its first on.
func when(command uint16, what reaction) func(*shareRequest) reaction {
	return func(r *shareRequest) reaction {
		if r.header.Command == command {
			return what
		}
		return reaction{}
	}
}

// first reacts to a command on the first connection only.
func first(command uint16, what reaction) func(*shareRequest) reaction {
	return func(r *shareRequest) reaction {
		if r.header.Command == command && r.connection == 1 {
			return what
		}
		return reaction{}
	}
}

// TestCostEnds holds what ends a measurement against what is said of it. None
// takes long, or many requests, and none leaves a file without a word.
func TestCostEnds(t *testing.T) {
	guests := server()
	guests.SetupFlags = smbproto.SessionFlagGuest
	refuses := refusing()
	anybody := newShareServer().account(1)
	anybody.MapToGuest = false
	for _, tt := range []struct {
		name     string
		change   func(*shareServer)
		guest    bool
		bytes    int64  // default: 5 MiB
		want     string // in the error
		unsigned string // in why there are no unsigned runs
		attempt  string // that is told
		left     int    // files
		warns    string
	}{
		{name: "no size at all", change: func(s *shareServer) { s.sizes = []uint32{0, 0} }, want: "reads 0 and writes 0 bytes at once"},
		{name: "writes in grains", change: func(s *shareServer) { s.sizes = []uint32{1 << 20, least - 1} }, want: "writes 65535 bytes at once"},
		{name: "reads in grains", change: func(s *shareServer) { s.sizes = []uint32{least - 1, 1 << 20} }, want: "reads 65535"},
		{name: "just enough", change: func(s *shareServer) { s.sizes = []uint32{least, least} }},
		{name: "writes nothing", change: func(s *shareServer) { s.react = first(commandWrite, reaction{body: counted(0)}) }, want: "moved 0 bytes"},
		{name: "reads nothing", change: func(s *shareServer) {
			s.react = first(commandRead, reaction{body: append([]byte{17, 0, headerSize + 16, 0}, make([]byte, 12)...)})
		}, want: "moved 0 bytes"},
		{name: "writes single bytes", change: func(s *shareServer) { s.react = first(commandWrite, reaction{body: counted(1)}) }, bytes: 1 << 19, want: "too many requests"},
		{name: "encrypted share", change: func(s *shareServer) { s.account(1).CanEncrypt, s.flags = true, shareEncrypted }, want: "takes the place of signing"},
		{name: "encrypted session", change: func(s *shareServer) { s.account(1).Encrypts = true }, want: "takes the place of signing"},
		{name: "not signed", change: func(s *shareServer) { s.react = first(commandWrite, reaction{unsigned: true}) }, want: "messages of it were not signed"},
		{name: "nothing signed", change: func(s *shareServer) { s.account(1).Unsigned, s.react = true, allUnsigned }, want: "messages of it were not signed"},
		{name: "the account a guest", change: func(s *shareServer) { s.account = always1(guests) }, want: "only as a guest", attempt: "guest true"},
		{name: "refused this time", change: func(s *shareServer) { s.account = always1(refuses) }, want: "logon is invalid", attempt: "logon-failed true"},
		{name: "no guests", change: func(s *shareServer) { s.account = always1(anybody) }, guest: true, unsigned: "no guest's session could be had"},
		{name: "anybody has a session", guest: true, change: letsIn, unsigned: "made an account's session of it"},
		{name: "silent at the creation", change: func(s *shareServer) { s.react = first(commandCreate, reaction{silent: true, undone: true}) },
			want: "nothing came of the host for 30s", warns: "it may still appear"},
		{name: "silent, the file is there", change: func(s *shareServer) { s.react = first(commandCreate, reaction{silent: true}) }, want: "nothing came of the host"},
		{name: "silent, the file comes later", change: appearsLater, want: "nothing came of the host"},
		{name: "silent at a write", change: func(s *shareServer) { s.react = first(commandWrite, reaction{silent: true}) }, want: "nothing came of the host"},
		{name: "silent at a read", change: func(s *shareServer) { s.react = first(commandRead, reaction{silent: true}) }, want: "nothing came of the host"},
		{name: "silent to the end", change: func(s *shareServer) { s.react = silentFrom(commandWrite) }, want: "nothing came of the host", left: 1, warns: "could not be removed"},
		{name: "no credits", change: func(s *shareServer) { s.react = first(commandWrite, reaction{credits: none}) }, bytes: 20 << 20, want: "granted no further request"},
		{name: "hangs up", change: func(s *shareServer) { s.react = first(commandRead, reaction{hangUp: true}) }, want: "connection error"},
		{name: "no room", change: func(s *shareServer) { s.react = when(commandCreate, reaction{status: 0xc000007f}) }, want: "round 1, write"},
		{name: "open elsewhere for a while", change: func(s *shareServer) { s.react = busyFor(2 * time.Second) }},
		{name: "must not remove", change: func(s *shareServer) { s.react = when(commandSetInfo, reaction{status: smbproto.StatusAccessDenied}) },
			want: "could not be removed", left: 1, warns: "could not be removed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShareServer()
			if tt.change != nil {
				tt.change(s)
			}
			got := measured(t, s, costJob(CostOptions{Share: `scans`, Bytes: cmp.Or(tt.bytes, 5<<20), Rounds: 1, UnsignedAsGuest: tt.guest}))
			told := ""
			for _, a := range got.attempts {
				told += fmt.Sprint(a.Session.Result, " ", a.Risked)
			}
			if !holds(got.cost.Error, tt.want) || tt.guest && !holds(got.cost.Unsigned, tt.unsigned) || told != tt.attempt {
				t.Errorf("got error %q, unsigned %q, told %q", got.cost.Error, got.cost.Unsigned, told)
			}
			if warned := strings.Join(got.warnings, "; "); len(s.left()) != tt.left || !holds(warned, tt.warns) ||
				tt.warns != "" && !strings.Contains(warned, `\\127.0.0.1\scans\smbready-signing-cost-`) {
				t.Errorf("left %v, warned %q", s.left(), warned)
			}
			if s.most > 1 || s.requests > 1000 || got.took > 2*time.Minute {
				t.Errorf("%d connections at a time; %d requests; took %v", s.most, s.requests, got.took)
			}
		})
	}
}

// holds reports whether a text is in another one; the empty one only in itself.
func holds(text, part string) bool {
	return strings.Contains(text, part) && (part != "" || text == "")
}

func always1(a *smbtest.AccountServer) func(int) *smbtest.AccountServer {
	return func(int) *smbtest.AccountServer { return a }
}

func none(uint16) uint16 { return 0 }

func allUnsigned(*shareRequest) reaction { return reaction{unsigned: true} }

// letsIn has the host take everybody for its account.
func letsIn(s *shareServer) {
	letsAnybodyIn(s.account(1))
}

// silentFrom is a host that answers no more, on any connection, once a command
// has come.
func silentFrom(command uint16) func(*shareRequest) reaction {
	dead := false
	return func(r *shareRequest) reaction {
		dead = dead || r.header.Command == command
		return reaction{silent: dead, undone: dead}
	}
}

// appearsLater creates the file only when it is looked for a third time.
func appearsLater(s *shareServer) {
	name, looks := "", 0
	s.react = func(r *shareRequest) reaction {
		switch {
		case r.header.Command != commandCreate:
		case name == "":
			name = r.name
			return reaction{silent: true, undone: true}
		default:
			if looks++; looks == 3 {
				s.mu.Lock()
				s.files[name] = nil
				s.mu.Unlock()
			}
		}
		return reaction{}
	}
}

// busyFor says for a time that the file is open elsewhere, to whom would remove
// it.
func busyFor(d time.Duration) func(*shareRequest) reaction {
	var since time.Time
	return func(r *shareRequest) reaction {
		if r.header.Command != commandSetInfo {
			return reaction{}
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) < d {
			return reaction{status: statusSharingViolation}
		}
		return reaction{}
	}
}

// TestCostLimit shows that a file is removed also when the time of a
// measurement is over, which a connection for that must not inherit.
func TestCostLimit(t *testing.T) {
	s := newShareServer()
	s.react = first(commandWrite, reaction{after: 2 * time.Second})
	h := s.listen(t)
	j := costJob(CostOptions{Share: "scans", Bytes: 1000, Rounds: 1})
	j.Address = netip.AddrPortFrom(h.Address, h.Port)
	var files leftFiles
	m := j.meter(func(l line) { files.note(*l.File) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := m.run(ctx); err == nil || len(s.left()) > 0 || len(files) > 0 {
		t.Errorf("got %v; left %v, noted %v", err, s.left(), files)
	}
}
