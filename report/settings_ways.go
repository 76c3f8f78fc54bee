package report

import (
	"slices"
	"strings"
)

// gpoPath is where the Group Policy editor has the four settings.
const gpoPath = `Computer Configuration\Windows Settings\Security Settings\Local Policies\Security Options`

// gpo writes the settings for Group Policy.
func (p *settingsPage) gpo(s *Settings) {
	p.open(s, "Group Policy")
	if s.Audit {
		p.title("Set")
		for _, t := range s.chosen() {
			folder := `Computer Configuration\Administrative Templates\Network\Lanman ` + map[policySide]string{clientSide: "Workstation", serverSide: "Server"}[t.side]
			p.line("  %s", folder)
			p.line("    %s = Enabled", t.gpo)
			p.say(4, "(%s; the templates have to be those of Windows 11 24H2 or later)", t.what)
		}
		p.undoAudit("set each back to Not Configured")
		return
	}
	p.title("Set")
	p.line("  %s", gpoPath)
	for _, t := range s.chosen() {
		p.line("    %s = Enabled", t.gpo)
		p.line("      (registry: HKLM\\%s, %s, DWORD 1)", t.side.registryPath(), t.value)
		p.doesNothing(&t)
	}
	p.say(2, "Use one Group Policy object for clients and another for servers, each linked and filtered to the group of the wave.")
	p.title("Check")
	p.say(2, "gpresult /scope computer /h result.html shows which object won; what is in effect, this shows:")
	p.effective(s)
	p.title("Roll back")
	p.say(2, "Unlink the object, or take the computer out of its group, and run gpupdate /force. A security option may keep its last value when it is set to Not Defined: check the effective value. Where it has stayed on a Windows whose default is off (see below), set it to Disabled there for a while; never on Windows 11 24H2, Server 2025 or a domain controller.")
	p.close(s)
}

// doesNothing says of a setting that only SMB1 heeds that it is one.
func (p *settingsPage) doesNothing(t *setting) {
	if t.ifAgrees() {
		p.say(6, "(does nothing for SMB2 and later)")
	}
}

// sides returns the sides of the chosen settings, each once.
func (s *Settings) sides() (list []policySide) {
	for _, t := range s.chosen() {
		if len(list) == 0 || list[len(list)-1] != t.side {
			list = append(list, t.side)
		}
	}
	return list
}

// effective writes the commands that show what is in effect.
func (p *settingsPage) effective(s *Settings) {
	for _, d := range s.sides() {
		if s.Audit {
			p.line("%s  Get-%s | Select-Object Audit*", p.lead, d.cmdletNoun())
			continue
		}
		p.line("%s  Get-%s | Select-Object RequireSecuritySignature, EnableSecuritySignature", p.lead, d.cmdletNoun())
		if d == clientSide {
			p.line("%s  Get-SmbConnection | Select-Object ServerName, ShareName, Dialect, Signed, Encrypted", p.lead)
		} else {
			p.line("%s  Get-SmbSession | Select-Object ClientComputerName, ClientUserName, Dialect", p.lead)
		}
	}
}

func (p *settingsPage) undoAudit(how string) {
	p.title("Switch it off again")
	p.say(2, "Auditing costs little and may stay on until signing is required. To switch it off, %s.", how)
}

// registry writes a file of regedit.
func (p *settingsPage) registry(s *Settings) {
	p.line("Windows Registry Editor Version 5.00")
	p.blank()
	p.open(s, "Registry")
	off := ""
	if len(s.sides()) > 1 {
		off = p.lead
		p.say(0, "The values stand in comments here, because clients and servers are switched on apart from each other: with --policy this is a file for one of them, to import.")
	}
	p.blank()
	for _, d := range s.sides() {
		p.line(`%s[HKEY_LOCAL_MACHINE\%s]`, off, d.registryPath())
		for _, t := range s.chosen() {
			if t.side == d {
				p.doesNothing(&t)
				p.line(`%s"%s"=dword:00000001`, off, t.value)
			}
		}
		p.blank()
	}
	p.say(0, "A policy goes before these values and overwrites them. What audits comes by policy under HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\LanmanWorkstation and ...\\LanmanServer.")
	p.title("Check")
	for _, t := range s.chosen() {
		p.line(`%s  reg query HKLM\%s /v %s`, p.lead, t.side.registryPath(), t.value)
	}
	if !s.Audit {
		p.say(2, "An absent value is not off: what is in effect, this shows:")
	}
	p.effective(s)
	p.title("Roll back")
	if !s.Audit {
		p.say(2, "Delete the value: Windows then goes by its own default. Write no 0, which switches off what Windows 11 24H2, Server 2025 and domain controllers have on.")
		if slices.Contains(s.sides(), serverSide) {
			p.say(2, "Do not delete the value of LanmanServer on a domain controller, where the Default Domain Controllers Policy writes it: without it nothing requires signing up to Server 2022. If it was deleted, run gpupdate /force.")
		}
	}
	for _, t := range s.chosen() {
		p.line(`%s  reg delete HKLM\%s /v %s`, p.lead, t.side.registryPath(), t.value)
	}
	p.say(2, "Restart the computer, and check the effective value.")
	p.close(s)
}

