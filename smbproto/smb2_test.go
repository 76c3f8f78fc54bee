package smbproto

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// smb2Bytes returns an SMB2 header and what follows it.
func smb2Bytes(command, status, flags string, rest ...any) []byte {
	head := wire(
		"fe534d42 4000 0100", // ProtocolId, StructureSize, CreditCharge
		status, command,
		"1f00", // Credits
		flags,
		"00000000",          // NextCommand
		"0200000000000000",  // MessageId
		"fffe0000 05000000", // Reserved, TreeId
		"0807060504030201",  // SessionId
		"a1a2a3a4a5a6a7a8a9aaabacadaeafb0",
	)
	return slices.Concat(head, wire(rest...))
}

// smb2TestHeader is the header that smb2Bytes returns.
func smb2TestHeader(command uint16, s Status, flags uint32) SMB2Header {
	return SMB2Header{
		CreditCharge: 1, Status: s, Command: command, Credits: 31, Flags: flags, MessageID: 2,
		ProcessID: 0xfeff, TreeID: 5, SessionID: 0x0102030405060708,
		Signature: [16]byte(wire("a1a2a3a4a5a6a7a8a9aaabacadaeafb0")),
	}
}

func TestSMB2Header(t *testing.T) {
	b := smb2Bytes("0d00", "bb0000c0", "09000000")
	h, err := ParseSMB2Header(b)
	if want := smb2TestHeader(13, StatusNotSupported, SMB2FlagResponse|SMB2FlagSigned); err != nil || h != want {
		t.Errorf("header %+v, %v, want %+v", h, err, want)
	}
	if !h.Response() || !h.Signed() {
		t.Errorf("response %v, signed %v; want both", h.Response(), h.Signed())
	}
	checkRefused(t, ParseSMB2Header, []badRow{
		{"empty", nil, "header", 0},
		{"4 bytes", b[:4], "header", 0}, // panics in go-smb2
		{"short", b[:63], "header", 0},
		{"SMB1", patched(b, 0, "ff"), "ProtocolId", 0},
		{"compressed", patched(b, 0, "fc"), "ProtocolId", 0},
		{"StructureSize", patched(b, 4, "4100"), "StructureSize", 4},
		{"NextCommand within the header", patched(b, 20, "3f000000"), "NextCommand", 20},
		{"NextCommand past the end", patched(b, 20, "41000000"), "NextCommand", 20},
		{"NextCommand wraps", patched(b, 20, "ffffffff"), "NextCommand", 20},
	})
}

func TestSMB2Error(t *testing.T) {
	got := SMB2Error{smb2TestHeader(13, StatusNotSupported, SMB2FlagResponse)}.Append(nil)
	if want := smb2Bytes("0d00", "bb0000c0", "01000000", "0900 0000 00000000 00"); !bytes.Equal(got, want) {
		t.Errorf("encoded %x, want %x", got, want)
	}
}

const testGUID = "000102030405060708090a0b0c0d0e0f"

func TestSMB2NegotiateRequest(t *testing.T) {
	header := smb2TestHeader(SMB2CommandNegotiate, 0, 0)
	request := func(rest ...any) []byte { return smb2Bytes("0000", "00000000", "00000000", rest...) }
	old := request("2400 0200 0100 0000 7f000000", testGUID,
		"00803ed5deb19d01", // ClientStartTime
		"0202 1002")
	body := []any{"2400 0100 0200 0000 7f000000", testGUID,
		"68000000 0200 0000", // NegotiateContextOffset, NegotiateContextCount
		"1103 0000",          // Dialects and padding: 40 bytes behind the header
	}
	preauth := "0100 0800 00000000 0100 0200 0100 c1c2"
	ciphers := "0200 0600 00000000 0200 0200 0100"
	with311 := request(append(body, preauth, ciphers)...)
	full := SMB2NegotiateRequest{
		Header: header, SecurityMode: SMB2SigningRequired, Capabilities: 0x7f,
		ClientGUID: GUID(wire(testGUID)), Dialects: []Dialect{Dialect311},
		Contexts: []NegotiateContext{PreauthIntegrity(wire("c1c2")), Encryption(CipherAES128GCM, CipherAES128CCM)},
	}
	none := full
	none.Contexts = nil

	checkBothWays(t, ParseSMB2NegotiateRequest, []row[SMB2NegotiateRequest]{
		{"2.0.2 and 2.1", old, SMB2NegotiateRequest{
			Header: header, SecurityMode: SMB2SigningEnabled, Capabilities: 0x7f, ClientGUID: GUID(wire(testGUID)),
			ClientStartTime: unixEpoch, Dialects: []Dialect{Dialect202, Dialect210},
		}},
		{"3.1.1", with311, full},
		{"3.1.1 without contexts",
			request("2400 0100 0200 0000 7f000000", testGUID, "0000000000000000", "1103"), none},
		{"no dialect",
			request("2400 0000 0200 0000 7f000000", testGUID, "0000000000000000"),
			SMB2NegotiateRequest{Header: header, SecurityMode: SMB2SigningRequired, Capabilities: 0x7f, ClientGUID: GUID(wire(testGUID))}},
	})
	checkRefused(t, ParseSMB2NegotiateRequest, []badRow{
		{"a response", patched(old, 16, "01"), "Flags", 16},
		{"another command", patched(old, 12, "0100"), "Command", 12},
		{"no body", old[:64], "StructureSize", 64},
		{"StructureSize", patched(old, 64, "2500"), "StructureSize", 64},
		{"65535 dialects", patched(old, 66, "ffff"), "Dialects", 100},
		{"NextCommand cuts the dialects", patched(append(old, 0, 0, 0, 0), 20, "66000000"), "Dialects", 100},
		{"17 contexts", patched(with311, 96, "1100"), "NegotiateContextCount", 102},
		{"65535 contexts", patched(with311, 96, "ffff"), "NegotiateContextCount", 102},
		{"a context too many", patched(with311, 96, "0300"), "NegotiateContext", 136},
		{"context offset past the end", patched(with311, 92, "00010000"), "NegotiateContext", 256},
		{"context offset wraps", patched(with311, 92, "f8ffffff"), "NegotiateContext", 1<<31 - 1},
		{"context offset in the header", patched(with311, 92, "10000000"), "NegotiateContextOffset", 16},
		{"context data past the end", patched(with311, 122, "ffff"), "NegotiateContext data", 128},
	})
}

