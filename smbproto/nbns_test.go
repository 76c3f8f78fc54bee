package smbproto

import (
	"bytes"
	"slices"
	"testing"
)

// wildcardName is the encoded name of a node status query.
var wildcardName = slices.Concat(wire("20"), []byte("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), wire("00"))

func TestNodeStatusRequest(t *testing.T) {
	good := wire("1234 0000 0001 0000 0000 0000", wildcardName, "0021 0001")
	if len(good) != 50 {
		t.Errorf("query of %d bytes, want 50", len(good))
	}
	checkBothWays(t, ParseNodeStatusRequest, []row[NodeStatusRequest]{
		{"wildcard", good, NodeStatusRequest{ID: 0x1234, Name: NetBIOSName{Name: "*"}}},
		{"broadcast", patched(good, 2, "0010"), NodeStatusRequest{ID: 0x1234, Name: NetBIOSName{Name: "*"}, Broadcast: true}},
	})
	checkRefused(t, ParseNodeStatusRequest, []badRow{
		{"empty", nil, "NAME_TRN_ID", 0},
		{"a response", patched(good, 2, "84"), "flags", 2},
		{"no question", patched(good, 4, "0000"), "flags", 2},
		{"NB, not NBSTAT", patched(good, 46, "0020"), "QUESTION_TYPE", 46},
		{"name is a pointer", patched(good, 12, "c00c"), "QUESTION_NAME", 12},
		{"no type", good[:46], "QUESTION_TYPE", 46},
	})
}

func TestNodeStatusResponse(t *testing.T) {
	head := wire("1234 8400 0000 0001 0000 0000", wildcardName, "0021 0001 00000000")
	names := wire(
		"03", // NUM_NAMES
		[]byte("PC             "), "00 0400",
		[]byte("GRP            "), "00 8400",
		[]byte("PC             "), "20 0400",
	)
	statistics := wire("080027aabbcc", make([]byte, 40))
	m := NodeStatusResponse{
		ID: 0x1234, Name: NetBIOSName{Name: "*"},
		Names: []NodeName{
			{NetBIOSName{"PC", SuffixWorkstation}, 0x0400},
			{NetBIOSName{"GRP", SuffixWorkstation}, 0x8400},
			{NetBIOSName{"PC", SuffixFileServer}, 0x0400},
		},
		UnitID: [6]byte{8, 0, 0x27, 0xaa, 0xbb, 0xcc},
	}
	good := wire(head, "0065", names, statistics)
	none := m
	none.Names = nil
	checkBothWays(t, ParseNodeStatusResponse, []row[NodeStatusResponse]{
		{"three names", good, m},
		{"no name", wire(head, "002f", "00", statistics), none},
	})
	checkRefused(t, ParseNodeStatusResponse, []badRow{
		{"our own query", patched(good, 2, "00"), "flags", 2},
		{"NB, not NBSTAT", patched(good, 46, "0020"), "RR_TYPE", 46},
		{"cut in the name", good[:40], "RR_NAME", 13},
		{"no NUM_NAMES", good[:56], "NUM_NAMES", 56},
	})
	if m.Names[0].Group() || !m.Names[1].Group() {
		t.Errorf("groups %v, %v; want false, true", m.Names[0].Group(), m.Names[1].Group())
	}

	// What is not there is left out.
	tests := []struct {
		name   string
		b      []byte
		names  int
		unitID bool
	}{
		{"255 names promised", patched(good, 56, "ff"), 5, false}, // two are made of the statistics
		{"cut in the third name", good[:56+1+2*18+17], 2, false},
		{"no statistics", good[:56+1+3*18], 3, false},
		{"5 bytes of statistics", good[:56+1+3*18+5], 3, false},
		{"6 bytes of statistics", good[:56+1+3*18+6], 3, true},
		{"RDLENGTH of zero", patched(good, 54, "0000"), 3, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseNodeStatusResponse(tt.b)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Names) != tt.names || (m.UnitID != [6]byte{}) != tt.unitID {
				t.Errorf("%d names, unit ID %x; want %d, %v", len(m.Names), m.UnitID, tt.names, tt.unitID)
			}
		})
	}
}

func TestNodeStatusOEM(t *testing.T) {
	m := NodeStatusResponse{Names: []NodeName{{NetBIOSName{"BÜRO", SuffixFileServer}, 0x0400}}}
	b := m.Append(nil)
	if want := wire("42 9a 52 4f 20202020202020202020 20", "20 0400"); !bytes.Equal(b[57:57+18], want) {
		t.Errorf("name %x, want %x", b[57:57+18], want)
	}
	if got, err := ParseNodeStatusResponse(b); err != nil || got.Names[0].Name != "BÜRO" {
		t.Errorf("names %v, %v", got.Names, err)
	}
}
