package signing

import (
	"encoding/hex"
	"testing"

	"smbready/smbproto"
)

// TestProofV1 holds NTLMv1 against [MS-NLMP] 4.2.2 and 4.2.3.
func TestProofV1(t *testing.T) {
	hash := NTHash("Password")
	plain := unhex(t, "67c43011f30298a2ad35ece64f16331c44bdbed927841f94")
	extended := unhex(t, "7537f803ae367128ca458204bde7caf81e97ed2683267232")
	client := unhex(t, "aaaaaaaaaaaaaaaa00000000000000000000000000000000")
	for _, tt := range []struct {
		name  string
		proof Proof
		want  string
	}{
		{"NTLMv1", Proof{User: "User", NT: plain}, "d87262b0cde4b1cb7499becccdf10784"},
		{"in lower case", Proof{User: "user", NT: plain}, "d87262b0cde4b1cb7499becccdf10784"},
		{"with NTLM2 session security", Proof{User: "User", LM: client, NT: extended, Extended: true}, "eb93429a8bd952f8b89c55b87f475edc"},
		{"the same without the flag", Proof{User: "User", LM: client, NT: extended}, ""},
		{"another user", Proof{User: "Other", NT: plain}, ""},
		{"another response", Proof{User: "User", NT: extended}, ""},
		{"LAN Manager alone", Proof{User: "User", LM: plain}, ""},
		{"nothing", Proof{User: "User"}, ""},
		{"25 bytes", Proof{User: "User", NT: append(plain, 0)}, ""},
	} {
		tt.proof.Challenge = challenge
		key, ok := tt.proof.Key("User", hash)
		if got := hex.EncodeToString(key); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, ok, tt.want)
		}
	}
}

// TestAuthenticate: what SessionKey takes is taken here too, and the user's name
// in any case besides.
func TestAuthenticate(t *testing.T) {
	hash := NTHash("Password")
	unicode := func(m []byte) { m[flagsAtNTLM] |= smbproto.NTLMUnicode }
	for _, user := range []string{"User", "uSER"} {
		key, ok := Authenticate(authenticate(t, unicode), challenge, user, hash)
		if got := hex.EncodeToString(key); !ok || got != "55555555555555555555555555555555" {
			t.Errorf("%s: %s, %v", user, got, ok)
		}
	}
	for name, change := range map[string]func([]byte){
		"another proof":             func(m []byte) { unicode(m); m[fixedNTLM] ^= 1 },
		"a sealed key too short":    func(m []byte) { unicode(m); m[sessionKeyAt] = 15 },
		"a response past the end":   func(m []byte) { unicode(m); m[ntResponseAt+6] = 1 },
		"a response of 20 bytes":    func(m []byte) { unicode(m); m[ntResponseAt] = 20 },
		"names of another encoding": func([]byte) {},
	} {
		if key, ok := Authenticate(authenticate(t, change), challenge, "User", hash); ok || key != nil {
			t.Errorf("%s: %x", name, key)
		}
	}
	for n := range fixedNTLM {
		if _, ok := Authenticate(authenticate(t, unicode)[:n], challenge, "User", hash); ok {
			t.Errorf("%d bytes gave a key", n)
		}
	}
}

// TestDomains: a client may put its domain into the proof as it sends it, in
// upper case, or not at all.
func TestDomains(t *testing.T) {
	hash := NTHash("Password")
	blob := unhex(t, "0101000000000000000000000000000000000000aaaaaaaaaaaaaaaa00000000")
	for domain, want := range map[string]bool{"Domain": true, "DOMAIN": true, "": true, "other": false} {
		owner := macMD5(hash[:], utf16LE("USER"), utf16LE(domain))
		proof := macMD5(owner, challenge[:], blob)
		p := Proof{User: "User", Domain: "Domain", NT: append(proof, blob...), Challenge: challenge}
		if _, ok := p.Key("user", hash); ok != want {
			t.Errorf("domain %q: %v", domain, ok)
		}
	}
}

