package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

const (
	headLine    = `{"type":"run","version":1,"id":"R1","started":"2026-11-22T09:00:00Z","scope":["10.0.0.0/24"],"tool":"t"}` + "\n"
	summaryLine = `{"type":"summary","probed":254,"smb":1,"open":0,"closed":250,"filtered":3,"finished":"2026-11-22T09:10:00Z","interrupted":false}` + "\n"
)

func hostLine(address, detail string) string {
	return fmt.Sprintf(`{"type":"host","address":%q,"time":"2026-11-22T09:05:00Z","state":"open","detail":%q}`+"\n", address, detail)
}

func open(s string) (*Run, error) { return Open(strings.NewReader(s), int64(len(s))) }

// listed returns "address=detail" of each host.
func listed(t *testing.T, r *Run) string {
	t.Helper()
	var hosts []string
	err := r.Each(func(h *inventory.Host, a *assess.Assessment) error {
		hosts = append(hosts, h.Address.String()+"="+h.Detail)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(hosts, " ")
}

func TestOpen(t *testing.T) {
	const a, b = "10.0.0.9", "10.0.0.10"
	for _, tt := range []struct {
		name        string
		file        string
		hosts       string
		interrupted bool
		probed      uint64
	}{
		{"whole", headLine + hostLine(b, "silent") + hostLine(a, "silent") + summaryLine, "10.0.0.9=silent 10.0.0.10=silent", false, 254},
		{"no summary", headLine + hostLine(a, "silent"), "10.0.0.9=silent", true, 1},
		{"cut off", headLine + hostLine(a, "silent") + hostLine(b, "silent")[:40], "10.0.0.9=silent", true, 1},
		{"cut off summary", headLine + hostLine(a, "silent") + summaryLine[:20], "10.0.0.9=silent", true, 1},
		{"only the newline is missing", strings.TrimSpace(headLine + hostLine(a, "silent") + summaryLine), "10.0.0.9=silent", false, 254},
		{"the later line wins", headLine + hostLine(a, "silent") + hostLine(b, "silent") + hostLine(a, "timeout") + summaryLine,
			"10.0.0.9=timeout 10.0.0.10=silent", false, 254},
		{"resumed and ended", headLine + summaryLine + headLine + hostLine(a, "silent") + summaryLine, "10.0.0.9=silent", false, 254},
		{"resumed and crashed", headLine + summaryLine + hostLine(a, "silent"), "10.0.0.9=silent", true, 1},
		{"blank lines and unknown types", headLine + "\n" + `{"type":"note","address":5}` + "\n" + hostLine(a, "silent") + "  \n" + summaryLine,
			"10.0.0.9=silent", false, 254},
		{"fields in another order", headLine + `{"address":"10.0.0.9","detail":"silent","time":"2026-11-22T09:05:00Z","type":"host"}` + "\n" + summaryLine,
			"10.0.0.9=silent", false, 254},
		{"said to be interrupted", headLine + strings.Replace(summaryLine, "false", "true", 1), "", true, 254},
		{"ended by an error", headLine + strings.Replace(summaryLine, "false", `false,"error":"disk full"`, 1), "", true, 254},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := open(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := listed(t, r); got != tt.hosts {
				t.Errorf("hosts = %s, want %s", got, tt.hosts)
			}
			if r.Interrupted != tt.interrupted || r.Summary.Probed != tt.probed {
				t.Errorf("interrupted %v, probed %d; want %v, %d", r.Interrupted, r.Summary.Probed, tt.interrupted, tt.probed)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "not a smbready run: the file is empty"},
		{"blank", "\n \n", "not a smbready run: the file is empty"},
		{"text", "hello\nworld\n", "not a smbready run: line 1: "},
		{"cut off at once", headLine[:30], "not a smbready run: line 1: the file ends within the line"},
		{"other JSON", `{"hello":1}` + "\n", "not a smbready run: line 1: the first line is not the head of a run"},
		{"host first", hostLine("10.0.0.1", ""), "not a smbready run: line 1: the first line is not the head of a run"},
		{"binary", strings.Repeat("\x00\xff", maxLine), "not a smbready run: line 1: longer than"},
		{"newer version", strings.Replace(headLine, `"version":1`, `"version":99`, 1), "line 1: the run was written by a newer smbready"},
		{"bad line in the middle", headLine + `{"type":"host","addr` + "\n" + hostLine("10.0.0.1", ""), "line 2: "},
		{"no address", headLine + hostLine("", ""), "line 2: a host without an address"},
		{"address of another kind", headLine + hostLine("example.com", ""), "line 2: "},
		{"two runs", headLine + strings.Replace(headLine, "R1", "R2", 1), "line 2: a second run begins here"},
		{"bad summary", headLine + `{"type":"summary","probed":-1}` + "\n", "line 2: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(tt.file)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s…", err, tt.want)
			}
		})
	}
}

