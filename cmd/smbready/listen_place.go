package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/canary"
	"smbready/smbproto"
)

// listenAddress returns the address to listen at: one, that the user named.
func (f *listenFlags) listenAddress() (netip.Addr, error) {
	if f.address == "" {
		return netip.Addr{}, hintError{usagef("listen wants the address to listen at"), "say --address; this machine has " + ownAddresses()}
	}
	addr, err := netip.ParseAddr(f.address)
	switch {
	case err != nil:
		return netip.Addr{}, hintError{usagef("--address: %q is no address", f.address), "this machine has " + ownAddresses()}
	case addr.IsUnspecified() || addr.IsMulticast():
		return netip.Addr{}, hintError{usagef("--address wants one address, and %s is none of a machine's own", addr), "this machine has " + ownAddresses()}
	}
	return addr.Unmap(), nil
}

// maxOwnAddresses bounds how many addresses are listed.
const maxOwnAddresses = 12

// ownAddresses lists the addresses of this machine, those that others reach
// first.
func ownAddresses() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return "addresses that cannot be listed"
	}
	var own, loopback []string
	for _, a := range list {
		p, err := netip.ParsePrefix(a.String())
		switch {
		case err != nil || p.Addr().IsLinkLocalUnicast():
		case p.Addr().IsLoopback():
			loopback = append(loopback, p.Addr().String())
		default:
			own = append(own, p.Addr().String())
		}
	}
	own = append(own, loopback...)
	if len(own) > maxOwnAddresses {
		own = append(own[:maxOwnAddresses], "others")
	}
	if len(own) == 0 {
		return "none"
	}
	return strings.Join(own, ", ")
}

// place is a port to listen on.
type place struct {
	at      netip.AddrPort
	netBIOS bool
}

// places returns where the flags say to listen.
func (f *listenFlags) places(addr netip.Addr) (list []place) {
	if f.port != 0 {
		list = append(list, place{netip.AddrPortFrom(addr, f.port), false})
	}
	if f.netBIOS != 0 {
		list = append(list, place{netip.AddrPortFrom(addr, f.netBIOS), true})
	}
	return list
}

// bind opens all places, or none.
func bind(ctx context.Context, places []place) (list []canary.Listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range list {
				l.Close()
			}
			list = nil
		}
	}()
	for _, p := range places {
		if err := vacant(ctx, p); err != nil {
			return list, err
		}
	}
	for _, p := range places {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.at.String())
		if err != nil {
			return list, p.bindError(err)
		}
		list = append(list, canary.Listener{Listener: l, NetBIOS: p.netBIOS})
	}
	return list, nil
}

// bindError says in words why a port could not be had.
func (p place) bindError(err error) error {
	var call *net.OpError
	if errors.As(err, &call) {
		err = call.Err
	}
	hint := ""
	switch {
	case isForbidden(err):
		hint = "ports below 1024 want the rights of an administrator: run it as one, or take --port 4450 --netbios-port 0 and " + sendOn(p.at.Addr())
	case isInUse(err):
		hint = "another program has this port; " + stopServing
	case isNotOurs(err):
		hint = "this machine has " + ownAddresses()
	}
	if p.netBIOS && !isNotOurs(err) {
		hint += "; or do without old devices: --netbios-port 0"
	}
	err = fmt.Errorf("cannot listen at %s: %w", p.at, err)
	if hint == "" {
		return err
	}
	return hintError{err, strings.TrimPrefix(hint, "; ")}
}

// vacantPatience is how long a server that is there already may take to answer.
const vacantPatience = 2 * time.Second

// vacant returns an error where a file server answers already, on the same port
// of this machine: bound to one address, the listener would take its users.
func vacant(ctx context.Context, p place) error {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if p.at.Addr().Is6() {
		loopback = netip.IPv6Loopback()
	}
	for _, addr := range slices.Compact([]netip.Addr{p.at.Addr(), loopback}) {
		if !isOwn(addr) {
			continue // nothing is sent to another machine for a mistyped address
		}
		at := netip.AddrPortFrom(addr, p.at.Port())
		if speaksSMB(ctx, at, p.netBIOS) {
			return hintError{fmt.Errorf("a file server answers at %s already", at), stopServing}
		}
	}
	return nil
}

// isOwn reports whether this machine has an address.
func isOwn(addr netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	return addr.IsLoopback() || err == nil && slices.ContainsFunc(list, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr() == addr.WithZone("")
	})
}

// speaksSMB reports whether something at an address of this machine answers as
// SMB does.
func speaksSMB(ctx context.Context, at netip.AddrPort, netBIOS bool) bool {
	ctx, cancel := context.WithTimeout(ctx, vacantPatience)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", at.String())
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(vacantPatience))
	frames := smbproto.NewFrameReader(c, nil)
	var ask []byte
	if netBIOS {
		ask = smbproto.AppendFrame(ask, smbproto.FrameRequest, smbproto.SessionRequest{
			Called: smbproto.NetBIOSName{Name: "*SMBSERVER", Suffix: 0x20}, Calling: smbproto.NetBIOSName{Name: "SMBREADY"}})
	} else {
		ask = smbproto.AppendFrame(ask, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{
			SecurityMode: smbproto.SMB2SigningEnabled, Dialects: []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210}})
	}
	if _, err := c.Write(ask); err != nil {
		return false
	}
	f, err := frames.Next()
	return err == nil && (f.Type != smbproto.FrameMessage || smbproto.ProtocolOf(f.Payload) != smbproto.ProtocolUnknown)
}
