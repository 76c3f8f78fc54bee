package assess

import (
	"strings"
	"testing"

	"smbready/inventory"
)

func TestDevice(t *testing.T) {
	for _, tt := range []struct {
		name       string
		host       inventory.Host
		class      Class
		confidence Confidence
		vendor     string
		os         string // the beginning
		era        string // the beginning
	}{
		{"nothing known", inventory.Host{}, ClassUnknown, None, "", "", ""},
		{"SMB2 without marks", smb2Host("3.1.1", 0x01), ClassUnknown, None, "", "", "2015"},
		{"Windows 11 24H2", windowsHost("10.0.26100", "3.1.1", 0x03), WindowsClient, Weak, "Microsoft", "Windows 11 24H2", "2015"},
		{"Server 2025", windowsHost("10.0.26100", "3.1.1", 0x01), WindowsServer, Weak, "Microsoft", "Windows 11 24H2 to 26H2 or Server 2025", "2015"},
		{"Windows 10", windowsHost("10.0.19041", "3.1.1", 0x01), WindowsClient, Strong, "Microsoft", "Windows 10 2004", "2015"},
		{"Server 2022", windowsHost("10.0.20348", "3.1.1", 0x01), WindowsServer, Strong, "Microsoft", "Windows Server 2022", "2015"},
		{"LTSC 2019 by its name", change(windowsHost("10.0.17763", "3.1.1", 0x01), func(h *inventory.Host) { h.Names.NetBIOS = "DESKTOP-A1B2C3D" }),
			WindowsClient, Strong, "Microsoft", "Windows Server 2019 or", "2015"},
		{"Server 2008 R2 by NativeOS", change(windowsHost("6.1.7601", "2.1", 0x01), func(h *inventory.Host) {
			h.SMB1 = ntlmSMB1(0x07)
			h.SMB1.NativeOS = "Windows Server 2008 R2 Standard 7601 Service Pack 1"
		}), WindowsServer, Strong, "Microsoft", "Windows 7 or Server 2008 R2", "2009"},
		{"Windows XP", windowsXP(0x03), WindowsClient, Likely, "Microsoft", "Windows XP", "1996"},
		{"build from OS only", change(stateHost(inventory.StateSMB, ""), func(h *inventory.Host) { h.OS.Build = "10.0.22621" }),
			WindowsClient, Strong, "Microsoft", "Windows 11 22H2", ""},
		{"version that does not fit the dialect", windowsHost("6.1.7601", "3.1.1", 0x01), ClassUnknown, None, "", "", "2015"},
		{"wrong NTLM revision", change(windowsHost("10.0.19041", "3.1.1", 0x01), func(h *inventory.Host) { h.NTLM.Revision = 65 }),
			ClassUnknown, None, "", "", "2015"},
		{"domain controller", change(withNode(windowsHost("10.0.20348", "3.1.1", 0x03), "CORP", 0x1c, true), func(h *inventory.Host) { h.Names.Domain = "corp.example" }),
			DomainController, Strong, "", "Windows Server 2022", "2015"},
		{"IIS is no domain controller", change(withNode(windowsHost("10.0.20348", "3.1.1", 0x03), "INet~Services", 0x1c, true), func(h *inventory.Host) { h.Names.Domain = "corp.example" }),
			WindowsServer, Strong, "Microsoft", "Windows Server 2022", "2015"},
		{"Samba", sambaHost(), Samba, Strong, "", "Samba", "2015"},
		{"Samba of SMB1", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
			h.SMB1.NativeOS, h.SMB1.NativeLANManager = "Windows 6.1", "Samba 4.17.12-Debian"
		}), Samba, Strong, "", "Samba 4.17.12-Debian", "1996"},
		{"Samba by the GUID of SMB1", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.SMB1.ServerGUID = guidOf("files01") }),
			Samba, Strong, "", "Samba", "1996"},
		{"Synology", change(sambaHost(), func(h *inventory.Host) { h.Names.NetBIOS, h.Names.MAC = "DISKSTATION", "00-11-32-01-02-03" }),
			NAS, Likely, "Synology", "Samba", "2015"},
		{"Synology by its name only", change(sambaHost(), func(h *inventory.Host) { h.Names.NetBIOS = "DISKSTATION" }),
			Samba, Strong, "", "Samba", "2015"},
		{"ksmbd is one mark only", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB2.ServerGUID = strings.Repeat("0", 32) }),
			ClassUnknown, None, "", "Linux (ksmbd)", "2015"},
		{"impacket", change(smb2Host("2.0.2", 0x01), func(h *inventory.Host) { h.SMB2.ServerGUID = strings.Repeat("41", 16) }),
			ClassUnknown, None, "", "impacket", "2006"},
		{"macOS", macHost(), MacOS, Likely, "Apple", "", "2013"},
		{"Ricoh asleep", printer(stateHost(inventory.StateClosed, "refused")), Printer, Strong, "Ricoh", "", ""},
		{"Ricoh by its card only", change(stateHost(inventory.StateClosed, "refused"), func(h *inventory.Host) { h.Names.MAC = "002673AABBCC" }),
			ClassUnknown, None, "Ricoh", "", ""},
		{"Brother by name and number", change(smb1Host(&inventory.SMB1{Dialect: "NT LM 0.12", WordCount: 17, SecurityMode: ptr(2), MaxMpx: 1, MaxVcs: 1, MaxBuffer: 65535, MaxRaw: 65535, Capabilities: 0x0201}),
			func(h *inventory.Host) { h.Names.NetBIOS = "BRN008077123456" }), Printer, Likely, "Brother", "", "1996"},
		{"Siemens makes many things", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.Names.MAC = "00:1b:1b:01:02:03" }),
			ClassUnknown, None, "Siemens", "", "1996"},
		{"Visuality NQ", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.SMB1.NativeLANManager = "NQ 4.32" }),
			Embedded, Strong, "Visuality Systems (SMB software)", "NQ 4.32", "1996"},
		{"EMC", change(smb1Host(ntlmSMB1(0x07)), func(h *inventory.Host) { h.SMB1.NativeOS = "EMC-SNAS:T8.1.9" }),
			StorageAppliance, Strong, "Dell EMC", "VNX", "1996"},
		{"LAN Manager", smb1Host(&inventory.SMB1{Dialect: "LANMAN2.1", WordCount: 13}), ClassUnknown, None, "", "", "1980s"},
		{"honeypot", dionaea(), ClassUnknown, None, "", "", "1996"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := Assess(&tt.host).Device
			if d.Class != tt.class || d.Confidence != tt.confidence || d.Vendor != tt.vendor {
				t.Errorf("got %v, %v, %q; want %v, %v, %q\n%+v", d.Class, d.Confidence, d.Vendor, tt.class, tt.confidence, tt.vendor, d)
			}
			if !strings.HasPrefix(d.OS, tt.os) || (d.OS == "") != (tt.os == "") {
				t.Errorf("OS %q, want %q", d.OS, tt.os)
			}
			if !strings.HasPrefix(d.Era, tt.era) || (d.Era == "") != (tt.era == "") {
				t.Errorf("era %q, want %q", d.Era, tt.era)
			}
		})
	}
}

func TestKindOfGUID(t *testing.T) {
	for _, tt := range []struct {
		guid string
		want guidKind
	}{
		{"", guidUnknown},
		{"00000000000000000000000000000000", guidZero},
		{"41414141414141414141414141414141", guidConstant},
		{"66696c65733031000000000000000000", guidName},
		{"66696c65733031000000000000000001", guidUnknown},
		{"66696c657330310000000000000000", guidUnknown},
		{"6669-6c6573303100000000000000000", guidUnknown},
		{randomGUID, guidRandom},
		{strings.ToUpper(randomGUID), guidRandom},
	} {
		if got := kindOfGUID(tt.guid); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.guid, got, tt.want)
		}
	}
}

// A misspelt key of a table would never match.
func TestWindowsBuilds(t *testing.T) {
	for version, b := range windowsBuilds {
		if strings.Count(version, ".") != 2 || b.product == "" || b.support == "" {
			t.Errorf("build %q: %+v", version, b)
		}
	}
}

// A name that the built-in rules take for a printer's is never an ordinary one,
// on which verdicts rest.
func TestPrinterNames(t *testing.T) {
	for _, r := range builtinFingerprints().rules {
		for _, c := range r.when {
			if c.key.kind != kindName || r.class != Printer {
				continue
			}
			for _, p := range c.texts {
				if name := strings.ReplaceAll(strings.ReplaceAll(p.mask, "#", "A"), "?", "7"); !printerName(name) {
					t.Errorf("%s: %s is taken for an ordinary name", r.name, name)
				}
			}
		}
	}
}
