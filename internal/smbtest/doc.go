// Package smbtest simulates SMB devices, healthy and broken ones, for tests
// and for "smbready demo".
//
// A Device says what a host is and how it misbehaves; its ServeConn plays one
// connection of it over any net.Conn, a net.Pipe in a synctest bubble included.
// A Network puts devices at made-up addresses, and counts what reaches them:
//
//	test ── Network.Dial ── loopback or pipe ── Device.ServeConn ── Fault ── answer
//	            └─ Stats: dials, connections, datagrams      └─ Stats: requests
//
// Devices know no file system and check no password: they go as far as a scan
// goes, which is NEGOTIATE, SESSION_SETUP and the node status.
package smbtest
