package capture

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smbready/inventory"
	"smbready/smbproto"
)

// Captures of real machines, each endpoint with its facts as decoded by two other
// programs. They may not be redistributed, so that they live outside of the
// repository; without them this test is skipped.
const capturesFolder = "../../shared/captures"

// truth is a line of golden.jsonl. Numbers that stand there as "0x0202" are texts.
type truth struct {
	Type, Capture string
	ServerIP      string `json:"server_ip"`
	ServerMAC     string `json:"server_mac"`
	ClientIP      string `json:"client_ip"`
	ClientMAC     string `json:"client_mac"`
	IP            string
	SMB1          []truthSMB1   `json:"smb1"`
	Setup1        []truthSetup1 `json:"smb1_session"`
	SMB2          []truthSMB2   `json:"smb2"`
	Setup2        []truthSetup2 `json:"smb2_session"`
	NTLM          []truthNTLM   `json:"ntlm"`
	Offers1       []truthOffer1 `json:"smb1_offers"`
	Offers2       []truthSMB2   `json:"smb2_offers"`
	Names         []truthName   `json:"names"`
	NodeStatus    []truthStatus `json:"node_status"`
	Summary       struct {
		SMB1Dialect      string `json:"smb1_dialect"`
		SMB1Signing      string `json:"smb1_signing"`
		SMB2Signing      string `json:"smb2_signing"`
		NativeOS         string `json:"native_os"`
		NativeLANManager string `json:"native_lan_manager"`
		PrimaryDomain    string `json:"primary_domain"`
		Guest            bool
		Null             bool   `json:"null_session"`
		SMB1Only         bool   `json:"smb1_only"`
		NTLMVersion      string `json:"ntlm_version"`
		Workstation      string
	}
}

type truthSMB1 struct {
	Dialect      string
	WordCount    uint8  `json:"word_count"`
	SecurityMode uint16 `json:"security_mode"`
	MaxMpx       uint16 `json:"max_mpx"`
	MaxVcs       uint16 `json:"max_vcs"`
	MaxBuffer    uint32 `json:"max_buffer"`
	MaxRaw       uint32 `json:"max_raw"`
	Capabilities string
	GUID         string `json:"server_guid_bytes"`
	Flags2       string
}

type truthSetup1 struct {
	Status           string
	NativeOS         string `json:"native_os"`
	NativeLANManager string `json:"native_lan_manager"`
	PrimaryDomain    string `json:"primary_domain"`
	Guest            bool
	Flags2           string
}

type truthSMB2 struct {
	Dialect      string
	Dialects     []string
	SecurityMode uint16 `json:"security_mode"`
	ServerGUID   string `json:"server_guid_bytes"`
	ClientGUID   string `json:"client_guid_bytes"`
	Capabilities string
	MaxTransact  uint32 `json:"max_transact"`
	MaxRead      uint32 `json:"max_read"`
	MaxWrite     uint32 `json:"max_write"`
	BootTime     string `json:"boot_time"`
	Contexts     []struct {
		Type     string
		Ciphers  []string
		Signings []string `json:"signing_algorithms"`
	}
}

type truthSetup2 struct {
	Status       string
	Flags        string `json:"session_flags"`
	SecurityMode uint16 `json:"security_mode"`
	Signed       bool
}

type truthNTLM struct {
	Type           int
	Flags, Version string
	TargetName     string `json:"target_name"`
	NbComputer     string `json:"nb_computer_name"`
	DNSComputer    string `json:"dns_computer_name"`
	DNSDomain      string `json:"dns_domain_name"`
	DNSTree        string `json:"dns_tree_name"`
	User, Domain   string
	Workstation    string
}

type truthStatus struct {
	UnitID string `json:"unit_id"`
	Names  []truthName
}

