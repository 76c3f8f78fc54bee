package plan

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

// TestProperties shows on plans of random hosts what no plan may break: every
// device is counted once, an exception makes nothing ready and takes nothing away,
// no policy is a go while something is open, and server-always never without
// evidence.
func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	verdicts := []string{"", "breaks", "already-broken", "unknown", "works", "works weak", "works proven", "no-change", "not-applicable"}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	for range 500 {
		var hosts []host
		var exceptions []inventory.Exception
		for i := range r.IntN(6) {
			h := host{at: fmt.Sprintf("10.0.0.%d", i+1), site: pick([]string{"HQ", "Lab"}), name: pick([]string{"", "A", "B"}),
				account: pick(verdicts), guest: pick(verdicts), client: pick(verdicts)}
			if r.IntN(3) == 0 {
				h.guid = randomGUID
			}
			if r.IntN(3) == 0 {
				h.seenBy = listener
			}
			if r.IntN(3) == 0 {
				exceptions = append(exceptions, exception(h.at, pick([]string{"client-always", "server-always"})))
			}
			hosts = append(hosts, h)
		}
		without, with := made(t, Options{}, hosts), made(t, Options{Exceptions: exceptions}, hosts)
		for i := range with.Policies {
			checkPlan(t, &with.Policies[i])
			a, b := without.Policies[i].Total, with.Policies[i].Total
			if a.Ready != b.Ready || a.Devices != b.Devices || b.Accepted+b.Blocked+b.AlreadyBroken+b.Unknown != a.Blocked+a.AlreadyBroken+a.Unknown {
				t.Errorf("exceptions turn %+v into %+v", a, b)
			}
		}
		if t.Failed() {
			t.Fatalf("%+v", hosts)
		}
	}
}

func checkPlan(t *testing.T, p *PolicyPlan) {
	t.Helper()
	var sum Readiness
	for _, s := range p.Sites {
		r := s.Readiness
		sum.add(r)
		if r.Ready+r.Accepted+r.Blocked+r.AlreadyBroken+r.Unknown != r.Devices {
			t.Errorf("%+v do not add up", r)
		}
		open := r.Blocked + r.AlreadyBroken + r.Unknown
		if s.Decision == Go && (open > 0 || p.Policy == assess.ServerAlways && s.Evidence.Devices == 0) {
			t.Errorf("%s is a go with %d open, %+v", s.Site, open, s.Evidence)
		}
		settled := 0
		for _, step := range s.Steps {
			settled += step.Count
		}
		if len(s.Unknown) > 0 && settled == 0 {
			t.Errorf("nothing settles %d unknowns", len(s.Unknown))
		}
	}
	if sum != p.Total {
		t.Errorf("total %+v of %+v", p.Total, sum)
	}
	for i, w := range p.Waves {
		if (w.Decision == Go) != (len(w.Reasons) == 0) || w.Decision == Go && i > 0 && p.Waves[i-1].Decision != Go {
			t.Errorf("wave %s is a %s with %q against", w.Name, w.Decision, w.Reasons)
		}
	}
}
