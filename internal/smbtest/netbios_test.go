package smbtest

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"smbready/smbproto"
)

func TestNetBIOSSession(t *testing.T) {
	t.Parallel()
	own := smbproto.NetBIOSName{Name: "box", Suffix: smbproto.SuffixFileServer}
	other := smbproto.NetBIOSName{Name: "OTHER", Suffix: smbproto.SuffixFileServer}
	tests := []struct {
		name    string
		netbios *NetBIOS
		called  smbproto.NetBIOSName
		want    string
	}{
		{"own name", nil, own, "82"},
		{"*SMBSERVER", nil, smbproto.AnyServer, "82"},
		{"other name", nil, other, "8382"},
		{"own only", &NetBIOS{Accept: AcceptOwn}, smbproto.AnyServer, "8382"},
		{"own of own only", &NetBIOS{Accept: AcceptOwn}, own, "82"},
		{"nothing", &NetBIOS{Accept: AcceptNothing, Refusal: smbproto.RefusedResources}, own, "8383"},
		{"anything", &NetBIOS{Accept: AcceptAny}, other, "82"},
		{"yes to all", &NetBIOS{Accept: AcceptAlways}, other, "82"},
		{"retarget", &NetBIOS{Retarget: netip.MustParseAddrPort("192.0.2.1:139")}, own, "84c0000201008b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, &Device{Name: "BOX", Ports: []uint16{139}, NetBIOS: tt.netbios, SMB2: &SMB2{}}, 139)
			c.send(smbproto.FrameRequest, smbproto.SessionRequest{Called: tt.called})
			f, err := c.in.Next()
			if got := fmt.Sprintf("%x%x", byte(f.Type), f.Payload); err != nil || got != tt.want {
				t.Fatalf("got %s, %v", got, err)
			}
			if f.Type != smbproto.FramePositive {
				c.wantEnd()
			}
		})
	}
}

func TestOverNetBIOS(t *testing.T) {
	t.Parallel()
	d := diskStation()
	c := dial(t, d, 139) // Samba needs no session request
	if m := c.negotiate2(offer2(smbproto.Dialect210)); m.Capabilities != 0x03 || m.MaxRead != 64<<10 {
		t.Errorf("got %+v", m)
	}
	d = server2022()
	c = dial(t, d, 139)
	c.send(smbproto.FrameMessage, offer2(smbproto.Dialect210))
	if f, err := c.in.Next(); err != nil || f.Type != smbproto.FrameNegative || f.Payload[0] != smbproto.RefusedUnspecified {
		t.Errorf("got %+v, %v", f, err)
	}
	c = dial(t, &Device{Ports: []uint16{139}, NetBIOS: &NetBIOS{Accept: AcceptAlways}}, 139)
	c.send(smbproto.FrameMessage, offer2(smbproto.Dialect210))
	if f, err := c.in.Next(); err != nil || f.Type != smbproto.FramePositive {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestNodeStatus(t *testing.T) {
	t.Parallel()
	ask := func(d *Device) (smbproto.NodeStatusResponse, error) {
		n := network(t, d)
		c, err := n.Dial(t.Context(), "udp", netip.AddrPortFrom(testAddr, 137))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write(smbproto.NodeStatusRequest{ID: 77, Name: smbproto.NetBIOSName{Name: "*"}}.Append(nil))
		c.SetDeadline(time.Now().Add(100 * time.Millisecond))
		buf := make([]byte, 1024)
		k, err := c.Read(buf)
		if got := n.Stats()[testAddr].Datagrams; got != 1 {
			t.Errorf("%d datagrams counted", got)
		}
		if err != nil {
			return smbproto.NodeStatusResponse{}, err
		}
		m, err := smbproto.ParseNodeStatusResponse(buf[:k])
		if err != nil || m.ID != 77 {
			t.Fatalf("got %+v, %v", m, err)
		}
		return m, nil
	}
	if m, _ := ask(kyocera()); len(m.Names) != 3 || m.Names[0].Name != "KM1B227A" || !m.Names[1].Group() || m.UnitID != mac("00C0EE1B227A") {
		t.Errorf("got %+v", m)
	}
	if m, _ := ask(domainController()); m.Names[2].Suffix != smbproto.SuffixDomainController {
		t.Errorf("got %+v", m)
	}
	short := kyocera()
	short.NodeStatus.Cut = 50
	if m, _ := ask(short); len(m.Names) != 2 {
		t.Errorf("got %+v", m)
	}
	if _, err := ask(coffeeMachine()); err == nil {
		t.Error("an answer without a NodeStatus")
	}
}
