package report

import (
	"strings"

	"smbready/assess"
)

// candidateWords say what the candidates are, and what to do with them.
const candidateWords = "These probably save files to folders on your servers, and were never seen to. Run \"smbready listen --stage require\" on a " +
	"machine that serves no files, and let one device of each model save a file there; devices of one model, firmware and settings behave alike."

// candidates writes which devices to point at a listener: those that probably
// scan to folders and were never seen to.
func (p *page) candidates(groups []assess.CanaryGroup, limit int) {
	if len(groups) == 0 {
		return
	}
	p.blank()
	p.title("Point one test scan of each of these at a listener")
	p.para(0, "", candidateWords)
	for _, g := range groups {
		p.blank()
		p.para(4, "", candidateName(&g)+": "+devices(len(g.Hosts)))
		p.para(groupIndent, "    Setting", clip(g.Setting, maxProse))
		p.list(groupIndent, "    Devices", addressList(&g, limit))
	}
}

// candidateName names a model, as far as it is known.
func candidateName(g *assess.CanaryGroup) string {
	name := strings.TrimSpace(g.Vendor + " " + g.Model)
	if startsWithWord(g.Model, g.Vendor) {
		name = g.Model
	}
	return firstOf(clip(Escape(name), maxDevice), "maker and model not known")
}

// addressList lists the devices of a group, at most limit of them unless it is
// negative.
func addressList(g *assess.CanaryGroup, limit int) []string {
	shown := g.Hosts
	if limit >= 0 {
		shown = shown[:min(len(shown), limit)]
	}
	list := make([]string, len(shown), len(shown)+1)
	for i, a := range shown {
		list[i] = clip(Escape(a.String()), maxZoned)
	}
	if more := len(g.Hosts) - len(shown); more > 0 {
		list = append(list, "… and "+thousands(more)+" more (-v lists them)")
	}
	return list
}
