package smbtest

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"

	"smbready/smbproto"
)

// Accept says which called names a device grants a NetBIOS session.
type Accept uint8

// Accepted names.
const (
	AcceptUsual   Accept = iota // its own and *SMBSERVER
	AcceptOwn                   // its own only, as Windows 9x
	AcceptAny                   // every name, on 445 too, and no request at all, as Samba
	AcceptNothing               // none
	AcceptAlways                // says yes to whatever it gets, and nothing else, as bizhub copiers
)

// NetBIOS is how a device answers session requests on port 139.
type NetBIOS struct {
	Accept   Accept
	Refusal  byte           // code of a refusal; 0: called name not present
	Retarget netip.AddrPort // set: sends every client there
}

func (d *Device) accepts() Accept {
	if d.NetBIOS == nil {
		return AcceptUsual
	}
	return d.NetBIOS.Accept
}

func (c *conversation) sessionRequest(b []byte) reply {
	var n NetBIOS
	if c.d.NetBIOS != nil {
		n = *c.d.NetBIOS
	}
	req, err := smbproto.ParseSessionRequest(b)
	switch {
	case !c.overNetBIOS && n.Accept != AcceptAny:
		return reply{end: hangUp}
	case err != nil:
		return refuseSession(smbproto.RefusedUnspecified)
	case n.Retarget.IsValid():
		return retarget(n.Retarget)
	}
	own := strings.EqualFold(req.Called.Name, c.d.Name) && req.Called.Suffix == smbproto.SuffixFileServer
	switch {
	case n.Accept == AcceptAny, own && n.Accept != AcceptNothing, req.Called == smbproto.AnyServer && n.Accept == AcceptUsual:
		c.granted = true
		return reply{frame: smbproto.AppendFrame(nil, smbproto.FramePositive, nil)}
	case n.Refusal != 0:
		return refuseSession(n.Refusal)
	}
	return refuseSession(smbproto.RefusedNotPresent)
}

func refuseSession(code byte) reply {
	return reply{smbproto.AppendFrame(nil, smbproto.FrameNegative, smbproto.Bytes{code}), hangUp}
}

// retarget sends the client to another address, [RFC 1002] 4.3.5.
func retarget(to netip.AddrPort) reply {
	ip := to.Addr().As4()
	b := binary.BigEndian.AppendUint16(ip[:], to.Port())
	return reply{smbproto.AppendFrame(nil, smbproto.FrameRetarget, smbproto.Bytes(b)), hangUp}
}

// NodeStatus is what a device answers on UDP 137.
type NodeStatus struct {
	Names []smbproto.NodeName // nil: those of a file server
	MAC   [6]byte             // zero as Samba's
	Cut   int                 // bytes that are missing at the end
}

// Flags of node names, [RFC 1002] 4.2.18.
const (
	nodeActive = 0x0400
	nodeGroup  = 0x8000
)

// Unique returns a name as its owner reports it.
func Unique(name string, suffix uint8) smbproto.NodeName {
	return smbproto.NodeName{NetBIOSName: smbproto.NetBIOSName{Name: name, Suffix: suffix}, Flags: nodeActive}
}

// Group returns the name of a group, such as a workgroup or a domain.
func Group(name string, suffix uint8) smbproto.NodeName {
	n := Unique(name, suffix)
	n.Flags |= nodeGroup
	return n
}

// nodeStatus answers a datagram, or returns nil.
func (d *Device) nodeStatus(b []byte) []byte {
	req, err := smbproto.ParseNodeStatusRequest(b)
	if err != nil || d.NodeStatus == nil {
		return nil
	}
	list := slices.Clone(d.NodeStatus.Names)
	if list == nil {
		list = []smbproto.NodeName{Unique(d.Name, smbproto.SuffixWorkstation),
			Group(d.Workgroup, smbproto.SuffixWorkstation), Unique(d.Name, smbproto.SuffixFileServer)}
	}
	if d.Fault == FaultHostileNames {
		for i := range list {
			list[i].Name = hostileNodeName
		}
	}
	answer := smbproto.NodeStatusResponse{ID: req.ID, Name: req.Name, Names: list, UnitID: d.NodeStatus.MAC}.Append(nil)
	return answer[:max(0, len(answer)-d.NodeStatus.Cut)]
}

// maxDatagram is longer than any node status request.
const maxDatagram = 1024

// serveDatagrams answers datagrams of a connection that keeps their bounds.
func (d *Device) serveDatagrams(c net.Conn, record func(Kind, []byte)) {
	buf := make([]byte, maxDatagram)
	for range maxRequests {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		record(kindOfDatagram(buf[:n]), slices.Clone(buf[:n]))
		if answer := d.nodeStatus(buf[:n]); answer != nil {
			c.Write(answer)
		}
	}
}

// serveUDP answers datagrams of anybody until the socket is closed.
func (d *Device) serveUDP(c net.PacketConn, record func(Kind, []byte)) {
	buf := make([]byte, maxDatagram)
	for failures := 0; failures < maxRequests; {
		n, from, err := c.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // Windows reports here that an earlier asker is gone
			failures++
			continue
		}
		record(kindOfDatagram(buf[:n]), slices.Clone(buf[:n]))
		if answer := d.nodeStatus(buf[:n]); answer != nil {
			c.WriteTo(answer, from)
		}
	}
}

func kindOfDatagram(b []byte) Kind {
	if _, err := smbproto.ParseNodeStatusRequest(b); err != nil {
		return KindOther
	}
	return KindNodeStatus
}
