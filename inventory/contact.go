package inventory

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"smbready/smbproto"
)

// Signing returns what the client said of signing in this contact. SMB2 counts
// where it was offered. An SMB1 client says it in SESSION_SETUP alone; without
// the bit it says that it does not sign only to a server that offered signing,
// and only as long as it does not sign all the same.
func (c *Contact) Signing() Signing {
	o := c.Offer
	switch {
	case o == nil:
		return SigningUnknown
	case o.SecurityMode != nil:
		return signing2(smbproto.SMB2SecurityMode(*o.SecurityMode | value(o.SetupSecurityMode)))
	case o.SetupFlags2 == nil:
		return SigningUnknown
	case c.Requests.Signed > 0 && *o.SetupFlags2&smbproto.Flags2SecuritySignature == 0: // as smbclient does on demand
		return SigningEnabled
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
	if !fits(list, &contact) {
		return list, contact.Times()
	}
	return append(list, contact), 0
}

// MergeContacts returns the contacts of two sights of one host in one role, those that were
// met last at the end. What is alike, whatever file or listener shows it, is counted in one,
// and what is in both is no other. Of more than there is room for the last ones stay, and
// how many were left out is returned.
func MergeContacts(old, now []Contact) (list []Contact, left int) {
	all := slices.Concat(old, now)
	slices.SortStableFunc(all, func(a, b Contact) int { return a.Last.Compare(b.Last) })
	for _, c := range slices.Backward(all) {
		i := slices.IndexFunc(list, func(k Contact) bool {
			k.Origin = c.Origin
			return alike(&k, &c)
		})
		switch {
		case i >= 0 && !list[i].again(&c):
			list[i].merge(&c)
		case i < 0 && fits(list, &c):
			list = append(list, c)
		case i < 0:
			left += c.Times()
		}
	}
	slices.Reverse(list)
	return list, left
}

// again reports whether two contacts that are alike are one, of which two sights tell.
func (c *Contact) again(d *Contact) bool {
	return !c.First.IsZero() && c.First.Equal(d.First) && c.Last.Equal(d.Last) && c.Times() == d.Times()
}

// fits reports whether there is room for one more contact in a list.
func fits(list []Contact, c *Contact) bool {
	return len(list) < MaxContacts && textOf(list)+c.text() <= maxContactText
}

// maxContactText bounds what the contacts of one role of a host take in a line of
// a run, in bytes: four of them fit into a line.
const maxContactText = 192 << 10

func textOf(list []Contact) (n int) {
	for i := range list {
		n += list[i].text()
	}
	return n
}

// text is about how many bytes a contact takes in a line of a run, its texts
// escaped.
func (c *Contact) text() int {
	const fixed = 1024 // names of fields, numbers, times
	n := fixed + written(c.Origin, c.Peer, c.Dialect, c.Algorithm) + written(c.Quirks...)
	if o := c.Offer; o != nil {
		n += written(o.SMB1Dialects...) + written(o.SMB2Dialects...) + written(o.Algorithms...) + written(o.Ciphers...) +
			written(o.ClientGUID, o.NativeOS, o.NativeLANManager)
	}
	if l := c.Logon; l != nil {
		n += written(l.Mechanism, l.Status, l.User, l.Domain, l.Workstation, l.Version)
	}
	if e := c.Event; e != nil {
		n += written(e.Channel, e.Server)
		for name, value := range e.Fields {
			n += written(name, value)
		}
	}
	if a := c.Audit; a != nil {
		n += written(a.Server, a.Proof)
	}
	return n
}

// written is how many bytes texts take in JSON, where what is not ASCII may be
// escaped.
func written(texts ...string) (n int) {
	for _, t := range texts {
		n += len(t) + 4
		for i := range len(t) {
			if t[i] < ' ' || t[i] > '~' || t[i] == '"' || t[i] == '\\' {
				n += 5
			}
		}
	}
	return n
}

// alike reports whether two contacts differ in nothing but time, counts and the
// client's GUID, which some clients make anew for each connection.
func alike(a, b *Contact) bool {
	x, y := *a, *b
	for _, c := range []*Contact{&x, &y} {
		failed := c.FailureClass() // of the counts, which go below
		if c.Offer != nil {
			offer := *c.Offer
			offer.ClientGUID = ""
			c.Offer = &offer
		}
		c.First, c.Last, c.Count = time.Time{}, time.Time{}, 0
		c.Requests, c.Answers = some(c.Requests), some(c.Answers)
		c.Failed, c.Encrypted = failed, min(c.Encrypted, 1)
	}
	return reflect.DeepEqual(x, y)
}

// FailureClass says how much of the answers refused: 0 is none, 1 at most a
// quarter of them, 2 more. Contacts of different classes are not alike: to count
// them in one would let the answers of one hide the refusals of another.
func (c *Contact) FailureClass() int {
	switch {
	case c.Failed <= 0:
		return 0
	case c.Failed <= (c.Answers.Signed+c.Answers.Unsigned)/4:
		return 1
	}
	return 2
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
