package signing

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"smbready/smbproto"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// authenticate is the AUTHENTICATE message of [MS-NLMP] 4.2.4: User, Password
// and Domain, with a client's challenge of 0xaa and the time zero.
func authenticate(t testing.TB, change func([]byte)) []byte {
	t.Helper()
	info := unhex(t, "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000")
	blob := append(unhex(t, "0101000000000000"+"0000000000000000"+"aaaaaaaaaaaaaaaa"+"00000000"), info...)
	response := append(unhex(t, "68cd0ab851e51c96aabc927bebef6a1c"), blob...)
	m := append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, fixedNTLM-12)...)
	for _, f := range []struct {
		at   int
		data []byte
	}{{ntResponseAt, response}, {domainAt, utf16LE("Domain")}, {userAt, utf16LE("User")}, {sessionKeyAt, unhex(t, "c5dad2544fc9799094ce1ce90bc9d03e")}} {
		binary.LittleEndian.PutUint16(m[f.at:], uint16(len(f.data)))
		binary.LittleEndian.PutUint16(m[f.at+2:], uint16(len(f.data)))
		binary.LittleEndian.PutUint32(m[f.at+4:], uint32(len(m)))
		m = append(m, f.data...)
	}
	binary.LittleEndian.PutUint32(m[flagsAtNTLM:], smbproto.NTLMKeyExchange)
	if change != nil {
		change(m)
	}
	return m
}

var challenge = [8]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}

// TestSessionKey holds NTLMv2 against [MS-NLMP] 4.2.4, and against messages
// that must give no key.
func TestSessionKey(t *testing.T) {
	hash := NTHash("Password")
	if got := hex.EncodeToString(hash[:]); got != "a4f49c406510bdcab6824ee7c30fd852" { // 4.2.2.1.2
		t.Errorf("NTOWFv1: %s", got)
	}
	const exported, base = "55555555555555555555555555555555", "8de40ccadbc14a82f15cb0ad0de95ca3"
	for _, tt := range []struct {
		name, user string
		change     func([]byte)
		want       string
	}{
		{"as in the example", "User", nil, exported},
		{"without key exchange", "User", func(m []byte) { m[flagsAtNTLM+3] = 0 }, base},
		{"another user", "user", nil, ""},
		{"another proof", "User", func(m []byte) { m[fixedNTLM] ^= 1 }, ""},
		{"another domain", "User", func(m []byte) { m[domainAt] = 0 }, ""},
		{"a sealed key too short", "User", func(m []byte) { m[sessionKeyAt] = 15 }, ""},
		{"a field past the end", "User", func(m []byte) { m[ntResponseAt+6] = 1 }, ""},
		{"an offset that wraps", "User", func(m []byte) { copy(m[ntResponseAt+4:], "\xff\xff\xff\xff") }, ""},
		{"NTLMv1", "User", func(m []byte) { m[ntResponseAt] = 15 }, ""},
	} {
		key, ok := SessionKey(authenticate(t, tt.change), challenge, tt.user, hash)
		if got := hex.EncodeToString(key); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %s, %v; want %s", tt.name, got, ok, tt.want)
		}
	}
	if _, ok := SessionKey(authenticate(t, nil), challenge, "User", NTHash("password")); ok {
		t.Error("another password gave a key")
	}
	for n := range fixedNTLM {
		if _, ok := SessionKey(authenticate(t, nil)[:n], challenge, "User", hash); ok {
			t.Errorf("%d bytes gave a key", n)
		}
	}
}