// TestServerMIC holds the signature of a list of mechanisms against one that was
// reckoned apart, and that smbclient takes.
func TestServerMIC(t *testing.T) {
	key, list := unhex(t, "55555555555555555555555555555555"), unhex(t, "300c060a2b06010401823702020a")
	const ess, exchange = smbproto.NTLMExtendedSession, smbproto.NTLMKeyExchange
	for _, tt := range []struct {
		name  string
		flags uint32
		want  string
	}{
		{"128 bits", ess | exchange | smbproto.NTLM128 | NTLM56, "010000007dd6da05648a73ae00000000"},
		{"56 bits", ess | exchange | NTLM56, "01000000ed0635b9ef101fc900000000"},
		{"40 bits", ess | exchange, "01000000b148d65eba5b830b00000000"},
		{"without key exchange", ess | smbproto.NTLM128, "010000003bdec7b235306e4700000000"},
		{"without extended security", exchange | smbproto.NTLM128, ""},
	} {
		if got := hex.EncodeToString(ServerMIC(key, tt.flags, list)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if ServerMIC(key[:15], ess, list) != nil {
		t.Error("a key of 15 bytes signs")
	}
}

// TestGMAC holds AES-GMAC, with the nonce of [MS-SMB2] 3.1.4.1, against
// signatures that were reckoned apart.
func TestGMAC(t *testing.T) {
	key := unhex(t, "07070707070707070707070707070707")
	const gmac Algorithm = smbproto.SigningAESGMAC
	for _, tt := range []struct {
		name           string
		flags, command byte
		want           string
	}{
		{"a client's", 0, smbproto.SMB2CommandWrite, "2afb6d0c811d5d5ce7f821658b125284"},
		{"a server's", smbproto.SMB2FlagResponse, smbproto.SMB2CommandWrite, "fb347d0f6d208a83ee5dd6ec77bd61d2"},
		{"CANCEL", 0, smbproto.SMB2CommandCancel, "36b5a5ea3fc496725d657012a2c5cee4"},
	} {
		m := append([]byte("\xfeSMB@\x00"), make([]byte, 70)...)
		m[commandAt], m[flagsAt] = tt.command, tt.flags
		copy(m[messageIDAt:], "\x01\x02\x03\x04\x05\x06\x07\x08")
		gmac.Sign(key, m)
		if got := hex.EncodeToString(m[signatureAt:headerSize]); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if !gmac.Verify(key, m) {
			t.Errorf("%s: not taken", tt.name)
		}
		for i := range m {
			m[i] ^= 0x40
			if gmac.Verify(key, m) {
				t.Errorf("%s: byte %d changed, and taken", tt.name, i)
			}
			m[i] ^= 0x40
		}
	}
}

// TestAlgorithmUnknown: what is not known signs nothing, and takes nothing.
func TestAlgorithmUnknown(t *testing.T) {
	key, m := make([]byte, KeySize), append([]byte("\xfeSMB@\x00"), make([]byte, 70)...)
	const unknown Algorithm = 3
	if unknown.Sign(key, m); m[flagsAt] != 0 {
		t.Error("signed")
	}
	m[flagsAt] = smbproto.SMB2FlagSigned
	if unknown.Verify(key, m) || unknown.Known() || unknown.String() != "0x0003" {
		t.Error("taken")
	}
	if AlgorithmOf(smbproto.Dialect210).String() != "HMAC-SHA256" || AlgorithmOf(smbproto.Dialect311).String() != "AES-CMAC" {
		t.Error("another algorithm")
	}
}

// FuzzAuthenticate: no message gives a key but by its proof.
func FuzzAuthenticate(f *testing.F) {
	f.Add(authenticate(f, nil))
	f.Add(authenticate(f, func(m []byte) { m[flagsAtNTLM] |= smbproto.NTLMUnicode }))
	f.Add([]byte("NTLMSSP\x00\x03\x00\x00\x00"))
	hash := NTHash("Password")
	f.Fuzz(func(t *testing.T, b []byte) {
		if key, ok := Authenticate(b, challenge, "User", hash); ok != (key != nil) || ok && len(key) != KeySize {
			t.Errorf("got %x, %v", key, ok)
		}
	})
}
