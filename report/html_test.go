package report

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

func htmlOf(t testing.TB, r *Run, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHTMLAlone: the page needs nothing else, and its policy for content allows its
// own stylesheet and script and nothing more.
func TestHTMLAlone(t *testing.T) {
	page := htmlOf(t, openFile(t, "testdata/site.jsonl"), TextOptions{})
	for _, bad := range []string{"http:", "https:", "//", "src=", "url(http", "@import", "<link", "<iframe", "<img", "onclick", "style=", "javascript:"} {
		text := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(page, "") // comments of the script
		if strings.Contains(text, bad) && !(bad == "//" && !strings.Contains(strings.ReplaceAll(text, "sha256-", ""), "://")) {
			t.Errorf("the page has %q", bad)
		}
	}
	policy := html.UnescapeString(regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	for element, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		found := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(found) != 1 || !strings.Contains(policy, directive+" "+hashSource(found[0][1])) {
			t.Errorf("%d elements %s; the policy is %s", len(found), element, policy)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	if page != htmlOf(t, openFile(t, "testdata/site.jsonl"), TextOptions{}) {
		t.Error("two pages of one run differ")
	}
}

// TestHTMLSays: the page says what the text says, of the head, the answers and the
// counts, and has each device in the table of all.
func TestHTMLSays(t *testing.T) {
	for _, name := range []string{"site", "clients", "verified", "interrupted", "empty"} {
		r := openFile(t, "testdata/"+name+".jsonl")
		r.Tool = "smbready 1.2"
		page := words(htmlOf(t, r, TextOptions{}))
		for _, f := range r.provenance() {
			if !strings.Contains(page, words(f.value)) {
				t.Errorf("%s: the page lacks %s: %s", name, f.name, f.value)
			}
		}
		var tally Tally
		if err := r.Each(func(_ *inventory.Host, a *assess.Assessment) error { tally.Add(a); return nil }); err != nil {
			t.Fatal(err)
		}
		for _, a := range []answer{clientAnswer(r, &tally), serverAnswer(r, &tally)} {
			for _, want := range append(a.points, a.heading) {
				if !strings.Contains(page, words(want)) {
					t.Errorf("%s: the page lacks %q", name, want)
				}
			}
		}
		if n := strings.Count(htmlOf(t, r, TextOptions{}), "<tr data-o="); n != r.Len() {
			t.Errorf("%s: %d rows of %d devices", name, n, r.Len())
		}
	}
}

// words are the words of a page, without its tags.
func words(s string) string {
	s = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(s, " "))
	return strings.Join(strings.Fields(s), " ")
}

// TestHTMLForm: a page with every part of a report is well formed.
func TestHTMLForm(t *testing.T) {
	page := htmlOf(t, openFile(t, "testdata/clients.jsonl"), TextOptions{})
	if n := strings.Count(page, "<table"); n < 5 {
		t.Errorf("%d tables", n)
	}
	wellFormed(t, page)
}

// wellFormed wants each part that the contents name once, a header for every table, and
// of each cell of a header of what it is one.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if n := strings.Count(page, `id="`+link[1]+`"`); n != 1 {
			t.Errorf("#%s is there %d times", link[1], n)
		}
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[id[1]] {
			t.Errorf("two elements are %s", id[1])
		}
		ids[id[1]] = true
	}
	for _, ref := range regexp.MustCompile(`(?:aria-labelledby|for)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !ids[ref[1]] {
			t.Errorf("nothing is %s", ref[1])
		}
	}
	if a, b := strings.Count(page, "<table"), strings.Count(page, "<thead>"); a != b {
		t.Errorf("%d tables, %d headers", a, b)
	}
	for _, th := range regexp.MustCompile(`<th[ >][^>]*`).FindAllString(page, -1) {
		if !strings.Contains(th, "scope=") {
			t.Errorf("%s has no scope", th)
		}
	}
	if !strings.Contains(page, `<html lang="en">`) || strings.Count(page, "<h1>") != 1 || strings.Count(page, "<main") != 1 {
		t.Error("language, heading or main part is missing")
	}
}

// TestHTMLHostile: whatever a device says, the page has no more markup than with
// harmless words, and nothing in it is invisible.
func TestHTMLHostile(t *testing.T) {
	harmless := tagsOf(hostilePage(t, "harmless"))
	ours := map[string]bool{"option": true, "li": true, "ul": true, "bdi": true} // of which a longer or an empty text has fewer
	for _, text := range append(hostile, `"><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `</style>`, `{{.}}`, "`${alert(1)}`", "' autofocus onfocus=alert(1) x='") {
		page := hostilePage(t, text)
		mustBeVisible(t, page)
		for tag, n := range tagsOf(page) {
			if want := harmless[tag]; n != want && !ours[strings.Trim(tag, "</")] {
				t.Errorf("%.60q: %d of %s, want %d", text, n, tag, want)
			}
		}
		if len(page) > 150_000 {
			t.Errorf("%.60q: a page of %d bytes", text, len(page))
		}
	}
}

