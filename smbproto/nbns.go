package smbproto

import (
	"encoding/binary"
	"fmt"
)

// Constants of the NetBIOS name service, [RFC 1002] 4.2.1.
const (
	nbnsTypeNodeStatus = 0x0021
	nbnsClassIN        = 0x0001
	nbnsFlagResponse   = 0x8000
	nbnsFlagBroadcast  = 0x0010
	nbnsFlagsStatus    = 0x8400 // response, authoritative

	nodeNameGroup = 0x8000
)

// NodeStatusRequest asks a node for its names, [RFC 1002] 4.2.17.
type NodeStatusRequest struct {
	ID        uint16
	Name      NetBIOSName
	Broadcast bool // the B flag
}

// Append appends the query: 50 bytes.
func (m NodeStatusRequest) Append(b []byte) []byte {
	be := binary.BigEndian
	b = be.AppendUint16(b, m.ID)
	var flags uint16
	if m.Broadcast {
		flags = nbnsFlagBroadcast
	}
	b = be.AppendUint16(b, flags)
	b = append(b, 0, 1, 0, 0, 0, 0, 0, 0) // one question
	b = m.Name.appendEncoded(b)
	return be.AppendUint16(be.AppendUint16(b, nbnsTypeNodeStatus), nbnsClassIN)
}

// ParseNodeStatusRequest parses a node status query.
func ParseNodeStatusRequest(b []byte) (NodeStatusRequest, error) {
	r := reader{b: b, message: "NBNS node status request"}
	m := NodeStatusRequest{ID: r.be16("NAME_TRN_ID")}
	flags, questions := r.be16("flags"), r.be16("QDCOUNT")
	r.skip(6, "counts")
	if r.err == nil && (flags&nbnsFlagResponse != 0 || questions != 1) {
		r.fail("flags", 2, "not a query with one question")
	}
	m.Broadcast = flags&nbnsFlagBroadcast != 0
	m.Name = r.netBIOSName("QUESTION_NAME")
	if t := r.be16("QUESTION_TYPE"); r.err == nil && t != nbnsTypeNodeStatus {
		r.fail("QUESTION_TYPE", r.off-2, fmt.Sprintf("0x%04x, not NBSTAT", t))
	}
	return m, r.err
}

// NodeName is a row of a node status response, [RFC 1002] 4.2.18.
type NodeName struct {
	NetBIOSName
	Flags uint16
}

// Group reports whether the name is a group's, such as a workgroup's.
func (n NodeName) Group() bool { return n.Flags&nodeNameGroup != 0 }

// NodeStatusResponse lists a node's names and its unit ID, which is the MAC
// address of the adapter, [RFC 1002] 4.2.18; Samba sends zeros.
type NodeStatusResponse struct {
	ID     uint16
	Name   NetBIOSName // the one that was asked for
	Names  []NodeName
	UnitID [6]byte
}

// Lengths of a NodeName and of the STATISTICS field, in bytes.
const (
	nodeNameSize   = netBIOSNameSize + 2
	nodeStatistics = 46
)

// Append appends the message, with a TTL of zero. At most 255 names fit.
func (m NodeStatusResponse) Append(b []byte) []byte {
	be := binary.BigEndian
	b = be.AppendUint16(b, m.ID)
	b = be.AppendUint16(b, nbnsFlagsStatus)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 0)
	b = m.Name.appendEncoded(b)
	b = be.AppendUint16(be.AppendUint16(b, nbnsTypeNodeStatus), nbnsClassIN)
	b = append(b, 0, 0, 0, 0)
	b = be.AppendUint16(b, uint16(1+nodeNameSize*len(m.Names)+nodeStatistics))
	b = append(b, byte(len(m.Names)))
	for _, n := range m.Names {
		b = be.AppendUint16(n.appendRaw(b), n.Flags)
	}
	b = append(b, m.UnitID[:]...)
	return append(b, make([]byte, nodeStatistics-6)...)
}

// ParseNodeStatusResponse parses a node status response. Names that run past
// the end of the datagram are left out, and so are short statistics: adapters
// send both.
func ParseNodeStatusResponse(b []byte) (NodeStatusResponse, error) {
	r := reader{b: b, message: "NBNS node status response"}
	m := NodeStatusResponse{ID: r.be16("NAME_TRN_ID")}
	flags := r.be16("flags")
	r.skip(8, "counts")
	if r.err == nil && flags&nbnsFlagResponse == 0 {
		r.fail("flags", 2, "a query, not a response")
	}
	m.Name = r.netBIOSName("RR_NAME")
	if t := r.be16("RR_TYPE"); r.err == nil && t != nbnsTypeNodeStatus {
		r.fail("RR_TYPE", r.off-2, fmt.Sprintf("0x%04x, not NBSTAT", t))
	}
	r.skip(8, "RR_CLASS") // and TTL and RDLENGTH, which nodes miscount
	for range r.u8("NUM_NAMES") {
		if r.err != nil || len(r.b)-r.off < nodeNameSize {
			return m, r.err
		}
		name := parseRawName(r.take(netBIOSNameSize, "NODE_NAME"))
		m.Names = append(m.Names, NodeName{name, r.be16("NAME_FLAGS")})
	}
	if len(r.b)-r.off >= 6 {
		copy(m.UnitID[:], r.take(6, "UNIT_ID"))
	}
	return m, r.err
}
