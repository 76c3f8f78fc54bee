package plan

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

var today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// host is a host of a test, and its findings in short: "breaks", "works likely",
// "unknown reason". The zero finding is unknown.
type host struct {
	at, name, mac, guid, site string
	account, guest, client    string
	seenBy                    []inventory.Source
	state                     inventory.State
	class                     assess.Class // a printer, if unknown
	seen                      time.Time
	clues                     bool // another service told of it
}

func (h host) inventory() *inventory.Host {
	out := &inventory.Host{Site: h.site, State: inventory.StateSMB, Time: h.seen, Names: inventory.Names{NetBIOS: h.name, MAC: h.mac}, SMB2: &inventory.SMB2{ServerGUID: h.guid}}
	if h.state != inventory.StateUnknown {
		out.State, out.SMB2 = h.state, nil
	}
	if h.state == notAsked {
		out.State = inventory.StateUnknown
	}
	if h.at != "" {
		out.Address = netip.MustParseAddr(h.at)
	}
	if h.clues {
		out.Clues = new(inventory.Clues)
	}
	if h.seenBy != nil {
		out.Client = &inventory.Client{Sources: h.seenBy}
	}
	return out
}

func (h host) assessment(t *testing.T) *assess.Assessment {
	a := &assess.Assessment{Device: assess.Device{Class: cmp.Or(h.class, assess.Printer)}}
	a.Policies.ClientAlways = finding(t, h.account)
	a.Policies.ServerAlways = finding(t, h.client)
	if h.guest != "" {
		g := finding(t, h.guest)
		a.Policies.ClientAlways.Guest = &g
	}
	return a
}

// finding reads a finding: a verdict, and then its confidence or its reason.
func finding(t *testing.T, text string) assess.Finding {
	t.Helper()
	f := assess.Finding{Confidence: assess.Likely, Reason: "client-role-unseen", Why: "Because."}
	words := strings.Fields(text)
	if len(words) == 0 {
		return f
	}
	var ok bool
	if f.Verdict, ok = assess.ParseVerdict(words[0]); !ok {
		t.Fatalf("no verdict is called %q", words[0])
	}
	for _, w := range words[1:] {
		switch w {
		case "weak":
			f.Confidence = assess.Weak
		case "proven":
			f.Confidence = assess.Proven
		default:
			f.Reason = w
		}
	}
	return f
}

// TestRefusalIsDevice: of an address that refuses SMB, and of which more is known, it is not
// known how it fares as a client.
func TestRefusalIsDevice(t *testing.T) {
	for name, c := range map[string]struct {
		more func(*inventory.Host)
		want Decision // of server-always
	}{
		"nothing more":         {func(*inventory.Host) {}, Go},
		"it was named":         {func(h *inventory.Host) { h.Target = "nas.example" }, NoGo},
		"it was logged on to":  {func(h *inventory.Host) { h.Sessions = []inventory.Session{{}} }, NoGo},
		"it told of its names": {func(h *inventory.Host) { h.Names.Node = []inventory.NetBIOSName{{}} }, NoGo},
		"it has a card":        {func(h *inventory.Host) { h.Names.MAC = cardA }, NoGo},
	} {
		b := NewBuilder(Options{Now: today})
		if err := b.Begin(Source{Site: "HQ", Started: today}); err != nil {
			t.Fatal(err)
		}
		known, refusal := host{at: "10.0.0.9", account: "works", client: "works", seenBy: listener}, host{at: "10.0.0.1", state: inventory.StateClosed, account: "not-applicable"}
		h := refusal.inventory()
		c.more(h)
		if err := b.Add(known.inventory(), known.assessment(t)); err != nil {
			t.Fatal(err)
		}
		if err := b.Add(h, refusal.assessment(t)); err != nil {
			t.Fatal(err)
		}
		if site := b.Plan().of(assess.ServerAlways).Sites[0]; site.Decision != c.want || len(site.Unknown) != int(Go-c.want) {
			t.Errorf("%s: %s %q", name, site.Decision, site.Reasons)
		}
	}
}

