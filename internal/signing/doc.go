// Package signing computes the keys and the signatures of SMB sessions, from the
// password on: so that whether a signature is right does not depend on what an
// SMB client says of it. SMB2 and 3 sign with HMAC-SHA256, AES-CMAC or AES-GMAC,
// SMB1 with MD5 and a sequence number (smb1.go).
//
//	password ── NTHash ── SessionKey ── Key ── Sign, Verify
//	                      AUTHENTICATE   └─ Preauth, at 3.1.1
//
// What it gets may come from the network: a message that does not fit gives no
// key and no right signature.
package signing