func hostilePage(t *testing.T, text string) string {
	a, b, c := server("10.0.0.1", "A"), server("10.0.0.2", text), server("10.0.0.3", "C")
	fill(reflect.ValueOf(&a.Sessions).Elem(), text)
	fill(reflect.ValueOf(&a.Cost).Elem(), text)
	a.Cost.Runs[0].Direction = "write"
	a.Site, b.Site, c.Error = text, "HQ", text
	fill(reflect.ValueOf(&b.Names).Elem(), text)
	r := runOf(t, a, b, c)
	r.Header.Site, r.Header.Scope, r.Header.ID, r.Header.Tool = text, []string{text}, text, text
	points := []HistoryPoint{{Run: text, Site: text}, {Run: text, Site: text}}
	return htmlOf(t, r, TextOptions{History: points})
}

// tagsOf counts tags by their names.
func tagsOf(page string) map[string]int {
	n := map[string]int{}
	for _, tag := range regexp.MustCompile(`</?[a-zA-Z][a-zA-Z0-9]*`).FindAllString(page, -1) {
		n[strings.ToLower(tag)]++
	}
	return n
}

// TestHTMLProgress: a site with two runs or more has its progress, in the order of
// time, however many there are and in whatever order they come; the path of guests
// with it where a run tells of it.
func TestHTMLProgress(t *testing.T) {
	r := openFile(t, "testdata/site.jsonl")
	now, err := NewHistoryPoint(r)
	if err != nil || now.Hosts != r.Len() || now.Run != r.Header.ID {
		t.Fatalf("%+v, %v", now, err)
	}
	if page := htmlOf(t, r, TextOptions{History: []HistoryPoint{now}}); strings.Contains(page, `id="progress"`) {
		t.Error("one run has a progress")
	}
	var list []HistoryPoint
	for i := range 300 {
		p := now
		p.Run, p.Time, p.Complete = fmt.Sprintf("R%03d", i), now.Time.Add(-time.Duration(i)*24*time.Hour), i != 3
		list = append(list, p)
	}
	page := htmlOf(t, r, TextOptions{History: append(list, HistoryPoint{Site: "alone"})})
	if strings.Count(page, "<small>R") != 3*maxChartRuns || strings.Contains(page, "Site alone") || strings.Contains(page, "R200<") {
		t.Errorf("%d runs", strings.Count(page, "<small>R"))
	}
	if with, without := strings.Contains(page, "client-always, guests</caption>"), htmlOf(t, r, TextOptions{History: []HistoryPoint{{Run: "a"}, {Run: "b"}}}); !with || strings.Contains(without, "client-always, guests</caption>") {
		t.Error("the guests of runs are missing, or made up")
	}
	if strings.Index(page, "R199<") > strings.Index(page, "R000<") || !strings.Contains(page, "R003, incomplete") {
		t.Error("the order is wrong, or an incomplete run looks like another")
	}
}

