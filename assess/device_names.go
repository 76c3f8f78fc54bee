package assess

import "smbready/inventory"

// Names and network cards on which verdicts rest (recognise.go). They stand
// here and not in the rule file, so that no file of a user's can bring on a
// verdict that is fine. Every name that the built-in rules take for a printer's
// is among them.

// printerNames are default names of printers, in the form of pattern.
var printerNames = mustPatterns(
	"RNP######", "RNP############", "BRN############", "BRW############", "BRN_######", "BRN######", "BRW######",
	"KMBT*", "KM######", "NPI######", "HP######", "EPSON######", "XRX############", "CANON######",
	"ET############", "SEC############", "OKI-*", "MFP########*", "LEXMARK*", "XEROX*",
)

func mustPatterns(texts ...string) []pattern {
	list := make([]pattern, len(texts))
	for i, t := range texts {
		p, err := parsePattern(t)
		if err != nil {
			panic("assess: " + t + ": " + err.Error())
		}
		list[i] = p
	}
	return list
}

// ordinaryName reports whether the host's name is known and does not follow a
// pattern of printers.
func ordinaryName(h *inventory.Host) bool {
	return h.Names.NetBIOS != "" && !printerName(h.Names.NetBIOS)
}

func printerName(name string) bool {
	for i := range printerNames {
		if printerNames[i].match(name) {
			return true
		}
	}
	return false
}

// cardOfNetApp reports whether the network card is one of NetApp's own.
func cardOfNetApp(address string) bool {
	var digits [12]byte
	if !macDigits(address, &digits) {
		return false
	}
	prefix := string(digits[:6])
	return prefix == "00A098" || prefix == "D039EA"
}
