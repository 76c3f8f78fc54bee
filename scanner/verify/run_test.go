package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// crashVariable makes a worker fall over in a goroutine of its own, as go-smb2
// would; hangVariable makes it deaf.
const (
	crashVariable = "SMBREADY_TEST_CRASH"
	hangVariable  = "SMBREADY_TEST_HANG"
)

// TestMain is the worker when a test starts the program a second time.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != WorkerCommand {
		os.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector's second of patience at the end of each worker
		os.Exit(m.Run())
	}
	if text := os.Getenv(crashVariable); text != "" {
		go func() { panic(text) }()
		select {}
	}
	if os.Getenv(hangVariable) != "" {
		time.Sleep(time.Minute)
	}
	os.Exit(Work(context.Background(), os.Stdin, os.Stdout))
}

// site starts servers on loopback and returns them as a scan would have found
// them, with a count of the logons at each.
func site(t *testing.T, servers ...*smbtest.AccountServer) ([]*inventory.Host, []*atomic.Int32) {
	t.Helper()
	var hosts []*inventory.Host
	var logons []*atomic.Int32
	for _, s := range servers {
		count := new(atomic.Int32)
		mangle := s.Mangle
		s.Mangle = func(stage smbtest.AccountStage, frame []byte) []byte {
			if stage == smbtest.StageLogon {
				count.Add(1)
			}
			if mangle != nil {
				return mangle(stage, frame)
			}
			return frame
		}
		at, closer, err := s.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closer.Close() })
		hosts = append(hosts, &inventory.Host{Address: at.Addr(), Port: at.Port(), State: inventory.StateSMB, SMB2: &inventory.SMB2{Port: at.Port()}})
		logons = append(logons, count)
	}
	return hosts, logons
}

func options() Options {
	return Options{Account: Credentials{User: user, Domain: "PLANT", Password: smbtest.StagePassword}, Timeout: 10 * time.Second, Delay: -1}
}

// verified runs and returns what came of each host, in order.
func verified(t *testing.T, o Options, hosts []*inventory.Host) (string, *Stop) {
	t.Helper()
	var mu sync.Mutex
	done := 0
	stop, err := Run(t.Context(), o, hosts, func(*inventory.Host) error {
		mu.Lock()
		defer mu.Unlock()
		done++
		return nil
	})
	if err != nil || done != len(hosts) {
		t.Fatalf("%v; %d of %d hosts handed over", err, done, len(hosts))
	}
	var words []string
	for _, h := range hosts {
		word := "-"
		if n := len(h.Sessions); n > 0 {
			word = h.Sessions[n-1].Result.String()
		}
		words = append(words, word)
	}
	return strings.Join(words, " "), stop
}

func refusing() *smbtest.AccountServer {
	return &smbtest.AccountServer{User: "somebody-else", NTHash: smbtest.StageHash}
}

func guesting() *smbtest.AccountServer {
	s := refusing()
	s.MapToGuest = true
	return s
}

func hangingUpAt(stage smbtest.AccountStage) *smbtest.AccountServer {
	s := server()
	s.Mangle = at(stage, always(nil))
	return s
}

func lettingAnybodyIn() *smbtest.AccountServer {
	s := refusing()
	letsAnybodyIn(s)
	return s
}

func signingWrongly() *smbtest.AccountServer {
	s := server()
	s.WrongKey = true
	return s
}

func unable() *smbtest.AccountServer {
	s := server()
	s.LogonStatus = smbproto.StatusNoLogonServers
	return s
}

func withoutDomain(o *Options) { o.Account.Domain = "" }

