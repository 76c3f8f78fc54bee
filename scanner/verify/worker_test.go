package verify

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
)

// playVariable makes a worker play another part than its own.
const playVariable = "SMBREADY_TEST_PLAY"

// Secrets that no worker is to find in its environment.
const (
	secretPassword  = "Pa55-unmistakable"
	secretCommunity = "c0mmunity-unmistakable"
)

func init() {
	if len(os.Args) < 2 || os.Args[1] != WorkerCommand {
		return
	}
	switch os.Getenv(playVariable) {
	case "signalled": // does its own work
		go beSignalled()
		return
	case "environment": // tells its environment
		tell(strings.Join(os.Environ(), "\n"))
	case "tidy": // tidies up when it is told to end
		io.Copy(io.Discard, os.Stdin)
		tell("tidied up")
	case "deaf": // does not end when it is told to
		time.Sleep(20 * time.Second)
		tell("lived on")
	default:
		return
	}
	os.Exit(0)
}

// tell writes a line that has a text.
func tell(text string) {
	json.NewEncoder(os.Stdout).Encode(line{File: &testFile{Path: text}})
}

// played runs a worker that plays a part, and returns what it told.
func played(t *testing.T, part string, limit, grace time.Duration) (told string, err error) {
	t.Helper()
	t.Setenv(playVariable, part)
	p := &process{limit: limit, grace: grace, report: func(l line) { told += l.File.Path }}
	started, err := p.run(t.Context())
	if !started {
		t.Fatal(err)
	}
	return told, err
}

// TestWorkerEnvironment looks for secrets in the environment of a real worker,
// and for what could have it leave them in a core file.
func TestWorkerEnvironment(t *testing.T) {
	t.Setenv(SecretVariable, secretPassword)
	t.Setenv(communityVariable, secretCommunity)
	t.Setenv(traceVariable, "crash")
	told, err := played(t, "environment", time.Minute, 0)
	if err != nil || !strings.Contains(told, playVariable+"=") {
		t.Fatalf("got %q, %v", told, err)
	}
	for _, text := range []string{secretPassword, secretCommunity, SecretVariable + "=", communityVariable, traceVariable + "=crash"} {
		if strings.Contains(told, text) {
			t.Errorf("%s is in the environment of a worker", text)
		}
	}
	if !strings.Contains(told, "\n"+traceVariable+"=none") {
		t.Errorf("%s is not none", traceVariable)
	}
}

// TestWorkerIsToldToEnd shows that a worker whose time is over may tidy up.
func TestWorkerIsToldToEnd(t *testing.T) {
	told, err := played(t, "tidy", time.Second, time.Minute)
	if told != "tidied up" || err == nil || !strings.Contains(err.Error(), "did not end in its time") {
		t.Errorf("got %q, %v", told, err)
	}
}

// TestWorkerIsKilled shows that one which does not end is ended.
func TestWorkerIsKilled(t *testing.T) {
	told, err := played(t, "deaf", 100*time.Millisecond, 100*time.Millisecond)
	if told != "" || err == nil || !strings.Contains(err.Error(), "did not end in its time") {
		t.Errorf("got %q, %v", told, err)
	}
}

// TestReporter shows that no line holds the password, wherever somebody put it.
func TestReporter(t *testing.T) {
	const secret = "Tr0ub4dor-unmistakable"
	long := strings.Repeat("x", maxText-5) + secret
	for _, l := range []line{
		{Attempt: &Attempt{Session: inventory.Session{Detail: "wrong password: " + secret, Misbehaviour: secret + " is wrong"}}},
		{Attempt: &Attempt{Session: inventory.Session{Detail: long}}},
		{Cost: &inventory.Cost{Error: "wrong password: " + secret, Unsigned: secret}},
		{File: &testFile{Path: "a", Why: secret}},
	} {
		var out bytes.Buffer
		r := reporter{to: json.NewEncoder(&out), secret: secret}
		r.write(l)
		if text := out.String(); r.code() != 0 || !strings.Contains(text, secretText[:5]) || strings.Contains(text, secret[:5]) {
			t.Errorf("got %s", text)
		}
	}
}

