package report

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
)

func planPageOf(t testing.TB, p *RolloutPlan, f Format, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WritePlan(&b, p, f, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// goldenPlan is the plan of a run of testdata, compared with another one if one is named.
func goldenPlan(t testing.TB, run string, since ...string) *RolloutPlan {
	t.Helper()
	var old []NamedRun
	for _, name := range since {
		old = append(old, namedRun(t, name))
	}
	p, err := NewRolloutPlan([]NamedRun{namedRun(t, run)}, old, nil, planOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlanHTMLAlone: the page needs nothing else, has no script, and its policy for
// content allows its stylesheet and nothing more.
func TestPlanHTMLAlone(t *testing.T) {
	page := planPageOf(t, goldenPlan(t, "site.jsonl"), HTML, TextOptions{})
	for _, bad := range []string{"http:", "https:", "://", "src=", "url(http", "@import", "<link", "<iframe", "<img", "<script", "<form", "onclick", "style=", "javascript:"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	policy := html.UnescapeString(regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)[1]
	if want := "default-src 'none'; style-src " + hashSource(style) + "; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("the policy is %s, want %s", policy, want)
	}
}

// TestPlanHTMLSays: the page says each line of the text, however many devices that lists,
// with the same words in the same order.
func TestPlanHTMLSays(t *testing.T) {
	plans := map[string]*RolloutPlan{"verified": goldenPlan(t, "verified.jsonl", "interrupted.jsonl"), "of hostile names": hostilePlan(t, "<b>name</b> & co")}
	for _, name := range []string{"site", "clients", "hostile", "empty"} {
		plans[name] = goldenPlan(t, name+".jsonl")
	}
	for name, p := range plans {
		page := regexp.MustCompile(`<summary>.*?</summary>`).ReplaceAllString(planPageOf(t, p, HTML, TextOptions{}), "")
		page = plain(words(page))
		for line := range strings.Lines(planPageOf(t, p, Text, TextOptions{Width: 1 << 20, Verbose: true})) {
			line = regexp.MustCompile(`^  (  \S|\S).*? +([0-9,]+ +[0-9,]+ +(?:-|\d+ %) .*?)(?: +(go|no-go))?$`).ReplaceAllString(strings.TrimRight(line, "\n"), "$3 $2") // the page has the decision in front
			line = regexp.MustCompile(`^  Given as +`).ReplaceAllString(line, "Run ")
			if strings.HasPrefix(line, "  SITE ") || strings.HasPrefix(line, "===") {
				continue
			}
			if !strings.Contains(page, plain(line)) {
				t.Errorf("%s: the page lacks %q", name, line)
			}
		}
	}
}

// plain leaves of words what does not tell how they are laid out.
func plain(s string) string {
	s = strings.NewReplacer(",", " ", ":", " ", "|", " ", " - ", " ").Replace(" " + strings.ToLower(s) + " ")
	return strings.Join(strings.Fields(s), " ")
}

// TestPlanHTMLForm: a page with every part of a plan is well formed.
func TestPlanHTMLForm(t *testing.T) {
	wellFormed(t, planPageOf(t, goldenPlan(t, "site.jsonl"), HTML, TextOptions{}))
	wellFormed(t, planPageOf(t, hostilePlan(t, "harmless"), HTML, TextOptions{}))
}

// TestPlanHTMLHostile: whatever a device, a file or an exception says, the page has no
// more markup than with harmless words, and nothing in it is invisible.
func TestPlanHTMLHostile(t *testing.T) {
	harmless := tagsOf(planPageOf(t, hostilePlan(t, "harmless"), HTML, TextOptions{}))
	for _, text := range append(hostile, `"><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `</style>`, `</details></ul>`, `{{.}}`, "' autofocus onfocus=alert(1) x='") {
		page := planPageOf(t, hostilePlan(t, text), HTML, TextOptions{})
		mustBeVisible(t, page)
		for tag, n := range tagsOf(page) {
			if want := harmless[tag]; n != want && strings.Trim(tag, "</") != "li" { // without a name, something else is known of a device
				t.Errorf("%.60q: %d of %s, want %d", text, n, tag, want)
			}
		}
		if len(page) > 150_000 {
			t.Errorf("%.60q: a page of %d bytes", text, len(page))
		}
	}
}

// old is a host that cannot sign.
func old(address, name string) *inventory.Host {
	h, mode := server(address, name), uint16(2)
	h.SMB1, h.SMB2, h.NTLM = &inventory.SMB1{Port: 445, Dialect: "NT LM 0.12", Signing: inventory.SigningDisabled, SecurityMode: &mode, WordCount: 17}, nil, nil
	return h
}

// hostilePlan has one of everything that a plan tells of, with text for every name.
func hostilePlan(t testing.TB, text string) *RolloutPlan {
	t.Helper()
	run := func(day int, hosts ...*inventory.Host) NamedRun {
		for _, h := range hosts {
			h.Time = planDayOfTests.AddDate(0, 0, day)
		}
		r := runOf(t, hosts...)
		r.Header.Site, r.Header.ID, r.Header.Tool, r.Header.Started = "HQ", text, text, planDayOfTests.AddDate(0, 0, day)
		r.Summary.Finished = r.Header.Started.Add(time.Hour)
		return NamedRun{Run: r, Name: text}
	}
	now := run(-1, old("10.0.0.1", text), server("10.0.0.2", text), old("10.0.0.3", text), &inventory.Host{Address: server("10.0.0.4", "").Address, State: inventory.StateOpen, Error: text})
	before := run(-9, old("10.0.0.1", text), old("10.0.0.9", text))
	// A sites file has no longer names than this.
	o := plan.Options{Now: planDayOfTests, Sites: []inventory.Site{{Name: "HQ", Owner: text, Tags: []string{text}}, {Name: "z" + clip(text, maxQuote), Owner: text}}}
	for at, days := range map[string]int{"10.0.0.3": 9, "10.0.0.1": -9} {
		o.Exceptions = append(o.Exceptions, inventory.Exception{ID: text, Device: at, Policy: "client-always", By: text, Why: text, Until: planDayOfTests.AddDate(0, 0, days)})
	}
	p, err := NewRolloutPlan([]NamedRun{now}, []NamedRun{before}, func(use func(NamedRun) error) error { return use(before) }, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &p.Policies[0].Sites[0]
	if c := p.Policies[0].Changes; len(s.Blockers) == 0 || len(s.Accepted) == 0 || len(s.Missing) == 0 || len(s.Unknown) == 0 || len(c.NotSeen) == 0 {
		t.Fatalf("something is missing of %+v, %+v", s, c)
	}
	return p
}

// TestPlanHTMLMany: of very many devices the page has a few of each list in sight and
// folds up the rest, which is all there.
func TestPlanHTMLMany(t *testing.T) {
	const n = 50_000
	hosts := make([]*inventory.Host, n)
	for i := range hosts {
		at := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&0xff, i&0xff)
		if hosts[i] = old(at, fmt.Sprintf("PC%05d", i)); i%2 == 0 {
			hosts[i] = &inventory.Host{Address: hosts[i].Address, State: inventory.StateOpen}
		}
	}
	p, err := NewRolloutPlan([]NamedRun{{Run: runOf(t, hosts...), Name: "many"}}, nil, nil, plan.Options{Now: planDayOfTests})
	if err != nil {
		t.Fatal(err)
	}
	page := planPageOf(t, p, HTML, TextOptions{})
	shown := regexp.MustCompile(`(?s)<details>.*?</details>`).ReplaceAllString(page, "")
	if len(shown) > 100_000 || len(page) > 400*n {
		t.Errorf("%d bytes, %d of them in sight", len(page), len(shown))
	}
	if !strings.Contains(page, "<summary>… and 24,900 more</summary>") || !strings.Contains(page, "(PC49999)") || strings.Contains(shown, "(PC49999)") {
		t.Error("the rest is missing, or not folded up")
	}
	if open := planPageOf(t, p, HTML, TextOptions{Verbose: true}); strings.Contains(open, "<details>") || strings.Count(open, "<details open>") != strings.Count(page, "<details>") {
		t.Error("a list is folded up nevertheless")
	}
}
