package scanner

import (
	"smbready/inventory"
	"smbready/smbproto"
)

// limit cuts a string from the network to the length that facts have at most.
func limit(s string) string { return inventory.Clip(s) }

// nodeNames takes the names of a node status response.
func (p *probe) nodeNames(m smbproto.NodeStatusResponse) { p.host.Names.AddNodeStatus(m) }
