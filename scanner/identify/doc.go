// Package identify asks a host that is known to be alive what its other
// services say of it.
//
//	reverse DNS ─► TCP connect ─► HTTP and HTTPS ─► mDNS ─► SNMP ─► inventory.Clues
//	 (our resolver)  (no byte)     (GET /)           (UDP 5353) (UDP 161)
//
// Each question is optional, and all are put one after the other: one
// connection at a time, each with a deadline of its own, none before the
// caller's pace allows it. What is sent is well-formed and asks for what anybody
// may read: no credential but the SNMP one that the user gave, no cookie, and
// not one byte to a port that prints or controls.
//
// What comes back words a verdict and never makes one, so that all of it may be
// wrong or forged. It is kept as it came: valid UTF-8, cut to length, not
// interpreted.
package identify
