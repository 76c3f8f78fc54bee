package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"

	"smbready/assess"
)

// The page is one file that needs no network: its stylesheet and its script stand
// in it, and its policy for content ("Content-Security-Policy") allows those two by
// their hashes and nothing else, so that nothing a device said could ever run.
//
//go:embed page_html
var pageFiles embed.FS

// pageTemplates are the parsed templates of the page.
var pageTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").ParseFS(pageFiles, "page_html/*.tmpl"))
})

// pageAsset returns a file of the page.
func pageAsset(name string) string {
	b, err := pageFiles.ReadFile("page_html/" + name)
	if err != nil {
		panic("report: " + err.Error()) // a fault of the build
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// pageShell is what every page of HTML begins with.
type pageShell struct {
	Title  string
	Style  template.CSS
	Script template.JS
	Policy string // for content
}

// newShell returns the shell of a page. A page without a script allows none.
func newShell(title, script string) pageShell {
	style := pageAsset("style.css")
	s := pageShell{Title: Escape(title), Style: template.CSS(style), Script: template.JS(script)}
	s.Policy = "default-src 'none'; style-src " + hashSource(style)
	if script != "" {
		s.Policy += "; script-src " + hashSource(script)
	}
	s.Policy += "; base-uri 'none'; form-action 'none'"
	return s
}

// hashSource is how a policy for content names a text that it allows.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes the report as one page of HTML that needs nothing else: what
// WriteText says, as tables, with all devices. It can be read without a script;
// where scripts run, the devices can be searched and sorted. Of each device it
// holds one row in memory.
func WriteHTML(w io.Writer, r *Run, o TextOptions) error {
	c := newCollection()
	if err := inOrder(r, r.textItem, func(it textItem) error { c.add(it); return nil }); err != nil {
		return err
	}
	c.joined = c.joiner.Join()
	buf := bufio.NewWriterSize(w, 64<<10)
	if err := pageTemplates().ExecuteTemplate(buf, "page.tmpl", newHTMLPage(r, c, o)); err != nil {
		return err
	}
	return buf.Flush()
}

// collection is what the page and the tables of a workbook say of a run, besides
// what the text says.
type collection struct {
	*textReport
	by      breakdown
	devices []*judgedRow
}

// judgedRow is a device with its verdicts under the two policies that break things.
type judgedRow struct {
	*row
	order          int // by address
	client, server verdictOf
	guest          string
}

// verdictOf is what is kept of a finding.
type verdictOf struct {
	verdict    assess.Verdict
	confidence assess.Confidence
	reason     string
}

func brief(f *assess.Finding) verdictOf {
	return verdictOf{f.Verdict, f.Confidence, f.Reason}
}

func newCollection() *collection {
	return &collection{textReport: newTextReport(TextOptions{}.normal())}
}

func (c *collection) add(it textItem) {
	c.textReport.add(it)
	c.by.add(it.host, it.assessment)
	p := &it.assessment.Policies
	c.devices = append(c.devices, &judgedRow{row: it.row, order: len(c.devices), client: brief(&p.ClientAlways), server: brief(&p.ServerAlways), guest: it.row.guest})
}

// worst returns the severity of the worst verdict, guests that would be shut out
// included; 0 is the worst.
func (j *judgedRow) worst() int {
	s := min(j.client.verdict.Severity(), j.server.verdict.Severity())
	if j.guest == assess.Breaks.String() {
		s = assess.Breaks.Severity()
	}
	return s
}

// worstFirst returns the devices, the worst first and then by address.
func (c *collection) worstFirst() []*judgedRow {
	list := slices.Clone(c.devices)
	slices.SortStableFunc(list, func(a, b *judgedRow) int { return a.worst() - b.worst() })
	return list
}
