package smbproto

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestObjectIdentifiers(t *testing.T) {
	tests := []struct {
		mechanism Mechanism
		oid       string
	}{
		{MechNTLMSSP, "2b06010401823702020a"},
		{MechNEGOEX, "2b06010401823702021e"},
		{MechKerberos, "2a864886f712010202"},
		{MechMSKerberos, "2a864882f712010202"},
		{MechU2U, "2a864886f71201020203"},
		{"1.3.6.1.5.2.5", "2b0601050205"}, // IAKERB
		{"0.9.2342", "099226"},
		{"2.999.3", "883703"},
		{"2.5.4.0", "550400"},
		{"1.2.18446744073709551615", "2a 81ffffffffffffffff7f"},
	}
	for _, tt := range tests {
		if got := decodeOID(wire(tt.oid)); got != tt.mechanism {
			t.Errorf("decodeOID(%s) = %q, want %q", tt.oid, string(got), string(tt.mechanism))
		}
		if got := encodeOID(tt.mechanism); !bytes.Equal(got, wire(tt.oid)) {
			t.Errorf("encodeOID(%q) = %x, want %s", string(tt.mechanism), got, tt.oid)
		}
	}
	for _, m := range []Mechanism{"", "1", "a.b", "1.2.x", "1.2.-3", "999.1", "1.2.99999999999999999999"} {
		if got := encodeOID(m); len(got) != 0 {
			t.Errorf("encodeOID(%q) = %x, want nothing", string(m), got)
		}
	}
	// Numbers of more than 64 bits wrap, in bounded space.
	if m := decodeOID(wire("2a", bytes.Repeat([]byte{0xff}, 30), "7f")); strings.Count(string(m), ".") != 2 {
		t.Errorf("too large a number: %q", string(m))
	}
}

func TestDERElement(t *testing.T) {
	for n, head := range map[int]string{0: "0400", 127: "047f", 128: "048180", 255: "0481ff", 256: "04820100",
		0xffff: "0482ffff", 0x10000: "0483010000"} {
		b := derElement(derOctetString, make([]byte, n))
		if !slices.Equal(b[:len(b)-n], wire(head)) {
			t.Errorf("%d bytes: head %x, want %s", n, b[:len(b)-n], head)
		}
	}
}
