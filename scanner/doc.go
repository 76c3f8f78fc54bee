// Package scanner asks hosts how they speak SMB and reports what they say.
//
//	Targets ──shuffled──► worker pool ──one host each──► probe ──► inventory.Host ──► emit
//	 (set of addresses)    (errgroup)                    │
//	                                                     ├ UDP 137  node status
//	                                                     ├ TCP 445  SMB2 NEGOTIATE, SESSION_SETUP leg 1
//	                                                     ├ TCP 445  SMB1 NEGOTIATE, SESSION_SETUP leg 1
//	                                                     ├ TCP 139  the same, when 445 is closed or dead
//	                                                     └ other services, when asked for: package identify
//
// It is gentle by construction: only well-formed packets, one connection at a
// time to a host, a pause between two of them, a global rate, and a budget of
// time for each host. It sends no account's credential: the guest check, when
// asked for, logs on as a user that does not exist, and sessions with an account
// are package verify's. It has no opinion: what a fact means is for package
// assess.
//
// A host that fails is a result, not an error. Run returns an error only for a
// fault of our own side.
package scanner
