package smbproto

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// smb1Bytes returns an SMB1 header and what follows it.
func smb1Bytes(command, status, flags, flags2 string, rest ...any) []byte {
	head := wire(
		"ff534d42", command, status, flags, flags2,
		"0001",                // PIDHigh
		"0102030405060708",    // SecurityFeatures
		"0000",                // Reserved
		"0a00 0b00 0c00 0d00", // TID, PIDLow, UID, MID
	)
	return slices.Concat(head, wire(rest...))
}

// smb1TestHeader is the header that smb1Bytes returns.
func smb1TestHeader(command uint8, s Status, flags uint8, flags2 uint16) SMB1Header {
	return SMB1Header{
		Command: command, Status: s, Flags: flags, Flags2: flags2, PID: 0x0100000b,
		Signature: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, TID: 10, UID: 12, MID: 13,
	}
}

func TestSMB1Header(t *testing.T) {
	b := smb1Bytes("2b", "03000000", "98", "0380")
	h, err := ParseSMB1Header(b)
	if want := smb1TestHeader(0x2b, 3, 0x98, 0x8003); err != nil || h != want {
		t.Errorf("header %+v, %v, want %+v", h, err, want)
	}
	if !h.Reply() || !h.Unicode() || h.NTStatus() {
		t.Errorf("reply %v, Unicode %v, NT status %v; want true, true, false", h.Reply(), h.Unicode(), h.NTStatus())
	}
	checkRefused(t, ParseSMB1Header, []badRow{
		{"empty", nil, "header", 0},
		{"short", b[:31], "header", 0},
		{"SMB2", patched(b, 0, "fe"), "Protocol", 0},
		{"encrypted", patched(b, 0, "fd"), "Protocol", 0},
		{"HTTP", patched(b, 0, "48545450"), "Protocol", 0},
	})
}

func TestSMB1NegotiateRequest(t *testing.T) {
	request := func(body string) []byte { return smb1Bytes("72", "00000000", "18", "53c8", "00", body) }
	header := smb1TestHeader(SMB1CommandNegotiate, 0, 0x18, 0xc853)
	checkBothWays(t, ParseSMB1NegotiateRequest, []row[SMB1NegotiateRequest]{
		{"none", request("0000"), SMB1NegotiateRequest{Header: header}},
		{"two",
			request("1700 02 4e54204c4d20302e3132 00 02 534d4220322e3f3f3f 00"),
			SMB1NegotiateRequest{header, []string{DialectNTLM012, DialectSMB2Any}}},
		{"empty string", request("0200 02 00"), SMB1NegotiateRequest{header, []string{""}}},
	})
	good := request("0c00 02 4e54204c4d20302e3132 00")
	many := slices.Concat(request("c300"), bytes.Repeat(wire("02 41 00"), 65))
	checkRefused(t, ParseSMB1NegotiateRequest, []badRow{
		{"another command", patched(good, 4, "73"), "Command", 4},
		{"a reply", patched(good, 9, "98"), "Flags", 9},
		{"words past the end", patched(good, 32, "ff"), "Words", 33},
		{"no byte count", good[:33], "ByteCount", 33},
		{"no buffer format", patched(good, 35, "04"), "Dialects", 35},
		{"no terminator", good[:len(good)-1], "Dialects", 35},
		{"byte count before the terminator", patched(good, 33, "0b00"), "Dialects", 35},
		{"65 dialects", many, "Dialects", 35 + 64*3},
	})
	// What lies behind the byte count is not read.
	if m, err := ParseSMB1NegotiateRequest(append(bytes.Clone(good), 0x04)); err != nil || len(m.Dialects) != 1 {
		t.Errorf("with a byte behind: %v, %v", m.Dialects, err)
	}
}

// words17 are the words of an NT LM 0.12 answer with the given security mode,
// capabilities and challenge length.
func words17(mode, capabilities, challengeLength string) []byte {
	return wire(
		"11", "0100", // WordCount, DialectIndex
		mode,
		"3200 0100",                  // MaxMpxCount, MaxNumberVcs
		"04410000 00000100 78563412", // MaxBufferSize, MaxRawSize, SessionKey
		capabilities,
		"00803ed5deb19d01", // SystemTime: 1970-01-01
		"c4ff",             // ServerTimeZone: -60
		challengeLength,
	)
}

