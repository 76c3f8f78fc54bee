package inventory

import "fmt"

// An enumeration is stored as a small number and written as its name, so that
// comparing is cheap and the line format stays readable.
//
// A name that a reader does not know (a newer tool wrote it) reads as the zero
// value: unknown, never a guess.
type enum interface{ ~uint8 }

func enumString[E enum](e E, names []string) string {
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("invalid(%d)", uint8(e))
}

func parseEnum[E enum](text []byte, names []string) E {
	for i, name := range names {
		if name == string(text) {
			return E(i)
		}
	}
	return 0
}
