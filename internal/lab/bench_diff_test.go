//go:build bench && linux

package lab

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"smbready/inventory"
)

// diffHosts is how many hosts each of the two runs has.
const diffHosts = 1_000_000

// TestBenchDiff measures the difference of two runs of a million hosts: once where
// one device in twenty changed, moved or went, and once where every one did. Like
// the others it fails for a wrong answer, and only prints what it took.
func TestBenchDiff(t *testing.T) {
	folder := t.TempDir()
	tool := filepath.Join(folder, "smbready")
	build := exec.Command("go", "build", "-trimpath", "-o", tool, "../../cmd/smbready")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building smbready: %v\n%s", err, text)
	}
	old, few, all := filepath.Join(folder, "old.jsonl"), filepath.Join(folder, "few.jsonl"), filepath.Join(folder, "all.jsonl")
	writeFleetRun(t, old, 0, 0)
	writeFleetRun(t, few, 1, 20)
	writeFleetRun(t, all, 2, 1)
	info, err := os.Stat(old)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\ndiff of two runs of %d hosts, %d MB each, on %d processors\n", diffHosts, info.Size()>>20, runtime.NumCPU())
	for _, run := range []struct{ name, file, format string }{
		{"1 in 20 changed, text", few, "text"}, {"1 in 20 changed, csv", few, "csv"}, {"all changed, text", all, "text"}, {"all changed, csv", all, "csv"},
	} {
		out, took := measureDiff(t, tool, old, run.file, run.format)
		fmt.Printf("  %-24s %6.2f s, of which processors worked %6.2f s in all, %4d MB\n", run.name, took.wall.Seconds(), took.work.Seconds(), took.peak>>10)
		if run.format == "text" && !bytes.Contains(out, []byte("devices: ")) {
			t.Errorf("%s: no counts:\n%.2000s", run.name, out)
		}
	}
}

// diffCost is what a diff took. On a machine that others use, too, the work says
// more than the time.
type diffCost struct {
	wall, work time.Duration
	peak       int64 // resident memory in KiB
}

// measureDiff runs the tool and returns what it wrote, and what that took.
func measureDiff(t *testing.T, tool, old, new, format string) ([]byte, diffCost) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(tool, "diff", old, new, "-f", format, "-o", out)
	used := measured(t, cmd)
	started := time.Now()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("diff: %v\n%s", err, text)
	}
	wall, u := time.Since(started), used()
	took := diffCost{wall, u.Work, u.Peak}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b, took
}

// writeFleetRun writes a run, in the shuffled order of a scan. Of the hosts each
// every-th is another than in the run before: it signs otherwise, has moved, or is
// another device. Times differ in each line, as they do between two scans.
func writeFleetRun(t *testing.T, name string, scan, every int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	buf := bufio.NewWriterSize(f, 1<<20)
	w := inventory.NewWriter(buf)
	write := func(l inventory.Line) {
		if _, err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	started := time.Unix(1_790_000_000, 0).UTC().AddDate(0, 0, 30*scan)
	write(inventory.Line{Run: &inventory.Run{Version: inventory.FormatVersion, ID: fmt.Sprintf("run%d", scan), Scope: []string{"10.0.0.0/8"}, Started: started,
		Tool: "smbready bench", Depth: "identify", Targets: diffHosts}})
	for i := range diffHosts {
		i = i * 48271 % diffHosts // 48271 is prime: every host once
		write(inventory.Line{Host: fleetHost(i, started.Add(time.Duration(i)*time.Millisecond), every > 0 && i%every == 0)})
	}
	write(inventory.Line{Summary: &inventory.Summary{Probed: diffHosts, SMB: diffHosts, Finished: started.Add(time.Hour)}})
	if err := buf.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// fleetHost is host i. A changed one differs in one of four ways.
func fleetHost(i int, at time.Time, changed bool) *inventory.Host {
	mode, capabilities, signing := uint16(1), uint32(47), inventory.SigningEnabled
	address, id := i, i
	if changed {
		switch i / 20 % 4 {
		case 0:
			mode, signing = 3, inventory.SigningRequired
		case 1:
			address += 2 << 20 // to where nothing was
		case 2:
			id += 4 << 20 // another device
		case 3:
			mode, signing = 0, inventory.SigningNotAdvertised
		}
	}
	raw := make([]byte, 300)
	copy(raw[100:], at.Format(time.RFC3339Nano))
	return &inventory.Host{
		Address: netip.AddrFrom4([4]byte{10, byte(address >> 16), byte(address >> 8), byte(address)}), Port: 445, Site: fmt.Sprintf("site-%02d", i%40),
		Time: at, State: inventory.StateSMB,
		SMB2: &inventory.SMB2{Port: 445, Dialects: []string{"3.1.1"}, Offered: true, FullOffer: true, Signing: signing, SecurityMode: &mode,
			PreauthIntegrity: "SHA-512", SigningAlgorithm: "AES-GMAC", Cipher: "AES-128-GCM", Capabilities: &capabilities,
			MaxTransact: 1 << 23, MaxRead: 1 << 23, MaxWrite: 1 << 23, ServerGUID: fmt.Sprintf("%016x%016x", uint64(id+1)*0x9e3779b97f4a7c15, uint64(id+7)*0xbf58476d1ce4e5b9),
			SystemTime: at, Mechanisms: []string{"NTLMSSP", "Kerberos"}, Raw: raw},
		NTLM:  &inventory.NTLM{Version: "10.0.22631", Revision: 15, Flags: 0xe28a8215, TargetInfo: true},
		Names: inventory.Names{NetBIOS: fmt.Sprintf("PC-%07d", id), DNS: fmt.Sprintf("pc-%07d.corp.example", id), Domain: "corp.example", Workgroup: "CORP"},
		OS:    inventory.OS{Build: "10.0.22631"},
		Observations: []inventory.Observation{
			{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeAnswered, Millis: at.UnixMilli() % 50},
			{Step: inventory.StepSMB2SessionSetup, Port: 445, Outcome: inventory.OutcomeAnswered, Millis: at.UnixMilli() % 30},
			{Step: inventory.StepSMB1Negotiate, Port: 445, Outcome: inventory.OutcomeResetAfterNegotiate, Millis: at.UnixMilli() % 20}},
	}
}