// negotiated17 is the message of words17.
func negotiated17(h SMB1Header, mode SMB1SecurityMode, capabilities uint32) SMB1NegotiateResponse {
	return SMB1NegotiateResponse{
		Header: h, WordCount: 17, DialectIndex: 1, SecurityMode: mode, MaxMpx: 50, MaxVcs: 1,
		MaxBuffer: 16644, MaxRaw: 65536, SessionKey: 0x12345678, Capabilities: capabilities,
		SystemTime: unixEpoch, TimeZone: -60,
	}
}

func TestSMB1NegotiateResponse(t *testing.T) {
	answer := func(flags2 string, rest ...any) []byte { return smb1Bytes("72", "00000000", "98", flags2, rest...) }
	unicode := smb1TestHeader(SMB1CommandNegotiate, 0, 0x98, 0xc853)
	oem := smb1TestHeader(SMB1CommandNegotiate, 0, 0x98, 0x4001)
	challenge := wire("c1c2c3c4c5c6c7c8")
	guid := GUID(wire("000102030405060708090a0b0c0d0e0f"))

	names := negotiated17(unicode, 0x07, 0x0000f3fd)
	names.ChallengeLength, names.Challenge, names.Domain, names.Server = 8, challenge, "GRP", "Bü"
	oemNames := names
	oemNames.Header = oem
	domainOnly := names
	domainOnly.Server = ""
	nothing := negotiated17(unicode, 0x00, 0x0000f3fd) // share level, passwords in clear
	extended := negotiated17(unicode, 0x0f, 0x8000f3fd)
	extended.ServerGUID, extended.SecurityBlob = guid, wire("60 28")
	bare := extended
	bare.SecurityBlob = nil

	words13 := wire("0d", "0300 0300 0411 2000 0100 0300", "78563412", // up to RawMode; SessionKey
		"7c65 355b", // ServerTime 12:43:56, ServerDate 2025-09-21
		"4a01")      // ServerTimeZone: 330
	lanman := SMB1NegotiateResponse{
		Header: unicode, WordCount: 13, DialectIndex: 3, SecurityMode: 3, MaxBuffer: 4356, MaxMpx: 32, MaxVcs: 1,
		RawMode: 3, SessionKey: 0x12345678, Time: 0x657c, Date: 0x5b35, TimeZone: 330,
		ChallengeLength: 8, Challenge: challenge, Domain: "GRP",
	}
	lanman10 := lanman
	lanman10.ChallengeLength, lanman10.Challenge, lanman10.Domain = 0, nil, ""
	windows98 := lanman10
	windows98.Challenge = challenge

	checkBothWays(t, ParseSMB1NegotiateResponse, []row[SMB1NegotiateResponse]{
		{"0 words: error",
			smb1Bytes("72", "bb0000c0", "98", "53c8", "00 0000"),
			SMB1NegotiateResponse{Header: smb1TestHeader(SMB1CommandNegotiate, StatusNotSupported, 0x98, 0xc853)}},
		{"0 words: DOS error",
			smb1Bytes("72", "02000100", "98", "0100", "00 0000"),
			SMB1NegotiateResponse{Header: smb1TestHeader(SMB1CommandNegotiate, 0x00010002, 0x98, 0x0001)}},
		{"1 word: none", answer("53c8", "01 ffff 0000"),
			SMB1NegotiateResponse{Header: unicode, WordCount: 1, DialectIndex: NoDialect}},
		{"1 word: core", answer("53c8", "01 0000 0000"),
			SMB1NegotiateResponse{Header: unicode, WordCount: 1}},
		{"13 words: LANMAN 2.1, OEM domain", answer("53c8", words13, "0800 0000 0c00", challenge, "47525000"), lanman},
		{"13 words: nothing behind", answer("53c8", words13, "0000 0000 0000"), lanman10},
		{"13 words: Windows 98", answer("53c8", words13, "0000 0000 0800", challenge), windows98},
		{"17 words: UTF-16 names",
			answer("53c8", words17("07", "fdf30000", "08"), "1600", challenge, utf16Text("GRP\x00Bü\x00")), names},
		{"17 words: OEM names",
			answer("0140", words17("07", "fdf30000", "08"), "0f00", challenge, "47525000 428100"), oemNames},
		{"17 words: domain only",
			answer("53c8", words17("07", "fdf30000", "08"), "1000", challenge, utf16Text("GRP\x00")), domainOnly},
		{"17 words: nothing behind", answer("53c8", words17("00", "fdf30000", "00"), "0000"), nothing},
		{"17 words: extended security",
			answer("53c8", words17("0f", "fdf30080", "00"), "1200", guid[:], "6028"), extended},
		{"17 words: extended security, no token",
			answer("53c8", words17("0f", "fdf30080", "00"), "1000", guid[:]), bare},
	})

	good := answer("53c8", words17("07", "fdf30000", "08"), "0800", challenge)
	checkRefused(t, ParseSMB1NegotiateResponse, []badRow{
		{"our own request", patched(good, 9, "18"), "Flags", 9},
		{"2 words", answer("53c8", "02 0000 0000 0000"), "WordCount", 32},
		{"13 words, key of 264", answer("53c8", words13, "0801 0000 0000"), "EncryptionKeyLength", 55},
		{"16 words", answer("53c8", "10", make([]byte, 34)), "WordCount", 32},
		{"255 words", patched(good, 32, "ff"), "Words", 33},
		{"challenge cut off", good[:len(good)-1], "Challenge", 69},
		{"challenge longer than the byte count", patched(good, 67, "0700"), "Challenge", 69},
		{"GUID cut off", answer("53c8", words17("0f", "fdf30080", "00"), "0f00", guid[:15]), "ServerGUID", 69},
	})
}

