package smbproto

import "fmt"

// Dialect is an SMB2 dialect revision, [MS-SMB2] 2.2.3.
type Dialect uint16

// Dialect revisions. DialectWildcard only answers a multi-protocol NEGOTIATE.
const (
	Dialect202      Dialect = 0x0202
	Dialect210      Dialect = 0x0210
	Dialect300      Dialect = 0x0300
	Dialect302      Dialect = 0x0302
	Dialect311      Dialect = 0x0311
	DialectWildcard Dialect = 0x02ff
)

// Dialects lists the dialect revisions, lowest first.
var Dialects = []Dialect{Dialect202, Dialect210, Dialect300, Dialect302, Dialect311}

// String returns the dialect's usual name, such as "3.1.1".
func (d Dialect) String() string {
	switch d {
	case Dialect202:
		return "2.0.2"
	case Dialect210:
		return "2.1"
	case Dialect300:
		return "3.0"
	case Dialect302:
		return "3.0.2"
	case Dialect311:
		return "3.1.1"
	}
	return fmt.Sprintf("0x%04x", uint16(d))
}
