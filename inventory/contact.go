package inventory

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"smbready/smbproto"
)

// Signing returns what the client said of signing in this contact. SMB2 counts
// where it was offered. An SMB1 client says it in SESSION_SETUP alone, and
// without the bit it says something only to a server that offered signing.
func (c *Contact) Signing() Signing {
	o := c.Offer
	switch {
	case o == nil:
		return SigningUnknown
	case o.SecurityMode != nil:
		return signing2(smbproto.SMB2SecurityMode(*o.SecurityMode | value(o.SetupSecurityMode)))
	case o.SetupFlags2 == nil:
		return SigningUnknown
	case *o.SetupFlags2&smbproto.Flags2SecuritySignature == 0:
		if c.Demanded == SigningEnabled || c.Demanded == SigningRequired {
			return SigningDisabled
		}
		return SigningUnknown
	case *o.SetupFlags2&smbproto.Flags2SignatureRequired != 0:
		return SigningRequired
	}
	return SigningEnabled
}

func value(p *uint16) uint16 {
	if p == nil {
		return 0
	}
	return *p
}

// signing2 is what an SMB2 SecurityMode says.
func signing2(m smbproto.SMB2SecurityMode) Signing {
	switch {
	case m&smbproto.SMB2SigningRequired != 0:
		return SigningRequired
	case m&smbproto.SMB2SigningEnabled != 0:
		return SigningEnabled
	}
	return SigningNotAdvertised
}

// Times returns how many connections, sessions or events the contact stands for.
func (c *Contact) Times() int { return max(c.Count, 1) }

// Add takes in a contact of the client. One that is like another but for its
// time and counts is counted there.
func (c *Client) Add(contact Contact) {
	c.Sources = insert(c.Sources, contact.Source)
	c.FirstSeen, c.LastSeen = earlier(c.FirstSeen, contact.First), later(c.LastSeen, contact.Last)
	if o := contact.Offer; o != nil {
		c.Dialects = mergeDialects(c.Dialects, o.Dialects())
	}
	if s := contact.Signing(); s != SigningUnknown && (c.Signing == SigningUnknown || s < c.Signing) {
		c.Signing = s
	}
	if l := contact.Logon; l != nil {
		c.Names = insertBounded(c.Names, l.Workstation)
		c.Accounts = insertBounded(c.Accounts, account(l))
	}
	var left int
	c.Contacts, left = AddContact(c.Contacts, contact)
	c.More += left
}

// account returns how a logon names its account.
func account(l *Logon) string {
	if l.User == "" || l.Domain == "" {
		return l.User
	}
	return l.Domain + `\` + l.User
}

// AddContact adds a contact to a list of at most MaxContacts, and returns how
// many were left out.
func AddContact(list []Contact, contact Contact) (_ []Contact, left int) {
	for i := range list {
		if alike(&list[i], &contact) {
			list[i].merge(&contact)
			return list, 0
		}
	}
	if len(list) >= MaxContacts {
		return list, contact.Times()
	}
	return append(list, contact), 0
}

// alike reports whether two contacts differ in nothing but time and counts.
func alike(a, b *Contact) bool {
	x, y := *a, *b
	for _, c := range []*Contact{&x, &y} {
		c.First, c.Last, c.Count = time.Time{}, time.Time{}, 0
		c.Requests, c.Answers = some(c.Requests), some(c.Answers)
		c.Failed, c.Encrypted = min(c.Failed, 1), min(c.Encrypted, 1)
	}
	return reflect.DeepEqual(x, y)
}

// some reduces counts to whether there are any.
func some(s Signatures) Signatures { return Signatures{min(s.Signed, 1), min(s.Unsigned, 1)} }

// merge adds the times and counts of a contact that is alike.
func (c *Contact) merge(d *Contact) {
	c.First, c.Last = earlier(c.First, d.First), later(c.Last, d.Last)
	c.Count = c.Times() + d.Times()
	c.Requests.add(d.Requests)
	c.Answers.add(d.Answers)
	c.Failed += d.Failed
	c.Encrypted += d.Encrypted
}

func (s *Signatures) add(t Signatures) {
	s.Signed += t.Signed
	s.Unsigned += t.Unsigned
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// insert keeps a sorted list without duplicates.
func insert[T cmp.Ordered](list []T, v T) []T {
	i, found := slices.BinarySearch(list, v)
	if found {
		return list
	}
	return slices.Insert(list, i, v)
}

// maxNames bounds the names and the accounts of a client.
const maxNames = 16

// insertBounded is insert for a name from the network.
func insertBounded(list []string, v string) []string {
	if v == "" || len(list) >= maxNames {
		return list
	}
	return insert(list, v)
}

// mergeDialects unites two lists of dialects, lowest first: SMB1's, which begin
// with no digit or end with none, before SMB2's.
func mergeDialects(a, b []string) []string {
	for _, d := range b {
		if !slices.Contains(a, d) && len(a) < maxDialects {
			a = append(a, d)
		}
	}
	slices.SortFunc(a, func(x, y string) int { return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y)) })
	return a
}

// rank is the place of a dialect among SMB2's, or -1 for those of SMB1.
func rank(name string) int {
	return slices.IndexFunc(smbproto.Dialects, func(d smbproto.Dialect) bool { return d.String() == name })
}
