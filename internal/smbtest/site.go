package smbtest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"smbready/smbproto"
)

// Site returns the simulated site of "smbready demo": a small factory in
// 10.20.30.0/27 with a machine hall, an office and twenty years of devices.
// Every name, number and GUID is fixed, so that two runs find the same.
func Site() map[netip.Addr]*Device {
	site := make(map[netip.Addr]*Device)
	for i, d := range []*Device{
		coreSwitch(), domainController(), fileServer(), officePC(), oldOfficePC(), measuringPC(), machineController(),
		kyocera(), sharp(), officeJet(), newCopier(),
		diskStation(), oldNAS(), middleNAS(), backupServer(),
		archiveServer(), designMac(), labelPrinter(), doorTerminal(), coffeeMachine(), firewalledPC(),
	} {
		site[netip.AddrFrom4([4]byte{10, 20, 30, byte(i + 1)})] = d
	}
	return site
}

const (
	siteGroup  = "PLANT"
	siteDomain = "plant.example"
)

// guid returns a GUID that looks random and follows from a name.
func guid(name string) smbproto.GUID {
	sum := sha256.Sum256([]byte("smbready demo " + name))
	g := smbproto.GUID(sum[:16])
	g[7] = g[7]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

// sambaGUID returns the GUID that Samba makes of its name.
func sambaGUID(name string) (g smbproto.GUID) {
	copy(g[:], strings.ToLower(name))
	return g
}

// mac returns a MAC address from its twelve digits.
func mac(digits string) (m [6]byte) {
	hex.Decode(m[:], []byte(digits))
	return m
}

func version(major, minor uint8, build uint16) *NTLM {
	return &NTLM{Version: smbproto.NTLMVersion{Major: major, Minor: minor, Build: build, Revision: 15}}
}

// samba is the version that every Samba tells, whatever its own.
func samba() *NTLM { return version(6, 1, 0) }

var (
	domainMechanisms = []smbproto.Mechanism{smbproto.MechNEGOEX, smbproto.MechMSKerberos, smbproto.MechKerberos,
		smbproto.MechU2U, smbproto.MechNTLMSSP}
	gcmFirst  = []uint16{smbproto.CipherAES128GCM, smbproto.CipherAES128CCM, smbproto.CipherAES256GCM}
	gmacFirst = []uint16{smbproto.SigningAESGMAC, smbproto.SigningAESCMAC, smbproto.SigningHMACSHA256}
)

const (
	notRequired = smbproto.SMB2SigningEnabled
	required    = smbproto.SMB2SigningEnabled | smbproto.SMB2SigningRequired

	windowsFlags2 = smbproto.Flags2LongNames | smbproto.Flags2NTStatus | smbproto.Flags2Unicode | smbproto.Flags2ExtendedSecurity
	userLevel     = smbproto.SMB1UserSecurity | smbproto.SMB1EncryptPasswords
	shareLevel    = smbproto.SMB1EncryptPasswords // user security is clear
)

// windows returns a domain member that speaks all of SMB2.
func windows(name string, build uint16, mode smbproto.SMB2SecurityMode, macDigits string) *Device {
	ntlm := version(10, 0, build)
	ntlm.Tree = siteDomain
	return &Device{
		Name: name, Workgroup: siteGroup, DNSName: strings.ToLower(name) + "." + siteDomain, DNSDomain: siteDomain,
		Ports: []uint16{portNetBIOS, portSMB}, NTLM: ntlm, NodeStatus: &NodeStatus{MAC: mac(macDigits)},
		SMB2: &SMB2{SecurityMode: mode, GUID: guid(name), Ciphers: gcmFirst, Signing: gmacFirst,
			Compression: []uint16{smbproto.CompressionLZ77}, Mechanisms: domainMechanisms},
	}
}

// The switch that every site has: alive, and not a server of files.
func coreSwitch() *Device { return &Device{Name: "SW-CORE", Ports: []uint16{}} }

// A domain controller requires signing since Windows 2000, and node status
// tells its role.
func domainController() *Device {
	d := windows("DC01", 20348, required, "00155D0A2C01")
	d.NodeStatus.Names = []smbproto.NodeName{
		Unique("DC01", smbproto.SuffixWorkstation), Group(siteGroup, smbproto.SuffixWorkstation),
		Group(siteGroup, smbproto.SuffixDomainController), Unique("DC01", smbproto.SuffixFileServer),
		Unique(siteGroup, smbproto.SuffixDomainMaster),
	}
	return d
}

// The file server that copiers scan to: signing enabled, not yet required.
func fileServer() *Device { return windows("FS01", 20348, notRequired, "00155D0A2C02") }

// Windows 11 24H2 Pro requires signing by default.
func officePC() *Device { return windows("PC-OFFICE-07", 26100, required, "00155D0A2C04") }

// Windows 10 does not, and knows no signing context.
func oldOfficePC() *Device {
	d := windows("PC-OFFICE-03", 19041, notRequired, "00155D0A2C05")
	d.SMB2.Signing, d.SMB2.Compression = nil, nil
	return d
}

// Windows 7 beside a measuring machine: SMB 2.1, and SMB1 still on.
func measuringPC() *Device {
	d := windows("PC-CMM", 0, notRequired, "000C295E1101")
	d.NTLM = version(6, 1, 7601)
	d.SMB2 = &SMB2{SecurityMode: notRequired, GUID: guid("PC-CMM"), MaxSize: 1 << 20, Mechanisms: domainMechanisms,
		Dialects: []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210},
		Started:  time.Date(2026, 10, 5, 5, 52, 11, 0, time.UTC)}
	d.SMB1 = &SMB1{SecurityMode: userLevel, MaxMpx: 10, MaxVcs: 1, MaxBuffer: 4356, MaxRaw: 65536, Capabilities: 0x1e3fc,
		Flags: smbproto.SMB1FlagCaseInsensitive, Flags2: windowsFlags2, GUID: d.SMB2.GUID, Mechanisms: domainMechanisms,
		NativeOS: "Windows 7 Professional 7601 Service Pack 1", NativeLANManager: "Windows 7 Professional 6.1"}
	return d
}

