package smbtest

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"smbready/smbproto"
)

// client is the asking side: raw messages over a connection.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *smbproto.FrameReader
}

var testAddr = netip.MustParseAddr("10.0.0.5")

// network returns a network of one device, at testAddr.
func network(t *testing.T, d *Device) *Network {
	t.Helper()
	n, err := NewNetwork(map[netip.Addr]*Device{testAddr: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// dial connects to a port of a device that is alone in its network.
func dial(t *testing.T, d *Device, port uint16) *client {
	t.Helper()
	return connect(t, network(t, d), port)
}

func connect(t *testing.T, n *Network, port uint16) *client {
	t.Helper()
	c, err := n.Dial(t.Context(), "tcp", netip.AddrPortFrom(testAddr, port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return newClient(t, c)
}

func newClient(t *testing.T, c net.Conn) *client {
	c.SetDeadline(time.Now().Add(3 * time.Second))
	return &client{t, c, smbproto.NewFrameReader(c, make([]byte, 4096))}
}

func (c *client) send(t smbproto.FrameType, m smbproto.Appender) {
	c.t.Helper()
	if _, err := c.conn.Write(smbproto.AppendFrame(nil, t, m)); err != nil {
		c.t.Fatal(err)
	}
}

// next returns the next message of the device.
func (c *client) next() []byte {
	c.t.Helper()
	f, err := c.in.Next()
	if err != nil {
		c.t.Fatal(err)
	}
	return append([]byte(nil), f.Payload...)
}

func (c *client) ask(m smbproto.Appender) []byte {
	c.t.Helper()
	c.send(smbproto.FrameMessage, m)
	return c.next()
}

// wantEnd fails unless the device is gone without having said more.
func (c *client) wantEnd() {
	c.t.Helper()
	f, err := c.in.Next()
	if err == nil {
		c.t.Fatalf("got %x, want the end", f.Payload)
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		c.t.Fatal("the connection is still open")
	}
}

// wantSilence fails unless the device says nothing and stays.
func (c *client) wantSilence() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	_, err := c.in.Next()
	if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() {
		c.t.Fatalf("got %v, want silence", err)
	}
}

func (c *client) negotiate2(req smbproto.SMB2NegotiateRequest) smbproto.SMB2NegotiateResponse {
	c.t.Helper()
	m, err := smbproto.ParseSMB2NegotiateResponse(c.ask(req))
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *client) negotiate1(req smbproto.SMB1NegotiateRequest) smbproto.SMB1NegotiateResponse {
	c.t.Helper()
	m, err := smbproto.ParseSMB1NegotiateResponse(c.ask(req))
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// offer2 offers dialects, with contexts where 3.1.1 is among them.
func offer2(dialects ...smbproto.Dialect) smbproto.SMB2NegotiateRequest {
	req := smbproto.SMB2NegotiateRequest{SecurityMode: smbproto.SMB2SigningEnabled, Capabilities: 0x7f, Dialects: dialects}
	req.Header.MessageID = 3
	for _, d := range dialects {
		if d == smbproto.Dialect311 {
			req.Contexts = []smbproto.NegotiateContext{
				smbproto.PreauthIntegrity(make([]byte, 32)),
				smbproto.Encryption(smbproto.CipherAES128GCM, smbproto.CipherAES128CCM),
				smbproto.Compression(smbproto.CompressionLZ77),
				smbproto.Signing(smbproto.SigningAESGMAC, smbproto.SigningAESCMAC, smbproto.SigningHMACSHA256),
				smbproto.Netname("10.0.0.5"),
			}
		}
	}
	return req
}

const allFlags2 = smbproto.Flags2LongNames | flags2Shared

func offer1(flags2 uint16, dialects ...string) smbproto.SMB1NegotiateRequest {
	return smbproto.SMB1NegotiateRequest{Header: smbproto.SMB1Header{Flags2: flags2, PID: 0x10002, MID: 5}, Dialects: dialects}
}

var ntlmNegotiate = smbproto.NTLMNegotiate{Flags: 0xffffffff &^ smbproto.NTLMVersionFlag}.Append(nil)

// ntlmAuthenticate is a type 3 message of no names and no responses.
var ntlmAuthenticate = append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, 52)...)

func setup2(token []byte) smbproto.SMB2SessionSetupRequest {
	return smbproto.SMB2SessionSetupRequest{Header: smbproto.SMB2Header{MessageID: 4}, SecurityBuffer: token}
}

func wrapped(token []byte) []byte {
	return smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}, Token: token}.Append(nil)
}

// challenge parses the challenge in a security buffer.
func challenge(t *testing.T, token []byte) smbproto.NTLMChallenge {
	t.Helper()
	m, err := smbproto.ParseNTLMChallenge(smbproto.FindNTLMChallenge(token))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
