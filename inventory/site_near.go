package inventory

import (
	"fmt"
	"strings"
)

// meant returns "; did you mean ..." for a word that is close to one of the
// choices, and otherwise nothing.
func meant(word string, choices []string) string {
	if near := nearest(word, choices); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// nearest returns the choice that differs from a word by two letters at most,
// and by fewer than half of its own; "" if there is none.
func nearest(word string, choices []string) string {
	const most = 2
	best, distance := "", most+1
	word = strings.ToLower(word)
	for _, c := range choices {
		if len(word) > len(c)+most {
			continue // so that a long word costs nothing
		}
		if d := lettersApart(word, strings.ToLower(c)); d < distance && 2*d < len(c) {
			best, distance = c, d
		}
	}
	return best
}

// lettersApart counts the letters to insert, to delete or to replace.
func lettersApart(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