type truthName struct {
	Name, Suffix string
	Group        bool
	How          string
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// meant are the differences from golden.jsonl that are right, by the end and the
// fact, and why.
var meant = map[string]string{
	"ndpi-dos-win98-netbeui.pcap server 00:50:56:33:78:9e":     "NetBEUI, without IP: no address to speak of",
	"ndpi-dos-win98-netbeui.pcap client 00:0c:29:d4:79:b2":     "NetBEUI, without IP: no address to speak of",
	"flio-neg-request-302.pcapng server 192.168.222.27 mac":    "the server sent nothing; it is there as a receiver",
	"suri-ws2019-smb1.pcap server 192.168.1.3 mac":             "from Linux's cooked header, which the other program does not look at",
	"mercury-samba4beta-win7.pcap client 192.168.122.1 mac":    "one card with two addresses",
	"mercury-samba4beta-win7.pcap server 192.168.122.3 mac":    "one card with two addresses",
	"mercury-samba4beta-win7.pcap nbns 192.168.122.1 own name": "it answers with its other address",
	"ndpi-nbns-nodestatus.pcap client 10.19.71.184 mac":        "a router's: TTL 123",
	"suri-smbclient-ubuntu.pcap server 192.168.20.100 mac":     "a router's: TTL 63",
	"suri-xp-xp.pcap server 192.168.24.100 mac":                "a router's: TTL 127",
	"ndpi-netapp-client-ws2016.pcap client 10.202.211.125 mac": "a router's: TTL 62, and two addresses",
	"zeek-xp-filer-krb.pcap server 10.24.8.44 mac":             "a router's: TTL 62; the other program took where packets to it went, a virtual router",
	"zeek-win7-krb-smb21.pcap client 10.10.34.184 mac":         "a router's: TTL 125",
	"ics-rtsp-xp-ws2003-midsetup.pcap server 10.9.73.58 mac":   "the other program took where packets to it went; they came from another card",
}

// check compares the facts of one end.
type check struct {
	t    *testing.T
	end  string
	used map[string]bool
}

func (c check) errorf(fact, format string, a ...any) {
	c.t.Helper()
	key := c.end
	if fact != "" {
		key += " " + fact
	}
	if _, ok := meant[key]; ok {
		c.used[key] = true
		return
	}
	c.t.Errorf("%s: %s", key, fmt.Sprintf(format, a...))
}

func (c check) equal(fact string, got, want any) {
	c.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.errorf(fact, "%v, want %v", got, want)
	}
}

// TestGolden compares every end of every capture.
func TestGolden(t *testing.T) {
	used, ends := map[string]bool{}, 0
	for name, lines := range readTruth(t) {
		result := readCapture(t, filepath.Join(capturesFolder, "pcap", name))
		hosts := map[string]*inventory.Host{}
		for _, h := range result.Hosts {
			hosts[h.Address.String()] = h
		}
		for _, l := range byEnd(lines) {
			ends++
			c := check{t, name + " " + l.Type + " " + l.IP, used}
			h := hosts[l.IP]
			if h == nil {
				c.errorf("", "not found")
				continue
			}
			switch l.Type {
			case "server":
				c.server(h, l)
			case "client":
				c.client(h, l)
			case "nbns":
				c.names(h, l)
			}
		}
	}
	for key, why := range meant {
		if !used[key] {
			t.Errorf("%s is as golden.jsonl has it, and not different (%s)", key, why)
		}
	}
	if ends < 95 {
		t.Errorf("only %d ends compared", ends)
	}
}

