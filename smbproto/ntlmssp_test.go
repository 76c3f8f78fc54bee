package smbproto

import (
	"bytes"
	"strings"
	"testing"
)

var signature = []byte(ntlmSignature)

func TestNTLMNegotiate(t *testing.T) {
	version := "0a00 6365 000000 0f" // 10.0.25955
	m := NTLMNegotiate{Flags: NTLMVersionFlag | NTLMOEM, Version: NTLMVersion{10, 0, 25955, 15}}
	names := m
	names.Domain, names.Workstation = "GRP", "PCÜ"
	noVersion := names
	noVersion.Version = NTLMVersion{}
	good := wire(signature, "01000000 02000002", "0300 0300 28000000", "0300 0300 2b000000", version, []byte("GRPPC"), "9a")
	checkBothWays(t, ParseNTLMNegotiate, []row[NTLMNegotiate]{
		{"no names", wire(signature, "01000000 02000002", "0000 0000 00000000", "0000 0000 00000000", version), m},
		{"names", good, names},
		// Windows 2000 and Samba set the flag, and the names stand there.
		{"flag without version", wire(signature, "01000000 02000002", "0300 0300 20000000", "0300 0300 23000000", []byte("GRPPC"), "9a"), noVersion},
	})
	checkRefused(t, ParseNTLMNegotiate, []badRow{
		{"empty", nil, "Signature", 0},
		{"signature", patched(good, 0, "6e"), "Signature", 0},
		{"type 2", patched(good, 8, "02"), "MessageType", 8},
		{"no flags", good[:12], "NegotiateFlags", 12},
		{"domain past the end", patched(good, 20, "2c000000"), "DomainName", 44},
		{"workstation offset wraps", patched(good, 28, "ffffffff"), "Workstation", 1<<31 - 1},
	})
	if m, err := ParseNTLMNegotiate(wire(signature, "01000000 07820800")); err != nil || m.Flags != 0x00088207 {
		t.Errorf("shortest: %+v, %v", m, err)
	}
}

func TestNTLMChallenge(t *testing.T) {
	pair := func(id string, value []byte) []byte {
		return wire(id, le.AppendUint16(nil, uint16(len(value))), value)
	}
	info := wire(
		pair("0200", utf16Text("GRP")), pair("0100", utf16Text("SRV")),
		pair("0400", utf16Text("b.a")), pair("0300", utf16Text("c.b.a")), pair("0500", utf16Text("a")),
		pair("0600", wire("01000000")), pair("0700", wire("00803ed5deb19d01")),
		"0000 0000",
	)
	infoField := func(off string) []byte {
		n := le.AppendUint16(nil, uint16(len(info)))
		return wire(n, n, off)
	}
	m := NTLMChallenge{
		Flags:      NTLMUnicode | NTLMTargetInfo | NTLMVersionFlag,
		TargetName: "GRP", ServerChallenge: [8]byte(wire("c1c2c3c4c5c6c7c8")),
		HasVersion: true, Version: NTLMVersion{6, 1, 7601, 15},
		NbComputerName: "SRV", NbDomainName: "GRP", DNSComputerName: "c.b.a", DNSDomainName: "b.a", DNSTreeName: "a",
		AVFlags: AVConstrained, Timestamp: unixEpoch,
	}
	noVersion := m
	noVersion.HasVersion, noVersion.Version = false, NTLMVersion{}
	oem := NTLMChallenge{Flags: NTLMOEM, TargetName: "GRÄ", ServerChallenge: m.ServerChallenge}

	good := wire(signature, "02000000", "0600 0600 38000000", "01008002", "c1c2c3c4c5c6c7c8", "0000000000000000",
		infoField("3e000000"), "0601 b11d 000000 0f", utf16Text("GRP"), info)
	checkBothWays(t, ParseNTLMChallenge, []row[NTLMChallenge]{
		{"all names", good, m},
		{"flag without version", wire(signature, "02000000", "0600 0600 30000000", "01008002", "c1c2c3c4c5c6c7c8",
			"0000000000000000", infoField("36000000"), utf16Text("GRP"), info), noVersion},
		{"OEM, no target information", wire(signature, "02000000", "0300 0300 30000000", "02000000", "c1c2c3c4c5c6c7c8",
			"0000000000000000", "0000 0000 00000000", []byte("GR"), "8e"), oem},
	})
	first := 0x3e // offset of the first AV pair
	checkRefused(t, ParseNTLMChallenge, []badRow{
		{"type 1", patched(good, 8, "01"), "MessageType", 8},
		{"target name past the end", patched(good, 16, "00010000"), "TargetName", 256},
		{"target name offset wraps", patched(good, 16, "fcffffff"), "TargetName", 1<<31 - 1},
		{"no challenge", patched(good, 12, "0000")[:24], "ServerChallenge", 24},
		{"target information past the end", patched(good, 44, "40000000"), "TargetInfo", 64},
		{"no target information in spite of the flag", patched(good, 12, "0000")[:40], "TargetInfo", 40},
		{"AV length past the end", patched(good, first+2, "ffff"), "AvPair", first + 4},
		{"AV pair cut in its length", patched(good, 40, "0d00"), "AvLen", first + 12},
	})

	// NTLM version 1 ends behind the challenge, and the name follows.
	nt4 := wire(signature, "02000000", "0600 0600 20000000", "01000000", "c1c2c3c4c5c6c7c8", utf16Text("GRPNAMEANDMORE"))
	if m, err := ParseNTLMChallenge(nt4); err != nil || m.TargetName != "GRP" {
		t.Errorf("NTLM version 1: %+v, %v", m, err)
	}
	// Samba writes an empty DNS domain as one zero.
	samba := NTLMChallenge{Flags: NTLMTargetInfo, DNSDomainName: "\x00"}
	if m, err := ParseNTLMChallenge(samba.Append(nil)); err != nil || m.DNSDomainName != "" {
		t.Errorf("DNS domain of one zero: %q, %v", m.DNSDomainName, err)
	}
	// Without an end, and with more pairs than there can be.
	endless := bytes.Repeat(pair("0100", utf16Text("X")), 1000)
	b := wire(good[:40], le.AppendUint16(nil, uint16(len(endless))), "0000 38000000", "0601 b11d 000000 0f", endless)
	b = patched(b, 12, "0000")
	if m, err := ParseNTLMChallenge(b); err != nil || m.NbComputerName != "X" {
		t.Errorf("1000 AV pairs: %+v, %v", m, err)
	}
}

