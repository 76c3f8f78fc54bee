package inventory

import (
	"strings"
	"testing"
	"time"
)

const goodExceptions = `exceptions:
  - device: 10.1.2.3
    policy: client-always
    by: J. Doe, plant IT
    why: replaced in January
    until: 2027-01-31
    site: HQ
    accepted: 2026-11-01
  - {device: copier7, policy: server-always, by: J. Doe, why: 'it "only" prints', until: "2026-12-31", id: CHG-17}
`

func TestReadExceptions(t *testing.T) {
	got, err := ReadExceptions("e.yaml", strings.NewReader(goodExceptions))
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	want := Exception{ID: got[0].ID, Device: "10.1.2.3", Site: "HQ", Policy: "client-always", By: "J. Doe, plant IT",
		Why: "replaced in January", Until: day(2027, 1, 31), Accepted: day(2026, 11, 1)}
	if got[0] != want {
		t.Errorf("got %+v\nwant %+v", got[0], want)
	}
	if len(got[0].ID) != 9 || got[1].ID != "CHG-17" || got[1].Why != `it "only" prints` {
		t.Errorf("IDs %q and %q, why %q", got[0].ID, got[1].ID, got[1].Why)
	}
	again, _ := ReadExceptions("e.yaml", strings.NewReader(goodExceptions))
	if again[0].ID != got[0].ID {
		t.Error("the ID of an exception is not always the same")
	}
	if none, err := ReadExceptions("e.yaml", strings.NewReader("exceptions: []\n")); err != nil || len(none) != 0 {
		t.Errorf("an empty list: %v, %v", none, err)
	}
}

// TestReadExceptionsRefuses holds each mistake against the words and the line
// that name it.
func TestReadExceptionsRefuses(t *testing.T) {
	const start = "exceptions:\n- device: a\n  policy: client-always\n  by: b\n  why: c\n  until: 2027-01-31\n"
	for name, c := range map[string]struct{ file, want string }{
		"nothing":             {"", `e.yaml: lists no exceptions`},
		"a comment":           {"# none\n", `e.yaml: lists no exceptions`},
		"a list at the top":   {"- device: a\n", `e.yaml:1: a file of exceptions is due`},
		"a wrong key above":   {"exception: []\n", `e.yaml:1: a file of exceptions has no "exception"; it has exceptions`},
		"no list":             {"exceptions: yes\n", `e.yaml:1: under "exceptions" a list is due`},
		"a wrong key":         {start + "  untill: 2027-01-31\n", `e.yaml:7: an exception has no "untill"; it has device, policy`},
		"a key twice":         {start + "  by: d\n", `e.yaml:7: "by" occurs twice`},
		"no device":           {"exceptions:\n- policy: client-always\n  by: b\n", `e.yaml:2: the exception has no device`},
		"an empty device":     {strings.Replace(start, "device: a", "device: ''", 1), `e.yaml:2: the exception has no device`},
		"nobody":              {strings.Replace(start, "  by: b\n", "", 1), `e.yaml:2: the exception has no by`},
		"no reason":           {strings.Replace(start, "why: c", "why:", 1), `e.yaml:5: why is not a text`},
		"no end":              {strings.Replace(start, "  until: 2027-01-31\n", "", 1), `e.yaml:2: the exception has no until`},
		"another policy":      {strings.Replace(start, "client-always", "client-if-server-agrees", 1), `e.yaml:3: the exception has the policy "client-if-server-agrees"; there are exceptions to client-always and server-always`},
		"a day that is none":  {strings.Replace(start, "2027-01-31", "2027-02-31", 1), `e.yaml:6: until wants a day such as 2027-03-31, not "2027-02-31"`},
		"a time":              {strings.Replace(start, "2027-01-31", "2027-01-31T10:00:00Z", 1), `e.yaml:6: until wants a day`},
		"a day long ago":      {strings.Replace(start, "2027-01-31", "0027-01-31", 1), `e.yaml:6: until wants a day`},
		"ended before":        {start + "  accepted: 2028-01-01\n", `e.yaml:2: the exception ends before it was accepted`},
		"the same twice":      {start + strings.TrimPrefix(start, "exceptions:\n"), `e.yaml:7: the same device, site and policy as in line 2`},
		"an id twice":         {start + "  id: x\n- {device: b, policy: client-always, by: b, why: c, until: 2027-01-31, id: x}\n", `e.yaml:8: the id "x" occurs twice, the first time in line 2`},
		"an alias":            {"exceptions:\n- &a {device: a}\n- *a\n", `e.yaml:2: the exception has no policy`},
		"an anchor":           {strings.Replace(start, "device: a", "device: &x a", 1), `e.yaml:2: anchors`},
		"a list for a text":   {strings.Replace(start, "by: b", "by: [b]", 1), `e.yaml:4: by is not a text`},
		"controls":            {strings.Replace(start, "why: c", `why: "c\e[2J"`, 1), `e.yaml:5: the exception has a why that begins or ends with a space, or has control characters`},
		"a long text":         {strings.Replace(start, "why: c", "why: "+strings.Repeat("c", 2000), 1), `e.yaml:5: the exception has a why of more than 1000 bytes`},
		"a wrong key of seen": {start + "  seen: {card: x}\n", `e.yaml:7: what was seen of the device has no "card"; it has address, names, macs`},
		"seen, a text":        {start + "  seen: nas1\n", `e.yaml:7: what was seen of the device is due`},
		"seen, no list":       {start + "  seen: {names: nas1}\n", `e.yaml:7: names wants a list`},
		"seen, no name":       {start + "  seen: {names: ['']}\n", `e.yaml:7: names lists an empty text`},
		"seen, controls":      {start + "  seen: {names: [\"a\\e[2J\"]}\n", `e.yaml:7: names lists a text that begins`},
		"seen, no card":       {start + "  seen:\n    macs: [00:11:32]\n", `e.yaml:8: macs lists "00:11:32", which is not the address of a network card`},
		"seen, no identifier": {start + "  seen: {server_guids: [abc]}\n", `e.yaml:7: server_guids lists "abc", which is not`},
		"seen, no address":    {start + "  seen: {address: nas1}\n", `e.yaml:7: address wants an address such as 10.1.2.3, not "nas1"`},
		"seen, no day":        {start + "  seen: {date: today}\n", `e.yaml:7: date wants a day`},
		"seen, a long run":    {start + "  seen: {run: " + strings.Repeat("r", 300) + "}\n", `e.yaml:2: the exception has under seen, run, a text of more than 255 bytes`},
		"seen, a list within": {start + "  seen: {names: [[a]]}\n", `e.yaml:7: names lists what is not a text`},
		"seen, many":          {start + "  seen: {names: [" + strings.Repeat("a, ", 20) + "a]}\n", `e.yaml:7: 21 names; 16 are the most`},
		"two documents":       {start + "---\n" + start, `e.yaml:7: a second document`},
		"no YAML":             {"exceptions: [\n", `e.yaml:`},
		"a large file":        {strings.Repeat("# comment\n", 500_000), `e.yaml: longer than 4 MiB`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadExceptions("e.yaml", strings.NewReader(c.file))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v, error %v\nwant %s", got, err, c.want)
			}
		})
	}
}

