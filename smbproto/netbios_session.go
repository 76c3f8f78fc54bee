package smbproto

import "fmt"

// SessionRequest asks a NetBIOS name for a session, [RFC 1002] 4.3.2. The
// answer is a FramePositive without payload, or a FrameNegative.
type SessionRequest struct {
	Called, Calling NetBIOSName
}

// Append appends the two encoded names: 68 bytes.
func (m SessionRequest) Append(b []byte) []byte {
	return m.Calling.appendEncoded(m.Called.appendEncoded(b))
}

// ParseSessionRequest parses the payload of a session request.
func ParseSessionRequest(b []byte) (SessionRequest, error) {
	r := reader{b: b, message: "NetBIOS session request"}
	var m SessionRequest
	m.Called = r.netBIOSName("called name")
	m.Calling = r.netBIOSName("calling name")
	return m, r.err
}

// Session refusal codes, the one byte of a FrameNegative, [RFC 1002] 4.3.4.
const (
	RefusedNotListening        = 0x80 // not listening on the called name
	RefusedNotListeningCalling = 0x81 // not listening for the calling name
	RefusedNotPresent          = 0x82 // called name not present
	RefusedResources           = 0x83 // insufficient resources
	RefusedUnspecified         = 0x8f // none of these
)

// RefusalText returns a session refusal code in words.
func RefusalText(code byte) string {
	switch code {
	case RefusedNotListening:
		return "not listening on called name"
	case RefusedNotListeningCalling:
		return "not listening for calling name"
	case RefusedNotPresent:
		return "called name not present"
	case RefusedResources:
		return "insufficient resources"
	case RefusedUnspecified:
		return "unspecified error"
	}
	return fmt.Sprintf("code 0x%02x", code)
}
