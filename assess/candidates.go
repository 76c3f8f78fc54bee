package assess

import (
	"cmp"
	"net/netip"
	"slices"

	"smbready/inventory"
)

// CanaryGroup is devices of one maker and model of which one test scan to our
// listener tells about all: each probably saves files to folders, and none was
// seen to.
type CanaryGroup struct {
	Vendor  string       // "" where it is not known
	Model   string       // likewise
	Setting string       // which setting of the device to look at, in words
	Hosts   []netip.Addr // in order
}

// CanaryCandidates collects the devices to try with a listener. Its zero value
// is ready for use. It keeps the address of each candidate and nothing of other
// hosts.
type CanaryCandidates struct {
	groups map[canaryKey][]netip.Addr
}

type canaryKey struct{ vendor, model string }

// Add takes in a host and what it was judged to be. Hosts that are known by name
// alone have no address to be listed by, and are left out.
func (c *CanaryCandidates) Add(h *inventory.Host, a *Assessment) {
	if !h.Address.IsValid() || !savesToFolders(h, a) || seenAsClient(h) {
		return
	}
	if c.groups == nil {
		c.groups = map[canaryKey][]netip.Addr{}
	}
	key := canaryKey{shortName(a.Device.Vendor), shortName(a.Device.Model)}
	c.groups[key] = append(c.groups[key], h.Address)
}

// Groups returns what was collected: by maker and model, those that are not
// known last.
func (c *CanaryCandidates) Groups() []CanaryGroup {
	list := make([]CanaryGroup, 0, len(c.groups))
	for key, hosts := range c.groups {
		hosts = slices.Clone(hosts)
		slices.SortFunc(hosts, netip.Addr.Compare)
		list = append(list, CanaryGroup{Vendor: key.vendor, Model: key.model, Setting: canarySetting(key.vendor), Hosts: slices.Compact(hosts)})
	}
	slices.SortFunc(list, func(a, b CanaryGroup) int {
		return cmp.Or(unknownLast(a.Vendor, b.Vendor), unknownLast(a.Model, b.Model))
	})
	return list
}

func unknownLast(a, b string) int {
	if (a == "") != (b == "") {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// savesToFolders reports whether such a device probably saves files to servers:
// a printer, or a medical or embedded one that speaks SMB or has a printer's
// port.
func savesToFolders(h *inventory.Host, a *Assessment) bool {
	switch a.Device.Class {
	case Printer:
		return true
	case Medical, Embedded:
		return h.SMB1 != nil || h.SMB2 != nil || printerPort(h)
	}
	return false
}

// printerPort reports whether a port took a connection on which printers print.
func printerPort(h *inventory.Host) bool {
	if h.Clues == nil {
		return false
	}
	for _, p := range h.Clues.Open {
		if p == 515 || p == 631 || p == 9100 { // LPD, IPP, raw
			return true
		}
	}
	return false
}

// seenAsClient reports whether messages or sessions of the host as a client were
// seen. An event alone tells too little to spare it the test.
func seenAsClient(h *inventory.Host) bool {
	if h.Client == nil {
		return false
	}
	return slices.ContainsFunc(h.Client.Contacts, func(c inventory.Contact) bool {
		return c.Source == inventory.SourceCanary || c.Source == inventory.SourceCapture || c.Source == inventory.SourcePowerShell
	})
}

// canarySetting says in words which setting of a maker's devices to look at. The
// names of the makers' own pages are from their manuals; what a setting is called
// differs by model, so that no menu is named but where a manual was read.
func canarySetting(vendor string) string {
	page := "its settings"
	for _, p := range settingPages {
		if containsFold(vendor, p.vendor) {
			page = p.page
			if p.more != "" {
				return "In " + page + ": " + p.more
			}
			break
		}
	}
	return "In " + page + ": look for the SMB protocol version of its scan-to-folder (the SMB client), and for SMB1 or SMB2 and 3 switched on or off there; an account of its own has to be entered for the destination."
}

// settingPages name where an administrator sets a maker's devices up.
var settingPages = []struct{ vendor, page, more string }{
	// RICOH IM C300/C300F user guide, Strengthening security of data sent by the SMB protocol.
	{vendor: "Ricoh", page: "Web Image Monitor or on its panel", more: "SMBv2/SMBv3 has to be enabled, for with it disabled the device uses SMBv1; newer models have \"SMBv3\" extensions besides, which begin to work after a restart. An account of its own has to be entered for the destination."},
	{vendor: "Konica Minolta", page: "Web Connection"},                              // bizhub user guides
	{vendor: "Xerox", page: "its Embedded Web Server"},                              // AltaLink and VersaLink administrator guides
	{vendor: "HP", page: "its Embedded Web Server"},                                 // HP Embedded Web Server user guide
	{vendor: "Hewlett", page: "its Embedded Web Server"},                            // the same
	{vendor: "Lexmark", page: "its Embedded Web Server"},                            // Embedded Web Server administrator's guide
	{vendor: "Toshiba", page: "TopAccess"},                                          // TopAccess guide
	{vendor: "Kyocera", page: "its web page (Command Center RX on current models)"}, // Command Center RX user guide
	{vendor: "Canon", page: "its Remote UI"},                                        // imageRUNNER ADVANCE user guide
	{vendor: "Sharp", page: "its web page"},
	{vendor: "Brother", page: "its web page (Web Based Management)"}, // network user's guides
	{vendor: "Epson", page: "its web page (Web Config)"},             // administrator's guides
	{vendor: "OKI", page: "its web page"},
	{vendor: "Fuji", page: "its web page"}, // CentreWare Internet Services on many models
}