// TestKeys holds the derived keys against the examples that Microsoft published
// with [MS-SMB2]: "Encryption in SMB 3.0: A protocol perspective" and "SMB 2 and
// SMB 3 security in Windows 10: the anatomy of signing and cryptographic keys".
func TestKeys(t *testing.T) {
	preauth := unhex(t, "0dd13628cc3ed218ef9df9772d436d0887ab9814bfae63a80aa845f36909db7928622dddad522d9751640a459762c5a9d6bb084cbb3ce6bdadef5d5bce3c6c01")
	const session300, session311 = "b4546771b515f766a86735532dd6c4f0", "270e1ba896585eeb7af3472d3b4c75a7"
	in, out := CipherKeys(smbproto.Dialect302, unhex(t, session300), nil)
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"SMB 2.1, signing", Key(smbproto.Dialect210, unhex(t, session300), preauth), session300},
		{"SMB 3.0, signing", Key(smbproto.Dialect300, unhex(t, "7cd451825d0450d235424e44ba6e78cc"), nil), "0b7e9c5cac36c0f6ea9ab275298cedce"},
		{"SMB 3.0, to the server", in, "261b72350558f2e9dcf613070383edbf"},
		{"SMB 3.0, from the server", out, "8fe2b57ec34d2db5b1a9727f526bbdb5"},
		{"SMB 3.1.1, signing", Key(smbproto.Dialect311, unhex(t, session311), preauth), "73fe7a9a77bef0bde49c650d8ccb5f76"},
	} {
		if got := hex.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestCMAC holds the signature of SMB3 against the examples of [RFC 4493] 4.
func TestCMAC(t *testing.T) {
	key := unhex(t, "2b7e151628aed2a6abf7158809cf4f3c")
	for message, want := range map[string]string{
		"":                                 "bb1d6929e95937287fa37d129b756746",
		"6bc1bee22e409f96e93d7e117393172a": "070a16b46b4d4144f79bdd9dd04a287c",
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411":                                                 "dfa66747de9ae63030ca32611497c827",
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710": "51f0bebf7e3b9d92fc49741779363cfe",
	} {
		if got := hex.EncodeToString(cmac(key, unhex(t, message))); got != want {
			t.Errorf("%s: got %s, want %s", message, got, want)
		}
	}
}

// TestVerify shows that a signature covers every byte of a message, at every
// dialect, and that nothing else passes for one.
func TestVerify(t *testing.T) {
	key := bytes.Repeat([]byte{7}, KeySize)
	for _, d := range []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210, smbproto.Dialect300, smbproto.Dialect302, smbproto.Dialect311} {
		message := append([]byte("\xfeSMB@\x00"), make([]byte, 70)...)
		if Verify(d, key, message) {
			t.Errorf("%v: unsigned, and taken", d)
		}
		Sign(d, key, message)
		if !Verify(d, key, message) {
			t.Fatalf("%v: signed, and not taken", d)
		}
		for i := range message {
			changed := bytes.Clone(message)
			changed[i] ^= 1 << (i % 8)
			if Verify(d, key, changed) {
				t.Errorf("%v: byte %d changed, and taken", d, i)
			}
		}
		if Verify(d, bytes.Repeat([]byte{8}, KeySize), message) || Verify(d, nil, message) || Verify(d, key, message[:63]) {
			t.Errorf("%v: another key, none, or no header, and taken", d)
		}
		Sign(d, nil, message)
		Sign(d, key, message[:10])
	}
}

// TestPreauth: the order and the borders of messages count.
func TestPreauth(t *testing.T) {
	sum := func(messages ...string) string {
		var p Preauth
		for _, m := range messages {
			p.Add([]byte(m))
		}
		return string(p.Sum())
	}
	if a, b := sum("a", "b"), sum("b", "a"); a == b || a == sum("ab") || sum() != string(make([]byte, 64)) {
		t.Error("different messages have the same hash")
	}
}

// FuzzSessionKey: whatever the message is, it gives no key but by its proof,
// and the fields of a message from the network are never followed out of it.
func FuzzSessionKey(f *testing.F) {
	f.Add(authenticate(f, nil))
	f.Add([]byte("NTLMSSP\x00"))
	hash := NTHash("Password")
	f.Fuzz(func(t *testing.T, b []byte) {
		if key, ok := SessionKey(b, challenge, "User", hash); ok != (key != nil) || ok && len(key) != KeySize {
			t.Errorf("got %x, %v", key, ok)
		}
	})
}
