package plan

import (
	"cmp"
	"slices"

	"smbready/assess"
	"smbready/inventory"
)

// Whether a later sight of a device tells as much as an earlier one, path by path.

// settles reports whether a sight tells of a path what settles that an earlier one of
// surely the same device found against it: the path was judged again, on at least the
// same kinds of evidence. What is found against it now is another matter.
func (m *member) settles(was *member, path Path, judge func(*inventory.Host) assess.Assessment) bool {
	return m.tellsAsMuch(was, path) && (!was.metOn(path) || m.metAgain(was, path, judge))
}

// tellsAsMuch reports whether a path was judged on at least the same kinds of evidence
// as in an earlier sight, and at each of its addresses if it had several: any of them may
// have been another device. A refusal tells nothing of what is refused.
func (m *member) tellsAsMuch(was *member, path Path) bool {
	if path == AsClient {
		return m.seenBy.covers(was.seenBy)
	}
	return !m.closed && (m.serves || !was.asked) && m.everywhere(was) && m.depth.covers(was.depth) && (path != AsGuest || m.guestAsked || !was.guestAsked)
}

// everywhere reports whether a device that had several addresses, all as a server, has each
// of them again.
func (m *member) everywhere(was *member) bool {
	return len(was.device.Also) == 0 || !slices.ContainsFunc(addressesOf(was), func(a string) bool { return !slices.Contains(addressesOf(m), a) })
}

// covers reports whether all that showed a device as a client before shows it again.
func (s seenBy) covers(was seenBy) bool {
	return (s.listener || !was.listener) && (s.captures || !was.captures) && (s.events || !was.events) && (s.powershell || !was.powershell)
}

// metOn reports whether something was met in use on a path: contacts, or sessions.
func (m *member) metOn(path Path) bool {
	h := m.met
	switch {
	case h == nil:
		return false
	case path == AsClient:
		return h.Client != nil && len(h.Client.Contacts)+h.Client.More > 0
	}
	return len(h.Served)+h.ServedMore+len(h.Sessions) > 0
}

// metAgain reports whether a path would be fine with all that was met before. A contact
// that is not met again was not put right: a copier that fails at one server each month
// is fine in a run that met it at another.
func (m *member) metAgain(was *member, path Path, judge func(*inventory.Host) assess.Assessment) bool {
	if m.met == nil || judge == nil {
		return false
	}
	h, old := *m.met, was.met
	h.Client = clientTogether(old.Client, h.Client)
	h.Served, h.ServedMore = slices.Concat(old.Served, h.Served), old.ServedMore+h.ServedMore
	h.Sessions = slices.Concat(notTriedAgain(old.Sessions, h.Sessions), h.Sessions)
	a := judge(&h)
	again := newMember(&h, &a)
	return !again.openOn(path)
}

// clientTogether returns a new client with the contacts of both, however many.
func clientTogether(old, now *inventory.Client) *inventory.Client {
	if old == nil && now == nil {
		return nil
	}
	if old == nil || now == nil {
		c := *cmp.Or(old, now)
		return &c
	}
	c := *now
	c.Contacts, c.More = slices.Concat(old.Contacts, now.Contacts), old.More+now.More
	return &c
}

// notTriedAgain returns the old sessions without those at whose dialect a new one was
// verified: there the same question was asked again, and the answer is another.
func notTriedAgain(old, now []inventory.Session) []inventory.Session {
	return slices.DeleteFunc(slices.Clone(old), func(o inventory.Session) bool {
		return slices.ContainsFunc(now, func(n inventory.Session) bool { return n.Dialect == o.Dialect && assess.Verified(&n) })
	})
}

// openOn reports whether something speaks against a policy on a path.
func (m *member) openOn(path Path) bool {
	return slices.ContainsFunc(m.paths, func(p pathFinding) bool { return p.path == path && m.isOpen(&p) })
}

// isOpen reports whether what was found on a path speaks against its policy while nobody
// knows what became of the device. That it is not known of one that was met as a client
// alone whether it serves files is no such thing.
func (m *member) isOpen(p *pathFinding) bool {
	switch p.status() {
	case Blocked, AlreadyBroken:
		return true
	case StatusUnknown:
		return !m.heard || p.path == AsClient
	}
	return false
}

// metToo returns a device with what was met of it in an earlier sight besides: what is
// alike once, and of what has no room how often it was.
func (m *member) metToo(was *member) *member {
	if was.met == nil {
		return m
	}
	both := *m
	if m.met == nil {
		both.met = was.met
		return &both
	}
	h, old := *m.met, was.met
	if h.Client = clientTogether(old.Client, h.Client); h.Client != nil {
		var left int
		h.Client.Contacts, left = inventory.MergeContacts(nil, h.Client.Contacts)
		h.Client.More += left
	}
	var left int
	h.Served, left = inventory.MergeContacts(old.Served, h.Served)
	h.ServedMore += old.ServedMore + left
	again := func(o inventory.Session) bool {
		return slices.ContainsFunc(h.Sessions, func(n inventory.Session) bool { return n.Dialect == o.Dialect && n.Result == o.Result })
	}
	h.Sessions = slices.Concat(slices.DeleteFunc(notTriedAgain(old.Sessions, h.Sessions), again), h.Sessions)
	both.met = &h
	return &both
}
