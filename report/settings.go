package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"smbready/assess"
)

// SettingsKind is a way to roll settings out.
type SettingsKind string

// Kinds of settings.
const (
	SettingsIntune     SettingsKind = "intune"
	SettingsGPO        SettingsKind = "gpo"
	SettingsPowerShell SettingsKind = "powershell"
	SettingsRegistry   SettingsKind = "registry"
)

// SettingsKinds lists the kinds.
var SettingsKinds = []SettingsKind{SettingsIntune, SettingsGPO, SettingsPowerShell, SettingsRegistry}

// ParseSettingsKind returns the kind of that name. Its error lists the choices.
func ParseSettingsKind(name string) (SettingsKind, error) {
	if k := SettingsKind(name); slices.Contains(SettingsKinds, k) {
		return k, nil
	}
	names := make([]string, len(SettingsKinds))
	for i, k := range SettingsKinds {
		names[i] = string(k)
	}
	return "", fmt.Errorf("unknown kind %q; choose %s", name, strings.Join(names, ", "))
}

// Settings says which settings to print.
type Settings struct {
	Kind     SettingsKind
	Policies []assess.Policy // none: the two "always" policies
	Audit    bool            // the settings that audit, instead of those that require
}

// chosen returns the settings in the order of the policies, each once.
func (s *Settings) chosen() []setting {
	policies := s.Policies
	if len(policies) == 0 {
		policies = []assess.Policy{assess.ClientAlways, assess.ServerAlways}
	}
	var list []setting
	for _, t := range signingSettings {
		if slices.Contains(policies, t.policy) {
			list = append(list, t)
		}
	}
	if !s.Audit {
		return list
	}
	var audits []setting
	for _, t := range auditSettings {
		if slices.ContainsFunc(list, func(l setting) bool { return l.side == t.side }) {
			audits = append(audits, t)
		}
	}
	return audits
}

// errTwoSides means that one profile was asked for both sides.
var errTwoSides = errors.New("a profile is for clients or for servers, not for both: the two are switched on apart from each other")

// WriteSettings writes settings for a person, who applies them or does not. A text
// of PowerShell is a script and one of the registry a file of regedit, in which
// the prose is comments.
func WriteSettings(w io.Writer, s Settings) error {
	p := &settingsPage{w: bufio.NewWriter(w)}
	switch s.Kind {
	case SettingsIntune:
		p.intune(&s)
	case SettingsGPO:
		p.gpo(&s)
	case SettingsPowerShell:
		p.lead = "# "
		p.powerShell(&s)
	case SettingsRegistry:
		p.lead = "; "
		p.registry(&s)
	default:
		_, err := ParseSettingsKind(string(s.Kind))
		return err
	}
	return p.w.Flush()
}

// settingsPage writes lines; prose has a lead, as comments have.
type settingsPage struct {
	w    *bufio.Writer
	lead string
}

// settingsWidth is where prose is wrapped.
const settingsWidth = 78

func (p *settingsPage) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func (p *settingsPage) blank() { p.line("") }

// say writes wrapped prose, indented.
func (p *settingsPage) say(indent int, format string, args ...any) {
	for _, l := range wrap(fmt.Sprintf(format, args...), settingsWidth-indent) {
		p.line("%s%s%s", p.lead, strings.Repeat(" ", indent), l)
	}
}

// bullet writes an item of a list.
func (p *settingsPage) bullet(words string) {
	lead := "  - "
	for _, l := range wrap(words, settingsWidth-len(lead)) {
		p.line("%s%s%s", p.lead, lead, l)
		lead = "    "
	}
}

// title opens a part.
func (p *settingsPage) title(words string) {
	p.blank()
	p.line("%s%s", p.lead, words)
	p.line("%s%s", p.lead, strings.Repeat("-", len(words)))
}

// open writes how every text begins.
func (p *settingsPage) open(s *Settings, way string) {
	what := "settings that require SMB signing"
	if s.Audit {
		what = "settings that audit SMB signing"
	}
	p.line("%s%s: %s", p.lead, way, what)
	p.line("%s%s", p.lead, strings.Repeat("=", len(way)+2+len(what)))
	p.say(0, "This text is all that the command makes: nothing was changed and nothing was sent. Roll clients and servers out apart from each other, to a pilot device, then a pilot site, then everywhere (smbready plan says which may go ahead).")
	if !s.Audit {
		p.say(0, "Audit each wave first: the same command with --audit-setup prints what to set for that, and smbready plan --audit-setup tells the rest.")
	}
}

// close writes what holds whatever the way: what is on already, and what not to
// do.
func (p *settingsPage) close(s *Settings) {
	if s.Audit {
		return
	}
	p.defaults()
	p.title("What to know before")
	for _, n := range settingsNotes {
		p.bullet(n)
	}
}

// settingsNotes are what goes wrong most often. Sources: Microsoft Learn, Overview
// of Server Message Block signing, Control SMB signing behaviour, Enable insecure
// guest logons, and Policy CSP - LocalPoliciesSecurityOptions; KB5066470 for
// NTLMv1; Windows Server 2008 documentation, Disable SMB signing (cc731654), for
// domain controllers.
var settingsNotes = []string{
	"\"If server agrees\" and \"if client agrees\" (EnableSecuritySignature) do nothing for SMB2 and later: only SMB1 heeds them. They are no way to begin gently.",
	"Never set RequireSecuritySignature to 0 on Windows 11 24H2 or Server 2025: what the table says is on is on without a value, and 0 switches it off.",
	"On a domain controller neither set it to 0 nor delete it: up to Server 2022 what requires signing there is the Default Domain Controllers Policy, which writes this very value for the server. gpupdate /force writes it again.",
	"Do not trust the absence of a value, nor the default in the CSP's own text, which was written before 24H2: look at the effective value.",
	"A client that requires signing refuses guests of every server, even where insecure guest logons are allowed.",
	"On 24H2 and Server 2025 other things change too, and fail in ways that look like signing: no guests by default (Pro as well), no NTLMv1, no remote mailslots, a pause after each failed logon. Tell them apart by the events, smbready import reads them.",
	"\"Always\" for clients never concerns what a device does as a client, and \"always\" for servers never what it does as a server. On a managed Windows each makes that Windows the side that demands, towards everyone.",
}

// defaults writes what each Windows has without a setting.
func (p *settingsPage) defaults() {
	p.title("What is on already, without any setting")
	const layout = "%s  %-46s %-13s %s"
	p.line(layout, p.lead, "WINDOWS", "client-always", "server-always")
	for _, d := range windowsDefaults {
		p.line(layout, p.lead, d.windows, onOff(d.client), onOff(d.server))
	}
	p.say(2, "\"If server agrees\" is on throughout and \"if client agrees\" on domain controllers; neither matters to SMB2. What is on already need not be rolled out, but a policy keeps it on. Domain controllers up to Server 2022 have it by a value that the Default Domain Controllers Policy writes.")
	p.say(2, "Doubts: one page of Microsoft's says that Server 2025 requires signing inbound as well, two that it does so outbound only; the table takes the two. 25H2 and 26H1 are taken to be as 24H2. An upgrade may keep an older setting. So check the effective value.")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
