package smbproto

// Protocol is the kind of an SMB message, told by its first four bytes. A
// reader dispatches on it, never on what it has asked.
type Protocol uint8

// Protocols.
const (
	ProtocolUnknown    Protocol = iota
	ProtocolSMB1                // FF 'SMB', [MS-CIFS] 2.2.3.1
	ProtocolSMB2                // FE 'SMB', [MS-SMB2] 2.2.1
	ProtocolEncrypted           // FD 'SMB', [MS-SMB2] 2.2.41
	ProtocolCompressed          // FC 'SMB', [MS-SMB2] 2.2.42
)

var protocolNames = [...]string{"not SMB", "SMB1", "SMB2", "SMB2 encrypted", "SMB2 compressed"}

// String returns the protocol's name, such as "SMB1".
func (p Protocol) String() string {
	if int(p) < len(protocolNames) {
		return protocolNames[p]
	}
	return protocolNames[ProtocolUnknown]
}

// ProtocolOf tells the protocol of a message without its framing.
func ProtocolOf(b []byte) Protocol {
	if len(b) < 4 || b[1] != 'S' || b[2] != 'M' || b[3] != 'B' {
		return ProtocolUnknown
	}
	switch b[0] {
	case 0xff:
		return ProtocolSMB1
	case 0xfe:
		return ProtocolSMB2
	case 0xfd:
		return ProtocolEncrypted
	case 0xfc:
		return ProtocolCompressed
	}
	return ProtocolUnknown
}
