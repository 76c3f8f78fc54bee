package assess

import (
	"io"

	"smbready/assess/oui"
	"smbready/inventory"
)

// Judge judges hosts. The zero value uses the built-in rules of recognition and
// the built-in list of makers. A Judge may be used by several goroutines at
// once.
type Judge struct {
	Fingerprints *Fingerprints // see LoadFingerprints
	OUI          *OUI          // see LoadOUI
}

// OUI is a list of the makers of network cards.
type OUI = oui.Table

// LoadOUI reads a list of makers, called name in errors, in place of the
// built-in one: the oui.csv of the IEEE, or lines of a prefix, a tab and a
// maker. An error names the line.
func LoadOUI(name string, r io.Reader) (*OUI, error) { return oui.Load(name, r) }

// Assess judges one host. It never fails: what is not known is Unknown, and
// where facts contradict each other the worse reading is taken. What a judge was
// given of rules and makers, and what services other than SMB say of a host,
// tells more about the device and never changes a verdict or how sure it is; at
// most it words one that is unknown.
func (j *Judge) Assess(h *inventory.Host) Assessment {
	if h == nil {
		h = new(inventory.Host)
	}
	f := digest(h)
	f.device = classify(&f, builtinFingerprints(), false)
	f.shown = j.identify(&f)
	a := Assessment{Device: f.shown}
	a.Policies.ClientAlways = judge(clientAlwaysRules, &f)
	a.Policies.ClientAlways.Guest = judgeGuest(&f)
	a.Policies.ClientIfServerAgrees = judge(clientIfServerAgreesRules, &f)
	a.Policies.ServerAlways = judge(serverAlwaysRules, &f)
	a.Policies.ServerIfClientAgrees = judge(serverIfClientAgreesRules, &f)
	return a
}

// identify tells what device it is by all that is known. Verdicts rest on
// f.device, which knows neither the user's rules nor what other services say.
func (j *Judge) identify(f *facts) Device {
	d := f.device
	switch {
	case j.Fingerprints != nil:
		d = classify(f, j.Fingerprints, true)
	case f.Clues != nil || f.Client != nil:
		d = classify(f, builtinFingerprints(), true)
	}
	if f.Names.MAC == "" {
		return d
	}
	makers := j.OUI
	if makers == nil {
		makers = oui.Builtin()
	}
	d.Maker = makers.Lookup(f.Names.MAC)
	return d
}
