package diff

import (
	"slices"

	"smbready/inventory"
)

// Unasked is what was asked of a device in one run and not in the other: a set.
type Unasked uint16

// What may have been asked in one run alone.
const (
	AsServer Unasked = 1 << iota // anything by SMB
	SMB1Asked
	Logon
	GuestCheck
	Sessions
	AsClient
	Served
	Services
	BadNews // not a question: a contact or a session that was bad, and was not met again
)

var unaskedWords = [...]struct {
	what  Unasked
	words string
}{{AsServer, "SMB as a server"}, {SMB1Asked, "SMB1"}, {Logon, "the start of a logon"}, {GuestCheck, "the guest check"},
	{Sessions, "a session with an account"}, {AsClient, "what it does as a client"}, {Served, "what others do with it"}, {Services, "other services"},
	{BadNews, "the contact or session that was bad"}}

// Words lists what was left out.
func (u Unasked) Words() (list []string) {
	for _, w := range unaskedWords {
		if u&w.what != 0 {
			list = append(list, w.words)
		}
	}
	return list
}

// level returns two sights of a device cut down to what was asked of both, and what
// was asked in the old and in the new run alone. Only what was not asked is left
// out; what was asked and not answered stays unanswered.
func level(old, new *inventory.Host) (o, n *inventory.Host, oldAlone, newAlone Unasked) {
	oldAlone, newAlone = alone(old, new), alone(new, old)
	return stripped(old, oldAlone), stripped(new, newAlone), oldAlone, newAlone
}

// alone returns what is known of h because it was asked, and was not asked of o. Of
// a host that spoke only SMB1 and answers SMB2 now nothing is lost.
func alone(h, o *inventory.Host) (u Unasked) {
	mark := func(what Unasked, known bool) {
		if known {
			u |= what
		}
	}
	mark(AsServer, !nothingAsked(h) && nothingAsked(o))
	mark(SMB1Asked, h.SMB1 != nil && h.SMB2 != nil && o.SMB1 == nil && o.SMB2 != nil && !asked(o, inventory.StepSMB1Negotiate, inventory.StepMultiNegotiate))
	mark(Logon, h.NTLM != nil && o.NTLM == nil && !asked(o, inventory.StepSMB2SessionSetup, inventory.StepSMB1SessionSetup))
	mark(GuestCheck, guestAsked(h) && !guestAsked(o))
	mark(Sessions, len(h.Sessions) > 0 && len(o.Sessions) == 0)
	mark(AsClient, h.Client != nil && o.Client == nil)
	mark(Served, len(h.Served) > 0 && len(o.Served) == 0)
	mark(Services, h.Clues != nil && o.Clues == nil)
	return u
}

// nothingAsked reports whether a host is known only by what others tell.
func nothingAsked(h *inventory.Host) bool {
	return h.State == inventory.StateUnknown && h.SMB1 == nil && h.SMB2 == nil && h.Error == ""
}

// asked reports whether one of the steps was made.
func asked(h *inventory.Host, steps ...inventory.Step) bool {
	return slices.ContainsFunc(h.Observations, func(o inventory.Observation) bool { return slices.Contains(steps, o.Step) })
}

func guestAsked(h *inventory.Host) bool {
	return h.Guest != inventory.GuestUnknown || asked(h, inventory.StepGuestCheck)
}

// stripped returns a host without what u names; h stays as it is.
func stripped(h *inventory.Host, u Unasked) *inventory.Host {
	if u == 0 {
		return h
	}
	c := *h
	drop := func(steps ...inventory.Step) {
		c.Observations = slices.DeleteFunc(slices.Clone(c.Observations), func(o inventory.Observation) bool { return slices.Contains(steps, o.Step) })
	}
	if u&AsServer != 0 {
		c.State, c.Detail, c.Port, c.SMB1, c.SMB2, c.NTLM, c.Guest, c.Sessions, c.Observations = inventory.StateUnknown, "", 0, nil, nil, nil, inventory.GuestUnknown, nil, nil
	}
	if u&SMB1Asked != 0 {
		c.SMB1 = nil
		c.OS.Name = ""
		drop(inventory.StepSMB1Negotiate, inventory.StepSMB1SessionSetup, inventory.StepMultiNegotiate)
	}
	if u&Logon != 0 {
		c.NTLM, c.OS.Build = nil, ""
		drop(inventory.StepSMB2SessionSetup, inventory.StepSMB1SessionSetup)
	}
	if u&GuestCheck != 0 {
		c.Guest = inventory.GuestUnknown
		drop(inventory.StepGuestCheck)
	}
	if u&Sessions != 0 {
		c.Sessions = nil
	}
	if u&AsClient != 0 {
		c.Client = nil
	}
	if u&Served != 0 {
		c.Served, c.ServedMore = nil, 0
	}
	if u&Services != 0 {
		c.Clues = nil
	}
	return &c
}