func TestSMB2NegotiateResponse(t *testing.T) {
	header := smb2TestHeader(SMB2CommandNegotiate, StatusSuccess, SMB2FlagResponse)
	body := func(dialect, contextCount, buffer, contextOffset string, rest ...any) []byte {
		return smb2Bytes("0000", "00000000", "01000000", "4100 0300", dialect, contextCount, testGUID,
			"2f000000 00008000 00001000 00000100", // Capabilities and maximum sizes
			"00803ed5deb19d01 01803ed5deb19d01",   // SystemTime, ServerStartTime
			buffer, contextOffset, wire(rest...))
	}
	m := SMB2NegotiateResponse{
		Header: header, SecurityMode: 3, Dialect: Dialect311, ServerGUID: GUID(wire(testGUID)), Capabilities: 0x2f,
		MaxTransact: 8 << 20, MaxRead: 1 << 20, MaxWrite: 64 << 10, SystemTime: unixEpoch, ServerStartTime: unixEpoch + 1,
		SecurityBuffer: wire("6001"),
		Contexts:       []NegotiateContext{PreauthIntegrity(nil), Signing(SigningAESGMAC)},
	}
	old := m
	old.Dialect, old.Contexts, old.Reserved2 = Dialect210, nil, 0x204d4c20
	empty := old
	empty.SecurityBuffer, empty.Dialect = nil, DialectWildcard
	refused := SMB2NegotiateResponse{Header: smb2TestHeader(SMB2CommandNegotiate, StatusNotSupported, SMB2FlagResponse)}

	with311 := body("1103", "0200", "8000 0200", "88000000", "6001", "000000000000",
		"0100 0600 00000000 0100 0000 0100 0000", // hash: SHA-512, without salt; padding
		"0800 0400 00000000 0100 0200")           // signing: AES-GMAC
	checkBothWays(t, ParseSMB2NegotiateResponse, []row[SMB2NegotiateResponse]{
		{"3.1.1", with311, m},
		{"2.1, Windows", body("1002", "0000", "8000 0200", "204c4d20", "6001"), old},
		{"wildcard, no token", body("ff02", "0000", "8000 0000", "204c4d20"), empty},
		{"error", smb2Bytes("0000", "bb0000c0", "01000000", "0900 0000 00000000 00"), refused},
	})
	checkRefused(t, ParseSMB2NegotiateResponse, []badRow{
		{"our own request", patched(with311, 16, "00"), "Flags", 16},
		{"no body", with311[:64], "StructureSize", 64},
		{"StructureSize", patched(with311, 64, "0900"), "StructureSize", 64},
		{"token offset in the header", patched(with311, 120, "4000"), "SecurityBuffer", 64},
		{"token offset past the end", patched(with311, 120, "00ff"), "SecurityBuffer", 0xff00},
		{"token offset and length wrap 16 bits", patched(with311, 120, "ffff 8100"), "SecurityBuffer", 0xffff},
		{"token length past the end", patched(with311, 122, "ffff"), "SecurityBuffer", 128},
		{"17 contexts", patched(with311, 70, "1100"), "NegotiateContextCount", 128},
		{"context offset past the end", patched(with311, 124, "ffffffff"), "NegotiateContext", 1<<31 - 1},
		{"context length past the end", patched(with311, 138, "ffff"), "NegotiateContext data", 144},
		{"NextCommand before the contexts", patched(with311, 20, "88000000"), "NegotiateContext", 136},
	})

	// An error may have a body of any length, and none at all.
	for _, rest := range []string{"", "00", "0900 0000 00000000"} {
		b := smb2Bytes("0000", "0d0000c0", "01000000", rest)
		if m, err := ParseSMB2NegotiateResponse(b); err != nil || m.Header.Status != StatusInvalidParameter {
			t.Errorf("error with body %q: %v, %v", rest, m.Header.Status, err)
		}
	}
	// The fields before the one that is wrong are kept.
	if m, err := ParseSMB2NegotiateResponse(patched(with311, 120, "00ff")); err == nil || m.SecurityMode != 3 || m.MaxWrite != 64<<10 {
		t.Errorf("with a bad token offset: %+v, %v", m, err)
	}
	// Contexts of other dialects are no contexts.
	if m, err := ParseSMB2NegotiateResponse(patched(with311, 68, "0203")); err != nil || m.Contexts != nil {
		t.Errorf("3.0.2: contexts %v, %v", m.Contexts, err)
	}
}