// TestSMB1NegotiateNames reads names as servers really write them. These forms
// are not written.
func TestSMB1NegotiateNames(t *testing.T) {
	tests := []struct {
		name           string
		flags2         string
		mode           string
		length         string
		bytes          []byte
		challenge      int
		domain, server string
	}{
		{"UTF-16 without the flag", "0140", "03", "00", utf16Text("GRP\x00SRV\x00"), 0, "GRP", "SRV"},
		{"OEM text in spite of the flag, cut off", "53c8", "03", "00", []byte("Radio Dig"), 0, "Radio Dig", ""},
		{"no terminator", "53c8", "03", "00", utf16Text("GRP"), 0, "GRP", ""},
		{"half a terminator", "53c8", "03", "00", append(utf16Text("GRP"), 0), 0, "GRP", ""},
		{"half a letter", "53c8", "03", "00", append(utf16Text("GR"), 'P'), 0, "GR\ufffd", ""},
		{"half a surrogate pair", "53c8", "03", "00", wire("3cd8 4100 0000"), 0, "\ufffdA", ""},
		{"one zero", "53c8", "03", "00", wire("00"), 0, "", ""},
		{"more than two", "0140", "03", "00", []byte("A\x00B\x00C\x00"), 0, "A", "B"},
		{"domain of the length of a challenge", "53c8", "03", "00", utf16Text("GRP\x00"), 0, "GRP", ""},
		{"the same in clear text", "0140", "01", "00", []byte("DOMAIN12"), 0, "DOMAIN12", ""},
		{"too long a name", "0140", "03", "00", []byte(strings.Repeat("A", 2000)), 0, strings.Repeat("A", maxText), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			count := le.AppendUint16(nil, uint16(len(tt.bytes)))
			b := smb1Bytes("72", "00000000", "98", tt.flags2, words17(tt.mode, "fdf30000", tt.length), count, tt.bytes)
			m, err := ParseSMB1NegotiateResponse(b)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Challenge) != tt.challenge || m.Domain != tt.domain || m.Server != tt.server {
				t.Errorf("challenge of %d, domain %q, server %q; want %d, %q, %q",
					len(m.Challenge), m.Domain, m.Server, tt.challenge, tt.domain, tt.server)
			}
		})
	}
}