// TestHTMLNarrow: on a narrow screen the counts of a chart are stacked with their words,
// which the stylesheet has in the order of the columns; none but zeros are left out.
func TestHTMLNarrow(t *testing.T) {
	css := pageAsset("style.css")
	list := assess.Verdicts[:]
	for i, v := range list {
		if want := fmt.Sprintf(".votes td:nth-child(%d)::before { content: %q / \"\"; }", i+3, verdictWords(v)+" "); !strings.Contains(css, want) {
			t.Errorf("the stylesheet lacks %s", want)
		}
	}
	if want := fmt.Sprintf(`.votes td:nth-child(%d)::before { content: "all " / ""; }`, len(list)+3); !strings.Contains(css, want) {
		t.Errorf("the stylesheet lacks %s", want)
	}
	_, print, _ := strings.Cut(css, "@media print")
	if strings.Contains(print, ".zero") {
		t.Error("zeros are left out in print")
	}
	page := htmlOf(t, openFile(t, "testdata/site.jsonl"), TextOptions{})
	rows := regexp.MustCompile(`<tr><th scope="row">[^\n]*</svg></td>((?:<td class="n(?: zero)?">\d+</td>)+)</tr>`).FindAllStringSubmatch(page, -1)
	if len(rows) < 5 {
		t.Fatalf("%d rows of charts", len(rows))
	}
	for _, row := range rows {
		for _, cell := range regexp.MustCompile(`<td class="n( zero)?">(\d+)<`).FindAllStringSubmatch(row[1], -1) {
			if (cell[1] != "") != (cell[2] == "0") {
				t.Errorf("%s is marked %q", cell[2], cell[1])
			}
		}
	}
}

// TestManySites: a run with more sites than anybody has counts the rest as one.
func TestManySites(t *testing.T) {
	var b breakdown
	a := new(assess.Judge).Assess(&inventory.Host{})
	for i := range 3 * maxBrokenDown {
		b.add(&inventory.Host{Site: strconv.Itoa(i)}, &a)
	}
	if len(b.sites) > maxBrokenDown+1 || b.sites[sitesBeyond].Hosts != 2*maxBrokenDown {
		t.Errorf("%d sites", len(b.sites))
	}
}

// TestContrast: words have the contrast that WCAG 2.2 wants, 1.4.3: 4.5 to 1; marks in
// charts and the borders of fields, 1.4.11: 3 to 1; light and dark.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("page_html/style.css")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(css), "prefers-color-scheme: dark")
	dark, print, _ := strings.Cut(rest, "@media print")
	light, _, _ := strings.Cut(string(css), "@media")
	for name, part := range map[string]string{"light": light, "dark": dark, "print": print} {
		color := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(part, -1) {
			if color[m[1]] == "" {
				color[m[1]] = m[2]
			}
		}
		want := func(least float64, ink, ground string) {
			if c := contrast(t, color[ink], color[ground]); c < least {
				t.Errorf("%s: %s on %s has %.2f to 1, want %.1f", name, ink, ground, c, least)
			}
		}
		for _, ground := range []string{"paper", "band", "breaks-band", "unknown-band", "works-band"} {
			want(4.5, "text", ground)
			want(4.5, "link", ground)
		}
		want(4.5, "soft", "paper")
		want(4.5, "soft", "band")
		if name != "print" {
			want(4.5, "text", "line") // the shade at the edge of a table that goes on
			want(4.5, "soft", "line")
		}
		want(3, "edge", "paper")
		for _, v := range assess.Verdicts {
			want(4.5, v.String(), v.String()+"-band")
			if name != "print" { // where shapes tell
				want(3, v.String()+"-fill", "paper")
			}
		}
	}
}

// contrast is the ratio of two colours, WCAG 2.2, "contrast ratio".
func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, color string) (l float64) {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q", color)
	}
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		c := float64(n>>(8*i)&0xff) / 255
		if c <= 0.04045 {
			l += weight * c / 12.92
		} else {
			l += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return l
}
