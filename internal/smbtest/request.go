package smbtest

import "smbready/smbproto"

// Kind is the kind of a request that reached a device.
type Kind uint8

// Kinds of requests.
const (
	KindAny Kind = iota // as Device.FaultOn: every request
	KindOther
	KindKeepalive
	KindSessionRequest
	KindSMB1Negotiate
	KindSMB1SessionSetup
	KindSMB2Negotiate
	KindSMB2SessionSetup
	KindNodeStatus
)

var kindNames = [...]string{"any", "other", "keepalive", "session-request", "smb1-negotiate", "smb1-session-setup",
	"smb2-negotiate", "smb2-session-setup", "node-status"}

// String returns the kind as "smb2-negotiate".
func (k Kind) String() string { return kindNames[k] }

// Request is a message that reached a device.
type Request struct {
	Port    uint16
	Conn    int // the connection it came on, counted from 1; 0: a datagram
	Kind    Kind
	Message []byte // without NetBIOS framing
}

func kindOf(f smbproto.Frame) Kind {
	switch f.Type {
	case smbproto.FrameKeepalive:
		return KindKeepalive
	case smbproto.FrameRequest:
		return KindSessionRequest
	case smbproto.FrameMessage:
		return kindOfMessage(f.Payload)
	}
	return KindOther
}

func kindOfMessage(b []byte) Kind {
	switch smbproto.ProtocolOf(b) {
	case smbproto.ProtocolSMB1:
		switch h, _ := smbproto.ParseSMB1Header(b); h.Command {
		case smbproto.SMB1CommandNegotiate:
			return KindSMB1Negotiate
		case smbproto.SMB1CommandSessionSetup:
			return KindSMB1SessionSetup
		}
	case smbproto.ProtocolSMB2:
		h, err := smbproto.ParseSMB2Header(b)
		switch {
		case err != nil:
		case h.Command == smbproto.SMB2CommandNegotiate:
			return KindSMB2Negotiate
		case h.Command == smbproto.SMB2CommandSessionSetup:
			return KindSMB2SessionSetup
		}
	}
	return KindOther
}
