package smbproto

import (
	"encoding/hex"
	"fmt"
)

// GUID is a GUID as it stands on the wire.
type GUID [16]byte

// Hex returns the 16 bytes in wire order as hexadecimal digits. Servers that
// put text there, as Samba does with its name, stay readable that way.
func (g GUID) Hex() string { return hex.EncodeToString(g[:]) }

// String returns the usual text form, whose first three groups are
// little-endian, [MS-DTYP] 2.3.4.2.
func (g GUID) String() string {
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(g[:4]), le.Uint16(g[4:6]), le.Uint16(g[6:8]), g[8:10], g[10:])
}