func made(t *testing.T, o Options, runs ...[]host) *Plan {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = today
	}
	b := NewBuilder(o)
	for i, hosts := range runs {
		run := Source{Name: fmt.Sprintf("run%d", i), Started: o.Now.Add(-time.Hour)}
		if len(o.Known) > 0 {
			run.Scope = o.Known[0].Targets
		}
		if err := b.Begin(run); err != nil {
			t.Fatal(err)
		}
		for _, h := range hosts {
			if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.Plan()
}

// whole is the definition of the site of hosts that name none.
var whole = []inventory.Site{{Targets: []string{"10.0.0.0/16"}}}

func (p *Plan) of(policy assess.Policy) *PolicyPlan {
	return &p.Policies[slices.IndexFunc(p.Policies, func(q PolicyPlan) bool { return q.Policy == policy })]
}

// TestReadiness counts devices of each kind.
func TestReadiness(t *testing.T) {
	for _, c := range []struct {
		name   string
		hosts  []host
		client Readiness
		server Readiness
	}{
		{name: "none"},
		{"works", []host{{at: "10.0.0.1", account: "works", client: "works"}},
			Readiness{Devices: 1, Ready: 1}, Readiness{Devices: 1, Ready: 1}},
		{"a hint is not enough", []host{{at: "10.0.0.1", account: "works weak", client: "works weak"}},
			Readiness{Devices: 1, Unknown: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"breaks", []host{{at: "10.0.0.1", account: "breaks", client: "breaks"}},
			Readiness{Devices: 1, Blocked: 1}, Readiness{Devices: 1, Blocked: 1}},
		{"unknown", []host{{at: "10.0.0.1"}}, Readiness{Devices: 1, Unknown: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"already broken", []host{{at: "10.0.0.1", account: "already-broken", client: "already-broken"}},
			Readiness{Devices: 1, AlreadyBroken: 1}, Readiness{Devices: 1, AlreadyBroken: 1}},
		{"not concerned", []host{{at: "10.0.0.1", account: "not-applicable", client: "not-applicable"}}, Readiness{}, Readiness{}},
		{"guests break", []host{{at: "10.0.0.1", account: "works proven", guest: "breaks"}},
			Readiness{Devices: 1, Blocked: 1, GuestOnly: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"guests not tested", []host{{at: "10.0.0.1", account: "works proven", guest: "unknown"}},
			Readiness{Devices: 1, Unknown: 1, GuestUnknown: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"guests refused", []host{{at: "10.0.0.1", account: "works", guest: "not-applicable"}},
			Readiness{Devices: 1, Ready: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"anonymous sessions", []host{{at: "10.0.0.1", account: "works", guest: "no-change"}},
			Readiness{Devices: 1, Ready: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"breaks both ways", []host{{at: "10.0.0.1", account: "breaks", guest: "breaks"}},
			Readiness{Devices: 1, Blocked: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"a dark address is no device", []host{{at: "10.0.0.1", state: inventory.StateFiltered}}, Readiness{}, Readiness{}},
		{"a bare refusal is no device", []host{{at: "10.0.0.1", state: inventory.StateClosed, account: "not-applicable"}}, Readiness{}, Readiness{}},
		{"a refusal that leaves open what it serves", []host{{at: "10.0.0.1", state: inventory.StateClosed}},
			Readiness{Devices: 1, Unknown: 1}, Readiness{Devices: 1, Unknown: 1}},
		{"a refusal with a name", []host{{at: "10.0.0.1", name: "PC1", state: inventory.StateClosed, account: "not-applicable"}},
			Readiness{}, Readiness{Devices: 1, Unknown: 1}},
		{"two addresses, the worst counts", []host{
			{at: "10.0.0.2", name: "NAS1", guid: randomGUID, account: "breaks", client: "works"},
			{at: "10.0.0.1", name: "NAS1", guid: randomGUID, account: "works proven", client: "unknown"},
			{at: "10.0.0.3", account: "works"}},
			Readiness{Devices: 2, Blocked: 1, Ready: 1}, Readiness{Devices: 2, Unknown: 2}},
		{"by name alone", []host{{name: "A", state: inventory.StateOpen}, {name: "B", state: inventory.StateOpen}},
			Readiness{Devices: 2, Unknown: 2}, Readiness{Devices: 2, Unknown: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := made(t, Options{}, c.hosts)
			for policy, want := range map[assess.Policy]Readiness{assess.ClientAlways: c.client, assess.ServerAlways: c.server} {
				if got := p.of(policy).Total; got != want {
					t.Errorf("%s: %+v\nwant %+v", policy, got, want)
				}
			}
		})
	}
}

const (
	notAsked   = inventory.State(255) // of a host of which no scan tells
	randomGUID = "6f1c2d3e4a5b6c7d8e9fa0b1c2d3e4f5"
	otherGUID  = "0b9e4a7c81d24f6395c8d7e6f1a20b3c"
)

// TestPercent rounds down: 100 means all.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		r    Readiness
		want int
	}{{Readiness{}, 0}, {Readiness{Devices: 1, Ready: 1}, 100}, {Readiness{Devices: 1000, Ready: 999}, 99}, {Readiness{Devices: 3, Ready: 2}, 66}} {
		if got := c.r.Percent(); got != c.want {
			t.Errorf("%+v: %d %%, want %d", c.r, got, c.want)
		}
	}
}

// TestJoinedKeepsBothAddresses shows what a device with two addresses is shown as.
func TestJoinedKeepsBothAddresses(t *testing.T) {
	p := made(t, Options{}, []host{
		{at: "10.0.0.9", name: "NAS1", guid: randomGUID, account: "breaks smb1-signing-off"},
		{at: "10.0.0.1", name: "NAS1", guid: randomGUID, account: "works", mac: "00:11:32:00:00:01"}})
	blockers := p.of(assess.ClientAlways).Sites[0].Blockers
	if len(blockers) != 1 {
		t.Fatalf("%d blockers", len(blockers))
	}
	d := blockers[0].Device
	if d.Address.String() != "10.0.0.1" || len(d.Also) != 1 || d.Also[0].String() != "10.0.0.9" || d.MAC == "" {
		t.Errorf("%+v", d)
	}
	if k := blockers[0].Kinds; len(k) == 0 || k[0] != Setting {
		t.Errorf("remedies %v", k)
	}
}

// TestSameSite refuses two runs of one site.
func TestSameSite(t *testing.T) {
	for name, c := range map[string]struct {
		first, second Source
		host          string
		want          string
	}{
		"by their heads":  {Source{Name: "a", Site: "HQ"}, Source{Name: "b", Site: "HQ"}, "", `a and b both tell of site "HQ"`},
		"by their hosts":  {Source{Name: "a", Site: "HQ"}, Source{Name: "b"}, "HQ", `a and b both tell of site "HQ"`},
		"of no site":      {Source{ID: "1"}, Source{ID: "2"}, "", "1 and 2 both tell of devices of no site"},
		"of two sites":    {Source{Name: "a", Site: "HQ"}, Source{Name: "b", Site: "Lab"}, "Lab", ""},
		"one names none":  {Source{Name: "a", Site: "HQ"}, Source{Name: "b"}, "", ""},
		"one of them two": {Source{Name: "a"}, Source{Name: "b", Site: "Lab"}, "HQ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBuilder(Options{Now: today})
			h := host{at: "10.0.0.1"}
			err := b.Begin(c.first)
			if err == nil && c.first.Site == "" {
				err = b.Add(h.inventory(), h.assessment(t))
			}
			if err == nil {
				err = b.Begin(c.second)
			}
			if err == nil {
				h.site = c.host
				err = b.Add(h.inventory(), h.assessment(t))
			}
			var same *SameSiteError
			if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && (got != c.want || !errors.As(err, &same)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestKinds holds the table of remedies against the reasons that there are.
func TestKinds(t *testing.T) {
	left := map[string]bool{}
	for r := range kinds {
		left[r] = true
	}
	for _, reason := range assess.Reasons() {
		e, _ := assess.Explain(reason)
		if e.Verdict != assess.Breaks && e.Verdict != assess.AlreadyBroken {
			continue
		}
		k := kindsOf(reason)
		if len(k) == 0 {
			t.Errorf("%s: no kind of remedy for %q", reason, e.Remedy)
		}
		for word, kind := range map[string]Kind{"irmware": Firmware, "eplace the": Replacement, "ccount": "", "out of the policy": Exempt} {
			if kind != "" && strings.Contains(e.Remedy, word) && !slices.Contains(k, kind) {
				t.Errorf("%s: %q, and the kinds are %v", reason, e.Remedy, k)
			}
		}
		delete(left, reason)
	}
	for r := range left {
		t.Errorf("%s is no reason to break", r)
	}
}

// TestSteps holds the table of steps against the reasons that there are.
func TestSteps(t *testing.T) {
	left := map[string]bool{}
	for r := range settledBy {
		left[r] = true
	}
	for _, reason := range assess.Reasons() {
		e, _ := assess.Explain(reason)
		unsure := e.Verdict == assess.Works && e.Confidence < assess.Likely
		if e.Verdict != assess.Unknown && !unsure {
			continue
		}
		steps := stepsOf(reason)
		if len(steps) == 0 {
			t.Errorf("%s: no step settles it: %q", reason, e.Settle)
		}
		for _, s := range steps {
			if s.rank() == len(stepTexts) {
				t.Errorf("%s: step %q has no text", reason, s)
			}
		}
		delete(left, reason)
	}
	for r := range left {
		t.Errorf("%s is no reason for an unknown", r)
	}
}

// TestGuestCheckIsNotAskedAgain of a host of which it was made, or cannot be.
func TestGuestCheckIsNotAskedAgain(t *testing.T) {
	mode := func(bits uint16) *inventory.SMB1 { return &inventory.SMB1{SecurityMode: &bits} }
	for name, c := range map[string]struct {
		host  inventory.Host
		ofAll bool
		want  string
	}{
		"it was not made":               {inventory.Host{SMB2: new(inventory.SMB2)}, false, "guest-check settings"},
		"it was made of all":            {inventory.Host{SMB2: new(inventory.SMB2)}, true, "settings"},
		"it was made of this one":       {inventory.Host{Observations: []inventory.Observation{{Step: inventory.StepGuestCheck}}}, false, "settings"},
		"share-level security":          {inventory.Host{SMB1: mode(0x02)}, false, "settings"},
		"passwords in clear text":       {inventory.Host{SMB1: mode(0x01)}, false, "settings"},
		"user-level security":           {inventory.Host{SMB1: mode(0x03)}, false, "guest-check settings"},
		"share-level beside SMB2":       {inventory.Host{SMB1: mode(0x02), SMB2: new(inventory.SMB2)}, false, "guest-check settings"},
		"an SMB1 server that says less": {inventory.Host{SMB1: new(inventory.SMB1)}, false, "guest-check settings"},
	} {
		b := NewBuilder(Options{Now: today})
		if err := b.Begin(Source{Started: today, GuestCheck: c.ofAll}); err != nil {
			t.Fatal(err)
		}
		c.host.Address, c.host.State = netip.MustParseAddr("10.0.0.1"), inventory.StateSMB
		if err := b.Add(&c.host, host{account: "works", guest: "unknown guest-not-tested"}.assessment(t)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range b.Plan().of(assess.ClientAlways).Sites[0].Unknown[0].Steps {
			got = append(got, string(s))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
}

// TestStepsFor takes the steps of least effort first, of these the one that
// settles most, and settles each device once.
func TestStepsFor(t *testing.T) {
	unknown := func(n int, reason string) (items []Item) {
		for range n {
			items = append(items, Item{Device: new(Device), Finding: assess.Finding{Reason: reason}, Steps: stepsOf(reason)})
		}
		return items
	}
	twice := unknown(1, "guest-not-tested")
	twice = append(twice, Item{Device: twice[0].Device, Finding: assess.Finding{Reason: "silent"}, Steps: []StepCode{StepGuestCheck}})
	for _, c := range []struct {
		name  string
		items []Item
		want  string
	}{
		{"nothing", nil, ""},
		{"most first", slices.Concat(unknown(1, "silent"), unknown(2, "guest-not-tested")), "guest-check 2, rescan 1"},
		{"cheapest of equals", unknown(3, "client-role-unseen"), "audit 3"},
		{"one step for two reasons", slices.Concat(unknown(2, "client-role-unseen"), unknown(1, "client-not-let-in"), unknown(2, "client-evidence-conflicts")), "audit 2, listener 3"},
		{"by hand only what is left", slices.Concat(unknown(1, "silent"), unknown(5, "no-dialect-accepted")), "rescan 1, settings 5"},
		{"two paths of one device", twice, "guest-check 1"},
		{"a reason that nothing settles", unknown(1, "nonsense"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range stepsFor(c.items) {
				got = append(got, fmt.Sprintf("%s %d", s.Code, s.Count))
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}