func TestFindNTLMChallenge(t *testing.T) {
	raw := wire(signature, "02000000 aabb")
	if got := FindNTLMChallenge(append([]byte("junk NTLMSSP\x00\x01"), raw...)); !bytes.Equal(got, raw) {
		t.Errorf("found %x, want %x", got, raw)
	}
	if got := FindNTLMChallenge(append(raw, 1, 2, 3)[:len(raw)]); cap(got) != len(raw) {
		t.Errorf("room for %d bytes in a challenge of %d", cap(got), len(raw))
	}
	for _, b := range [][]byte{nil, wire(signature, "01000000"), raw[:11]} {
		if got := FindNTLMChallenge(b); got != nil {
			t.Errorf("found %x in %x", got, b)
		}
	}
}

func TestNTLMAuthenticate(t *testing.T) {
	good := wire(signature, "03000000",
		"0200 0200 48000000", // LmChallengeResponse
		"1800 1800 4a000000", // NtChallengeResponse
		"0600 0600 62000000", // DomainName
		"0400 0400 68000000", // UserName
		"0400 0400 6c000000", // Workstation
		"0000 0000 00000000", // EncryptedRandomSessionKey
		"01000002", "0a00 6365 000000 0f",
		"a1a2", make([]byte, 24), utf16Text("GRP"), utf16Text("me"), utf16Text("PC"))
	want := NTLMAuthenticate{
		Flags: NTLMUnicode | NTLMVersionFlag, Domain: "GRP", User: "me", Workstation: "PC",
		LMResponseLength: 2, NTResponseLength: 24, Version: NTLMVersion{10, 0, 25955, 15},
	}
	if m, err := ParseNTLMAuthenticate(good); err != nil || m != want {
		t.Errorf("parsed %+v, %v, want %+v", m, err, want)
	}
	for n := range good {
		_, _ = ParseNTLMAuthenticate(good[:n])
	}
	checkRefused(t, ParseNTLMAuthenticate, []badRow{
		{"type 1", patched(good, 8, "01"), "MessageType", 8},
		{"NT response past the end", patched(good, 20, "ff00"), "NtChallengeResponse", 74},
		{"user offset wraps", patched(good, 40, "ffffffff"), "UserName", 1<<31 - 1},
		{"session key past the end", patched(good, 52, "0100 0100 00010000"), "EncryptedRandomSessionKey", 256},
	})
	if s := want.Version.String(); s != "10.0.25955" {
		t.Errorf("version %s", s)
	}
}

// TestNTLMLongName cuts a name that fills the message.
func TestNTLMLongName(t *testing.T) {
	m := NTLMChallenge{Flags: NTLMUnicode, TargetName: strings.Repeat("ж", 30000)}
	got, err := ParseNTLMChallenge(m.Append(nil))
	if want := strings.Repeat("ж", maxText); err != nil || got.TargetName != want {
		t.Errorf("target name of %d bytes, %v, want %d", len(got.TargetName), err, len(want))
	}
}

// TestNTLMAuthenticateAppend writes what it parses, with and without Unicode
// and a version.
func TestNTLMAuthenticateAppend(t *testing.T) {
	server := NTLMChallenge{Flags: NTLMTargetInfo, NbComputerName: "NAS", NbDomainName: "GRP"}
	info := TargetInfoOf(server.Append(nil))
	nt := NTLMv2Response([16]byte{1}, [8]byte{2}, 3, info)
	for n := range server.Append(nil) {
		_ = TargetInfoOf(server.Append(nil)[:n])
	}
	server.Flags = 0
	if info := TargetInfoOf(server.Append(nil)); info != nil {
		t.Errorf("target information %x where none is", info)
	}
	want := wire("01", make([]byte, 15), "0101 0000 00000000", "0300000000000000", "02 00000000000000", "00000000",
		"0200 0600", utf16Text("GRP"), "0100 0600", utf16Text("NAS"), "0000 0000", "00000000")
	if !bytes.Equal(nt, want) {
		t.Errorf("response %x, want %x", nt, want)
	}
	for _, m := range []NTLMAuthenticate{
		{Flags: NTLMUnicode | NTLMVersionFlag, Domain: "NAS", User: "smbready-x", Workstation: "SMBREADY", Version: NTLMVersion{10, 0, 22631, 15}},
		{Flags: NTLMOEM, Domain: "NAS", User: "x", Workstation: ""},
	} {
		m.LMResponseLength, m.NTResponseLength = 24, len(nt)
		b := m.Append([]byte("front"), make([]byte, 24), nt)
		if got, err := ParseNTLMAuthenticate(b[5:]); err != nil || got != m {
			t.Errorf("parsed %+v, %v, want %+v", got, err, m)
		}
	}
}
