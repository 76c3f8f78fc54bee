// Package lab scans real SMB servers, whose configuration is known, and holds
// every field of the result against that configuration. It is tests only:
//
//	make lab
//
// or, from the root of the module,
//
//	go test -tags lab -count=1 -v ./internal/lab
//
// It needs Linux, root, Go and, on Debian, nothing more: packages that are
// missing are installed. Servers and scanner live in two network namespaces of
// their own, joined by a virtual cable, so nothing of it can be reached from
// outside and nothing outside is touched; a second copy can run beside it. It
// takes about two and a half minutes.
//
//	     namespace "client"              namespace "server"
//	smbready, traffic recorder ──veth── 10.78.0.11, .12, …: one server each
//	        10.78.0.254                 smbd, nmbd, impacket; closed, dropped, rejected
//
// What a scan should find follows from each server's configuration as
// smb.conf(5) explains it, never from an earlier scan. The recorder sees all
// packets on the cable: it shows how gentle a scan is, and that it never sends
// a credential.
//
// TestCanary turns it round: real clients save a file at "smbready listen", which
// offers signing and then demands it, and what is recorded and judged of each
// follows from the client's own settings. TestJoint has one device seen by a
// scan, a listener, a capture and an event log.
//
// TestSharedLab scans, in less depth, with a second lab that others
// made; it is skipped where that is absent.
package lab
