// Package canary is a file server that keeps nothing: it lets devices connect
// as SMB clients, as a copier does that scans to a folder, and records how they
// go about it.
//
//	listeners ── Serve ── conn ── NetBIOS framing, port 139's session request
//	                        │
//	                        ├── smb2: NEGOTIATE, logon, share ─┐
//	                        └── smb1: the same for SMB1        ├── login, share
//	                        │
//	                      record: the inventory.Contact of this connection
//	                        │
//	                      clients: one inventory.Host for each address ── Options.Record
//
// It shows a device success, so that whoever stands before it sees the job done:
// one throw-away account can log on, one share is there, and a file can be
// written to it. What is written is counted and thrown away; no name that a
// client sends is ever used on a disk. In StageRequire requests without a right
// signature are refused, as by a server on which signing is mandatory.
//
// All that comes from the network is hostile: connections, time, memory and
// what is recorded are bounded, see Limits. Of a logon only its names and
// whether it was right are kept: never a response, a hash or a key.
package canary
