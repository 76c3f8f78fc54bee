package signing

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"smbready/smbproto"
)

// recorded returns the exchanges of testdata/smb1.hex, by what they show.
func recorded(t testing.TB) map[string][][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/smb1.hex")
	if err != nil {
		t.Fatal(err)
	}
	exchanges := map[string][][]byte{}
	for paragraph := range strings.SplitSeq(string(text), "\n\n") {
		name, rest, found := strings.Cut(strings.TrimSpace(paragraph), "\n")
		if !found || strings.HasPrefix(rest, "#") {
			continue
		}
		for line := range strings.Lines(rest) {
			exchanges[name] = append(exchanges[name], unhex(t, strings.TrimSpace(line)))
		}
	}
	return exchanges
}

// smb1KeyOf returns the key of an exchange, reckoned from the password.
func smb1KeyOf(t testing.TB, messages [][]byte) []byte {
	t.Helper()
	hash := NTHash("Password")
	setup, err := smbproto.ParseSMB1SessionSetupRequest(messages[1])
	if err != nil {
		t.Fatal(err)
	}
	if setup.WordCount == 12 {
		answer, err := smbproto.ParseSMB1SessionSetupResponse(messages[0])
		if err != nil {
			t.Fatal(err)
		}
		challenge, err := smbproto.ParseNTLMChallenge(smbproto.FindNTLMChallenge(answer.SecurityBlob))
		if err != nil {
			t.Fatal(err)
		}
		key, ok := Authenticate(smbproto.FindNTLMAuthenticate(setup.SecurityBlob), challenge.ServerChallenge, "root", hash)
		if !ok {
			t.Fatal("the response does not prove the password")
		}
		return SMB1Key(key, nil)
	}
	negotiate, err := smbproto.ParseSMB1NegotiateResponse(messages[0])
	if err != nil {
		t.Fatal(err)
	}
	logon, err := smbproto.ParseSMB1Logon(messages[1])
	if err != nil {
		t.Fatal(err)
	}
	proof := Proof{User: logon.Account, Domain: logon.PrimaryDomain, NT: logon.UnicodeResponse, Challenge: [8]byte(negotiate.Challenge)}
	key, ok := proof.Key("smbready-test", hash)
	if !ok {
		t.Fatal("the response does not prove the password")
	}
	return SMB1Key(key, proof.NT)
}

// TestSMB1Recorded holds signatures of another implementation, in both
// directions, against those that are reckoned here.
func TestSMB1Recorded(t *testing.T) {
	exchanges := recorded(t)
	if len(exchanges) != 3 {
		t.Fatalf("%d exchanges", len(exchanges))
	}
	for name, messages := range exchanges {
		t.Run(name, func(t *testing.T) {
			key := smb1KeyOf(t, messages)
			for i, m := range messages[2:] { // the answer to the logon has the number 1
				sequence := uint32(i + 1)
				if !VerifySMB1(key, sequence, m) {
					t.Errorf("message %d is not signed as number %d", i+2, sequence)
				}
				if VerifySMB1(key, sequence+1, m) || VerifySMB1(key[1:], sequence, m) {
					t.Errorf("message %d: another number or key, and taken", i+2)
				}
			}
			if VerifySMB1(key, 0, messages[1]) {
				t.Error("a placeholder is taken for a signature")
			}
		})
	}
}

// TestSMB1Sign shows that a signature covers every byte of a message, and that
// signing marks it.
func TestSMB1Sign(t *testing.T) {
	key := SMB1Key(bytes.Repeat([]byte{7}, KeySize), []byte("response"))
	message := smbproto.SMB1NegotiateRequest{Dialects: []string{smbproto.DialectNTLM012}}.Append(nil)
	if VerifySMB1(key, 4, message) {
		t.Error("unsigned, and taken")
	}
	SignSMB1(key, 4, message)
	if h, err := smbproto.ParseSMB1Header(message); err != nil || h.Flags2&smbproto.Flags2SecuritySignature == 0 {
		t.Errorf("Flags2 %04x, %v", h.Flags2, err)
	}
	if !VerifySMB1(key, 4, message) {
		t.Fatal("signed, and not taken")
	}
	for i := range message {
		changed := bytes.Clone(message)
		changed[i] ^= 1 << (i % 8)
		if VerifySMB1(key, 4, changed) {
			t.Errorf("byte %d changed, and taken", i)
		}
	}
	for n := range smb1HeaderSize {
		SignSMB1(key, 4, message[:n:n])
		if VerifySMB1(key, 4, message[:n]) {
			t.Errorf("%d bytes, and taken", n)
		}
	}
	if SignSMB1(nil, 4, message); VerifySMB1(nil, 4, message) {
		t.Error("no key, and taken")
	}
}
