package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

// TestStream writes a run from many goroutines and reads it back: every host is
// there, judged, and the summary counts the verdicts.
func TestStream(t *testing.T) {
	const hosts = 200
	var out bytes.Buffer
	s, err := NewStream(&out, &inventory.Run{Version: inventory.FormatVersion, ID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range hosts {
		wg.Go(func() {
			h := inventory.Host{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), State: inventory.StateOpen, Detail: "silent",
				Names: inventory.Names{NetBIOS: fmt.Sprintf("H%d\u202e", i)}}
			if err := s.Host(&h); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := s.Close(&inventory.Summary{Probed: hosts, Open: hosts}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\u202e") {
		t.Error("a direction mark went through unescaped")
	}
	if !strings.Contains(out.String(), `"unknown":200`) {
		t.Error("the summary does not count the verdicts")
	}
	r, err := Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || r.Len() != hosts || r.Interrupted {
		t.Fatalf("read back: %v, %d hosts", err, r.Len())
	}
	tally := s.Tally()
	if got := tally.Count(assess.ClientAlways, assess.Unknown); got != hosts {
		t.Errorf("tally counts %d, not %d", got, hosts)
	}
}

// failingWriter fails after its first n bytes.
type failingWriter struct{ n int }

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.n -= len(b); w.n < 0 {
		return 0, fmt.Errorf("no space")
	}
	return len(b), nil
}

// TestStreamFails shows that a full disk is reported, at the latest by Close.
func TestStreamFails(t *testing.T) {
	s, err := NewStream(&failingWriter{n: 100}, &inventory.Run{ID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err = s.Host(&inventory.Host{Address: netip.MustParseAddr("10.0.0.1")}); err != nil {
			break
		}
	}
	if closeErr := s.Close(&inventory.Summary{}); err == nil || closeErr == nil {
		t.Errorf("hosts: %v, close: %v; want errors", err, closeErr)
	}
}
