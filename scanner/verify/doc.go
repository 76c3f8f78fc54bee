// Package verify shows whether a signed session with a host works, by having
// one: a logon with an account, and a connection to IPC$ whose answer is
// signed. What a scan can only expect, it sees.
//
// The session is made by go-smb2, which believes what a server sends and falls
// over what is malformed. Three things stand between the two:
//
//	host ── guard ── go-smb2     the guard passes on only well-formed answers,
//	          │                  and stops at the first that is not
//	       witness               writes down what was signed: the facts come
//	                             from here, never from go-smb2's errors
//
// and all of it runs in a process of its own, one for each host: what falls
// over all the same costs that host's result and no other's.
//
// One logon that fails is enough to stop a run: nobody is locked out.
package verify
