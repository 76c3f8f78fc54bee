package report

import (
	"bytes"
	"strings"
	"testing"

	"smbready/assess"
)

// TestProvenance: what every report says of its run, and that none of it is empty or
// made up where the run does not tell.
func TestProvenance(t *testing.T) {
	head := `{"type":"run","version":1,"id":"R1","site":"HQ","started":"2026-11-22T09:00:00Z","scope":["10.0.0.0/24"],"excluded":["10.0.0.9"],"tool":"smbready 1","depth":"challenge","gentle":true,"guest_check":true,"services":["mdns"],"targets":255}` + "\n"
	cut := `{"type":"summary","probed":100,"smb":0,"open":1,"closed":10,"filtered":88,"unreachable":1,"skipped":2,"finished":"2026-11-22T09:10:00Z","interrupted":true}` + "\n"
	bare := `{"type":"run","version":1,"id":"","started":"0001-01-01T00:00:00Z","scope":null,"tool":""}` + "\n"
	for _, tt := range []struct{ run, name, want string }{
		{head + cut, "Run", "R1"},
		{head + cut, "Never contacted", "10.0.0.9"},
		{head + cut, "Started", "2026-11-22 09:00:00 UTC"},
		{head + cut, "Complete", "no: it was interrupted"},
		{head + cut, "Asked for", "depth challenge; gentle: one question on one connection and one datagram each; guest check; other services: mdns"},
		{head + cut, "Targets", "255 addresses"},
		{head + cut, "Not reached", "The scan was interrupted, so this report is incomplete. 155 addresses were not asked. " +
			"89 addresses gave no answer: a device there that was off, asleep or behind a firewall has not been judged. " +
			"2 lines of the target list could not be read and were passed over."},
		{head, "Finished", "no end recorded"},
		{head, "Complete", "no: it has no end; it was interrupted, or the file is damaged"},
		{headLine + summaryLine, "Complete", "yes"},
		{headLine + summaryLine, "Asked for", "depth not recorded; no guest check"},
		{bare + summaryLine, "Run", "without a name"},
		{bare + summaryLine, "Scope", "not recorded"},
		{bare + summaryLine, "Made by", "not recorded"},
		{bare + summaryLine, "Judged by", "rules " + assess.RulesVersion()},
	} {
		r, err := open(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		fields := r.provenance()
		if got := fieldOf(fields, tt.name); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for _, f := range fields {
			if f.value == "" {
				t.Errorf("%s is empty", f.name)
			}
		}
	}
}

// TestEveryFormSays: scope, time, what was not reached, tool and rules stand in every
// form of the report.
func TestEveryFormSays(t *testing.T) {
	r := openFile(t, "testdata/site.jsonl")
	want := map[string][]string{
		"scope": {"10.1.0.0/16"}, "excluded": {"10.1.9.0/24"}, "run": {"01JD8Q"}, "started": {"2026-11-22 09:00", "2026-11-22T09:00:00Z"},
		"finished": {"09:41"}, "not reached": {"25,409", `"filtered":25409`}, "tool": {"smbready 0.1.0"}, "rules": {assess.RulesVersion()},
	}
	for _, f := range Formats {
		var b bytes.Buffer
		if err := Write(&b, r, f, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if f == XLSX {
			text = string(workbookText(t, b.Bytes()))
		}
		for what, any := range want {
			found := false
			for _, w := range any {
				found = found || strings.Contains(text, w)
			}
			if !found {
				t.Errorf("%s does not say the %s", f, what)
			}
		}
	}
}

// TestOnlySite: one site of a run, and what says so.
func TestOnlySite(t *testing.T) {
	host := func(address, site string) string {
		return strings.Replace(hostLine(address, "silent"), `"time"`, `"site":"`+site+`","time"`, 1)
	}
	text := strings.Replace(headLine, `"started"`, `"site":"HQ","started"`, 1) + hostLine("10.0.0.1", "silent") + host("10.0.0.2", "Lab") + host("10.0.0.3", "HQ") + summaryLine
	for site, want := range map[string]int{"HQ": 2, "Lab": 1} {
		r, err := open(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.OnlySite(site); err != nil || r.Len() != want {
			t.Errorf("%s: %d devices, %v", site, r.Len(), err)
		}
		for _, f := range []Format{Text, HTML, Markdown} {
			var b bytes.Buffer
			if err := Write(&b, r, f, TextOptions{}); err != nil || !strings.Contains(words(b.String()), "this report shows this site alone") {
				t.Errorf("%s of %s does not say that it is a part: %v", f, site, err)
			}
		}
	}
	r, err := open(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.OnlySite("lab"); err == nil || !strings.HasSuffix(err.Error(), "its sites are HQ, Lab") {
		t.Error(err)
	}
}

// TestSitesCounted: with several sites, the page, the workbook and the ticket count each.
func TestSitesCounted(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, manyHosts(t, 300)); err != nil {
		t.Fatal(err)
	}
	i, lines := 0, []string(nil)
	lines = strings.SplitAfter(b.String(), "\n")
	for n, l := range lines {
		if strings.Contains(l, `"site":"HQ"`) {
			lines[n] = strings.Replace(l, `"site":"HQ"`, `"site":"Site `+string(rune('A'+i%3))+`"`, 1)
			i++
		}
	}
	r, err := open(strings.Join(lines, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Format{HTML, XLSX, Markdown} {
		var b bytes.Buffer
		if err := Write(&b, r, f, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		text := words(b.String())
		if f == XLSX {
			text = words(string(workbookText(t, b.Bytes())))
		}
		text = strings.NewReplacer("`", "", "| ", "").Replace(text)
		if !strings.Contains(text, "Site B 0 0 0 100 0 0") {
			t.Errorf("%s does not count Site B: %.3000s", f, text)
		}
	}
}
