package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"smbready/assess"
)

// TestSettingsShape holds each name of each setting against the others, which are
// all made of the same words, and against the form that its place asks for.
func TestSettingsShape(t *testing.T) {
	if len(signingSettings) != len(assess.Policies) {
		t.Fatalf("%d settings", len(signingSettings))
	}
	title := regexp.MustCompile(`^Microsoft network (client|server): Digitally sign communications \((always|if (?:server|client) agrees)\)$`)
	for i, s := range signingSettings {
		if s.policy != assess.Policies[i] {
			t.Errorf("setting %d is %s", i, s.policy)
		}
		m := title.FindStringSubmatch(s.gpo)
		if m == nil {
			t.Errorf("%s: %q", s.policy, s.gpo)
			continue
		}
		if m[1] != s.side.String() || !strings.HasPrefix(s.policy.String(), m[1]+"-") {
			t.Errorf("%s is of the %s, and %q of the %s", s.policy, s.side, s.gpo, m[1])
		}
		// The CSP's name is the title's words run together.
		when := strings.ReplaceAll(strings.ReplaceAll(inTitle(m[2]), " ", ""), "(", "")
		if want := "MicrosoftNetwork" + inTitle(m[1]) + "_DigitallySignCommunications" + when; s.csp != want {
			t.Errorf("%s: CSP %s, want %s", s.policy, s.csp, want)
		}
		if want := "./Device/Vendor/MSFT/Policy/Config/LocalPoliciesSecurityOptions/" + s.csp; s.omaURI() != want {
			t.Errorf("%s: OMA-URI %s", s.policy, s.omaURI())
		}
		value := map[bool]string{true: "RequireSecuritySignature", false: "EnableSecuritySignature"}[m[2] == "always"]
		if s.value != value || s.ifAgrees() == (m[2] == "always") {
			t.Errorf("%s: value %s, want %s", s.policy, s.value, value)
		}
		service := map[string]string{"client": "LanmanWorkstation", "server": "LanmanServer"}[m[1]]
		if want := `SYSTEM\CurrentControlSet\Services\` + service + `\Parameters`; s.side.registryPath() != want {
			t.Errorf("%s: registry %s", s.policy, s.side.registryPath())
		}
		if want := "Smb" + inTitle(m[1]) + "Configuration"; s.side.cmdletNoun() != want {
			t.Errorf("%s: cmdlet %s", s.policy, s.side.cmdletNoun())
		}
	}
}

// inTitle makes every word begin with a capital.
func inTitle(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// TestAuditSettingsAgree holds the settings that audit against the text that tells
// how to: each OMA-URI and each event number is there.
func TestAuditSettingsAgree(t *testing.T) {
	var text bytes.Buffer
	if err := WriteAuditSetup(&text, EnoughDays); err != nil {
		t.Fatal(err)
	}
	for _, s := range auditSettings {
		if !strings.Contains(text.String(), s.omaURI()+"\n") || !strings.Contains(text.String(), s.gpo) {
			t.Errorf("%s is not in the text on auditing", s.omaURI())
		}
		for _, id := range regexp.MustCompile(`\b3\d{3,4}\b`).FindAllString(s.what, -1) {
			if !strings.Contains(text.String(), id) {
				t.Errorf("event %s is not in the text on auditing", id)
			}
		}
	}
}

// TestWindowsDefaults: what nobody may switch off by accident is on.
func TestWindowsDefaults(t *testing.T) {
	for _, d := range windowsDefaults {
		modern := strings.Contains(d.windows, "24H2") || strings.Contains(d.windows, "2025")
		home := strings.HasSuffix(d.windows, "Home")
		if want := modern && !home; d.client != want {
			t.Errorf("%s: client-always %v, want %v", d.windows, d.client, want)
		}
		controller := strings.Contains(d.windows, "domain controllers")
		if want := controller || strings.Contains(d.windows, "24H2") && !home; d.server != want {
			t.Errorf("%s: server-always %v, want %v", d.windows, d.server, want)
		}
	}
}

// settingsCases are what may be asked for.
func settingsCases() map[string]Settings {
	cases := map[string]Settings{}
	for _, k := range SettingsKinds {
		cases["settings_"+string(k)] = Settings{Kind: k}
		cases["settings_"+string(k)+"_audit"] = Settings{Kind: k, Audit: true}
		cases["settings_"+string(k)+"_client"] = Settings{Kind: k, Policies: []assess.Policy{assess.ClientAlways, assess.ClientIfServerAgrees}}
		cases["settings_"+string(k)+"_server"] = Settings{Kind: k, Policies: []assess.Policy{assess.ServerAlways}}
	}
	return cases
}

// TestSettingsGolden shows the settings as they are printed, and that nothing in
// them switches signing off.
func TestSettingsGolden(t *testing.T) {
	off := regexp.MustCompile(`(?i)(Require|Enable)SecuritySignature\s*[=:]?\s*(\$false|0\b|dword:00000000)|"value": 0|= Disabled$`)
	for name, s := range settingsCases() {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := WriteSettings(&got, s); err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/plan/"+name+".txt", got.Bytes())
			text := got.String()
			if found := off.FindString(text); found != "" {
				t.Errorf("switches signing off: %q", found)
			}
			if !s.Audit && !strings.Contains(text, "Never set RequireSecuritySignature to 0") {
				t.Error("does not warn of 0")
			}
			if agrees := strings.Contains(name, "_client"); agrees != strings.Contains(text, "does nothing for SMB2") && s.Kind != SettingsPowerShell {
				t.Errorf("says that if agrees does nothing: %v", !agrees)
			}
			if n := strings.Count(text, "{") - strings.Count(text, "}"); n != 0 {
				t.Errorf("%d braces are open", n)
			}
			if strings.Contains(name, "_server") && strings.Contains(text, "LanmanWorkstation\\Parameters") {
				t.Error("sets something of the client")
			}
			for _, r := range text {
				if r >= utf8.RuneSelf {
					t.Fatalf("holds %q, which older editors and consoles garble", r)
				}
			}
		})
	}
}

// TestPowerShellRollsBackWithCare: the only lines that switch something off stand
// behind the question what was there before, and for what requires signing behind
// the question whether that Windows has it on.
func TestPowerShellRollsBackWithCare(t *testing.T) {
	for _, audit := range []bool{false, true} {
		var got bytes.Buffer
		if err := WriteSettings(&got, Settings{Kind: SettingsPowerShell, Audit: audit}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(got.String(), "\n")
		n := 0
		for i, l := range lines {
			if !strings.Contains(l, "$false") {
				continue
			}
			n++
			before := strings.Join(lines[max(0, i-3):i], "\n")
			known := strings.Contains(before, "if ($before -ne 0) {") && strings.Contains(strings.Join(lines[max(0, i-4):i], "\n"), "if ($before -isnot [int]) {")
			if !known || !strings.HasPrefix(l, "    else {") || !audit && !strings.Contains(before, "on by default") {
				t.Errorf("line %d switches off without asking:\n%s\n%s", i+1, before, l)
			}
		}
		if n != 2 {
			t.Errorf("%d lines switch something off, want one for each side", n)
		}
	}
}

// TestPowerShellLeavesTheWayBack: where a roll-back does not go back, because that Windows
// has it on by default, it keeps what was before and says how to go back all the same.
// Windows Home has nothing on by default.
func TestPowerShellLeavesTheWayBack(t *testing.T) {
	for _, audit := range []bool{false, true} {
		var got bytes.Buffer
		if err := WriteSettings(&got, Settings{Kind: SettingsPowerShell, Audit: audit}); err != nil {
			t.Fatal(err)
		}
		if audit == strings.Contains(got.String(), "[switch] $Force") || audit == strings.Contains(got.String(), "OperatingSystemSKU -in 98..101") {
			t.Errorf("audit %v: what is asked for is another", audit)
		}
		n := 0
		for l := range strings.Lines(got.String()) {
			if !strings.Contains(l, "it is left on") {
				continue
			}
			n++
			for _, want := range []string{"elseif (-not $Force -and ", "-and -not $isHome)", "-Do RollBack -Force switches it off", "; continue }\n"} {
				if !strings.Contains(l, want) {
					t.Errorf("no %q in %s", want, l)
				}
			}
		}
		if want := map[bool]int{false: 2}[audit]; n != want {
			t.Errorf("audit %v: %d lines leave it on, want %d", audit, n, want)
		}
	}
}

// TestRegistryOnDomainControllers: the value that is to be deleted may be the one that
// requires signing on a domain controller.
func TestRegistryOnDomainControllers(t *testing.T) {
	for policy, want := range map[assess.Policy]bool{assess.ServerAlways: true, assess.ClientAlways: false} {
		var got bytes.Buffer
		if err := WriteSettings(&got, Settings{Kind: SettingsRegistry, Policies: []assess.Policy{policy}}); err != nil {
			t.Fatal(err)
		}
		_, back, _ := strings.Cut(got.String(), "Roll back")
		back, _, _ = strings.Cut(back, "Restart the computer")
		if strings.Contains(back, "on a domain controller") != want || strings.Contains(back, "gpupdate /force") != want {
			t.Errorf("%s: %s", policy, back)
		}
	}
}

// TestPowerShellKeepsWhereOnlyAdministratorsWrite: what a roll-back goes back to is
// kept in the registry of the machine, and read from nowhere else: a file that any user
// may have made beforehand would decide what an administrator switches off.
func TestPowerShellKeepsWhereOnlyAdministratorsWrite(t *testing.T) {
	for _, audit := range []bool{false, true} {
		var got bytes.Buffer
		if err := WriteSettings(&got, Settings{Kind: SettingsPowerShell, Audit: audit}); err != nil {
			t.Fatal(err)
		}
		text := got.String()
		for _, word := range []string{"ProgramData", "Csv", "Get-Content", "$env:TEMP", "$env:PUBLIC", "HKCU"} {
			if strings.Contains(text, word) {
				t.Errorf("audit %v: it has %s", audit, word)
			}
		}
		for _, want := range []string{`$key = 'HKLM:\SOFTWARE\smbready\client'`, `$key = 'HKLM:\SOFTWARE\smbready\server'`} {
			if strings.Count(text, want) != 1 {
				t.Errorf("audit %v: %d of %s", audit, strings.Count(text, want), want)
			}
		}
		// New-Item -Force empties a key that is there.
		if n := strings.Count(text, "New-Item "); n != 2 || strings.Count(text, "if (-not (Test-Path $key)) { New-Item -Path $key -Force | Out-Null }") != n {
			t.Errorf("audit %v: a key may be made anew, and what it keeps lost", audit)
		}
	}
}

// TestIntuneProfile holds the body for Graph against what creating a
// windows10CustomConfiguration takes: no other fields, and of each the right kind.
func TestIntuneProfile(t *testing.T) {
	for name, c := range map[string]struct {
		settings Settings
		uris     int
		err      error
	}{
		"client":      {Settings{Policies: []assess.Policy{assess.ClientAlways}}, 1, nil},
		"both client": {Settings{Policies: []assess.Policy{assess.ClientIfServerAgrees, assess.ClientAlways}}, 2, nil},
		"server":      {Settings{Policies: []assess.Policy{assess.ServerAlways}}, 1, nil},
		"audit":       {Settings{Policies: []assess.Policy{assess.ServerAlways}, Audit: true}, 2, nil},
		"both sides":  {Settings{}, 0, errTwoSides},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			err := WriteIntuneProfile(&got, c.settings)
			if !errors.Is(err, c.err) {
				t.Fatalf("%v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			var profile map[string]any
			if err := json.Unmarshal(got.Bytes(), &profile); err != nil {
				t.Fatal(err)
			}
			hasExactly(t, profile, "@odata.type", "displayName", "description", "omaSettings")
			if profile["@odata.type"] != "#microsoft.graph.windows10CustomConfiguration" {
				t.Errorf("type %v", profile["@odata.type"])
			}
			list := profile["omaSettings"].([]any)
			if len(list) != c.uris {
				t.Errorf("%d settings, want %d", len(list), c.uris)
			}
			for _, s := range list {
				setting := s.(map[string]any)
				hasExactly(t, setting, "@odata.type", "displayName", "description", "omaUri", "value")
				uri, _ := setting["omaUri"].(string)
				if setting["@odata.type"] != "#microsoft.graph.omaSettingInteger" || setting["value"] != 1.0 ||
					!regexp.MustCompile(`^\./Device/Vendor/MSFT/Policy/Config/\w+/\w+$`).MatchString(uri) {
					t.Errorf("%v", setting)
				}
			}
		})
	}
}

func hasExactly(t *testing.T, m map[string]any, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if v, ok := m[k]; !ok || v == "" {
			t.Errorf("%s is missing or empty", k)
		}
	}
	if len(m) != len(keys) {
		t.Errorf("%d fields, want %v", len(m), keys)
	}
}

// TestSettingsRefuses says what there is.
func TestSettingsRefuses(t *testing.T) {
	if _, err := ParseSettingsKind("sccm"); err == nil || !strings.Contains(err.Error(), "intune, gpo, powershell, registry") {
		t.Errorf("%v", err)
	}
	if WriteSettings(new(bytes.Buffer), Settings{Kind: "sccm"}) == nil {
		t.Error("an unknown kind is written")
	}
	for _, s := range settingsCases() {
		if WriteSettings(fullDisk{}, s) == nil {
			t.Errorf("%s: a full disk is no error", s.Kind)
		}
	}
}