func TestNegotiateContexts(t *testing.T) {
	tests := []struct {
		name       string
		context    NegotiateContext
		typ        ContextType
		data       string
		algorithms []uint16
	}{
		{"hash", PreauthIntegrity(wire("aabb")), 1, "0100 0200 0100 aabb", []uint16{HashSHA512}},
		{"ciphers", Encryption(CipherAES256GCM, CipherAES128CCM), 2, "0200 0400 0100", []uint16{4, 1}},
		{"compression", Compression(CompressionLZ77), 3, "0100 0000 00000000 0200", []uint16{2}},
		{"netname", Netname("ä.b"), 5, "e400 2e00 6200", nil},
		{"signing", Signing(SigningAESGMAC, SigningAESCMAC, SigningHMACSHA256), 8, "0300 0200 0100 0000", []uint16{2, 1, 0}},
		{"no cipher", Encryption(), 2, "0000", []uint16{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.context.Type != tt.typ || !bytes.Equal(tt.context.Data, wire(tt.data)) {
				t.Errorf("context %d %x, want %d %x", tt.context.Type, tt.context.Data, tt.typ, wire(tt.data))
			}
			if got, err := tt.context.Algorithms(); err != nil || !slices.Equal(got, tt.algorithms) {
				t.Errorf("algorithms %v, %v, want %v", got, err, tt.algorithms)
			}
		})
	}
	if got := Netname("ä.b").Text(); got != "ä.b" {
		t.Errorf("netname %q", got)
	}
	parse := func(b []byte) ([]uint16, error) { return NegotiateContext{ContextEncryption, b}.Algorithms() }
	checkRefused(t, parse, []badRow{
		{"no count", wire("01"), "count", 0},
		{"count past the end", wire("0200 0100"), "algorithms", 2},
		{"count of 65535", wire("ffff 0100"), "algorithms", 2},
	})
	if ids, err := (NegotiateContext{ContextTransport, nil}).Algorithms(); ids != nil || err != nil {
		t.Errorf("transport context: %v, %v", ids, err)
	}

	list := []NegotiateContext{Signing(SigningAESCMAC), Signing(SigningAESGMAC)}
	if c, ok := FindContext(list, ContextSigning); !ok || c.Data[2] != SigningAESCMAC {
		t.Errorf("signing context %v, %v, want the first", c, ok)
	}
	if c, ok := FindContext(list, ContextEncryption); ok {
		t.Errorf("encryption context %v, want none", c)
	}
}

func TestAlgorithmNames(t *testing.T) {
	got := fmt.Sprint(HashName(1), HashName(2), CipherName(1), CipherName(2), CipherName(3), CipherName(4), CipherName(5),
		SigningName(0), SigningName(1), SigningName(2), SigningName(3))
	want := fmt.Sprint("SHA-512", "0x0002", "AES-128-CCM", "AES-128-GCM", "AES-256-CCM", "AES-256-GCM", "0x0005",
		"HMAC-SHA256", "AES-CMAC", "AES-GMAC", "0x0003")
	if got != want {
		t.Errorf("names %s, want %s", got, want)
	}
}