// TestLockout counts the logons that may have failed: with one account, over
// any number of hosts, there is at most one.
func TestLockout(t *testing.T) {
	for _, tt := range []struct {
		name    string
		servers []*smbtest.AccountServer
		change  func(*Options)
		want    string
		logons  string
		left    int // hosts that were not tried; -1 when nothing stopped the run
	}{
		{name: "all good", servers: []*smbtest.AccountServer{server(), server(), server()}, want: "signed signed signed", logons: "1 1 1", left: -1},
		{name: "the first refuses", servers: []*smbtest.AccountServer{refusing(), server(), server()}, want: "logon-failed not-tried not-tried", logons: "1 0 0", left: 2},
		{name: "a later one refuses", servers: []*smbtest.AccountServer{server(), refusing(), server()}, want: "signed logon-failed not-tried", logons: "1 1 0", left: 1},
		{name: "the first makes a guest of it", servers: []*smbtest.AccountServer{guesting(), server()}, want: "guest not-tried", logons: "1 0", left: 1},
		{name: "a later one makes a guest of it", servers: []*smbtest.AccountServer{server(), guesting(), server()}, want: "signed guest signed", logons: "1 1 1", left: -1},
		{name: "the first hangs up on the logon", servers: []*smbtest.AccountServer{hangingUpAt(smbtest.StageLogon), server()}, want: "broken not-tried", logons: "1 0", left: 1},
		{name: "the first hangs up before it", servers: []*smbtest.AccountServer{hangingUpAt(smbtest.StageNegotiate), server()}, want: "broken signed", logons: "0 1", left: -1},
		{name: "many at once, but the first alone", servers: []*smbtest.AccountServer{refusing(), server(), server(), server()},
			change: func(o *Options) { o.Concurrency = 4 }, want: "logon-failed not-tried not-tried not-tried", logons: "1 0 0 0", left: 3},
		{name: "many at once", servers: []*smbtest.AccountServer{server(), server(), server(), server()},
			change: func(o *Options) { o.Concurrency = 4 }, want: "signed signed signed signed", logons: "1 1 1 1", left: -1},
		{name: "the first lets anybody in", servers: []*smbtest.AccountServer{lettingAnybodyIn(), server()}, want: "unsigned not-tried", logons: "1 0", left: 1},
		{name: "a later one lets anybody in", servers: []*smbtest.AccountServer{server(), lettingAnybodyIn(), server()}, want: "signed unsigned signed", logons: "1 3 1", left: -1},
		{name: "the first signs wrongly", servers: []*smbtest.AccountServer{signingWrongly(), server()}, want: "bad-signature not-tried", logons: "1 0", left: 1},
		{name: "a later one signs wrongly", servers: []*smbtest.AccountServer{server(), signingWrongly(), server()}, want: "signed bad-signature signed", logons: "1 3 1", left: -1},
		{name: "a later one cannot look", servers: []*smbtest.AccountServer{server(), unable(), server()}, want: "signed broken signed", logons: "1 1 1", left: -1},
		{name: "no domain: a later one makes a guest of it", servers: []*smbtest.AccountServer{server(), guesting(), server()}, change: withoutDomain, want: "signed guest not-tried", logons: "1 1 0", left: 1},
		{name: "no domain: a later one hangs up", servers: []*smbtest.AccountServer{server(), hangingUpAt(smbtest.StageLogon), server()}, change: withoutDomain, want: "signed broken not-tried", logons: "1 1 0", left: 1},
		{name: "no domain: a later one signs wrongly", servers: []*smbtest.AccountServer{server(), signingWrongly(), server()}, change: withoutDomain, want: "signed bad-signature not-tried", logons: "1 1 0", left: 1},
		{name: "no domain: all good", servers: []*smbtest.AccountServer{server(), server()}, change: withoutDomain, want: "signed signed", logons: "1 1", left: -1},
		{name: "the host's own domain", servers: []*smbtest.AccountServer{server(), guesting(), server()}, change: func(o *Options) { o.Account.Domain = "." }, want: "signed guest not-tried", logons: "1 1 0", left: 1},
		{name: "regardless", servers: []*smbtest.AccountServer{refusing(), server(), refusing()},
			change: func(o *Options) { o.KeepGoing = true }, want: "logon-failed signed logon-failed", logons: "1 1 1", left: -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hosts, counts := site(t, tt.servers...)
			o := options()
			if tt.change != nil {
				tt.change(&o)
			}
			got, stop := verified(t, o, hosts)
			var logons []string
			for _, c := range counts {
				logons = append(logons, fmt.Sprint(c.Load()))
			}
			left := -1
			if stop != nil {
				left = stop.Left
			}
			if got != tt.want || strings.Join(logons, " ") != tt.logons || left != tt.left {
				t.Errorf("got %s; logons %v; left %d\nwant %s; logons %s; left %d", got, logons, left, tt.want, tt.logons, tt.left)
			}
		})
	}
}

// TestPasswordEncoding shows that a password which would be changed on its way
// goes nowhere, and is not quoted.
func TestPasswordEncoding(t *testing.T) {
	hosts, counts := site(t, server())
	o := options()
	o.Account.Password = "caf\xe9-Unmistakable"
	stop, err := Run(t.Context(), o, hosts, func(*inventory.Host) error { return nil })
	if err == nil || stop != nil || counts[0].Load() != 0 || strings.Contains(err.Error(), "Unmistakable") {
		t.Errorf("got %v, %v, %d logons", stop, err, counts[0].Load())
	}
}

// TestNotTried shows that no credential goes where no session can be tried.
func TestNotTried(t *testing.T) {
	hosts := []*inventory.Host{
		{Address: netip.MustParseAddr("127.0.0.1"), State: inventory.StateClosed},
		{Address: netip.MustParseAddr("127.0.0.1"), State: inventory.StateSMB, SMB1: &inventory.SMB1{Dialect: "NT LM 0.12"}},
		{Address: netip.MustParseAddr("127.0.0.1"), State: inventory.StateSMB, SMB2: &inventory.SMB2{Port: netBIOSPort}},
	}
	got, stop := verified(t, options(), hosts)
	if got != "- not-supported not-supported" || stop != nil {
		t.Errorf("got %s, %+v", got, stop)
	}
}

// TestCrash shows that a client that falls over costs one host its result, and
// that it is said why.
func TestCrash(t *testing.T) {
	t.Setenv(crashVariable, "slice bounds out of range")
	hosts, _ := site(t, server())
	got, stop := verified(t, options(), hosts)
	s := hosts[0].Sessions[0]
	if got != "broken" || !strings.Contains(s.Misbehaviour, "panic: slice bounds out of range") || stop == nil {
		t.Errorf("got %s, %+v, %+v", got, s, stop)
	}
}