// TestGuestCostLogons counts the logons of an account with a wrong password, at
// a host that makes a guest of it: a comparison with a guest's session is no
// reason for another one.
func TestGuestCostLogons(t *testing.T) {
	for _, required := range []bool{false, true} {
		s := newShareServer()
		s.account(1).Required = required
		h := s.listen(t)
		o := options()
		o.Account.Password = "wrong"
		o.Cost = &CostOptions{Share: "scans", Bytes: 1000, Rounds: 1, UnsignedAsGuest: true}
		got, stop := verified(t, o, []*inventory.Host{h})
		if got != "guest" || stop == nil || h.Cost != nil || s.logons[user] != 1 || len(s.connections) != 1 {
			t.Errorf("required %v: got %s, %+v, %+v; %v logons; %d connections", required, got, stop, h.Cost, s.logons, len(s.connections))
		}
	}
}

// TestCostWhereItWorks shows that there is no measurement at a host at which the
// account did not work, although it does elsewhere or the run goes on anyway.
func TestCostWhereItWorks(t *testing.T) {
	for _, keepGoing := range []bool{false, true} {
		good, guest := newShareServer(), newShareServer()
		mapped := guesting()
		guest.account = func(int) *smbtest.AccountServer { return mapped }
		hosts := []*inventory.Host{good.listen(t), guest.listen(t)}
		o := options()
		o.KeepGoing = keepGoing
		o.Cost = &CostOptions{Share: "scans", Bytes: 1000, Rounds: 1, UnsignedAsGuest: true}
		got, stop := verified(t, o, hosts)
		if got != "signed guest" || stop != nil || hosts[0].Cost == nil || len(hosts[0].Cost.Runs) != 4 || hosts[1].Cost != nil || guest.logons[user] != 1 {
			t.Errorf("got %s, %+v, %+v, %+v; %v", got, stop, hosts[0].Cost, hosts[1].Cost, guest.logons)
		}
	}
}

// TestCostAfterStop shows that a host at which the account worked is not
// measured once the run has stopped.
func TestCostAfterStop(t *testing.T) {
	s := newShareServer()
	h := s.listen(t)
	h.Sessions = []inventory.Session{{Result: inventory.SessionSigned}}
	o := options()
	o.Cost = &CostOptions{Share: "scans", Bytes: 1000, Rounds: 1}
	r := &runner{Options: o, stop: &Stop{}}
	if err := r.measure(t.Context(), h); err != nil || h.Cost != nil || len(s.connections) != 0 {
		t.Errorf("%v, %+v, %d connections", err, h.Cost, len(s.connections))
	}
}

// TestCostLogonFails shows that a logon which fails only when it comes to the
// measurement stops the run as well.
func TestCostLogonFails(t *testing.T) {
	once, other := newShareServer(), newShareServer()
	good, refuses := server(), refusing()
	once.account = func(connection int) *smbtest.AccountServer {
		if connection == 1 {
			return good
		}
		return refuses
	}
	hosts := []*inventory.Host{once.listen(t), other.listen(t)}
	o := options()
	o.Cost = &CostOptions{Share: "scans", Bytes: 1000, Rounds: 2, UnsignedAsGuest: true}
	got, stop := verified(t, o, hosts)
	if got != "signed not-tried" || stop == nil || stop.Host != hosts[0] || stop.Session.Result != inventory.SessionLogonFailed ||
		once.logons[user] != 2 || len(other.connections) > 0 || hosts[0].Cost == nil || hosts[0].Cost.Error == "" {
		t.Errorf("got %s, %+v; %v logons, then %d connections; %+v", got, stop, once.logons, len(other.connections), hosts[0].Cost)
	}
}

// TestCostOneAtATime shows that measurements do not measure each other, however
// many hosts may be tried at a time: each waits a while for company.
func TestCostOneAtATime(t *testing.T) {
	var hosts []*inventory.Host
	writes := make(chan struct{})
	var company atomic.Bool
	meet := func(r *shareRequest) reaction {
		if r.header.Command == commandWrite {
			select {
			case writes <- struct{}{}:
				company.Store(true)
			case <-writes:
			case <-time.After(500 * time.Millisecond):
			}
		}
		return reaction{}
	}
	for range 3 {
		s := newShareServer()
		s.react = meet
		hosts = append(hosts, s.listen(t))
	}
	o := options()
	o.Concurrency = 4
	o.Cost = &CostOptions{Share: "scans", Bytes: 1000, Rounds: 1}
	if got, _ := verified(t, o, hosts); got != "signed signed signed" || company.Load() {
		t.Errorf("got %s; two at a time: %v", got, company.Load())
	}
}
