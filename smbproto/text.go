package smbproto

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// cp437 holds the upper half of code page 437, the OEM code page that devices
// without Unicode most often mean. Decoding with it is a guess, and lossless.
var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟" +
	"╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

func decodeOEM(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
	for _, c := range b {
		if c < utf8.RuneSelf {
			s.WriteByte(c)
		} else {
			s.WriteRune(cp437[c-utf8.RuneSelf])
		}
	}
	return s.String()
}

// decodeUTF16 reads little-endian UTF-16. Unpaired surrogates become U+FFFD,
// and so does a last odd byte.
func decodeUTF16(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) / 2)
	for len(b) >= 2 {
		c := rune(le.Uint16(b))
		b = b[2:]
		if utf16.IsSurrogate(c) {
			low := rune(utf8.RuneError)
			if len(b) >= 2 {
				low = rune(le.Uint16(b))
			}
			if c = utf16.DecodeRune(c, low); c != utf8.RuneError {
				b = b[2:]
			}
		}
		s.WriteRune(c)
	}
	if len(b) > 0 {
		s.WriteRune(utf8.RuneError)
	}
	return s.String()
}

func appendUTF16(b []byte, s string) []byte {
	for _, c := range s {
		if c < 0x10000 {
			b = le.AppendUint16(b, uint16(c))
			continue
		}
		high, low := utf16.EncodeRune(c)
		b = le.AppendUint16(le.AppendUint16(b, uint16(high)), uint16(low))
	}
	return b
}

// appendText appends s with its terminating zero, as UTF-16 or as ASCII.
func appendText(b []byte, s string, unicode bool) []byte {
	if unicode {
		return append(appendUTF16(b, s), 0, 0)
	}
	return append(append(b, s...), 0)
}

// cutText returns the text at the start of b, up to its terminating zero or the
// end of b, and what follows. A last string may lack its terminator or, in
// UTF-16, half of it: servers send both ([MS-SMB] 2.2.4.6.2 notwithstanding).
func cutText(b []byte, unicode bool) (text string, rest []byte) {
	if !unicode {
		before, after, _ := bytes.Cut(b, []byte{0})
		return decodeOEM(before), after
	}
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return decodeUTF16(b[:i]), b[i+2:]
		}
	}
	if n := len(b); n%2 == 1 && b[n-1] == 0 {
		b = b[:n-1]
	}
	return decodeUTF16(b), nil
}
