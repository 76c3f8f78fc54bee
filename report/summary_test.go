package report

import (
	"strings"
	"testing"
)

// TestHead: the head says what was asked besides, and what ended the scan.
func TestHead(t *testing.T) {
	head := strings.Replace(headLine, `"tool"`, `"guest_check":true,"services":["reverse-dns","mdns\u001b[2J"],"tool"`, 1)
	summary := strings.Replace(summaryLine, `"interrupted":false`, `"interrupted":true,"error":"stopped at \u202efs01: the logon failed"`, 1)
	r, err := open(head + hostLine("10.0.0.9", "silent") + summary)
	if err != nil {
		t.Fatal(err)
	}
	page := text(t, r, TextOptions{})
	mustBeVisible(t, page)
	for _, want := range []string{`; guest check made; also asked: reverse-dns, mdns\x1b[2J`, "  Error    stopped at \\u202efs01: the logon failed\n",
		"  Missing  The scan ended early, by that error, so this report is incomplete."} {
		if !strings.Contains(strings.Join(strings.Fields(page), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the text lacks %q:\n%s", want, page)
		}
	}
	if r, err = open(headLine + hostLine("10.0.0.9", "silent") + summaryLine); err != nil {
		t.Fatal(err)
	}
	for _, none := range []string{"guest check made", "also asked", "  Error", "ended early"} {
		if page := text(t, r, TextOptions{}); strings.Contains(page, none) {
			t.Errorf("%q of a plain scan", none)
		}
	}
}

// TestWrapPercent: a percent sign is never parted from its number.
func TestWrapPercent(t *testing.T) {
	if got := Wrap("runs at 93 % of it (84 to 93 %.", 10); got != "runs at\n93 % of it\n(84 to\n93 %." {
		t.Errorf("%q", got)
	}
	if got := Wrap("% a %% 7 %x 8 % %", 4); got != "% a\n%% 7\n%x\n8 %\n%" {
		t.Errorf("%q", got)
	}
}