// XP Embedded in a machine's controller: SMB1 only, never to be updated.
func machineController() *Device {
	return &Device{
		Name: "CX-2F41A7", Workgroup: "WORKGROUP", DNSName: "CX-2F41A7", Ports: []uint16{portNetBIOS, portSMB},
		NTLM: version(5, 1, 2600), NodeStatus: &NodeStatus{MAC: mac("0001052F41A7")},
		SMB1: &SMB1{SecurityMode: userLevel, MaxMpx: 10, MaxVcs: 1, MaxBuffer: 4356, MaxRaw: 65536, Capabilities: 0xe3fd,
			Flags: smbproto.SMB1FlagCaseInsensitive, Flags2: windowsFlags2, GUID: guid("CX-2F41A7"),
			NativeOS: "Windows 5.1", NativeLANManager: "Windows 2000 LAN Manager"},
	}
}

// printer returns a device that speaks SMB1 as printers do: without Unicode,
// NT status, extended security and names.
func printer(name, macDigits string, s SMB1) *Device {
	s.Flags, s.NoNames = smbproto.SMB1FlagCaseInsensitive, true
	return &Device{Name: name, Workgroup: "WORKGROUP", Ports: []uint16{portNetBIOS, portSMB}, SMB1: &s,
		NodeStatus: &NodeStatus{MAC: mac(macDigits)}}
}

// A copier with share-level security, where signing is impossible.
func kyocera() *Device {
	return printer("KM1B227A", "00C0EE1B227A",
		SMB1{SecurityMode: shareLevel, MaxMpx: 2, MaxVcs: 1, MaxBuffer: 32768, MaxRaw: 65536, Capabilities: 0x0200})
}

// Another one, of another maker with the same stack.
func sharp() *Device {
	return printer("SC7D03E2", "0022F37D03E2",
		SMB1{SecurityMode: shareLevel, MaxMpx: 2, MaxVcs: 1, MaxBuffer: 32764, MaxRaw: 65536, Capabilities: 0x0200})
}

// A printer with user-level SMB1 that does not sign.
func officeJet() *Device {
	d := printer("HP9A41C6", "3C4A929A41C6",
		SMB1{SecurityMode: userLevel, MaxMpx: 10, MaxVcs: 1, MaxBuffer: 23356, MaxRaw: 65536, Capabilities: 0x005c})
	d.SMB1.Flags2 = smbproto.Flags2LongNames | smbproto.Flags2NTStatus
	return d
}

