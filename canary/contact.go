package canary

import (
	"net/netip"
	"strconv"
	"time"

	"smbready/inventory"
)

// record is what a connection shows, as it shows it. Its methods are called by
// the connection's goroutine alone.
type record struct {
	contact inventory.Contact
	orderly bool // the client has logged off or disconnected, and asked for nothing since
	refused bool // the last request after the logon was refused for its signature, or for the lack of one
	fault   bool // the connection ended by a fault of ours
}

// newRecord begins the record of a connection to an address of ours.
func newRecord(local netip.AddrPort, s Stage) *record {
	r := &record{contact: inventory.Contact{Source: inventory.SourceCanary, Origin: origin(local), Port: local.Port(),
		First: now(), Demanded: s.Signing(), Stage: inventory.StageConnected}}
	if local.IsValid() {
		r.contact.Peer = local.Addr().String()
	}
	return r
}

// origin is how the facts name a listener.
func origin(local netip.AddrPort) string {
	if !local.IsValid() {
		return ""
	}
	return local.String()
}

// now returns the time as facts have it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// offer returns what the client offered, to add to it.
func (r *record) offer() *inventory.Offer {
	if r.contact.Offer == nil {
		r.contact.Offer = new(inventory.Offer)
	}
	return r.contact.Offer
}

// logon returns how the client logged on, to add to it.
func (r *record) logon() *inventory.Logon {
	if r.contact.Logon == nil {
		r.contact.Logon = new(inventory.Logon)
	}
	return r.contact.Logon
}

// reached says that the client came as far as a stage. The furthest counts.
func (r *record) reached(s inventory.Stage) { r.contact.Stage = max(r.contact.Stage, s) }

// ended says how the connection ended. The first reason counts, but that a
// refusal for want of a right signature, which the client did not get over, goes
// before what the client did then.
func (r *record) ended(e inventory.End) {
	if r.contact.End != inventory.EndUnknown {
		return
	}
	if r.refused && e != inventory.EndUnknown {
		e = inventory.EndServerRefused
	}
	r.contact.End = e
}

// disconnected says that the client has logged off, or disconnected in order.
func (r *record) disconnected() { r.orderly = true }

// request counts a request after the logon, and what became of its signature:
// CheckUnknown for one without.
func (r *record) request(signature inventory.Check) {
	r.orderly = false
	c := &r.contact
	switch signature {
	case inventory.CheckUnknown:
		c.Requests.Unsigned++
		return
	case inventory.CheckRight:
		c.Requests.Signed++
		if c.Signature == inventory.CheckUnknown {
			c.Signature = inventory.CheckRight
		}
	case inventory.CheckWrong:
		c.Requests.Signed++
		c.Signature = inventory.CheckWrong
	}
}

// answer counts an answer after the logon.
func (r *record) answer(signed, refused bool) {
	if signed {
		r.contact.Answers.Signed++
	} else {
		r.contact.Answers.Unsigned++
	}
	if refused {
		r.contact.Failed++
	}
}

// Bounds of the remarks on a contact.
const (
	maxQuirks     = 8
	maxQuirkBytes = 160
)

// quirk notes what else is remarkable, once.
func (r *record) quirk(text string) {
	list := r.contact.Quirks
	for _, q := range list {
		if q == text {
			return
		}
	}
	if len(list) < maxQuirks {
		r.contact.Quirks = append(list, text)
	}
}

// quote writes a name from the network for a remark: in ASCII, and cut.
func quote(name string) string {
	text := strconv.QuoteToASCII(name)
	if len(text) > maxQuirkBytes {
		text = text[:maxQuirkBytes] + "..."
	}
	return text
}

// spoke reports whether anything of SMB came.
func (r *record) spoke() bool { return r.contact.Stage > inventory.StageConnected }

// close completes the record.
func (r *record) close() *inventory.Contact {
	c := &r.contact
	c.Last = now()
	if r.refused && c.End == inventory.EndUnknown {
		c.End = inventory.EndServerRefused
	}
	if c.Logon == nil && c.Stage < inventory.StageSessionSetup {
		c.Logon = &inventory.Logon{As: inventory.LogonNone}
	}
	return c
}
