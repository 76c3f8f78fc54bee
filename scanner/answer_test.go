package scanner

import (
	"smbready/inventory"
	"smbready/smbproto"
)

// What the tests hold the facts to, in bytes.
const (
	maxName = 256
	maxRaw  = 1024
)

func signing2(m smbproto.SMB2SecurityMode) inventory.Signing { return inventory.SigningOfSMB2(m) }
