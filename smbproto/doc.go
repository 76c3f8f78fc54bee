// Package smbproto turns bytes into SMB messages and back: NetBIOS session
// framing, SMB1 and SMB2 NEGOTIATE and SESSION_SETUP, SPNEGO, NTLMSSP and the
// NetBIOS node status; and of shares and files what a client needs that saves
// one. It covers what is needed to ask a server how it negotiates, to play a
// server for tests, and to read along; it opens no connection.
//
// A message is written by its Append method and read by a Parse function. What
// proves an identity, the caller reckons: this package knows no password.
//
// Parse functions are made for hostile input: they never panic, never allocate
// by a length from the wire alone, and cut text that is longer than any name.
// They accept what servers were seen to do wrong where it costs nothing, and say
// so at the place. What they refuse they report in a *ParseError, together with
// the fields before the one that was wrong. Slices in a parsed message point
// into the input.
//
// Names follow [MS-SMB2], [MS-CIFS], [MS-SMB], [MS-NLMP] and [RFC 1002].
package smbproto
