package assess

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

// What the tables themselves cannot tell of the rules: since when they are as
// they are, and what their conditions do. A test knows when these two are out of
// date, and writes them anew when it is run with -update.
const (
	rulesDate   = "2026-11-23"
	sourcesHash = "2458a5c1f3dec5eb" // of the sources, without their comments
)

// RulesVersion returns the version of the rules by which hosts are judged: the
// day on which they changed last, and a hash over them, such as
// "2026-11-23-1f2e3d4c". Two reports of one run that name the same version were
// judged alike; with rules of recognition or makers of the user's own, only their
// verdicts were.
func RulesVersion() string { return rulesVersion() }

var rulesVersion = sync.OnceValue(func() string {
	h := sha256.New()
	for _, table := range tables {
		for _, r := range table {
			writeFields(h, r.reason, r.verdict, r.confidence, r.why, r.remedy, r.settle, r.source, r.rows)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(texts)) {
		writeFields(h, reason, texts[reason].title, texts[reason].body)
	}
	writeFields(h, sourcesHash)
	return fmt.Sprintf("%s-%x", rulesDate, h.Sum(nil)[:4])
})

// writeFields writes values so that no two lists of them look alike.
func writeFields(w io.Writer, fields ...any) {
	for _, f := range fields {
		text := fmt.Sprint(f)
		fmt.Fprintf(w, "%d:%s;", len(text), text)
	}
}
