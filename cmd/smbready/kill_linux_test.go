package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"smbready/internal/pgtest"
	"smbready/internal/smbtest"
	"smbready/smbproto"
	"smbready/store"
)

var (
	kills    = flag.Int("kills", 10, "how many scans TestKill kills with SQLite, and above 10 with PostgreSQL as well")
	killSeed = flag.Uint64("killseed", 0, "of the moments at which TestKill kills; random without")
)

// killsAtOnce is how many scans are killed side by side: they wait most of the
// time.
const killsAtOnce = 5

// TestKill kills scans at random moments, looks at what is stored, goes on with
// them, and compares what they found with an undisturbed run.
func TestKill(t *testing.T) {
	needDevices(t)
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-killseed %d", seed)
	t.Run("sqlite", func(t *testing.T) {
		killMany(t, seed, func(i int) string { return filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", i)) })
	})
	if *kills > 10 {
		t.Run("postgresql", func(t *testing.T) {
			server := pgtest.New(t)
			killMany(t, seed+1, func(int) string { return server.Database(t) })
		})
	}
}

func needDevices(t *testing.T) {
	t.Helper()
	if ok, err := knows("devices"); err != nil || !ok {
		t.Skip("needs 127.0.1.x without an SMB server")
	}
}

func killMany(t *testing.T, seed uint64, db func(int) string) {
	first := startFleet(t, 20)
	want := first.undisturbed(t)
	fleets := make(chan *fleet, killsAtOnce)
	fleets <- first
	for i := 1; i < killsAtOnce; i++ {
		fleets <- startFleet(t, 20+byte(i))
	}
	var all sync.WaitGroup
	for i := range *kills {
		f := <-fleets
		k := &killing{t: t, fleet: f, db: db(i), name: fmt.Sprintf("kill %d", i), random: rand.New(rand.NewPCG(seed, uint64(i)))}
		all.Go(func() {
			k.run(want)
			fleets <- f
		})
	}
	all.Wait()
}

// killing is one scan that is killed, and goes on.
type killing struct {
	t      *testing.T
	fleet  *fleet
	db     string
	name   string
	random *rand.Rand
}

func (k *killing) errorf(format string, args ...any) {
	k.t.Errorf(k.name+": "+format, args...)
}

func (k *killing) run(want map[string]string) {
	k.fleet.forget()
	id, before, out := k.scanAndKill()
	if id == "" {
		k.fresh(want, out)
		return
	}
	stored := k.hosts(id)
	for addr := range before {
		if _, there := stored[addr]; !there {
			k.errorf("%s was stored before the kill, and is not now", addr)
		}
	}
	asked := k.fleet.asked()
	if out, err := smbready("scan", "--resume", id, "--db", k.db, "-f", "csv").CombinedOutput(); err != nil && !bytes.Contains(out, []byte("is complete")) {
		k.errorf("resume: %v\n%s", err, out)
		return
	}
	again := k.fleet.asked()
	k.t.Logf("%s: %s: a reader saw %d hosts, %d of %d were stored", k.name, strings.TrimSpace(out), len(before), len(stored), len(want))
	for addr := range stored {
		if again[addr] != asked[addr] {
			k.errorf("%s was stored, and was asked again: %d connections, then %d", addr, asked[addr], again[addr])
		}
	}
	k.compare(k.hosts(id), want)
	k.complete(id)
}

// scanAndKill starts a scan and kills it. It returns what the store held just
// before, as a reader saw it.
func (k *killing) scanAndKill() (id string, before map[string]string, out string) {
	child := smbready(k.fleet.scanArgs(k.db)...)
	var text bytes.Buffer
	child.Stdout, child.Stderr = &text, &text
	if err := child.Start(); err != nil {
		k.errorf("%v", err)
		return "", nil, ""
	}
	moment := time.Duration(k.random.Int64N(int64(killWithin)))
	time.Sleep(moment)
	id, before = k.look()
	child.Process.Kill()
	child.Wait()
	if id == "" {
		id, _ = k.look()
	}
	return id, before, fmt.Sprintf("after %v: %v: %s", moment, child.ProcessState, text.String())
}

// look returns the latest run of the store, and its hosts.
func (k *killing) look() (id string, hosts map[string]string) {
	s, err := store.Open(context.Background(), k.db)
	if err != nil {
		return "", nil
	}
	defer s.Close()
	runs, err := s.Runs(context.Background(), "")
	if err != nil || len(runs) == 0 || runs[0].Complete() {
		return "", nil
	}
	return runs[0].Header.ID, k.hosts(runs[0].Header.ID)
}

// fresh is the case of a scan that was killed before it was stored at all, or
// that was faster than we.
func (k *killing) fresh(want map[string]string, out string) {
	s, err := store.Open(context.Background(), k.db)
	if err != nil {
		k.errorf("%v; %s", err, out)
		return
	}
	defer s.Close()
	runs, err := s.Runs(context.Background(), "")
	if err != nil {
		k.errorf("%v; %s", err, out)
		return
	}
	if len(runs) > 0 {
		k.compare(k.hosts(runs[0].Header.ID), want)
	}
}

// hosts returns the stored hosts of a run by address, without what differs from
// run to run.
func (k *killing) hosts(id string) map[string]string {
	s, err := store.Open(context.Background(), k.db)
	if err != nil {
		k.errorf("%v", err)
		return nil
	}
	defer s.Close()
	var b bytes.Buffer
	if err := s.Export(context.Background(), id, &b); err != nil {
		k.errorf("export: %v", err)
	}
	return k.fleet.hostLines(b.String())
}

var addressOf = regexp.MustCompile(`^\{"type":"host","address":"(127\.0\.\d+\.\d+)"`)

// hostLines returns the lines of hosts by address, all as of the first fleet.
func (f *fleet) hostLines(run string) map[string]string {
	hosts := map[string]string{}
	run = strings.ReplaceAll(normalise(run), fmt.Sprintf("127.0.%d.", f.net), "127.0.20.")
	run = strings.ReplaceAll(run, fmt.Sprintf(`"port":%d,`, f.port), `"port":PORT,`)
	for line := range strings.Lines(run) {
		if m := addressOf.FindStringSubmatch(line); m != nil {
			hosts[m[1]] = line
		}
	}
	return hosts
}

func (k *killing) compare(got, want map[string]string) {
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		k.errorf("%d hosts, want %d: %v", len(got), len(want), slices.Sorted(maps.Keys(got)))
	}
	for addr, line := range want {
		if got[addr] != line && got[addr] != "" {
			k.errorf("%s:\n got …%swant …%s", addr, apart(got[addr], line), apart(line, got[addr]))
		}
	}
}

// apart returns a from a little before it differs from b.
func apart(a, b string) string {
	const before = 60
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-before):]
}