// A newer copier: SMB 3.0, and a stack that resets offers of 3.1.1.
func newCopier() *Device {
	return &Device{
		Name: "RNP0026735B1C44", Workgroup: "WORKGROUP", DNSName: "rnp0026735b1c44", NTLM: version(6, 1, 7600),
		NodeStatus: &NodeStatus{MAC: mac("0026735B1C44")},
		SMB2: &SMB2{SecurityMode: notRequired, GUID: guid("RNP0026735B1C44"), MaxSize: 64 << 10, On311: RefuseReset,
			Dialects: []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210, smbproto.Dialect300}},
	}
}

// sambaServer returns a server whose GUID is its name.
func sambaServer(name string, mode smbproto.SMB2SecurityMode) *Device {
	return &Device{
		Name: name, Workgroup: "WORKGROUP", DNSName: strings.ToLower(name), Ports: []uint16{portNetBIOS, portSMB},
		NTLM: samba(), NetBIOS: &NetBIOS{Accept: AcceptAny}, NodeStatus: &NodeStatus{}, SMB1Off: RefuseNoDialect,
		SMB2: &SMB2{SecurityMode: mode, GUID: sambaGUID(name), Ciphers: gcmFirst, Signing: gmacFirst},
	}
}

// sambaSMB1 returns SMB1 as Samba speaks it without signing, which is its default.
func sambaSMB1(name, lanManager string) *SMB1 {
	return &SMB1{SecurityMode: userLevel, MaxMpx: 50, MaxVcs: 1, MaxBuffer: 16644, MaxRaw: 65536, Capabilities: 0xf3fd,
		Flags: smbproto.SMB1FlagCaseInsensitive, Flags2: windowsFlags2, GUID: sambaGUID(name),
		NativeOS: "Unix", NativeLANManager: lanManager}
}

// A current NAS, with a share for guests.
func diskStation() *Device {
	d := sambaServer("DISKSTATION", notRequired)
	d.SMB2.Guest = true
	return d
}

// An old NAS that knows nothing but SMB1.
func oldNAS() *Device {
	d := sambaServer("LS-WXL41B", 0)
	d.SMB2, d.SMB1 = nil, sambaSMB1("LS-WXL41B", "Samba 3.0.37")
	return d
}

// A less old one: SMB1, and the first SMB2.
func middleNAS() *Device {
	d := sambaServer("NAS5E21B0", notRequired)
	d.SMB1 = sambaSMB1("NAS5E21B0", "Samba 3.6.25")
	d.SMB2.Dialects = []smbproto.Dialect{smbproto.Dialect202}
	return d
}

// A Linux server that was hardened already.
func backupServer() *Device { return sambaServer("BACKUP01", required) }

// A document archive whose SMB server is a library that never heard of
// signing: it advertises none.
func archiveServer() *Device {
	return &Device{Name: "ARCHIVE", Workgroup: "WORKGROUP", NTLM: &NTLM{NoSign: true},
		SMB2: &SMB2{SecurityMode: 0, GUID: guid("ARCHIVE"), Dialects: []smbproto.Dialect{smbproto.Dialect202}}}
}

// A Mac of the design office, which requires signing.
func designMac() *Device {
	return &Device{Name: "DESIGN-MAC", Workgroup: "WORKGROUP", DNSName: "design-mac.local", NTLM: version(10, 0, 0),
		SMB2: &SMB2{SecurityMode: required, GUID: guid("DESIGN-MAC"), MaxSize: 4 << 20,
			Dialects:   []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210, smbproto.Dialect300, smbproto.Dialect302},
			Mechanisms: []smbproto.Mechanism{smbproto.MechKerberos, smbproto.MechNTLMSSP}}}
}

// A label printer that is on port 139 only and speaks LAN Manager.
func labelPrinter() *Device {
	d := printer("CLP-521", "", SMB1{Dialects: []string{smbproto.DialectLANMAN10}, MaxMpx: 2, MaxBuffer: 1440})
	d.Ports, d.NodeStatus, d.NetBIOS = []uint16{portNetBIOS}, nil, &NetBIOS{Accept: AcceptAny}
	return d
}

// A door terminal that takes connections and says nothing.
func doorTerminal() *Device { return &Device{Name: "DOOR-2", Fault: FaultSilent} }

// A coffee machine whose maker put its web page on 445.
func coffeeMachine() *Device { return &Device{Name: "COFFEE", Fault: FaultHTTP} }

// A PC whose firewall drops everything: nothing can be said about it.
func firewalledPC() *Device { return &Device{Name: "PC-LOCKED", Filtered: true} }
