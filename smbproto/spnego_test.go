package smbproto

import (
	"bytes"
	"fmt"
	"testing"
)

const (
	hexSPNEGO   = "06 06 2b0601050502"
	hexNTLMSSP  = "06 0a 2b06010401823702020a"
	hexKerberos = "06 09 2a864886f712010202"
)

func TestSPNEGO(t *testing.T) {
	long := bytes.Repeat([]byte{0x5a}, 300)
	checkBothWays(t, ParseSPNEGO, []row[SPNEGO]{
		{"a server's offer",
			wire("60 33", hexSPNEGO, "a0 29 30 27",
				"a0 19 30 17", hexKerberos, hexNTLMSSP,
				"a3 0a 30 08 a0 06 1b 04", []byte("hint")),
			SPNEGO{Mechanisms: []Mechanism{MechKerberos, MechNTLMSSP}, State: -1, HintName: "hint"}},
		{"a client's offer with a token",
			wire("60 22", hexSPNEGO, "a0 18 30 16", "a0 0e 30 0c", hexNTLMSSP, "a2 04 04 02 a1a2"),
			SPNEGO{Mechanisms: []Mechanism{MechNTLMSSP}, State: -1, Token: wire("a1a2")}},
		{"an answer",
			wire("a1 1d 30 1b", "a0 03 0a 01 01", "a1 0c", hexNTLMSSP, "a2 02 04 00", "a3 02 04 00"),
			SPNEGO{Response: true, Mechanisms: []Mechanism{MechNTLMSSP}, State: 1, Token: []byte{}, MIC: []byte{}}},
		{"an answer of nothing but a state", wire("a1 07 30 05 a0 03 0a 01 00"), SPNEGO{Response: true, State: 0}},
		{"an empty answer", wire("a1 02 30 00"), SPNEGO{Response: true, State: -1}},
		{"length of two bytes",
			wire("a1 820138 30 820134", "a2 820130 04 82012c", long),
			SPNEGO{Response: true, State: -1, Token: long}},
		{"length of one byte above 127",
			wire("a1 8189 30 8186", "a2 8183 04 8180", long[:128]),
			SPNEGO{Response: true, State: -1, Token: long[:128]}},
		{"raw NTLMSSP",
			wire([]byte(ntlmSignature), "01000000"),
			SPNEGO{Mechanisms: []Mechanism{MechNTLMSSP}, State: -1, Raw: true, Token: wire([]byte(ntlmSignature), "01000000")}},
	})

	init := func(fields ...any) []byte {
		b := wire(fields...)
		b = derElement(derContext0, derElement(derSequence, b))
		return derElement(derApplication, append(derElement(derOID, oidSPNEGO), b...))
	}
	checkRefused(t, ParseSPNEGO, []badRow{
		{"empty", nil, "token", 0},
		{"another tag", wire("30 00"), "token", 0},
		{"no length", wire("60"), "token", 1},
		{"length past the end", wire("60 05 0606"), "token", 2},
		{"length of no bytes", wire("60 80 0000"), "token", 1},
		{"length of 4 bytes past the end", wire("60 84 ffffffff"), "token", 6},
		{"length of 5 bytes", wire("60 85 0000000001 00"), "token", 1},
		{"length cut off", wire("60 82 01"), "token", 3},
		{"raw Kerberos", wire("60 0d", hexKerberos, "0100"), "thisMech", 4},
		{"no object identifier", wire("60 02 0400"), "thisMech", 2},
		{"no NegTokenInit", wire("60 08", hexSPNEGO), "NegTokenInit", 10},
		{"mechTypes of another tag", init("a0 02 31 00"), "mechTypes", 16},
		{"mechType past its list", init("a0 04 30 02 06 01"), "mechType", 20},
		{"mechType empty", init("a0 04 30 02 06 00"), "mechType", 20},
		{"mechType cut off", init("a0 05 30 03 06 01 86"), "mechType", 20},
		{"mechType of 33 bytes", init("a0 25 30 23 06 21", make([]byte, 33)), "mechType", 20},
		{"mechToken of another tag", init("a2 02 30 00"), "mechToken", 16},
		{"state without content", wire("a1 06 30 04 a0 02 0a 00"), "negState", 8},
		{"responseToken past its field", wire("a1 07 30 05 a2 03 04 02 00"), "responseToken", 8},
	})

	// More mechanisms than anyone has are cut off.
	b := init("a0 8192 30 818f", bytes.Repeat(wire(hexKerberos), 13))
	if s, err := ParseSPNEGO(b); err != nil || len(s.Mechanisms) != 13 {
		t.Errorf("13 mechanisms: %v, %v", s.Mechanisms, err)
	}
	list := derElement(derContext0, derElement(derSequence, bytes.Repeat(wire(hexKerberos), 1000)))
	if s, err := ParseSPNEGO(init(list)); err != nil || len(s.Mechanisms) != maxMechanisms {
		t.Errorf("1000 mechanisms: %d, %v", len(s.Mechanisms), err)
	}
	// Nonsense in the hint is no error: a client's MIC stands there.
	if s, err := ParseSPNEGO(init("a3 04 04 02 a1a2")); err != nil || s.HintName != "" {
		t.Errorf("MIC of a client: %q, %v", s.HintName, err)
	}
	// Lengths of more bytes than needed, as NetApp filers write them.
	if s, err := ParseSPNEGO(wire("a1 8400000007 30 820005 a0 03 0a 01 02")); err == nil || s.Response != true {
		t.Errorf("outer length too small: %+v, %v", s, err)
	}
	if s, err := ParseSPNEGO(wire("a1 8400000009 30 820005 a0 03 0a 01 02")); err != nil || s.State != 2 {
		t.Errorf("long lengths: %+v, %v", s, err)
	}
}

func TestMechanismNames(t *testing.T) {
	got := fmt.Sprint([]Mechanism{MechNTLMSSP, MechNEGOEX, MechKerberos, MechMSKerberos, MechU2U, "1.2.3"})
	if want := "[NTLMSSP NEGOEX Kerberos MS-Kerberos Kerberos-U2U 1.2.3]"; got != want {
		t.Errorf("names %s, want %s", got, want)
	}
}
