package smbtest

import (
	"os"
	"strings"
	"testing"

	"smbready/smbproto"
)

func TestReplay(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/middle-nas.replay")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := ParseReplay(file)
	if err != nil {
		t.Fatal(err)
	}
	n := network(t, &Device{Replay: r})
	for range 2 { // a replay can be replayed
		c := connect(t, n, 445)
		if m := c.negotiate2(offer2(smbproto.Dialect302)); m.Dialect != smbproto.Dialect202 || m.SecurityMode != 1 ||
			m.ServerGUID != sambaGUID("nas5e21b0") {
			t.Errorf("got %+v", m)
		}
		m, err := smbproto.ParseSMB2SessionSetupResponse(c.ask(setup2(nil)))
		if err != nil || challenge(t, m.SecurityBuffer).NbComputerName != "NAS5E21B0" {
			t.Errorf("got %+v, %v", m, err)
		}
		c.send(smbproto.FrameMessage, setup2(nil))
		c.wantEnd()

		c = connect(t, n, 445)
		if m := c.negotiate1(offer1(0, smbproto.DialectNTLM012)); m.DialectIndex != 5 || m.SecurityMode != userLevel {
			t.Errorf("got %+v", m)
		}
	}
	if got := n.Stats()[testAddr].Kinds(); len(got) != 8 {
		t.Errorf("recorded %v", got)
	}
}

func TestReplayTurns(t *testing.T) {
	t.Parallel()
	r, err := ParseReplay(strings.NewReader("# a server that speaks first\n< 85000000\n\n> 00000001 ff\n< 0000 00 02\n< aabb\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, &Device{Replay: r, Fault: FaultBadNextCommand}, 445) // a fault bends a copy
	if f, err := c.in.Next(); err != nil || f.Type != smbproto.FrameKeepalive {
		t.Errorf("got %+v, %v", f, err)
	}
	if got := c.ask(smbproto.Bytes("anything")); string(got) != "\xaa\xbb" {
		t.Errorf("got %x", got)
	}
}

func TestParseReplayErrors(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "# nothing", "--\n> 00", "> 0", "> xy", "00", "= 00"} {
		if _, err := ParseReplay(strings.NewReader(bad)); err == nil {
			t.Errorf("%q parses", bad)
		}
	}
	// A Replay of nothing hangs up, as a device of nothing does.
	c := dial(t, &Device{Replay: &Replay{}}, 445)
	c.send(smbproto.FrameMessage, offer2(smbproto.Dialect202))
	c.wantEnd()
}
