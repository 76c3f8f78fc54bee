package smbtest

import (
	"encoding/hex"
	"testing"
)

// TestCMAC holds the signature of SMB3 against the examples of [RFC 4493] 4.
func TestCMAC(t *testing.T) {
	key, _ := hex.DecodeString("2b7e151628aed2a6abf7158809cf4f3c")
	for message, want := range map[string]string{
		"":                                 "bb1d6929e95937287fa37d129b756746",
		"6bc1bee22e409f96e93d7e117393172a": "070a16b46b4d4144f79bdd9dd04a287c",
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411": "dfa66747de9ae63030ca32611497c827",
	} {
		b, err := hex.DecodeString(message)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(cmac(key, b)); got != want {
			t.Errorf("%s: got %s, want %s", message, got, want)
		}
	}
}
