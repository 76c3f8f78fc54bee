package capture

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"smbready/smbproto"
)

// gather returns a stream that starts at sequence number 1, and where it writes the
// frames that it finds.
func gather(frames *[]string) *stream {
	s := &stream{seed: maphash.MakeSeed(), framer: framer{fromClient: true, budget: &budget{maxHeldInAll},
		take:   func(f frame) { *frames = append(*frames, fmt.Sprintf("%d %x", f.length, f.head)) },
		expect: func([]byte, bool) bool { return true }}}
	s.begin(0xffffff00)
	return s
}

// TestOrder cuts a stream in every way into segments that overlap, come twice and
// out of order. The frames are always the same.
func TestOrder(t *testing.T) {
	var b []byte
	for i := range 40 {
		b = smbproto.AppendFrame(b, smbproto.FrameMessage, plain2(header2(uint16(i%19), uint64(i), 0), i*i*3))
	}
	var want []string
	gather(&want).segment(0xffffff01, b, 0)
	if len(want) != 40 {
		t.Fatalf("%d frames", len(want))
	}
	type piece struct{ at, end int }
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var pieces []piece
		for at := 0; at < len(b); {
			end := min(at+1+rng.IntN(1+int(seed)*20), len(b))
			pieces = append(pieces, piece{max(at-rng.IntN(50), 0), min(end+rng.IntN(50), len(b))})
			if rng.IntN(5) == 0 {
				pieces = append(pieces, pieces[len(pieces)-1])
			}
			at = end
		}
		for i := range pieces {
			j := min(i+rng.IntN(6), len(pieces)-1)
			pieces[i], pieces[j] = pieces[j], pieces[i]
		}
		var got []string
		s := gather(&got)
		for _, p := range pieces {
			s.segment(0xffffff01+uint32(p.at), b[p.at:p.end], 0)
		}
		if s.end(); !slices.Equal(got, want) || s.gaps+s.clash+s.framer.broken > 0 || s.framer.budget.left != maxHeldInAll {
			t.Fatalf("seed %d: %d frames, %d gaps, %d clashes, %d times lost, %d bytes held", seed, len(got), s.gaps, s.clash, s.framer.broken, maxHeldInAll-s.framer.budget.left)
		}
	}
}

// TestFirstCounts sends other bytes in place of what came before.
func TestFirstCounts(t *testing.T) {
	b := smbproto.AppendFrame(nil, smbproto.FrameMessage, plain2(header2(smbproto.SMB2CommandTreeConnect, 1, 0), 200))
	other := bytes.Repeat([]byte{0xee}, len(b))
	const first = 0xffffff01
	mixed := slices.Concat(b[:80], other[80:100], b[100:])
	table := []struct {
		name  string
		parts func(s *stream)
		want  []byte
	}{
		{"what is taken", func(s *stream) {
			s.segment(first, b[:100], 0)
			s.segment(first, other[:100], 0)
			s.segment(first+100, b[100:], 0)
		}, b},
		{"what waits for its turn", func(s *stream) {
			s.segment(first+100, b[100:200], 0)
			s.segment(first+100, other[100:180], 0)
			s.segment(first, b[:100], 0)
			s.segment(first+200, b[200:], 0)
		}, b},
		{"what waits in part", func(s *stream) {
			s.segment(first+80, other[80:100], 0)
			s.segment(first, b[:120], 0)
			s.segment(first+120, b[120:], 0)
		}, mixed},
	}
	for _, row := range table {
		var got, want []string
		gather(&want).segment(first, row.want, 0)
		s := gather(&got)
		row.parts(s)
		if s.end(); s.clash != 1 || !slices.Equal(got, want) {
			t.Errorf("%s: %d contradictions, %s, want %s", row.name, s.clash, got, want)
		}
	}
}

// TestMutated reads recorded captures with bytes changed at random.
func TestMutated(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(capturesFolder, "pcap", "*"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recorded traffic in %s: it is not part of the repository", capturesFolder)
	}
	for i, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(uint64(i), 2))
		for range 40 {
			m := bytes.Clone(b)
			for range 1 + rng.IntN(40) {
				m[24+rng.IntN(len(m)-24)] = byte(rng.Uint32())
			}
			if r, err := Read(t.Context(), bytes.NewReader(m), Options{Names: true}); err == nil {
				checkResult(t, r)
			}
		}
	}
}
