package plan

import "slices"

// Kind is the kind of a remedy: what it takes to put a device right.
type Kind string

// Kinds of remedies.
const (
	Setting     Kind = "setting"     // of the device
	Firmware    Kind = "firmware"    // or an update of its SMB program
	Replacement Kind = "replacement" // of the device, or of the place where its files are
	Account     Kind = "account"     // in place of a guest's session
	Exempt      Kind = "exception"   // it stays out of the policy, or takes another way
)

// kinds are the remedies of each reason to break, that to try first in front:
// what the remedy of the reason says, in one word each. A test holds it against
// the reasons that there are.
var kinds = func() map[string][]Kind {
	m := map[string][]Kind{}
	for _, k := range []struct {
		kinds   []Kind
		reasons []string
	}{
		{[]Kind{Account}, []string{"client-logs-on-as-guest", "client-works-as-guest", "guest-cannot-be-signed", "guest-events",
			"guest-in-use", "guest-instead-of-account", "guest-let-in"}},
		{[]Kind{Setting, Firmware, Exempt}, []string{"audit-client-cannot-sign", "audit-smb1-client", "audit-smb1-client-cannot-sign",
			"client-does-not-sign", "client-leaves-when-signing-is-demanded", "client-may-leave-for-signing", "client-old-logon",
			"client-old-logon-at-times", "client-old-logon-signs", "client-refused-for-signing", "client-sends-plain-password",
			"client-signing-not-advertised", "client-signs-wrongly", "printer-with-smb1-only", "smb1-client-beside-smb2",
			"smb1-client-mis-signs", "smb1-client-without-smb2", "smb1-only-at-times", "smb1-only-client", "smb1-only-client-signs"}},
		{[]Kind{Setting, Firmware, Replacement, Exempt}, []string{"client-event-server-smb1-only", "samba-smb1-signing-off",
			"smb1-core-cannot-sign", "smb1-lan-manager-cannot-sign", "smb1-only-offers-signing", "smb1-only-old-logon",
			"smb1-only-requires-signing", "smb1-plain-passwords-cannot-sign", "smb1-share-level-cannot-sign", "smb1-signing-off"}},
		{[]Kind{Firmware, Replacement, Exempt}, []string{"client-audit-server-cannot-sign", "served-unsigned-on-demand",
			"session-logon-answer-unsigned", "session-signature-wrong", "session-unsigned"}},
		{[]Kind{Firmware, Setting}, []string{"session-signed-below-top-dialect-only", "smb2-preauth-missing"}},
		{[]Kind{Replacement, Exempt}, []string{"windows-smb1-only-client"}},
	} {
		for _, r := range k.reasons {
			m[r] = k.kinds
		}
	}
	return m
}()

func kindsOf(reason string) []Kind { return slices.Clone(kinds[reason]) }
