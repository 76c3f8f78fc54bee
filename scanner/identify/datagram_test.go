package identify

import (
	"context"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"smbready/inventory"
)

// packetServer is a UDP socket that answers whoever spoke last.
type packetServer struct {
	*net.UDPConn
	peer netip.AddrPort
}

func (s *packetServer) Read(b []byte) (n int, err error) {
	n, s.peer, err = s.ReadFromUDPAddrPort(b)
	return n, err
}

func (s *packetServer) Write(b []byte) (int, error) { return s.WriteToUDPAddrPort(b, s.peer) }

// startUDP serves on a real socket of this machine until the test is over.
func startUDP(t *testing.T, serve func(net.Conn)) string {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(&packetServer{UDPConn: c})
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return c.LocalAddr().String()
}

// TestDatagrams asks over real sockets, where a datagram that is longer than
// we read is cut off.
func TestDatagrams(t *testing.T) {
	ordinary, long := newAgent(), newAgent()
	long.objects[oidSysDescr] = gosnmp.SnmpPDU{Name: oidSysDescr, Type: gosnmp.OctetString, Value: strings.Repeat("x", 60000)}
	for _, c := range []struct {
		agent *agent
		snmp  *inventory.SNMP
		trail string
	}{
		{ordinary, &copierSNMP, "mdns@5353 answered, mdns@5353 answered, mdns@5353 answered, snmp@161 answered, snmp@161 answered"},
		{long, nil, "mdns@5353 answered, mdns@5353 answered, mdns@5353 answered, snmp@161 malformed (no SNMP answer that can be read)"},
	} {
		servers := map[uint16]string{portMDNS: startUDP(t, responder(copier)), portSNMP: startUDP(t, c.agent.serve)}
		var d net.Dialer
		o := &Options{MDNS: true, SNMP: &SNMPOptions{Community: "public"}, Outcome: fakeOutcome,
			Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
				return d.DialContext(ctx, network, servers[addr.Port()])
			}}
		clues, list, err := o.Ask(t.Context(), device)
		if err != nil || trail(list) != c.trail || clues == nil {
			t.Fatalf("got %s, %v", trail(list), err)
		}
		if !reflect.DeepEqual(clues.SNMP, c.snmp) || len(clues.Services) != 3 {
			t.Errorf("got %+v", clues)
		}
	}
}