// TestEachErrors: what only decoding finds is an error that names the line, and
// never a host that is left out in silence.
func TestEachErrors(t *testing.T) {
	for _, tt := range []struct{ name, bad, want string }{
		{"field of another type", strings.Replace(hostLine("10.0.0.2", ""), `"open"`, "7", 1), "line 3: "},
		{"address twice", strings.Replace(hostLine("10.0.0.2", ""), `"detail"`, `"address":"10.0.0.3","detail"`, 1), "line 3: the address is ambiguous"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := open(headLine + hostLine("10.0.0.1", "") + tt.bad + summaryLine)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			err = r.Each(func(*inventory.Host, *assess.Assessment) error { n++; return nil })
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || n != 1 {
				t.Errorf("error = %v after %d hosts, want %s… after 1", err, n, tt.want)
			}
		})
	}
}

// shrunk is a file that became shorter after it was indexed.
type shrunk struct{ *strings.Reader }

func (s shrunk) ReadAt(b []byte, off int64) (int, error) {
	if off > int64(len(headLine)) {
		return 0, io.EOF
	}
	return s.Reader.ReadAt(b, off)
}

func TestFileShrinks(t *testing.T) {
	r, err := open(headLine + hostLine("10.0.0.1", "") + hostLine("10.0.0.2", "") + summaryLine)
	if err != nil {
		t.Fatal(err)
	}
	r.file = shrunk{strings.NewReader(headLine + hostLine("10.0.0.1", ""))}
	if err := r.Each(func(*inventory.Host, *assess.Assessment) error { return nil }); err == nil {
		t.Error("no error")
	}
}

