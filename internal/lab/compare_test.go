//go:build lab && linux

package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

// asGuest is the finding for the guest path.
var asGuest = map[inventory.Guest]finding{
	inventory.GuestUnknown: {"unknown", "none", "guest-not-tested"},
	inventory.GuestDenied:  {"not-applicable", "strong", "guest-refused"},
	inventory.GuestGranted: {"breaks", "strong", "guest-cannot-be-signed"},
}

// compare holds a scanned host against what its configuration makes expect.
func (e *expectation) compare(t *testing.T, h *judged) {
	t.Helper()
	same(t, "state", h.State.String(), e.state)
	if e.detail != "" || e.state == "smb" {
		same(t, "detail", h.Detail, e.detail)
	}
	if e.state == "smb" {
		same(t, "port", h.Port, e.port)
	}
	same(t, "error", h.Error, "")
	same(t, "guest", h.Guest, e.stranger)
	e.compareSMB1(t, h.SMB1)
	e.compareSMB2(t, h.SMB2)
	e.compareNames(t, &h.Names)
	e.compareFindings(t, h)
	if t.Failed() {
		t.Logf("steps: %+v", h.Observations)
	}
}

func (e *expectation) compareSMB1(t *testing.T, s *inventory.SMB1) {
	t.Helper()
	same(t, "SMB1 spoken", s != nil, e.smb1 != nil)
	if s == nil || e.smb1 == nil {
		return
	}
	if !slices.Contains(e.smb1.dialects, s.Dialect) {
		t.Errorf("SMB1 dialect: got %q, want one of %q", s.Dialect, e.smb1.dialects)
	}
	same(t, "SMB1 port", s.Port, e.port)
	same(t, "SMB1 signing", s.Signing, e.smb1.signing)
	same(t, "SMB1 security mode", number(s.SecurityMode), fmt.Sprintf("%#04x", e.smb1.mode))
	if !strings.HasPrefix(s.NativeLANManager, e.smb1.native) {
		t.Errorf("SMB1 LAN manager: got %q, want a %q", s.NativeLANManager, e.smb1.native)
	}
}

func (e *expectation) compareSMB2(t *testing.T, s *inventory.SMB2) {
	t.Helper()
	same(t, "SMB2 spoken", s != nil, e.smb2 != nil)
	if s == nil || e.smb2 == nil {
		return
	}
	same(t, "SMB2 port", s.Port, e.port)
	same(t, "SMB2 dialects", strings.Join(s.Dialects, " "), strings.Join(e.smb2.dialects, " "))
	same(t, "SMB2 dialects complete", s.DialectsComplete, e.smb2.complete)
	same(t, "SMB2 dialect offered", s.Offered, true)
	same(t, "SMB2 answers the full offer", s.FullOffer, true)
	same(t, "SMB2 signing", s.Signing, e.smb2.signing)
	same(t, "SMB2 security mode", number(s.SecurityMode), fmt.Sprintf("%#04x", e.smb2.mode))
	same(t, "SMB2 signing algorithm", s.SigningAlgorithm, e.smb2.algorithm)
	same(t, "SMB2 pre-authentication integrity", s.PreauthIntegrity, e.smb2.preauth)
}

// number prints a security mode, which may be missing.
func number(mode *uint16) string {
	if mode == nil {
		return "nothing"
	}
	return fmt.Sprintf("%#04x", *mode)
}

func (e *expectation) compareNames(t *testing.T, n *inventory.Names) {
	t.Helper()
	if e.netbios != anyName {
		same(t, "NetBIOS name", n.NetBIOS, e.netbios)
		same(t, "workgroup", n.Workgroup, e.workgroup)
	}
	rows := slices.SortedFunc(slices.Values(n.Node), func(a, b inventory.NetBIOSName) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Suffix, b.Suffix))
	})
	want := slices.SortedFunc(slices.Values(e.nodes), func(a, b inventory.NetBIOSName) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Suffix, b.Suffix))
	})
	if !slices.Equal(rows, want) {
		t.Errorf("node status: got %+v, want %+v", rows, want)
	}
	same(t, "MAC", n.MAC, "") // Samba tells none
}

func (e *expectation) compareFindings(t *testing.T, h *judged) {
	t.Helper()
	always := &h.Policies.ClientAlways
	compareFinding(t, "client-always", always.finding, e.always)
	compareFinding(t, "client-if-server-agrees", h.Policies.ClientIfServerAgrees, e.agrees)
	same(t, "guest path judged", always.Guest != nil, e.guest)
	if always.Guest != nil {
		compareFinding(t, "client-always as guest", *always.Guest, asGuest[e.stranger])
	}
	// None of these servers was ever seen as a client.
	switch s := h.Policies.ServerAlways; s.Verdict {
	case "unknown":
	case "breaks":
		same(t, "server-always confidence", s.Confidence, "weak")
	default:
		t.Errorf("server-always: got %v, but nothing tells", s)
	}
}

// compareFinding compares what the expectation names: no verdict at all, or a
// verdict without a reason, leaves the rest open.
func compareFinding(t *testing.T, policy string, got, want finding) {
	t.Helper()
	if want.Reason == "" {
		got.Reason = ""
	}
	if want != (finding{}) {
		same(t, policy, got, want)
	}
}