func TestSMB2SessionSetupRequest(t *testing.T) {
	header := smb2TestHeader(SMB2CommandSessionSetup, 0, 0)
	request := func(rest ...any) []byte { return smb2Bytes("0100", "00000000", "00000000", rest...) }
	fixed := "1900 01 02 01000000 00000000"
	m := SMB2SessionSetupRequest{
		Header: header, Flags: 1, SecurityMode: SMB2SigningRequired, Capabilities: CapDFS,
		PreviousSessionID: 7, SecurityBuffer: wire("600100"),
	}
	empty := m
	empty.SecurityBuffer = nil
	good := request(fixed, "5800 0300 0700000000000000", "600100")
	checkBothWays(t, ParseSMB2SessionSetupRequest, []row[SMB2SessionSetupRequest]{
		{"token", good, m},
		{"no token", request(fixed, "5800 0000 0700000000000000"), empty},
	})
	checkRefused(t, ParseSMB2SessionSetupRequest, []badRow{
		{"a response", patched(good, 16, "01"), "Flags", 16},
		{"StructureSize", patched(good, 64, "1800"), "StructureSize", 64},
		{"token in the fixed part", patched(good, 76, "5700"), "SecurityBuffer", 87},
		{"token past the end", patched(good, 78, "0400"), "SecurityBuffer", 88},
	})
}

func TestSMB2SessionSetupResponse(t *testing.T) {
	header := func(s Status) SMB2Header { return smb2TestHeader(SMB2CommandSessionSetup, s, SMB2FlagResponse) }
	answer := func(status string, rest ...any) []byte { return smb2Bytes("0100", status, "01000000", rest...) }
	good := answer("160000c0", "0900 0000 4800 0200", "a100")
	checkBothWays(t, ParseSMB2SessionSetupResponse, []row[SMB2SessionSetupResponse]{
		{"more processing", good, SMB2SessionSetupResponse{
			Header: header(StatusMoreProcessingRequired), SecurityBuffer: wire("a100")}},
		{"guest", answer("00000000", "0900 0100 4800 0000"), SMB2SessionSetupResponse{
			Header: header(StatusSuccess), SessionFlags: SessionFlagGuest}},
		{"error", answer("6d0000c0", "0900 0000 00000000 00"), SMB2SessionSetupResponse{Header: header(StatusLogonFailure)}},
	})
	checkRefused(t, ParseSMB2SessionSetupResponse, []badRow{
		{"our own request", patched(good, 16, "00"), "Flags", 16},
		{"NEGOTIATE", patched(good, 12, "0000"), "Command", 12},
		{"StructureSize", patched(good, 64, "0800"), "StructureSize", 64},
		{"no body", good[:64], "StructureSize", 64},
		{"token in the fixed part", patched(good, 68, "0000"), "SecurityBuffer", 0},
		{"token past the end", patched(good, 70, "ffff"), "SecurityBuffer", 72},
	})
}

func TestSMB2NextCommand(t *testing.T) {
	first := smb2Bytes("0100", "00000000", "01000000", "0900 0000 4800 0000")
	compound := append(patched(first, 20, "48000000"), first...)
	m, err := ParseSMB2SessionSetupResponse(compound)
	if err != nil || m.Header.NextCommand != 72 {
		t.Errorf("NextCommand %d, %v, want 72", m.Header.NextCommand, err)
	}
	// A token must not lie in the message behind.
	if m, err := ParseSMB2SessionSetupResponse(patched(compound, 68, "4800 0100")); err == nil {
		t.Errorf("token %x reaches into the next message", m.SecurityBuffer)
	}
}

func TestDialectNames(t *testing.T) {
	for d, want := range map[Dialect]string{
		Dialect202: "2.0.2", Dialect210: "2.1", Dialect300: "3.0", Dialect302: "3.0.2", Dialect311: "3.1.1",
		DialectWildcard: "0x02ff", 0x0222: "0x0222",
	} {
		if got := d.String(); got != want {
			t.Errorf("Dialect(%#x) = %q, want %q", uint16(d), got, want)
		}
	}
	if !slices.IsSorted(Dialects) {
		t.Errorf("dialects %v are not in order", Dialects)
	}
}

func TestStatusNames(t *testing.T) {
	if got := fmt.Sprint(StatusMoreProcessingRequired, Status(0xC0000199)); got != "STATUS_MORE_PROCESSING_REQUIRED 0xC0000199" {
		t.Errorf("statuses %s", got)
	}
}

func TestProtocolOf(t *testing.T) {
	for b, want := range map[string]string{
		"ff534d42": "SMB1", "fe534d42 40": "SMB2", "fd534d42": "SMB2 encrypted", "fc534d42": "SMB2 compressed",
		"fb534d42": "not SMB", "fe534d": "not SMB", "": "not SMB", "fe534d43": "not SMB",
	} {
		if got := ProtocolOf(wire(b)).String(); got != want {
			t.Errorf("ProtocolOf(%s) = %s, want %s", b, got, want)
		}
	}
	if got := Protocol(200).String(); got != "not SMB" {
		t.Errorf("Protocol(200) = %s", got)
	}
}
