package report

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestAuditSetup shows the text as it is printed, and that it fits a screen.
func TestAuditSetup(t *testing.T) {
	var got bytes.Buffer
	if err := WriteAuditSetup(&got, EnoughDays); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/audit_setup.txt", got.Bytes())
	const widest = 80 // letters, but for what is to be copied and cannot be broken
	whole := []string{"     ./Device/", "     Set-Smb"}
	for line := range strings.Lines(got.String()) {
		n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
		if slices.ContainsFunc(whole, func(begin string) bool { return strings.HasPrefix(line, begin) }) {
			n = 0
		}
		if n > widest || strings.Contains(line, "{days}") || strings.Contains(line, "{note}") {
			t.Errorf("%d letters: %s", n, line)
		}
	}
	if strings.Contains(got.String(), "not taken for evidence") {
		t.Error("30 days are said not to be enough")
	}
	got.Reset()
	if err := WriteAuditSetup(&got, 7); err != nil || !strings.Contains(got.String(), "silence for less than 30 days is\n   not taken for evidence") {
		t.Errorf("7 days: %v, no warning", err)
	}
	if WriteAuditSetup(fullDisk{}, 30) == nil {
		t.Error("a full disk is no error")
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }
