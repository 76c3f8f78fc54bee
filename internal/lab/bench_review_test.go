//go:build bench && linux

package lab

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// TestBenchReview measures what goes into change review: the page and the workbook of
// 50,000 hosts, the workbook of 200,000, and how long Chromium takes to open the page,
// to search it and to sort it. It fails for a wrong answer, and only prints what it
// took.
func TestBenchReview(t *testing.T) {
	folder := t.TempDir()
	tool := filepath.Join(folder, "smbready")
	build := exec.Command("go", "build", "-trimpath", "-o", tool, "../../cmd/smbready")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building smbready: %v\n%s", err, text)
	}
	fmt.Println("\nreports for change review")
	for _, job := range []struct {
		hosts   int
		endings []string
	}{{50_000, []string{"html", "xlsx", "md", "csv"}}, {200_000, []string{"xlsx"}}} {
		saved := filepath.Join(folder, fmt.Sprintf("%d.jsonl", job.hosts))
		writeReviewRun(t, saved, job.hosts)
		for _, ending := range job.endings {
			out := filepath.Join(folder, fmt.Sprintf("%d.%s", job.hosts, ending))
			measureReview(t, tool, saved, out, job.hosts)
		}
	}
	browseReview(t, filepath.Join(folder, "50000.html"))
}

func measureReview(t *testing.T, tool, saved, out string, hosts int) {
	t.Helper()
	cmd := exec.Command(tool, "report", saved, "--db", "none", "-o", out)
	used := measured(t, cmd)
	started := time.Now()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("report: %v\n%s", err, text)
	}
	wall := time.Since(started)
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	peak := used().Peak
	fmt.Printf("  %7d hosts %-5s %6.2f s %5d MB of memory %7.1f MB\n", hosts, strings.TrimPrefix(filepath.Ext(out), "."), wall.Seconds(), peak>>10, float64(info.Size())/1e6)
}

// stopwatch is put into a copy of the page, without its policy for content. Each step
// ends when the layout is done.
const stopwatch = `<script>
addEventListener('load', function () {
  var out = ['load ' + Math.round(performance.now())];
  function step(name, set) {
    var start = performance.now();
    set();
    document.getElementById('filter').dispatchEvent(new Event('submit', { cancelable: true }));
    document.body.getBoundingClientRect();
    out.push(name + ' ' + Math.round(performance.now() - start) + ' (' + document.getElementById('f-count').textContent + ')');
  }
  function set(id, value) { return function () { document.getElementById(id).value = value; }; }
  step('first search', set('f-text', 'pc-00'));
  step('second search', set('f-text', 'copier 10.2'));
  step('all again', set('f-text', ''));
  step('one verdict', set('f-client', 'breaks'));
  step('all again', set('f-client', ''));
  step('sort by name', set('f-order', 'n'));
  var p = document.createElement('pre');
  p.id = 'stopwatch';
  p.textContent = out.join('\n');
  document.body.replaceChildren(p);
});
</script></body>`

func browseReview(t *testing.T, page string) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Log("Chromium is not installed (Debian: chromium), so the page is not opened")
		return
	}
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(string(b), "")
	timed := filepath.Join(filepath.Dir(page), "timed.html")
	if err := os.WriteFile(timed, []byte(strings.Replace(text, "</body>", stopwatch, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,900", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+timed).Output()
	found := regexp.MustCompile(`(?s)<pre id="stopwatch">(.*?)</pre>`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("chromium: %v, %d bytes", err, len(out))
	}
	fmt.Println("  the page of 50,000 hosts in Chromium, milliseconds")
	for line := range strings.Lines(string(found[1])) {
		fmt.Printf("    %s", line)
	}
	fmt.Println()
	if !strings.Contains(string(found[1]), "(50,000 of 50,000 devices)") {
		t.Errorf("not all devices are shown again: %s", found[1])
	}
}

// writeReviewRun writes a run of several sites with devices of all sorts.
func writeReviewRun(t *testing.T, name string, hosts int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := inventory.NewRecorder(f, &inventory.Run{Version: inventory.FormatVersion, ID: "20261101T080000Z-REVIEW", Started: time.Unix(1_793_520_000, 0).UTC(),
		Scope: []string{"10.0.0.0/8"}, Tool: "smbready bench", Depth: "identify", Targets: uint64(hosts)})
	if err != nil {
		t.Fatal(err)
	}
	sum := inventory.Summary{Finished: time.Unix(1_793_523_600, 0).UTC()}
	for i := range hosts {
		h := reviewHost(i)
		sum.Count(h.State)
		if err := r.Host(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(&sum); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// reviewHost returns one of the sorts of devices.
func reviewHost(i int) *inventory.Host {
	mode, caps := uint16(1), uint32(47)
	h := &inventory.Host{Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Site: fmt.Sprintf("Plant %02d", i%12), Port: 445,
		Time: time.Unix(1_793_520_000+int64(i/100), 0).UTC(), State: inventory.StateSMB}
	h.Names = inventory.Names{NetBIOS: fmt.Sprintf("PC-%05d", i), DNS: fmt.Sprintf("pc-%05d.corp.example", i), Domain: "corp.example", Workgroup: "CORP"}
	smb2 := func(dialect, version string) {
		h.SMB2 = &inventory.SMB2{Port: 445, Dialects: []string{dialect}, Offered: true, FullOffer: true, Signing: inventory.SigningEnabled, SecurityMode: &mode,
			PreauthIntegrity: "SHA-512", SigningAlgorithm: "AES-GMAC", Cipher: "AES-128-GCM", Capabilities: &caps, MaxTransact: 1 << 23, MaxRead: 1 << 23, MaxWrite: 1 << 23,
			ServerGUID: fmt.Sprintf("%032x", i+1), Mechanisms: []string{"NTLMSSP"}, Raw: make([]byte, 300)}
		h.NTLM = &inventory.NTLM{Version: version, TargetInfo: true, Flags: 0xe28a8215}
	}
	switch i % 10 {
	case 0:
		h.Names = inventory.Names{NetBIOS: fmt.Sprintf("COPIER-%05d", i), MAC: fmt.Sprintf("00:26:73:%02x:%02x:%02x", byte(i>>16), byte(i>>8), byte(i))}
		h.SMB1 = &inventory.SMB1{Port: 445, Dialect: "NT LM 0.12", Signing: inventory.SigningDisabled, SecurityMode: &mode, WordCount: 17}
	case 1:
		h.Port, h.State, h.Detail = 445, inventory.StateOpen, "silent"
	case 2:
		smb2("2.1", "6.1.7601")
	case 3:
		smb2("3.1.1", "6.1.0")
		h.Guest = inventory.GuestGranted
	default:
		smb2("3.1.1", "10.0.22631")
	}
	return h
}
