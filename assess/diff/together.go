package diff

import (
	"cmp"
	"slices"

	"smbready/assess"
	"smbready/inventory"
)

// together is the device as the new run saw it, with all that the old run met besides:
// what it did as a client, what others did with it, and sessions. A contact that is not
// met again was not mended: a copier that fails at one server each month is fine in a run
// that met it at another. It is nil where the old run met nothing of the kind.
func together(old, new *inventory.Host, judge Judge) *Sight {
	if old.Client == nil && len(old.Served) == 0 && len(old.Sessions) == 0 {
		return nil
	}
	h := *new
	h.Client = clientTogether(old.Client, new.Client)
	h.Served, h.ServedMore = slices.Concat(old.Served, new.Served), old.ServedMore+new.ServedMore
	h.Sessions = append(notTriedAgain(old.Sessions, new.Sessions), new.Sessions...)
	return sight(&h, judge)
}

// clientTogether returns a client with the contacts of both, however many.
func clientTogether(old, new *inventory.Client) *inventory.Client {
	if old == nil || new == nil {
		return cmp.Or(old, new)
	}
	c := *new
	c.Contacts, c.More = slices.Concat(old.Contacts, new.Contacts), old.More+new.More
	return &c
}

// notTriedAgain returns the old sessions without those at whose dialect a new one was
// verified: there the same question was asked again, and the answer is another.
func notTriedAgain(old, new []inventory.Session) []inventory.Session {
	return slices.DeleteFunc(slices.Clone(old), func(o inventory.Session) bool {
		return slices.ContainsFunc(new, func(n inventory.Session) bool { return n.Dialect == o.Dialect && assess.Verified(&n) })
	})
}
