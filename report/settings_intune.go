package report

import (
	"encoding/json"
	"io"
	"strings"
)

// graphProfile is a windows10CustomConfiguration of Microsoft Graph, with the
// fields that creating one takes.
type graphProfile struct {
	Type        string         `json:"@odata.type"`
	DisplayName string         `json:"displayName"`
	Description string         `json:"description"`
	Settings    []graphSetting `json:"omaSettings"`
}

// graphSetting is an omaSettingInteger of Microsoft Graph.
type graphSetting struct {
	Type        string `json:"@odata.type"`
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
	URI         string `json:"omaUri"`
	Value       int32  `json:"value"`
}

// profile makes the profile of settings of one side.
func profile(s *Settings) (*graphProfile, error) {
	sides := s.sides()
	if len(sides) != 1 {
		return nil, errTwoSides
	}
	what, then := "SMB signing, ", "Audit first; roll back by taking the assignment away."
	if s.Audit {
		what, then = "SMB signing audit, ", "It changes nothing but what is logged."
	}
	g := &graphProfile{Type: "#microsoft.graph.windows10CustomConfiguration", DisplayName: what + sides[0].String() + "s",
		Description: "Assign it to one group a wave: pilot device, pilot site, all. " + then}
	for _, t := range s.chosen() {
		about := t.gpo
		if t.ifAgrees() {
			about += " (does nothing for SMB2 and later)"
		}
		g.Settings = append(g.Settings, graphSetting{Type: "#microsoft.graph.omaSettingInteger", DisplayName: t.name(), Description: about,
			URI: t.omaURI(), Value: 1})
	}
	return g, nil
}

// WriteIntuneProfile writes the body with which Microsoft Graph creates a custom
// profile (POST /deviceManagement/deviceConfigurations). It fails for settings of
// clients and servers at once.
func WriteIntuneProfile(w io.Writer, s Settings) error {
	g, err := profile(&s)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(g)
}

// intune writes the settings for Intune: a table to type in, and the profiles to
// import.
func (p *settingsPage) intune(s *Settings) {
	p.open(s, "Intune")
	p.title("Set")
	p.say(2, "Devices > Configuration > Create > Windows 10 and later > Templates > Custom. Each is an Integer with the value 1. Make one profile for clients and another for servers.")
	for _, t := range s.chosen() {
		p.blank()
		p.line("  %s", t.name())
		p.line("    OMA-URI    %s", t.omaURI())
		p.line("    Data type  Integer")
		p.line("    Value      1")
		if s.Audit {
			p.say(4, "(%s; Windows 11 24H2, 26100.3613 or later)", t.what)
		}
		p.doesNothing(&t)
	}
	p.blank()
	p.say(2, "Or by Microsoft Graph, POST https://graph.microsoft.com/v1.0/deviceManagement/deviceConfigurations, with a body that this command makes with -f json and --policy:")
	for _, d := range s.sides() {
		p.blank()
		p.profile(s, d)
	}
	p.intuneLimits(s)
	if s.Audit {
		p.undoAudit("take the assignment away")
		return
	}
	p.title("Check")
	p.say(2, "The profile's own report says whether it arrived; what is in effect, this shows on the device:")
	p.effective(s)
	p.title("Roll back")
	p.say(2, "Take the device out of the group, and synchronise it. A security option may keep its last value when its profile goes: check the effective value. Make no profile with the value 0, which would switch off what Windows 11 24H2 has on by default.")
	p.close(s)
}

// profile writes the profile of one side, indented.
func (p *settingsPage) profile(s *Settings, d policySide) {
	one := *s
	one.Policies = nil
	for _, t := range signingSettings {
		wanted := len(s.Policies) == 0 && !t.ifAgrees()
		for _, policy := range s.Policies {
			wanted = wanted || policy == t.policy
		}
		if wanted && t.side == d {
			one.Policies = append(one.Policies, t.policy)
		}
	}
	var b strings.Builder
	if err := WriteIntuneProfile(&b, one); err != nil {
		return // one side is all that was asked for
	}
	for line := range strings.Lines(b.String()) {
		p.line("    %s", strings.TrimRight(line, "\n"))
	}
}

// intuneLimits says whom it does not reach.
func (p *settingsPage) intuneLimits(s *Settings) {
	p.blank()
	if s.Audit {
		p.say(2, "Intune does not manage Windows Server: audit servers by Group Policy, PowerShell or the registry.")
		return
	}
	p.say(2, "It reaches Windows 10 1803 and later, Pro and above, not Home. Intune does not manage Windows Server: the server settings reach only Windows computers that share files; for servers use Group Policy.")
}