// TestSMB1ByteCount takes a byte count beyond the message as its end.
func TestSMB1ByteCount(t *testing.T) {
	b := smb1Bytes("72", "00000000", "98", "53c8", words17("07", "fdf30000", "08"), "ffff c1c2c3c4c5c6c7c8")
	if m, err := ParseSMB1NegotiateResponse(b); err != nil || len(m.Challenge) != 8 {
		t.Errorf("challenge %x, %v", m.Challenge, err)
	}
}

func TestSMB1SessionSetupRequest(t *testing.T) {
	header := smb1TestHeader(SMB1CommandSessionSetup, 0, 0x18, 0xc807)
	oem := smb1TestHeader(SMB1CommandSessionSetup, 0, 0x18, 0x4801)
	request := func(flags2 string, rest ...any) []byte { return smb1Bytes("73", "00000000", "18", flags2, rest...) }
	words12 := func(blobLength string) []byte {
		return wire("0c", "ff00 e600", // AndX
			"0441 3200 0100 78563412", // MaxBufferSize, MaxMpxCount, VcNumber, SessionKey
			blobLength, "00000000 d4000080")
	}
	m := SMB1SessionSetupRequest{
		Header: header, WordCount: 12, AndXOffset: 0xe6, MaxBuffer: 16644, MaxMpx: 50, VcNumber: 1,
		SessionKey: 0x12345678, Capabilities: 0x800000d4,
		SecurityBlob: wire("6000"), NativeOS: "OS", NativeLANManager: "LM",
	}
	odd := m
	odd.SecurityBlob, odd.PrimaryDomain = wire("600100"), "GRP"
	ascii := odd
	ascii.Header = oem

	good := request("07c8", words12("0200"), "0f00", "6000", "00", utf16Text("OS\x00LM\x00"))
	checkBothWays(t, ParseSMB1SessionSetupRequest, []row[SMB1SessionSetupRequest]{
		{"padded to an even offset", good, m},
		{"no padding, with a domain",
			request("07c8", words12("0300"), "1700", "600100", utf16Text("OS\x00LM\x00GRP\x00")), odd},
		{"OEM text", request("0148", words12("0300"), "0d00", "600100", []byte("OS\x00LM\x00GRP\x00")), ascii},
	})
	checkRefused(t, ParseSMB1SessionSetupRequest, []badRow{
		{"another command", patched(good, 4, "72"), "Command", 4},
		{"11 words", request("07c8", "0b", make([]byte, 24)), "WordCount", 32},
		{"2 words", request("07c8", "02", make([]byte, 6)), "MaxBufferSize", 37},
		{"blob past the end", patched(good, 47, "ffff"), "SecurityBlob", 59},
	})
}

// TestSMB1SessionSetupRequestForms parses the forms that are not written.
func TestSMB1SessionSetupRequestForms(t *testing.T) {
	head := "ff00 0000 0441 3200 0100 00000000"
	texts13 := utf16Text("user\x00GRP\x00OS\x00LM\x00")
	tests := []struct {
		name                        string
		b                           []byte
		account, domain, os, lanman string
	}{
		{"13 words: passwords of 1 and 2",
			smb1Bytes("73", "00000000", "18", "07c8", "0d", head, "0100 0200 00000000 d4000000", "2700", "a1 b1b2", texts13),
			"user", "GRP", "OS", "LM"},
		{"13 words: padding behind one of 2",
			smb1Bytes("73", "00000000", "18", "07c8", "0d", head, "0200 0000 00000000 d4000000", "2700", "a1a2 00", texts13),
			"user", "GRP", "OS", "LM"},
		{"10 words", smb1Bytes("73", "00000000", "18", "0100", "0a", head, "0100 00000000", "0c00 a1", []byte("user\x00GRP\x00OS")),
			"user", "GRP", "OS", ""},
		{"12 words of Windows Server 2003",
			smb1Bytes("73", "00000000", "18", "07c8", "0c", head, "0000 00000000 d4000080", "0f00 00", utf16Text("OS\x00\x00LM\x00")),
			"", "", "OS", "LM"},
		{"12 words of Windows XP",
			smb1Bytes("73", "00000000", "18", "07c8", "0c", head, "0000 00000000 d4000080", "0f00 00", utf16Text("OS\x00LM\x00\x00")),
			"", "", "OS", "LM"},
		{"12 words, no texts", smb1Bytes("73", "00000000", "18", "07c8", "0c", head, "0000 00000000 d4000080", "0000"),
			"", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseSMB1SessionSetupRequest(tt.b)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{m.Account, m.PrimaryDomain, m.NativeOS, m.NativeLANManager}
			if want := []string{tt.account, tt.domain, tt.os, tt.lanman}; !slices.Equal(got, want) {
				t.Errorf("account, domain, OS, LAN manager = %q, want %q", got, want)
			}
		})
	}
}