// powerShell writes a script that only checks, unless it is told otherwise.
func (p *settingsPage) powerShell(s *Settings) {
	p.open(s, "PowerShell")
	forced, force := "", ""
	if !s.Audit {
		forced = " Where it was off by choice though this Windows has it on by default, -Do RollBack leaves it on, and goes back with -Force."
		force = ", [switch] $Force"
	}
	p.say(0, "Save it as signing.ps1, read it, and run it as administrator. Without an argument it only checks; -Do Set sets, and -Do RollBack goes back to what the first -Do Set found. That is kept in the registry, under HKLM\\SOFTWARE\\smbready, where only administrators can write; what is not kept there is left as it is.%s Names that an older Windows refuses are set by registry or policy there.", forced)
	if len(s.sides()) > 1 {
		p.say(0, "Clients and servers are switched on apart from each other: -Side says which.")
		p.line("param([ValidateSet('Check', 'Set', 'RollBack')] [string] $Do = 'Check',")
		p.line("  [Parameter(Mandatory)] [ValidateSet('Client', 'Server')] [string] $Side%s)", force)
	} else {
		p.line("param([ValidateSet('Check', 'Set', 'RollBack')] [string] $Do = 'Check', [string] $Side = '%s'%s)", sideName(s.sides()[0]), force)
	}
	p.line("$ErrorActionPreference = 'Stop'")
	p.line("Set-StrictMode -Off   # a value that is not there is $null")
	p.line("if ($env:PROCESSOR_ARCHITEW6432) { throw 'This is the 32-bit PowerShell, which has a registry of its own: run it in the 64-bit one.' }")
	p.line("$windows = Get-CimInstance Win32_OperatingSystem   # ProductType: 1 client, 2 domain controller, 3 server")
	p.line("$build = [int] $windows.BuildNumber                # from 26100 on: Windows 11 24H2, Server 2025")
	if !s.Audit {
		p.line("$isHome = $windows.OperatingSystemSKU -in 98..101  # on Home nothing is required by default")
	}
	for _, d := range s.sides() {
		var values []string
		for _, t := range s.chosen() {
			if t.side == d {
				values = append(values, t.value)
			}
		}
		p.powerShellSide(s, d, values)
	}
	p.close(s)
}

// powerShellSide writes the part of the script for one side. It keeps what each value
// was before it was first set, in the registry where no ordinary user can plant
// anything that an administrator would then go back to, until it is so again; it
// switches off what is on by default only where it is told to.
func (p *settingsPage) powerShellSide(s *Settings, d policySide, values []string) {
	noun := d.cmdletNoun()
	onByDefault := "$build -ge 26100 -and -not $isHome"
	if d == serverSide {
		onByDefault = "($build -ge 26100 -and $windows.ProductType -eq 1 -and -not $isHome) -or $windows.ProductType -eq 2"
	}
	p.blank()
	p.line("if ($Side -eq '%s') {", sideName(d))
	p.line("$values = %s", quotedList(values))
	p.line("$key = 'HKLM:\\SOFTWARE\\smbready\\%s'   # what was before: 1 on, 0 off", d)
	p.line("if ($Do -eq 'Set') {")
	p.line("  if (-not (Test-Path $key)) { New-Item -Path $key -Force | Out-Null }")
	p.line("  $now = Get-%s", noun)
	p.line("  $kept = Get-ItemProperty -Path $key")
	p.line("  foreach ($v in $values) {")
	p.line("    if ($null -eq $kept.$v -and $null -ne $now.$v) { New-ItemProperty -Path $key -Name $v -PropertyType DWord -Value ([int] $now.$v) | Out-Null }")
	p.line("    $set = @{ $v = $true }; Set-%s @set -Force", noun)
	p.line("  }")
	p.line("}")
	p.line("if ($Do -eq 'RollBack') {")
	p.line("  $kept = $null")
	p.line("  if (Test-Path $key) { $kept = Get-ItemProperty -Path $key }")
	p.line("  foreach ($v in $values) {")
	p.line("    $before = $kept.$v")
	p.line("    if ($before -isnot [int]) { \"what $v was before is not known: it is left as it is\"; continue }")
	p.line("    if ($before -ne 0) { \"$v was on before, and stays on\" }")
	if !s.Audit {
		p.line("    elseif (-not $Force -and $v -eq 'RequireSecuritySignature' -and (%s)) { \"$v was off, but is on by default on this Windows: it is left on; -Do RollBack -Force switches it off\"; continue }", onByDefault)
	}
	p.line("    else { $set = @{ $v = $false }; Set-%s @set -Force }", noun)
	p.line("    Remove-ItemProperty -Path $key -Name $v")
	p.line("  }")
	p.line("}")
	p.line("Get-%s | Select-Object $values | Format-List", noun)
	switch {
	case s.Audit:
	case d == clientSide:
		p.line("Get-SmbConnection | Format-Table ServerName, ShareName, Dialect, Signed, Encrypted")
	default:
		p.line("Get-SmbSession | Format-Table ClientComputerName, ClientUserName, Dialect")
	}
	p.line("}")
}

// sideName is the side as a script calls it.
func sideName(d policySide) string { return [...]string{"Client", "Server"}[d] }

// quotedList is a list of PowerShell.
func quotedList(words []string) string { return "'" + strings.Join(words, "', '") + "'" }
