package smbtest

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

	"smbready/smbproto"
)

// Ports of SMB, of SMB over NetBIOS, and of the NetBIOS name service.
const (
	portSMB     = 445
	portNetBIOS = 139
	portNBNS    = 137
)

// Device is one simulated host: what it says, and how it misbehaves. The zero
// value listens on 445 and closes every connection that asks something.
type Device struct {
	Name      string // NetBIOS name
	Workgroup string // or NetBIOS name of the domain
	DNSName   string
	DNSDomain string // set: a member of a domain

	SMB1       *SMB1       // nil: off
	SMB2       *SMB2       // nil: off
	NTLM       *NTLM       // nil: no NTLMSSP, and so no extended security
	NetBIOS    *NetBIOS    // sessions on port 139; nil: the usual
	NodeStatus *NodeStatus // nil: UDP 137 does not answer
	Replay     *Replay     // set: answers with it instead of all the above

	Ports       []uint16 // nil: 445; empty: all are closed
	Filtered    bool     // connects time out
	Unreachable bool     // connects fail at once: no route to the host

	SMB1Off Refusal // of SMB1 when that is off; default: closes
	SMB2Off Refusal // of SMB2 when that is off; default: closes

	Fault       Fault
	FaultOn     Kind            // the requests that Fault acts on; default: all
	FaultStatus smbproto.Status // of FaultErrorStatus; default: access denied

	Delay    time.Duration // pause of a fault that waits; 0: the fault's own
	Lifetime time.Duration // of a connection; 0: two minutes
}

const (
	defaultLifetime = 2 * time.Minute
	maxRequests     = 64       // of a connection
	maxDiscard      = 1 << 20  // bytes read and thrown away
	maxFlood        = 32 << 20 // bytes of an endless answer
)

// ServeConn plays one connection to a port of the device and closes it. It
// returns when the client is gone or the device has had enough: after
// Lifetime at the latest. On port 137 each read of c is taken as a datagram.
func (d *Device) ServeConn(c net.Conn, port uint16) {
	d.serve(context.Background(), c, port, nil)
}

// serve is ServeConn with a context that cuts pauses short and a function that
// is told of each request.
func (d *Device) serve(ctx context.Context, conn net.Conn, port uint16, record func(Kind, []byte)) {
	defer conn.Close()
	lifetime := d.Lifetime
	if lifetime == 0 {
		lifetime = defaultLifetime
	}
	conn.SetDeadline(time.Now().Add(lifetime))
	if record == nil {
		record = func(Kind, []byte) {}
	}
	if port == portNBNS {
		d.serveDatagrams(conn, record)
		return
	}
	c := &conversation{
		d: d, names: d.names(), ctx: ctx, conn: conn, overNetBIOS: port == portNetBIOS,
		in: smbproto.NewFrameReader(conn, make([]byte, 1024)), record: record,
	}
	c.run()
}

func (d *Device) ports() []uint16 {
	if d.Ports == nil {
		return []uint16{portSMB}
	}
	return d.Ports
}

func (d *Device) listens(port uint16) bool {
	return !d.Filtered && !d.Unreachable && slices.Contains(d.ports(), port)
}

// faulty reports whether the device's fault acts on a kind of request.
func (d *Device) faulty(k Kind) bool {
	return d.Fault != FaultNone && (d.FaultOn == KindAny || d.FaultOn == k)
}

// names are the texts that a device tells about itself.
type names struct {
	netBIOS, workgroup, dns, dnsDomain string
	nativeOS, nativeLANManager         string
}

// names returns the device's own names, or what a fault puts in their place.
func (d *Device) names() names {
	n := names{netBIOS: d.Name, workgroup: d.Workgroup, dns: d.DNSName, dnsDomain: d.DNSDomain}
	if d.SMB1 != nil {
		n.nativeOS, n.nativeLANManager = d.SMB1.NativeOS, d.SMB1.NativeLANManager
	}
	switch d.Fault {
	case FaultHostileNames:
		return hostileNames
	case FaultLongNames:
		// The 16-bit lengths of a SESSION_SETUP answer hold little more.
		n.dns = strings.Repeat("x", 28000)
		n.nativeLANManager = strings.Repeat("y", 3000)
	}
	return n
}

// Refusal is how a device turns down a protocol or an offer that it does not
// like.
type Refusal uint8

// Refusals.
const (
	RefuseDefault Refusal = iota // what the field says
	RefuseClose
	RefuseReset
	RefuseSilently // never answers
	RefuseNoDialect
	RefuseInvalidParameter
	RefuseInsufficientResources
	RefuseNotSupported
)

// status returns the status of refusals that have one.
func (r Refusal) status() (s smbproto.Status, ok bool) {
	switch r {
	case RefuseInvalidParameter:
		return smbproto.StatusInvalidParameter, true
	case RefuseInsufficientResources:
		return smbproto.StatusInsufficientResources, true
	case RefuseNotSupported:
		return smbproto.StatusNotSupported, true
	}
	return 0, false
}
