//go:build bench && linux

package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// What make bench measures, all in one run on one machine, so that only ratios
// count: a fleet of 65,536 simulated servers in a network namespace, asked by
// a bare loop (connect, one NEGOTIATE, one answer, no parsing: the ceiling), by
// zgrab2, and by smbready. Nothing here fails for being slow; it fails for
// missing a host.

// The fleet and how it is asked.
const (
	fleetNet    = "127.16.0.0/16"
	fleetSize   = 65536
	rounds      = 5
	readTimeout = "1s" // of the scanners; the fleet answers within milliseconds
)

func TestBench(t *testing.T) {
	b := newBench(t)
	b.alive()
	b.memory()
	b.dark()
	b.dryRun()
	b.classification()
}

// classification prints how many of the devices whose kind is known are
// recognised, and how many are taken for something else.
func (b *bench) classification() {
	cmd := exec.Command("go", "test", "-count=1", "-v", "-run", "^TestClassification$", "./assess")
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	line := regexp.MustCompile(`(?m)^classification: .*$`).Find(out)
	if err != nil || line == nil {
		b.t.Fatalf("no classification: %v\n%s", err, out)
	}
	fmt.Printf("\n%s\n", line)
}

// bench holds the tools of one run.
type bench struct {
	t                         *testing.T
	folder                    string
	script                    string // fleet.sh
	smbready, ceiling, zgrab2 string
}

func newBench(t *testing.T) *bench {
	shared, err := filepath.Abs("../../../shared/lab")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(shared, "fleet.sh")); err != nil {
		t.Skip("the fleet simulator (../shared/lab beside the project) is not here, so there is nothing to measure against")
	}
	b := &bench{t: t, folder: t.TempDir(), script: filepath.Join(shared, "fleet.sh")}
	b.smbready = b.build("smbready", "../../cmd/smbready", ".")
	b.ceiling = b.build("ceiling", ".", filepath.Join(shared, "ceiling"))
	b.zgrab2 = b.buildZgrab2()
	os.Setenv("RUN_FLEET", filepath.Join(b.folder, "fleet"))
	t.Cleanup(func() { b.fleet("down") })
	b.fleet("up", "100")
	return b
}

// build builds a package of the module in folder.
func (b *bench) build(name, pkg, folder string) string {
	out := filepath.Join(b.folder, name)
	cmd := exec.Command("go", "build", "-trimpath", "-o", out, pkg)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("building %s: %v\n%s", name, err, text)
	}
	return out
}

// buildZgrab2 builds the scanner to compare with, if the module can be had.
func (b *bench) buildZgrab2() string {
	folder := b.t.TempDir()
	source := "package main\n\nimport _ \"github.com/zmap/zgrab2/bin\"\n\nfunc main() {}\n"
	out := filepath.Join(folder, "zgrab2")
	steps := [][]string{{"go", "mod", "init", "compare"}, {"go", "get", "github.com/zmap/zgrab2@v1.0.0"},
		{"go", "build", "-mod=mod", "-o", out, "github.com/zmap/zgrab2/cmd/zgrab2"}}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o644); err != nil {
		b.t.Fatal(err)
	}
	for _, step := range steps {
		cmd := exec.Command(step[0], step[1:]...)
		cmd.Dir = folder
		if text, err := cmd.CombinedOutput(); err != nil {
			fmt.Printf("zgrab2 cannot be built here, so there is no ratio to it (%v: %.200s)\n", err, lastLine(text))
			return ""
		}
	}
	return out
}

func lastLine(b []byte) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}

