package report

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"smbready/assess"
	"smbready/inventory"
)

func text(t *testing.T, r *Run, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWidth: no line is longer than the terminal is wide.
func TestWidth(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		r := openFile(t, file)
		for _, columns := range []int{1, minWidth, 80, 120} {
			for n, l := range strings.Split(text(t, r, TextOptions{Width: columns, Verbose: true}), "\n") {
				if utf8.RuneCountInString(l) > max(columns, minWidth) {
					t.Errorf("%s at %d columns, line %d: %s", file, columns, n+1, l)
				}
			}
		}
	}
}

// TestColor: colours add nothing that the words do not say, and nothing but
// colours reaches the terminal.
func TestColor(t *testing.T) {
	r := openFile(t, "testdata/hostile.jsonl")
	plain, colored := text(t, r, TextOptions{Width: 80}), text(t, r, TextOptions{Width: 80, Color: true})
	mustBeVisible(t, plain)
	if plain == colored {
		t.Error("no colours")
	}
	if stripped := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored, ""); stripped != plain {
		t.Error(diff(plain, stripped))
	}
}

// TestLimit: a reason that needs no attention lists a few devices and says how
// many more there are; -v lists them all.
func TestLimit(t *testing.T) {
	r := manyHosts(t, 1234)
	brief := text(t, r, TextOptions{Width: 80, Limit: 5})
	if n := strings.Count(brief, "\n    10.0."); n != 5 || !strings.Contains(brief, "… and 1,229 more (-v lists them)") {
		t.Errorf("%d rows:\n%s", n, brief)
	}
	verbose := text(t, r, TextOptions{Width: 80, Limit: 5, Verbose: true})
	if n := strings.Count(verbose, "\n    10.0."); n != 1234 || strings.Contains(verbose, "-v lists") {
		t.Errorf("%d rows with Verbose", n)
	}
}

// arbitrary judges a host by its address: any verdict of any policy, in a way
// that real rules do not.
func arbitrary(h *inventory.Host) assess.Assessment {
	sum := fnv.New64a()
	fmt.Fprint(sum, h.Address)
	n := sum.Sum64()
	var a assess.Assessment
	for _, p := range assess.Policies {
		f := a.Policies.Of(p)
		f.Verdict = assess.Verdict(n % uint64(len(assess.Verdicts)))
		f.Confidence = assess.Confidence(n / 8 % uint64(assess.Proven+1))
		f.Reason = fmt.Sprintf("reason-%d", n/64%3)
		f.Why = "Because."
		n = n/7 + n<<7
	}
	if n%3 == 0 {
		a.Policies.ClientAlways.Guest = &assess.Finding{Verdict: assess.Verdict(n / 3 % uint64(len(assess.Verdicts)))}
	}
	return a
}

// TestCountsAddUp: whatever the judgement, each host is counted once for each
// policy, and each that is not fine is listed.
func TestCountsAddUp(t *testing.T) {
	r := manyHosts(t, 500)
	r.judge = arbitrary
	var tally Tally
	bad := map[string]bool{}
	err := r.Each(func(h *inventory.Host, a *assess.Assessment) error {
		tally.Add(a)
		if !a.Policies.ClientAlways.Verdict.Fine() {
			bad[h.Address.String()] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range assess.Policies {
		sum := 0
		for _, v := range assess.Verdicts {
			sum += tally.Count(p, v)
		}
		if sum != r.Len() || tally.Hosts != r.Len() {
			t.Errorf("%s: %d of %d hosts", p, sum, r.Len())
		}
	}
	servers, _, _ := strings.Cut(text(t, r, TextOptions{Width: 100}), "\nDevices as clients")
	for address := range bad {
		if !strings.Contains(servers, "\n    "+address+" ") {
			t.Errorf("%s is not listed", address)
		}
	}
}

// TestNeverFine: the summary has good news only when there is no bad news.
func TestNeverFine(t *testing.T) {
	one := func(v assess.Verdict, guest *assess.Finding) *Tally {
		var a assess.Assessment
		a.Policies.ClientAlways = assess.Finding{Verdict: v, Guest: guest}
		a.Policies.ServerAlways = assess.Finding{Verdict: v}
		t := new(Tally)
		t.Add(&assess.Assessment{Policies: assess.Findings{ClientAlways: assess.Finding{Verdict: assess.Works}, ServerAlways: assess.Finding{Verdict: assess.Works}}})
		t.Add(&a)
		return t
	}
	fine := func(a answer) bool { return a.verdict.Fine() }
	done, cut := &Run{}, &Run{Interrupted: true}
	for _, v := range assess.Verdicts {
		if tally := one(v, nil); fine(clientAnswer(done, tally)) != v.Fine() && v != assess.AlreadyBroken {
			t.Errorf("client-always, %s: %s", v, clientAnswer(done, tally).heading)
		}
		if tally := one(v, nil); fine(serverAnswer(done, tally)) != v.Fine() && v != assess.AlreadyBroken {
			t.Errorf("server-always, %s: %s", v, serverAnswer(done, tally).heading)
		}
		if tally := one(v, nil); fine(clientAnswer(cut, tally)) || fine(serverAnswer(cut, tally)) {
			t.Errorf("interrupted, %s: shown as fine", v)
		}
	}
	if a := clientAnswer(done, one(assess.Works, &assess.Finding{Verdict: assess.Breaks})); fine(a) {
		t.Errorf("guests break: %s", a.heading)
	}
	if a := clientAnswer(done, new(Tally)); fine(a) {
		t.Errorf("no hosts: %s", a.heading)
	}
	if a := serverAnswer(done, new(Tally)); fine(a) {
		t.Errorf("no hosts: %s", a.heading)
	}
}

// failing is a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteErrors(t *testing.T) {
	r := openFile(t, "testdata/site.jsonl")
	for _, f := range Formats {
		if err := Write(failing{}, r, f, TextOptions{}); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %v, %v", f, got, err)
		}
	}
	_, err := ParseFormat("pdf")
	if err == nil || !strings.Contains(err.Error(), "text, csv, json") {
		t.Errorf("error = %v", err)
	}
	if err := Write(&bytes.Buffer{}, openFile(t, "testdata/empty.jsonl"), "pdf", TextOptions{}); err == nil {
		t.Error("no error")
	}
}