func readTruth(t *testing.T) map[string][]truth {
	t.Helper()
	file, err := os.Open(filepath.Join(capturesFolder, "golden.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no recorded traffic in %s: it is not part of the repository", capturesFolder)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	list := map[string][]truth{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l truth
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		list[l.Capture] = append(list[l.Capture], l)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func readCapture(t *testing.T, path string) Result {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Read(t.Context(), f, Options{Name: filepath.Base(path), Names: true})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if r.Input.Error != "" {
		t.Errorf("%s: %s", path, r.Input.Error)
	}
	return r
}

// byEnd puts the ports of a server together: facts are of an address.
func byEnd(lines []truth) map[string]truth {
	ends := map[string]truth{}
	for _, l := range lines {
		switch l.Type {
		case "server":
			l.IP = l.ServerIP
		case "client":
			l.IP = l.ClientIP
		case "nbns":
		default: // browser announcements are no part of this
			continue
		}
		key := l.Type + " " + l.IP
		if m, ok := ends[key]; ok {
			m.SMB1, m.Setup1 = append(m.SMB1, l.SMB1...), append(m.Setup1, l.Setup1...)
			m.SMB2, m.Setup2 = append(m.SMB2, l.SMB2...), append(m.Setup2, l.Setup2...)
			m.NTLM = append(m.NTLM, l.NTLM...)
			m.Summary.Guest = m.Summary.Guest || l.Summary.Guest
			m.Summary.Null = m.Summary.Null || l.Summary.Null
			if m.Summary.SMB1Dialect == "" {
				guest, null := m.Summary.Guest, m.Summary.Null
				two := m.Summary.SMB2Signing
				m.Summary = l.Summary
				m.Summary.Guest, m.Summary.Null = guest, null
				m.Summary.SMB2Signing = max(two, m.Summary.SMB2Signing) // one of them is empty
			}
			l = m
		}
		ends[key] = l
	}
	return ends
}

// server compares what a server answered.
func (c check) server(h *inventory.Host, l truth) {
	c.mac(h, l.ServerMAC)
	c.server1(h, l)
	c.server2(h, l)
	c.challenge(h, l)
	guest, null := false, false
	for _, s := range h.Served {
		if s.Logon != nil && s.Logon.Granted {
			guest = guest || s.Logon.As == inventory.LogonGuest
			null = null || s.Logon.As == inventory.LogonAnonymous
		}
	}
	c.equal("guest", guest || null && l.Summary.Null, l.Summary.Guest)
	if l.Summary.Null && !null {
		c.errorf("null", "no null session")
	}
	for _, s := range l.Setup2 {
		if s.Status == "0x00000000" && s.Signed && !slices.ContainsFunc(h.Served, func(c inventory.Contact) bool { return c.Logon != nil && c.Logon.SetupSigned }) {
			c.errorf("setup", "no signed SESSION_SETUP")
		}
	}
}

func (c check) mac(h *inventory.Host, want string) {
	if want == "" || want == "00:00:00:00:00:00" {
		c.equal("mac", h.Names.MAC, "")
		return
	}
	c.equal("mac", h.Names.MAC, want)
}

func (c check) server1(h *inventory.Host, l truth) {
	for _, s := range l.Setup1 {
		if s.NativeOS != "" {
			c.equal("os", h.OS.Name, s.NativeOS)
			break
		}
	}
	if len(l.SMB1) == 0 {
		if h.SMB1 != nil {
			c.errorf("smb1", "%+v out of nothing", h.SMB1)
		}
		return
	}
	if h.SMB1 == nil {
		c.errorf("smb1", "not found")
		return
	}
	f, found := h.SMB1, false
	for _, s := range l.SMB1 {
		want := inventory.SMB1{Port: f.Port, Dialect: s.Dialect, Signing: f.Signing, SecurityMode: &s.SecurityMode, WordCount: s.WordCount,
			ExtendedSecurity: s.GUID != "", Flags: f.Flags, Flags2: uint16(number(c.t, s.Flags2)), MaxMpx: s.MaxMpx, MaxVcs: s.MaxVcs,
			MaxBuffer: s.MaxBuffer, MaxRaw: s.MaxRaw, ServerGUID: s.GUID, NativeOS: f.NativeOS, NativeLANManager: f.NativeLANManager, SMB2NotAsked: f.SMB2NotAsked, Raw: f.Raw}
		if s.Capabilities != "" {
			want.Capabilities = uint32(number(c.t, s.Capabilities))
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(f)
		found = found || string(a) == string(b)
	}
	if !found {
		c.errorf("smb1", "%+v is none of %+v", *f, l.SMB1)
	}
	c.equal("smb1 signing", f.Signing, l.Summary.SMB1Signing)
	if l.Summary.NativeOS != "" {
		c.equal("native os", f.NativeOS, l.Summary.NativeOS)
	}
	if l.Summary.NativeLANManager != "" {
		c.equal("native lan manager", f.NativeLANManager, l.Summary.NativeLANManager)
	}
	if l.Summary.PrimaryDomain != "" && len(l.NTLM) == 0 {
		c.equal("domain", h.Names.Workgroup, l.Summary.PrimaryDomain)
	}
}

func (c check) server2(h *inventory.Host, l truth) {
	if len(l.SMB2) == 0 {
		if h.SMB2 != nil {
			c.errorf("smb2", "%+v out of nothing", h.SMB2)
		}
		return
	}
	if h.SMB2 == nil {
		c.errorf("smb2", "not found")
		return
	}
	f, found := h.SMB2, false
	var dialects []smbproto.Dialect
	for _, s := range l.SMB2 {
		if d := smbproto.Dialect(number(c.t, s.Dialect)); d != smbproto.DialectWildcard {
			dialects = append(dialects, d)
		}
		boot := ""
		if !f.BootTime.IsZero() {
			boot = f.BootTime.Format("2006-01-02T15:04:05.0000000Z")
		}
		found = found || *f.SecurityMode == s.SecurityMode && f.ServerGUID == s.ServerGUID && *f.Capabilities == uint32(number(c.t, s.Capabilities)) &&
			f.MaxTransact == s.MaxTransact && f.MaxRead == s.MaxRead && f.MaxWrite == s.MaxWrite && boot == s.BootTime && c.contexts(f, s)
	}
	if !found {
		c.errorf("smb2", "%+v is none of %+v", *f, l.SMB2)
	}
	slices.Sort(dialects)
	var names []string
	for _, d := range slices.Compact(dialects) {
		names = append(names, d.String())
	}
	c.equal("dialects", f.Dialects, names)
	c.equal("smb2 signing", f.Signing, l.Summary.SMB2Signing)
}

// contexts reports whether the contexts of an answer are as they should be.
func (c check) contexts(f *inventory.SMB2, s truthSMB2) bool {
	for _, x := range s.Contexts {
		if len(x.Ciphers) == 1 && f.Cipher != smbproto.CipherName(uint16(number(c.t, x.Ciphers[0]))) ||
			len(x.Signings) == 1 && f.SigningAlgorithm != smbproto.SigningName(uint16(number(c.t, x.Signings[0]))) {
			return false
		}
	}
	return true
}

// challenge compares the first challenge: servers may send several.
func (c check) challenge(h *inventory.Host, l truth) {
	if len(l.NTLM) == 0 {
		if h.NTLM != nil {
			c.errorf("ntlm", "%+v out of nothing", h.NTLM)
		}
		return
	}
	if h.NTLM == nil {
		c.errorf("ntlm", "not found")
		return
	}
	found := false
	for _, m := range l.NTLM {
		found = found || h.NTLM.Version == m.Version && h.NTLM.Flags == uint32(number(c.t, m.Flags)) && h.NTLM.TargetName == m.TargetName
	}
	if !found {
		c.errorf("ntlm", "%+v is none of %+v", *h.NTLM, l.NTLM)
	}
	n, told := h.Names, []string{""}
	for _, m := range l.NTLM {
		told = append(told, m.NbComputer, m.DNSComputer, m.DNSDomain, m.DNSTree)
		if n.NetBIOS == "" && m.NbComputer != "" || n.DNS == "" && m.DNSComputer != "" || n.Domain == "" && m.DNSDomain != "" || n.Forest == "" && m.DNSTree != "" {
			c.errorf("names", "%+v lacks one of %+v", n, m)
		}
	}
	for _, name := range []string{n.NetBIOS, n.DNS, n.Domain, n.Forest} {
		if !slices.Contains(told, name) {
			c.errorf("names", "%q is none of %q", name, told)
		}
	}
}

// client compares what a client offered and said of itself.
func (c check) client(h *inventory.Host, l truth) {
	c.mac(h, l.ClientMAC)
	if h.Client == nil {
		c.errorf("", "no client")
		return
	}
	c.offers1(h.Client, l)
	c.offers2(h.Client, l)
	c.logons(h.Client, l)
	c.setups(h.Client, l)
	c.equal("smb1 only", len(l.Offers1) > 0 && !slices.ContainsFunc(h.Client.Contacts, func(k inventory.Contact) bool { return k.Offer != nil && k.Offer.SMB2() }), l.Summary.SMB1Only)
}

// has reports whether any contact is as wanted.
func has(c *inventory.Client, want func(*inventory.Contact) bool) bool {
	for i := range c.Contacts {
		if want(&c.Contacts[i]) {
			return true
		}
	}
	return false
}

func (c check) offers1(cl *inventory.Client, l truth) {
	for _, o := range l.Offers1 {
		flags := uint16(number(c.t, o.Flags2))
		if !has(cl, func(k *inventory.Contact) bool {
			return k.Offer != nil && slices.Equal(k.Offer.SMB1Dialects, o.Dialects) && *k.Offer.Flags2 == flags
		}) {
			c.errorf("smb1 offer", "no contact with %+v", o)
		}
	}
	for _, k := range cl.Contacts {
		if k.Offer != nil && k.Offer.SMB1Dialects != nil && !slices.ContainsFunc(l.Offers1, func(o truthOffer1) bool { return slices.Equal(o.Dialects, k.Offer.SMB1Dialects) }) {
			c.errorf("smb1 offer", "%v out of nothing", k.Offer.SMB1Dialects)
		}
	}
}

type truthOffer1 struct {
	Dialects []string
	Flags2   string
}

func (c check) offers2(cl *inventory.Client, l truth) {
	names := func(o truthSMB2) []string {
		var list []smbproto.Dialect
		for _, d := range o.Dialects {
			list = append(list, smbproto.Dialect(number(c.t, d)))
		}
		slices.Sort(list)
		var names []string
		for _, d := range list {
			names = append(names, d.String())
		}
		return names
	}
	for _, o := range l.Offers2 {
		if !has(cl, func(k *inventory.Contact) bool {
			return k.Offer != nil && slices.Equal(k.Offer.SMB2Dialects, names(o)) && *k.Offer.SecurityMode == o.SecurityMode &&
				k.Offer.ClientGUID == strings.Trim(o.ClientGUID, "0") || k.Offer != nil && k.Offer.ClientGUID == o.ClientGUID
		}) {
			c.errorf("smb2 offer", "no contact with %+v", o)
		}
	}
	for _, k := range cl.Contacts {
		if k.Offer != nil && k.Offer.SMB2Dialects != nil && !slices.ContainsFunc(l.Offers2, func(o truthSMB2) bool { return slices.Equal(names(o), k.Offer.SMB2Dialects) }) {
			c.errorf("smb2 offer", "%v out of nothing", k.Offer.SMB2Dialects)
		}
	}
}

func (c check) setups(cl *inventory.Client, l truth) {
	for _, s := range l.Setup2 {
		if !has(cl, func(k *inventory.Contact) bool {
			return k.Offer != nil && k.Offer.SetupSecurityMode != nil && *k.Offer.SetupSecurityMode&s.SecurityMode == s.SecurityMode
		}) {
			c.errorf("smb2 setup", "no contact with SecurityMode %d", s.SecurityMode)
		}
	}
	for _, s := range l.Setup1 {
		manager := s.NativeLANManager
		if strings.HasPrefix(s.PrimaryDomain, "Windows Server 2003") { // which sends it one field later
			manager = s.PrimaryDomain
		}
		signs := uint16(number(c.t, s.Flags2)) & (smbproto.Flags2SecuritySignature | smbproto.Flags2SignatureRequired)
		if !has(cl, func(k *inventory.Contact) bool {
			return k.Offer != nil && k.Offer.SetupFlags2 != nil && *k.Offer.SetupFlags2&signs == signs &&
				k.Offer.NativeOS == s.NativeOS && k.Offer.NativeLANManager == manager
		}) {
			c.errorf("smb1 setup", "no contact with %+v", s)
		}
	}
}

func (c check) logons(cl *inventory.Client, l truth) {
	for _, m := range l.NTLM {
		if m.Type == 3 && !has(cl, func(k *inventory.Contact) bool {
			return k.Logon != nil && k.Logon.User == m.User && k.Logon.Domain == m.Domain && (k.Logon.Workstation == m.Workstation || m.Workstation == "") &&
				(k.Logon.Version == m.Version || m.Version == "") && (m.User != "" || k.Logon.As == inventory.LogonAnonymous || k.Logon.As == inventory.LogonGuest)
		}) {
			c.errorf("logon", "no contact with %+v", m)
		}
	}
}

// names compares the names of a host's own.
func (c check) names(h *inventory.Host, l truth) {
	own, groups := []string{""}, []string{""}
	for _, n := range l.Names {
		switch {
		case n.Group:
			groups = append(groups, n.Name)
		case n.Suffix == "00" || n.Suffix == "20":
			own = append(own, n.Name)
		}
	}
	if !slices.ContainsFunc(l.NodeStatus, func(s truthStatus) bool { return h.Names.MAC == s.UnitID && len(h.Names.Node) == len(s.Names) }) && len(l.NodeStatus) > 0 {
		c.errorf("node status", "%s and %d names, want one of %+v", h.Names.MAC, len(h.Names.Node), l.NodeStatus)
	}
	for _, s := range l.NodeStatus {
		for _, n := range s.Names {
			own = append(own, n.Name)
			groups = append(groups, n.Name)
		}
	}
	if h.SMB1 == nil && h.SMB2 == nil && !slices.Contains(own, h.Names.NetBIOS) {
		c.errorf("own name", "%q, want one of %q", h.Names.NetBIOS, own)
	}
	if len(own) > 1 && h.Names.NetBIOS == "" {
		c.errorf("own name", "none, want one of %q", own)
	}
	if h.SMB1 == nil && h.SMB2 == nil && !slices.Contains(groups, h.Names.Workgroup) {
		c.errorf("workgroup", "%q, want one of %q", h.Names.Workgroup, groups)
	}
	if _, err := netip.ParseAddr(l.IP); err != nil {
		c.t.Error(err)
	}
}
