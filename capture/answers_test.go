package capture

import (
	"testing"

	"smbready/smbproto"
)

// TestSMB2NotAsked tells a server that has only SMB1 from one that was asked for
// nothing else: to take the second for the first would call every current
// Windows with SMB1 switched on broken.
func TestSMB2NotAsked(t *testing.T) {
	answer := smbproto.SMB1NegotiateResponse{WordCount: 17, SecurityMode: 0x0f}
	old := []string{smbproto.DialectNTLM012}
	multi := []string{smbproto.DialectNTLM012, smbproto.DialectSMB2002, smbproto.DialectSMB2Any}
	for _, test := range []struct {
		name   string
		offers [][]string
		want   bool
	}{
		{"SMB1 alone was offered", [][]string{old}, true},
		{"the request was not seen", [][]string{nil}, true},
		{"both were offered, and it took SMB1", [][]string{multi}, false},
		{"first both, then SMB1 alone", [][]string{multi, old}, false},
	} {
		h := new(host)
		for _, offered := range test.offers {
			h.negotiated1(answer, directPort, offered, nil)
		}
		if f := h.finish(); f.SMB1 == nil || f.SMB1.SMB2NotAsked != test.want {
			t.Errorf("%s: %+v", test.name, f.SMB1)
		}
	}
}

// TestUnclearSignature pins what counts as signed over SMB1.
func TestUnclearSignature(t *testing.T) {
	filled := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	for _, test := range []struct {
		name           string
		header         smbproto.SMB1Header
		counts, signed bool
	}{
		{"signed and says so", smbproto.SMB1Header{Command: smbproto.SMB1CommandNTCreate, Flags2: smbproto.Flags2SecuritySignature, Signature: filled}, true, true},
		{"neither", smbproto.SMB1Header{Command: smbproto.SMB1CommandNTCreate}, true, false},
		{"says so and is empty", smbproto.SMB1Header{Command: smbproto.SMB1CommandNTCreate, Flags2: smbproto.Flags2SecuritySignature}, true, false},
		{"says so and has the placeholder", smbproto.SMB1Header{Command: smbproto.SMB1CommandNTCreate, Flags2: smbproto.Flags2SecuritySignature, Signature: placeholder}, true, false},
		{"filled and does not say so", smbproto.SMB1Header{Command: smbproto.SMB1CommandNTCreate, Signature: filled}, false, false},
	} {
		if got := counts1(test.header); got != test.counts || got && signed1(test.header) != test.signed {
			t.Errorf("%s: counts %v, signed %v", test.name, got, signed1(test.header))
		}
	}
}