// fleet runs a command of the fleet's script and returns what it prints.
func (b *bench) fleet(args ...string) string {
	cmd := exec.Command("bash", append([]string{b.script}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil && args[0] != "down" {
		b.t.Fatalf("fleet.sh %v: %v", args, err)
	}
	return string(out)
}

// measure is what one scan cost.
type measure struct {
	wall, work  time.Duration // work is that of processors
	connections float64
	hosts       float64
	peak        int64 // resident memory in KiB
	out         string
}

func (m measure) perSecond(n float64) float64 { return n / m.wall.Seconds() }

// inFleet runs a program in the fleet's namespace.
func (b *bench) inFleet(program string, args ...string) measure {
	cmd := exec.Command("bash", append([]string{b.script, "exec", program}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	used := measured(b.t, cmd)
	started := time.Now()
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("%s %v: %v\n%s", program, args, err, out.String())
	}
	wall, u := time.Since(started), used() // fleet.sh replaces itself with the program, so the usage is its
	return measure{wall: wall, work: u.Work, peak: u.Peak, out: out.String()}
}

// scan runs smbready and checks that it saw every host.
func (b *bench) scan(want int, targets string, args ...string) measure {
	file := filepath.Join(b.folder, "run.jsonl")
	args = append([]string{"scan", targets, "-q", "--rate", "0", "--host-delay", "50ms",
		"--read-timeout", readTimeout, "-f", "json", "-o", file}, args...)
	if !slices.Contains(args, "--db") {
		args = append(args, "--db", "none")
	}
	m := b.inFleet(b.smbready, args...)
	sum := b.summary(file)
	if got := int(sum.SMB + sum.Open); got != want {
		b.t.Errorf("%v: %d hosts found, not %d", args, got, want)
	}
	m.connections, m.hosts = float64(sum.Connections), float64(sum.Probed)
	return m
}

// summary returns the last line of a run.
func (b *bench) summary(file string) inventory.Summary {
	f, err := os.Open(file)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	r := inventory.NewReader(f)
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			b.t.Fatal("the run has no summary")
		} else if err != nil {
			b.t.Fatal(err)
		}
		if l.Summary != nil {
			return *l.Summary
		}
	}
}

var ceilingLine = regexp.MustCompile(`hosts=(\d+) .* wall=([0-9.]+)s`)

// bare runs the ceiling.
func (b *bench) bare() measure {
	m := b.inFleet(b.ceiling, "-n", "200", "-t", readTimeout, "-mode", "negotiate", fleetNet)
	f := ceilingLine.FindStringSubmatch(m.out)
	if f == nil {
		b.t.Fatalf("ceiling printed %q", m.out)
	}
	m.connections, _ = strconv.ParseFloat(f[1], 64)
	m.hosts = m.connections
	return m
}

// median returns the measure of the middle rate.
func median(list []measure) measure {
	slices.SortFunc(list, func(a, b measure) int {
		return int(a.wall - b.wall)
	})
	return list[len(list)/2]
}

// pairedRatio is the middle ratio of two times that were measured one after the
// other.
func pairedRatio(a, b []measure, of func(measure) time.Duration) float64 {
	var list []float64
	for i := range a {
		list = append(list, of(a[i]).Seconds()/of(b[i]).Seconds())
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// alive measures speed where every address answers. About 2 % of the fleet is
// silent or odd, and costs its own budget of time at the end of each run.
func (b *bench) alive() {
	var bare, negotiate, identify, stored, zgrab []measure
	for round := range rounds {
		bare = append(bare, b.bare())
		negotiate = append(negotiate, b.scan(fleetSize, fleetNet, "--depth", "negotiate", "--concurrency", "250"))
		stored = append(stored, b.scan(fleetSize, fleetNet, "--concurrency", "2000", "--db", filepath.Join(b.folder, fmt.Sprintf("alive%d.db", round))))
		b.fleet("stats")
		identify = append(identify, b.scan(fleetSize, fleetNet, "--concurrency", "2000"))
		if b.zgrab2 != "" {
			zgrab = append(zgrab, b.other())
		}
	}
	stats := b.fleet("stats")
	// Before median sorts them.
	storing := pairedRatio(stored, identify, func(m measure) time.Duration { return m.wall })
	storingWork := pairedRatio(stored, identify, func(m measure) time.Duration { return m.work })
	c, n, i := median(bare), median(negotiate), median(identify)
	fmt.Printf("\nalive fleet, %d hosts, median of %d interleaved rounds\n", fleetSize, rounds)
	row := func(name string, m measure, ratio string) {
		fmt.Printf("  %-28s %6.2f s %8.0f connections/s %8.0f hosts/s %5d MB  %s\n", name, m.wall.Seconds(), m.perSecond(m.connections), m.perSecond(m.hosts), m.peak/1024, ratio)
	}
	rate := func(m measure) float64 { return m.perSecond(m.connections) }
	row("bare loop", c, "")
	row("smbready, default depth", i, fmt.Sprintf("%.2f of the bare loop's connections/s", rate(i)/rate(c)))
	kept := median(stored)
	row("the same, stored", kept, fmt.Sprintf("%.2f of the time without a store, %.2f of the processors' work (medians of the rounds; at most 1.10 is asked)", storing, storingWork))
	row("smbready --depth negotiate", n, fmt.Sprintf("%.2f of the bare loop's connections/s", rate(n)/rate(c)))
	if len(zgrab) > 0 {
		z := median(zgrab)
		z.hosts, z.connections = fleetSize, fleetSize
		row("zgrab2 v1.0.0 smb", z, "")
		fmt.Printf("  smbready --depth negotiate does %.2f times the hosts/s of zgrab2\n", n.perSecond(n.hosts)/z.perSecond(z.hosts))
	}
	b.cost(stats)
}

// other runs zgrab2 at the settings that proved best for it on this fleet.
func (b *bench) other() measure {
	list := filepath.Join(b.folder, "list")
	if _, err := os.Stat(list); err != nil {
		if err := os.WriteFile(list, []byte(b.fleet("list", fleetNet)), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	blocklist := filepath.Join(b.folder, "blocklist")
	if err := os.WriteFile(blocklist, nil, 0o644); err != nil {
		b.t.Fatal(err)
	}
	return b.inFleet(b.zgrab2, "smb", "-p", "445", "-f", list, "-o", os.DevNull, "--blocklist-file", blocklist,
		"--senders", "1000", "--connect-timeout", readTimeout, "--target-timeout", "2s")
}

// cost prints what the fleet saw of the last default scan and zgrab2's run.
func (b *bench) cost(stats string) {
	var seen map[string]int64
	if err := json.Unmarshal([]byte(stats), &seen); err != nil {
		b.t.Errorf("fleet stats: %v", err)
		return
	}
	fmt.Printf("  seen by the fleet since the last --depth negotiate: %d connections, %d SMB2 and %d SMB1 NEGOTIATE, %d SESSION_SETUP; a host at most %d connections\n",
		seen["tcp_accepted"], seen["smb2_negotiate"], seen["smb1_negotiate"], seen["session_setup"], seen["conns_per_host_max"])
}

// memory compares a /16 with the first as many hosts of a /8: nothing may grow
// with the number of targets.
func (b *bench) memory() {
	small := b.scan(fleetSize, fleetNet, "--concurrency", "512")
	large := b.scanPart("127.0.0.0/8", small.wall)
	fmt.Printf("\npeak memory at 512 hosts at a time\n  a /16, 65,536 hosts alive    %4d MB\n  a /8 for as long             %4d MB  %.2f of the /16 (%d hosts)\n",
		small.peak/1024, large.peak/1024, float64(large.peak)/float64(small.peak), int(large.hosts))
}

// scanPart scans for a while and then interrupts.
func (b *bench) scanPart(targets string, d time.Duration) measure {
	file := filepath.Join(b.folder, "part.jsonl")
	cmd := exec.Command("bash", b.script, "exec", b.smbready, "scan", targets, "-q", "--rate", "0", "--read-timeout", readTimeout,
		"--concurrency", "512", "-f", "json", "-o", file, "--db", "none")
	cmd.Stderr = os.Stderr
	used := measured(b.t, cmd)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(d)
	cmd.Process.Signal(os.Interrupt)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		b.t.Errorf("interrupted scan of %s: %v", targets, err)
	}
	return measure{peak: used().Peak, hosts: float64(b.summary(file).Probed)}
}

// dark measures a /16 in which 5 % are alive and the rest drops everything. No
// scan can be faster than the dark addresses' timeouts, shared out over the
// connections in flight.
func (b *bench) dark() {
	b.fleet("alive", "5")
	defer b.fleet("alive", "100")
	dark, alive := 0, 0
	truth := bufio.NewScanner(strings.NewReader(b.fleet("truth", fleetNet)))
	for truth.Scan() {
		switch {
		case strings.Contains(truth.Text(), ",dark,"):
			dark++
		case !strings.HasPrefix(truth.Text(), "addr,"):
			alive++
		}
	}
	const inFlight, timeout = 2000, time.Second
	m := b.scan(alive, fleetNet, "--concurrency", strconv.Itoa(inFlight), "--connect-timeout", timeout.String())
	floor := time.Duration(dark) * timeout / inFlight
	fmt.Printf("\ndark /16, %d alive, %d dropped, %d in flight, %s for a connection\n  %.2f s, %.2f of dark × timeout / in flight (%.2f s), %d MB\n",
		alive, dark, inFlight, timeout, m.wall.Seconds(), m.wall.Seconds()/floor.Seconds(), floor.Seconds(), m.peak/1024)
}

// dryRun measures the answer to "what would a /8 cost".
func (b *bench) dryRun() {
	started := time.Now()
	if out, err := exec.Command(b.smbready, "scan", "10.0.0.0/8", "--dry-run").CombinedOutput(); err != nil {
		b.t.Errorf("dry run: %v\n%s", err, out)
	}
	fmt.Printf("\nscan 10.0.0.0/8 --dry-run: %d ms\n", time.Since(started).Milliseconds())
}