// complete checks how the run ended.
func (k *killing) complete(id string) {
	s, err := store.Open(context.Background(), k.db)
	if err != nil {
		k.errorf("%v", err)
		return
	}
	defer s.Close()
	info, err := s.Find(context.Background(), id)
	switch {
	case err != nil:
		k.errorf("%v", err)
	case !info.Complete() || info.Summary.Probed != fleetSize || info.Counted.Probed != fleetSize:
		k.errorf("complete %v, summary %+v, counted %+v", info.Complete(), info.Summary, info.Counted)
	case info.Summary.SMB+info.Summary.Open+info.Summary.Closed+info.Summary.Filtered != fleetSize:
		k.errorf("the counts do not add up: %+v", info.Summary)
	}
}

// smbready returns the program, which is this test binary.
func smbready(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), runMain+"=1", "GORACE=atexit_sleep_ms=0")
	return c
}

// A fleet is simulated devices at 127.0.N.x: quick ones, slow ones, silent ones,
// dark ones, and addresses that refuse.
type fleet struct {
	net  byte
	port uint16

	mu    sync.Mutex
	conns map[string]int // by address, as of the network 127.0.20.0
}

const (
	fleetSize  = 48
	killWithin = 2800 * time.Millisecond // a scan takes about as long
)

func startFleet(t *testing.T, n byte) *fleet {
	port, err := smbtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{net: n, conns: map[string]int{}, port: port}
	for last := byte(1); last <= fleetSize; last++ {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, n, last}), f.port)
		switch last % 6 {
		case 0:
			f.dark(t, addr)
		case 1: // refuses
		case 2:
			d := &smbtest.Device{}
			if last%12 == 2 {
				d.Fault = smbtest.FaultSilent
			}
			f.device(t, addr, d, 0)
		default:
			f.device(t, addr, &smbtest.Device{}, time.Duration(last%6)*15*time.Millisecond)
		}
	}
	return f
}

// device puts a device at an address, which thinks about each connection first.
func (f *fleet) device(t *testing.T, addr netip.AddrPort, d *smbtest.Device, pause time.Duration) {
	d.Name, d.Workgroup, d.NTLM = "FLEET", "WORKGROUP", &smbtest.NTLM{}
	d.SMB2 = &smbtest.SMB2{SecurityMode: smbproto.SMB2SigningEnabled}
	d.SMB1 = &smbtest.SMB1{SecurityMode: smbproto.SMB1UserSecurity, NativeOS: "Fake", NativeLANManager: "Fake"}
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			f.count(addr.Addr())
			go func() {
				time.Sleep(pause)
				d.ServeConn(c, 445)
			}()
		}
	}()
}

// dark lets an address take connections until its queue is full: the kernel
// drops what comes after that.
func (f *fleet) dark(t *testing.T, addr netip.AddrPort) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}), syscall.Listen(fd, 0))
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		c, err := net.DialTimeout("tcp", addr.String(), 50*time.Millisecond)
		if err != nil {
			return
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("a full queue takes connections")
}

func (f *fleet) count(addr netip.Addr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns[fmt.Sprintf("127.0.20.%d", addr.As4()[3])]++
}

func (f *fleet) asked() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.conns)
}

func (f *fleet) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.conns)
}

func (f *fleet) scanArgs(db string) []string {
	return []string{"scan", fmt.Sprintf("127.0.%d.1-%d", f.net, fleetSize), "--port", strconv.Itoa(int(f.port)), "--db", db, "--concurrency", "5", "--rate", "0",
		"--host-delay", "0", "--connect-timeout", "500ms", "--read-timeout", "1s", "-f", "csv"}
}

// undisturbed returns what a scan finds that nobody kills.
func (f *fleet) undisturbed(t *testing.T) map[string]string {
	t.Helper()
	args := f.scanArgs("none")
	args[len(args)-1] = "json"
	c := smbready(args...)
	var text bytes.Buffer
	c.Stderr = &text
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	return f.hostLines(factsOnly(out))
}

var judgement = regexp.MustCompile(`,"device":\{.*`)

// factsOnly takes the judgement off the lines of hosts.
func factsOnly(run []byte) string {
	return judgement.ReplaceAllString(string(run), "}")
}
