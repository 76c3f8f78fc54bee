//go:build lab && linux

package lab

import (
	"strings"
	"testing"

	"smbready/inventory"
)

// shown is what a client shows at a listener.
type shown struct {
	served    bool // the client says that it has succeeded
	as        inventory.LogonKind
	mechanism string
	known     bool // the account is the listener's own and the password right
	stage     inventory.Stage
	end       inventory.End
	requests  signedRequests
	verdict   finding // of server-always, without a reason
}

// signedRequests is how much of what a client asked after the logon was signed.
type signedRequests uint8

const (
	noRequests signedRequests = iota
	nothingSigned
	partSigned  // the logon's end and what guards the negotiation, and nothing else
	allSigned   // and all of it right
	wrongSigned // and all of it wrong
)

// Verdicts on server-always, by the observations that they rest on.
var (
	proven      = finding{Verdict: "works", Confidence: "proven"}          // a signature that was checked
	demands     = finding{Verdict: "works", Confidence: "strong"}          // it says that it demands signing itself
	maybeWorks  = finding{Verdict: "works", Confidence: "likely"}          // it speaks SMB2
	notKnown    = finding{Verdict: "unknown", Confidence: "none"}          // it came to nothing that shows it
	breaks      = finding{Verdict: "breaks", Confidence: "strong"}         // it was refused, or comes as a guest
	misSigns    = finding{Verdict: "breaks", Confidence: "proven"}         // a signature that was checked and is wrong
	maybeBreaks = finding{Verdict: "breaks", Confidence: "likely"}         // it hung up, which may have other reasons
	smb1Only    = finding{Verdict: "already-broken", Confidence: "strong"} // it speaks SMB1 alone
	oldLogon    = finding{Verdict: "already-broken", Confidence: "strong"} // it has no NTLM version 2
)

// saves is a client that saves its file.
func saves(mechanism string, r signedRequests, verdict finding) shown {
	return shown{served: true, as: inventory.LogonAccount, mechanism: mechanism, known: true,
		stage: inventory.StageData, end: inventory.EndLogoff, requests: r, verdict: verdict}
}

// refused is a client that is not let in.
func refused(as inventory.LogonKind, mechanism string, verdict finding) shown {
	return shown{as: as, mechanism: mechanism, stage: inventory.StageLoggedOn, end: inventory.EndClientClosed, verdict: verdict}
}

// signsIPC connects to IPC$, signed, and leaves.
var signsIPC = shown{served: true, as: inventory.LogonAccount, mechanism: "NTLMv2", known: true,
	stage: inventory.StageTreeConnect, end: inventory.EndLogoff, requests: allSigned, verdict: demands}

// hangsUp is a client that leaves before it has logged on.
func hangsUp(verdict finding) shown {
	return shown{served: true, stage: inventory.StageSessionSetup, end: inventory.EndClientClosed, verdict: verdict}
}

// smbclient1 is what smbclient shows at SMB1. "disabled" never signs, and leaves a
// server that demands it; "default" signs only for a server that demands it, and
// does not say so in Flags2; "desired" signs when both sides can.
func smbclient1(signing string, w who) (s [2]shown, both finding) {
	says := signing == "desired" || signing == "required"
	s = [2]shown{saves("NTLMv2", nothingSigned, smb1Only), saves("NTLMv2", allSigned, smb1Only)}
	both = smb1Only
	switch w {
	case known:
		if says {
			s[0].requests = allSigned
		}
	case anonymous, guestUser:
		s, both = guests(w)
	default:
		s[0] = refused(inventory.LogonAccount, "NTLMv2", smb1Only)
		s[1] = s[0]
	}
	if signing == "disabled" {
		s[1] = shown{as: inventory.LogonNone, stage: inventory.StageNegotiate, end: inventory.EndClientClosed, verdict: maybeBreaks}
		both = breaks // at a server that demands nothing it went on
	}
	return s, both
}

// guests are clients without an account of their own.
func guests(w who) (s [2]shown, both finding) {
	s[0] = refused(inventory.LogonAnonymous, "", breaks)
	if w == guestUser {
		s[0] = refused(inventory.LogonGuest, "NTLMv2", breaks)
	}
	return [2]shown{s[0], s[0]}, breaks
}

// smbclient2 is what smbclient shows at SMB2, where no setting keeps it from
// signing for a server that demands it.
func smbclient2(protocol, signing string, w who) (s [2]shown, both finding) {
	switch w {
	case known:
		s = [2]shown{saves("NTLMv2", partSigned, maybeWorks), saves("NTLMv2", allSigned, proven)}
		if signing == "desired" || signing == "required" {
			s[0] = s[1]
		}
		return s, proven
	case anonymous, guestUser:
		return guests(w)
	}
	s = [2]shown{refused(inventory.LogonAccount, "NTLMv2", notKnown), refused(inventory.LogonAccount, "NTLMv2", notKnown)}
	both = notKnown
	if signing == "required" {
		s[0].verdict, s[1].verdict, both = demands, demands, demands
	}
	return s, both
}

// compare holds what a client showed against what it was to show.
func (s *shown) compare(t *testing.T, served bool, h *judged) {
	t.Helper()
	same(t, "success that the client tells", served, s.served)
	got := h.Policies.ServerAlways
	got.Reason = ""
	same(t, "server-always", got, s.verdict)
	// The last contact is the one that came furthest: a client that asks which
	// protocol there is may have connected before.
	c := h.Client.Contacts[len(h.Client.Contacts)-1]
	logon := inventory.Logon{}
	if c.Logon != nil {
		logon = *c.Logon
	}
	same(t, "logon as", logon.As, s.as)
	same(t, "mechanism", logon.Mechanism, s.mechanism)
	same(t, "known account", logon.KnownKey, s.known)
	same(t, "granted", logon.Granted, s.known)
	same(t, "stage", c.Stage, s.stage)
	same(t, "end", c.End, s.end)
	same(t, "data", c.Data, s.stage == inventory.StageData)
	same(t, "requests", requestsOf(&c), s.requests)
	if s.requests >= partSigned {
		same(t, "algorithm", c.Algorithm, algorithmOf(&c))
	}
}

// requestsOf sums up a contact's requests.
func requestsOf(c *inventory.Contact) signedRequests {
	r := c.Requests
	switch {
	case c.Signature == inventory.CheckWrong:
		return wrongSigned
	case r.Signed > 0 && c.Signature == inventory.CheckRight && r.Unsigned == 0:
		return allSigned
	case r.Signed > 0 && c.Signature == inventory.CheckRight && r.Signed < r.Unsigned:
		return partSigned
	case r.Signed == 0 && r.Unsigned > 0 && c.Signature == inventory.CheckUnknown:
		return nothingSigned
	case r.Signed == 0 && r.Unsigned == 0:
		return noRequests
	}
	return 255
}

// algorithmOf is the one that a dialect has, [MS-SMB2] 3.1.4.1: at 3.1.1 the
// first that the client names.
func algorithmOf(c *inventory.Contact) string {
	switch {
	case !strings.HasPrefix(c.Dialect, "2.") && !strings.HasPrefix(c.Dialect, "3."):
		return "MD5"
	case strings.HasPrefix(c.Dialect, "2."):
		return "HMAC-SHA256"
	case c.Dialect == "3.1.1" && len(c.Offer.Algorithms) > 0:
		return c.Offer.Algorithms[0]
	}
	return "AES-CMAC"
}