// TestCrashKeepsSecrets shows that a panic which quotes the password does not
// carry it into the run.
func TestCrashKeepsSecrets(t *testing.T) {
	o := options()
	t.Setenv(crashVariable, "index out of range with "+string(o.Account.Password)+" in it")
	hosts, _ := site(t, server())
	verified(t, o, hosts)
	text, err := json.Marshal(hosts[0])
	if err != nil || !strings.Contains(string(text), "index out of range") || strings.Contains(string(text), string(o.Account.Password)) {
		t.Errorf("%s, %v", text, err)
	}
}

// TestHang shows that a worker which does not end is killed.
func TestHang(t *testing.T) {
	t.Setenv(hangVariable, "1")
	p := &process{limit: 100 * time.Millisecond, grace: 100 * time.Millisecond, report: func(line) { t.Error("it told something") }}
	started, err := p.run(t.Context())
	if !started || err == nil || !strings.Contains(err.Error(), "did not end in its time") {
		t.Errorf("got %v, %v", started, err)
	}
}

// TestLeftFiles shows that each file which may have stayed behind is told of by
// its path, however the measurement ended.
func TestLeftFiles(t *testing.T) {
	var files leftFiles
	for _, f := range []testFile{{Path: "a"}, {Path: "b"}, {Path: "c"}, {Path: "a", Gone: true}, {Path: "b", Why: "no access"}} {
		files.note(f)
	}
	var told []string
	files.each(func(text string) { told = append(told, text[strings.LastIndex(text, ": ")+2:]) })
	if got := strings.Join(told, ", "); got != "c (the measurement was cut off), b (no access)" {
		t.Errorf("got %s", got)
	}
}

// TestInterrupted shows that a run ends when it is told to, without a result for
// the host that was being tried.
func TestInterrupted(t *testing.T) {
	silent := server()
	ctx, cancel := context.WithCancel(t.Context())
	silent.Mangle = at(smbtest.StageNegotiate, func([]byte) []byte {
		cancel()
		return []byte{}
	})
	hosts, _ := site(t, silent, server())
	stop, err := Run(ctx, options(), hosts, func(*inventory.Host) error { return nil })
	if err != nil || stop != nil || len(hosts[0].Sessions)+len(hosts[1].Sessions) > 0 {
		t.Errorf("got %v, %+v, %+v", err, stop, hosts[0].Sessions)
	}
}

// TestSecret shows that a password is in nothing that is printed or encoded.
func TestSecret(t *testing.T) {
	const password = "Tr0ub4dor-unmistakable"
	c := Credentials{User: "u", Domain: "d", Password: password}
	o := Options{Account: c}
	encoded, err := json.Marshal(o.Account)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, c), fmt.Sprintf(verb, c.Password), fmt.Sprintf(verb, &o))
	}
	for _, text := range texts {
		if strings.Contains(text, password) || strings.Contains(text, fmt.Sprintf("%x", password)) {
			t.Errorf("the password is in %s", text)
		}
	}
	for _, v := range withoutSecrets([]string{"A=b", SecretVariable + "=" + password, SecretVariable + "=", "SMBREADY_PASSWORDS=1"}) {
		if strings.HasPrefix(v, SecretVariable+"=") {
			t.Errorf("a worker would get %s in its environment", v)
		}
	}
	if got := redact("wrong password: "+password, password); strings.Contains(got, password) {
		t.Errorf("got %q", got)
	}
}

func TestParseAccount(t *testing.T) {
	for _, tt := range []struct{ text, user, domain string }{
		{"smith", "smith", ""}, {`PLANT\smith`, "smith", "PLANT"}, {"smith@plant.example", "smith", "plant.example"}, {"a@b@plant", "a@b", "plant"}, {`PLANT\a@b`, "a@b", "PLANT"},
		{`.\smith`, "smith", "."},
	} {
		if user, domain, err := ParseAccount(tt.text); user != tt.user || domain != tt.domain || err != nil {
			t.Errorf("%s: got %q, %q, %v", tt.text, user, domain, err)
		}
	}
	for _, text := range []string{"", `PLANT\`, `\smith`, `A\B\c`, "smi\nth", "smith@", "@plant", "@"} {
		if _, _, err := ParseAccount(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestTargetServer holds the name in share paths against what can stand there.
func TestTargetServer(t *testing.T) {
	for _, tt := range []struct{ address, name, want string }{
		{"10.1.2.3:445", "", "10.1.2.3"}, {"10.1.2.3:445", "fs01", "fs01"}, {"[fd00::1]:445", "", "fd00--1.ipv6-literal.net"},
	} {
		if got := (Target{netip.MustParseAddrPort(tt.address), tt.name}).server(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if d := smbproto.Dialect311; algorithm(d) != "AES-CMAC" || algorithm(smbproto.Dialect202) != "HMAC-SHA256" || algorithm(0) != "" {
		t.Error("algorithms")
	}
}
