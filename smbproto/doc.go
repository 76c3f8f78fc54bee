// Package smbproto turns bytes into SMB messages and back: NetBIOS session
// framing, SMB1 and SMB2 NEGOTIATE and SESSION_SETUP, SPNEGO, NTLMSSP and the
// NetBIOS node status. It covers what is needed to ask a server how it
// negotiates, and to play such a server; it opens no connection.
//
// Every message has an Append method, which writes it, and a Parse function,
// which reads it. Parse functions are made for hostile input: they never
// panic, never allocate by a length from the wire alone, and report what was
// wrong in a *ParseError. Slices in a parsed message point into the input.
//
// Names follow [MS-SMB2], [MS-CIFS], [MS-SMB], [MS-NLMP] and [RFC 1002].
package smbproto