// TestEachStops: an error of the caller ends everything that was started.
func TestEachStops(t *testing.T) {
	r := manyHosts(t, 5000)
	before := runtime.NumGoroutine()
	stop := errors.New("enough")
	n := 0
	err := r.Each(func(*inventory.Host, *assess.Assessment) error {
		if n++; n == 100 {
			return stop
		}
		return nil
	})
	if err != stop || n != 100 {
		t.Errorf("%v after %d hosts", err, n)
	}
	for range 100 { // a goroutine that is done still takes a moment to go
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestEachInOrder(t *testing.T) {
	r := manyHosts(t, 3000)
	var last netip.Addr
	n := 0
	err := r.Each(func(h *inventory.Host, a *assess.Assessment) error {
		if n > 0 && last.Compare(h.Address) >= 0 {
			t.Fatalf("%v comes after %v", h.Address, last)
		}
		last = h.Address
		n++
		return nil
	})
	if err != nil || n != 3000 || r.Len() != 3000 {
		t.Errorf("%d hosts of %d, error %v", n, r.Len(), err)
	}
}

// manyHosts returns a run of n live hosts in the order of a shuffled scan.
func manyHosts(t testing.TB, n int) *Run {
	t.Helper()
	mode, capabilities := uint16(1), uint32(47)
	var b bytes.Buffer
	w := inventory.NewWriter(&b)
	write := func(l inventory.Line) {
		if _, err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	write(inventory.Line{Run: &inventory.Run{Version: 1, ID: "many", Scope: []string{"10.0.0.0/8"}, Started: time.Unix(1_700_000_000, 0).UTC()}})
	for i := range n {
		i = i * 48271 % n // 48271 is prime
		h := &inventory.Host{
			Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Port: 445, Site: "HQ",
			Time: time.Unix(1_700_000_000+int64(i), 0).UTC(), State: inventory.StateSMB,
			SMB2: &inventory.SMB2{Port: 445, Dialects: []string{"3.1.1"}, Offered: true, FullOffer: true, Signing: inventory.SigningEnabled, SecurityMode: &mode,
				PreauthIntegrity: "SHA-512", SigningAlgorithm: "AES-GMAC", Cipher: "AES-128-GCM", Capabilities: &capabilities,
				MaxTransact: 1 << 23, MaxRead: 1 << 23, MaxWrite: 1 << 23, ServerGUID: fmt.Sprintf("%032x", i), Mechanisms: []string{"NTLMSSP", "Kerberos"}, Raw: make([]byte, 300)},
			NTLM:  &inventory.NTLM{Version: "10.0.22631", Flags: 0xe28a8215, TargetInfo: true},
			Names: inventory.Names{NetBIOS: fmt.Sprintf("PC-%05d", i), DNS: fmt.Sprintf("pc-%05d.corp.example", i), Domain: "corp.example", Workgroup: "CORP"},
			Observations: []inventory.Observation{
				{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeAnswered, Millis: 3},
				{Step: inventory.StepSMB2SessionSetup, Port: 445, Outcome: inventory.OutcomeAnswered, Millis: 3},
				{Step: inventory.StepSMB1Negotiate, Port: 445, Outcome: inventory.OutcomeResetAfterNegotiate, Millis: 2}},
		}
		write(inventory.Line{Host: h})
	}
	write(inventory.Line{Summary: &inventory.Summary{Probed: uint64(n), SMB: uint64(n), Finished: time.Unix(1_700_001_000, 0).UTC()}})
	r, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// BenchmarkSlash16 is the report of 65,536 live hosts, opening included, from a
// file on disk.
func BenchmarkSlash16(b *testing.B) {
	r := manyHosts(b, 1<<16)
	all, err := io.ReadAll(io.NewSectionReader(r.file, 0, 1<<40))
	if err != nil {
		b.Fatal(err)
	}
	name := filepath.Join(b.TempDir(), "run.jsonl")
	if err := os.WriteFile(name, all, 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for _, format := range Formats {
		b.Run(string(format), func(b *testing.B) {
			b.SetBytes(int64(len(all)))
			for b.Loop() {
				r, err := Open(f, int64(len(all)))
				if err != nil {
					b.Fatal(err)
				}
				if err := Write(io.Discard, r, format, TextOptions{Width: 80}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzOpen: no file makes anything panic, and nothing of it reaches a terminal
// unescaped.
func FuzzOpen(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 4096)])
	}
	f.Add([]byte(headLine + hostLine("10.0.0.1", "x") + summaryLine))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, format := range []Format{Text, CSV, JSON, Markdown} { // the others take their time, and have tests of their own
			var out bytes.Buffer
			if Write(&out, r, format, TextOptions{Width: 80}) == nil {
				mustBeVisible(t, strings.ReplaceAll(out.String(), "\r\n", "\n"))
			}
		}
	})
}

// TestReplacedLines tells of lines that a later one of the same address put in
// the shade.
func TestReplacedLines(t *testing.T) {
	const head = `{"type":"run","version":1,"id":"r","started":"2026-10-05T05:52:00Z","scope":["10.0.0.0/30"],"tool":"t"}` + "\n"
	const host = `{"type":"host","address":"10.0.0.1","time":"2026-10-05T05:52:01Z","state":"closed","detail":"refused"}` + "\n"
	const end = `{"type":"summary","probed":1,"smb":0,"open":0,"closed":1,"filtered":0,"finished":"2026-10-05T05:53:00Z","interrupted":false}` + "\n"
	for n, want := range map[int]int{1: 0, 2: 1, 4: 3} {
		text := head + strings.Repeat(host, n) + end
		r, err := Open(strings.NewReader(text), int64(len(text)))
		if err != nil || r.Replaced != want {
			t.Fatalf("%d lines: %d replaced, want %d: %v", n, r.Replaced, want, err)
		}
		var b strings.Builder
		if err := Write(&b, r, Text, TextOptions{}); err != nil || strings.Contains(b.String(), "replaced by a later one") != (want > 0) {
			t.Errorf("%d lines: %v\n%s", n, err, b.String())
		}
	}
}