func TestSMB1SessionSetupResponse(t *testing.T) {
	header := smb1TestHeader(SMB1CommandSessionSetup, StatusMoreProcessingRequired, 0x98, 0xc807)
	answer := func(rest ...any) []byte { return smb1Bytes("73", "160000c0", "98", "07c8", rest...) }
	m := SMB1SessionSetupResponse{
		Header: header, WordCount: 4, AndXOffset: 0x48, SecurityBlob: wire("a100"),
		NativeOS: "OS", NativeLANManager: "LM", PrimaryDomain: "GRP",
	}
	guest := SMB1SessionSetupResponse{
		Header: header, WordCount: 3, Action: ActionGuest, NativeOS: "OS", NativeLANManager: "LM",
	}
	good := answer("04 ff00 4800 0000 0200", "1700", "a100", "00", utf16Text("OS\x00LM\x00GRP\x00"))
	checkBothWays(t, ParseSMB1SessionSetupResponse, []row[SMB1SessionSetupResponse]{
		{"4 words", good, m},
		{"3 words: guest", answer("03 ff00 0000 0100", "0d00", "00", utf16Text("OS\x00LM\x00")), guest},
		{"0 words: error", answer("00 0000"), SMB1SessionSetupResponse{Header: header}},
	})
	checkRefused(t, ParseSMB1SessionSetupResponse, []badRow{
		{"our own request", patched(good, 9, "18"), "Flags", 9},
		{"5 words", answer("05", make([]byte, 12)), "WordCount", 32},
		{"1 word", answer("01 ff00 0000"), "AndXOffset", 35},
		{"blob past the end", patched(good, 39, "ff00"), "SecurityBlob", 43},
	})

	// Windows XP ends the last text in one zero, a Samba its domain in none.
	short := answer("04 ff00 4800 0000 0200", "0e00", "a100", "00", utf16Text("OS\x00LM"), "00")
	if m, err := ParseSMB1SessionSetupResponse(short); err != nil || m.NativeOS != "OS" || m.NativeLANManager != "LM" {
		t.Errorf("one zero: %q, %q, %v", m.NativeOS, m.NativeLANManager, err)
	}
	mixed := answer("04 ff00 4800 0000 0200", "1200", "a100", "00", utf16Text("OS\x00LM\x00"), []byte("GRP"))
	if m, err := ParseSMB1SessionSetupResponse(mixed); err != nil || m.PrimaryDomain != "GRP" {
		t.Errorf("OEM domain: %q, %v", m.PrimaryDomain, err)
	}
}

// TestSMB1Logon writes the 13-word form, whose texts are aligned in the message.
func TestSMB1Logon(t *testing.T) {
	for _, flags2 := range []uint16{0, Flags2Unicode} {
		m := SMB1Logon{SMB1SessionSetupRequest: SMB1SessionSetupRequest{
			Header: SMB1Header{Flags2: flags2}, MaxBuffer: 4356, MaxMpx: 10, VcNumber: 1, SessionKey: 7, Capabilities: 0xd4,
			Account: "smbready-x", PrimaryDomain: "GRP", NativeLANManager: "y"},
			OEMResponse: make([]byte, 24), UnicodeResponse: make([]byte, 24)}
		got, err := ParseSMB1SessionSetupRequest(m.Append(nil))
		want := m.SMB1SessionSetupRequest
		want.Header.Command, want.WordCount = SMB1CommandSessionSetup, 13
		want.OEMLength, want.UnicodeLength = 24, 24
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("parsed %+v, %v, want %+v", got, err, want)
		}
	}
}
