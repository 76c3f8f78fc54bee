package smbproto

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxText is the longest text that is decoded, in characters; what is behind it
// is cut off. The longest name a server can rightly have, a DNS name, is 255
// long, and a hostile one must not fill a report.
const maxText = 512

// cp437 holds the upper half of code page 437, the OEM code page that devices
// without Unicode most often mean. Decoding with it is a guess, and lossless.
var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟" +
	"╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

func decodeOEM(b []byte) string {
	b = b[:min(len(b), maxText)]
	if isASCII(b) {
		return string(b)
	}
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

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendOEM is the reverse of decodeOEM. Characters outside code page 437
// become question marks, as on Windows.
func appendOEM(b []byte, s string) []byte {
	for _, c := range s {
		if c < utf8.RuneSelf {
			b = append(b, byte(c))
		} else if i := slices.Index(cp437, c); i >= 0 {
			b = append(b, byte(utf8.RuneSelf+i))
		} else {
			b = append(b, '?')
		}
	}
	return b
}

// decodeUTF16 reads little-endian UTF-16. Unpaired surrogates become U+FFFD,
// and so does a last odd byte.
func decodeUTF16(b []byte) string {
	b = b[:min(len(b), 2*maxText)]
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

// appendText appends s with its terminating zero, as UTF-16 or as OEM text.
func appendText(b []byte, s string, unicode bool) []byte {
	if unicode {
		return append(appendUTF16(b, s), 0, 0)
	}
	return append(appendOEM(b, s), 0)
}

// decodeText decodes a counted text.
func decodeText(b []byte, unicode bool) string {
	if unicode {
		return decodeUTF16(b)
	}
	return decodeOEM(b)
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

// looksOEM reports whether b, said to be terminated UTF-16 text, is OEM text cut
// off: plain letters and no zero anywhere.
func looksOEM(b []byte) bool {
	return len(b) > 0 && isASCII(b) && bytes.IndexByte(b, 0) < 0
}

// looksUTF16 reports whether b can only be terminated UTF-16 text of Latin
// letters: OEM text does not end in two zeros, nor has one behind the first
// letter of a name.
func looksUTF16(b []byte) bool {
	n := len(b)
	return n >= 4 && n%2 == 0 && b[0] != 0 && b[1] == 0 && b[n-2] == 0 && b[n-1] == 0
}