// TestExpired shows that the last day counts in full, and that no day is over.
func TestExpired(t *testing.T) {
	e := Exception{Until: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}
	for at, want := range map[string]bool{
		"2026-11-29T23:59:59Z": false, "2026-11-30T00:00:00Z": false, "2026-11-30T23:59:59Z": false,
		"2026-12-01T00:00:00Z": true, "2027-01-01T00:00:00Z": true,
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Expired(now); got != want {
			t.Errorf("expired at %s: %v, want %v", at, got, want)
		}
	}
	if !new(Exception).Expired(time.Unix(0, 0)) {
		t.Error("an exception without an end holds for ever")
	}
}

// FuzzReadExceptions shows that no file makes it panic, and that what it lets
// through is whole.
func FuzzReadExceptions(f *testing.F) {
	for _, seed := range []string{goodExceptions, "exceptions: []", "- a", "exceptions:\n- &a {device: *a}", "a: &a [*a, *a]", "exceptions: [{device: ~}]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ReadExceptions("e.yaml", strings.NewReader(string(b)))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "e.yaml:") {
				t.Errorf("an error without the file: %v", err)
			}
			return
		}
		for i := range list {
			if err := list[i].Check(); err != nil || list[i].ID == "" {
				t.Errorf("%+v was let through: %v", list[i], err)
			}
		}
	})
}

// The same address at two sites is two devices: what is accepted at the one must not
// take the place of what was at the other.
func TestIdentifyAtSite(t *testing.T) {
	at := func(site, seen string) string {
		e := Exception{Device: "10.0.0.2", Policy: "client-always", Site: site}
		if seen != "" {
			e.Seen = &SeenDevice{Site: seen}
		}
		e.Identify()
		return e.ID
	}
	if at("", "HQ") == at("", "Mill") || at("", "HQ") == at("", "") || at("HQ", "") != at("", "HQ") {
		t.Errorf("ids %s, %s, %s, %s", at("", "HQ"), at("", "Mill"), at("", ""), at("HQ", ""))
	}
}
