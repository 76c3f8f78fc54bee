package smbproto

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestSessionRequest(t *testing.T) {
	called := slices.Concat(wire("20"), []byte("CKFDENECFDEFFCFGEFFCCACACACACACA"), wire("00"))  // *SMBSERVER<20>
	calling := slices.Concat(wire("20"), []byte("FAEDCACACACACACACACACACACACACAAA"), wire("00")) // PC<00>
	checkBothWays(t, ParseSessionRequest, []row[SessionRequest]{
		{"any server", slices.Concat(called, calling), SessionRequest{AnyServer, NetBIOSName{"PC", SuffixWorkstation}}},
		{"OEM letters",
			slices.Concat(wire("20"), []byte("JKCACACACACACACACACACACACACACACA"), wire("00"), calling),
			SessionRequest{NetBIOSName{"Ü", SuffixFileServer}, NetBIOSName{"PC", SuffixWorkstation}}},
	})
	checkRefused(t, ParseSessionRequest, []badRow{
		{"empty", nil, "called name", 0},
		{"label length", patched(called, 0, "1f"), "called name", 0},
		{"lower case", patched(called, 1, "61"), "called name", 1},
		{"letter behind P", patched(called, 32, "51"), "called name", 1},
		{"no calling name", called, "calling name", 34},
		{"no end", called[:33], "called name", 33},
		{"scope past the end", patched(slices.Concat(called, calling), 67, "3f"), "calling name", 68},
	})

	// A scope, [RFC 1001] 14.1, is skipped.
	scoped := slices.Concat(called[:33], wire("03 4c4142 02 4445 00"), calling)
	if m, err := ParseSessionRequest(scoped); err != nil || m.Called != AnyServer || m.Calling.Name != "PC" {
		t.Errorf("with a scope: %+v, %v", m, err)
	}
}

// TestNetBIOSNameTooLong cuts a name, in characters of the OEM code page.
func TestNetBIOSNameTooLong(t *testing.T) {
	n := NetBIOSName{strings.Repeat("Ä", 20), SuffixFileServer}
	b := n.appendRaw(nil)
	if want := append(bytes.Repeat([]byte{0x8e}, 15), 0x20); !bytes.Equal(b, want) {
		t.Errorf("name %x, want %x", b, want)
	}
}

func TestRefusalText(t *testing.T) {
	for code, want := range map[byte]string{
		RefusedNotPresent:  "called name not present",
		RefusedUnspecified: "unspecified error",
		0x42:               "code 0x42",
	} {
		if got := RefusalText(code); got != want {
			t.Errorf("RefusalText(%#x) = %q, want %q", code, got, want)
		}
	}
}
