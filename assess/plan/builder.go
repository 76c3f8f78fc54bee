package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// Options says for what a plan is made.
type Options struct {
	Sites      []inventory.Site      // those of the sites file; one that no run tells of is not known
	Exclude    []string              // what the sites file excludes at any site
	Known      []inventory.Site      // further definitions of sites, for those that runs tell of
	Stored     bool                  // definitions are those that a store keeps, which does not know Exclude
	PassedOver []PassedOver          // newer runs of sites than those of the plan
	NotRead    map[string]int        // by site: earlier runs of late that are too many to be recalled
	NoStore    bool                  // there was none to look for earlier runs in
	Former     map[string][]string   // by site: names of sites that are no more, whose targets it has now
	Areas      map[string][]string   // by site: the targets that are it; what was met at none of them may be of any
	Exceptions []inventory.Exception // those that were accepted, also when they have expired
	Now        time.Time             // by which exceptions expire and runs age

	// Judge judges what was met of a device in several runs together. Without it, a
	// contact that is not met again counts as it did.
	Judge func(*inventory.Host) assess.Assessment
}

// Builder collects assessed hosts. It keeps a few words of each; of one that was met at
// work, as a client or by its clients, or that was logged on to, it keeps the host itself,
// which is judged once more with what other runs met.
type Builder struct {
	options Options
	sources []*Source
	sites   map[string]*siteBuilder
	now     present
	runs    int            // that were begun
	reaches map[int]*Reach // of these
	newer   map[string][]PassedOver
	covers  map[string]Coverage // by site, where a run told of it
}

// present is the run that is being added.
type present struct {
	run    Source             // as it was given
	count  *runCount          // of all of it
	sites  map[string]*Source // of a run of several sites: those that are taken
	others map[string]bool    // all its sites, where some are picked: other runs tell of the rest; nil where none is
	within *inventory.Area    // of a run of no site, or of others: the targets of the site of which hosts are taken
	except *inventory.Area    // and what of these is of the sites that the run names
	known  *inventory.Area    // of a run of no site: what is of any
	site   string             // that one
	own    *Source            // of the hosts that name none of them; nil while there are none
}

// runCount is what was counted of a run, of all its sites.
type runCount struct {
	smb, strays uint64
	last        time.Time // when the last of its hosts was seen
}

// NewBuilder returns a builder without hosts.
func NewBuilder(o Options) *Builder {
	b := &Builder{options: o, sites: map[string]*siteBuilder{}, reaches: map[int]*Reach{}, newer: map[string][]PassedOver{}, covers: map[string]Coverage{}}
	for i := range o.Sites {
		b.sites[o.Sites[i].Name] = &siteBuilder{name: o.Sites[i].Name, site: &o.Sites[i]}
	}
	for _, p := range o.PassedOver { // so that one of which there is no other run is told of
		b.newer[p.Site] = append(b.newer[p.Site], p)
		if p.Site != "" && b.sites[p.Site] == nil {
			b.sites[p.Site] = &siteBuilder{name: p.Site}
		}
	}
	return b
}

// siteBuilder is what is collected of one site.
type siteBuilder struct {
	name   string
	site   *inventory.Site // nil for one that is not in the sites file
	source *Source         // nil while nothing told of it
	hosts  []*member
	joiner assess.Joiner
	canary assess.CanaryCandidates
}

// SameSiteError means that two runs tell of the same site: which of them is right
// about a device is not for the plan to say.
type SameSiteError struct{ Site, First, Second string }

func (e *SameSiteError) Error() string {
	if e.Site == "" {
		return fmt.Sprintf("%s and %s both tell of devices of no site", e.First, e.Second)
	}
	return fmt.Sprintf("%s and %s both tell of site %q", e.First, e.Second, e.Site)
}

// Begin begins with the hosts of a run. It fails if an earlier one was of its
// site.
func (b *Builder) Begin(s Source) error {
	b.begin(s)
	b.now.own = b.source(s.Site)
	if s.Site == "" {
		return nil
	}
	_, err := b.at(s.Site, b.now.own)
	return err
}

// BeginSites begins with the hosts of a run of several sites. Where sites are picked,
// only those are taken: others tell of the rest. Without any, all are, and what names
// none of them.
func (b *Builder) BeginSites(s Source, picked []string) error {
	b.begin(s)
	b.now.sites = map[string]*Source{}
	if len(picked) == 0 {
		picked = s.Sites
	} else {
		b.now.others = map[string]bool{}
		for _, site := range s.Sites {
			b.now.others[site] = true
		}
	}
	for _, site := range picked {
		if b.now.sites[site] != nil {
			continue
		}
		b.now.sites[site] = b.source(site)
		if _, err := b.at(site, b.now.sites[site]); err != nil {
			return err
		}
	}
	return nil
}

// BeginWithin begins with the hosts of a run of no site, or of others, of which those are
// taken that are known to be in the targets of one, whatever site they name; but none in
// the targets excepted. Of a run of no site, what was met at no site is taken too.
func (b *Builder) BeginWithin(s Source, site string, targets, except []string) error {
	b.begin(s)
	b.now.sites, b.now.site = map[string]*Source{site: b.source(site)}, site
	within, besides := inventory.ParseArea(targets), inventory.ParseArea(except)
	b.now.within, b.now.except = &within, &besides
	if !s.Elsewhere {
		known := inventory.ParseArea(slices.Concat(slices.Collect(maps.Values(b.options.Areas))...))
		b.now.known = &known
	}
	_, err := b.at(site, b.now.sites[site])
	return err
}

func (b *Builder) begin(s Source) {
	s.Nth, s.count = b.runs, new(runCount)
	b.runs++
	b.now = present{run: s, count: s.count}
}

// source notes the present run as one that tells of a site, empty for what names none.
func (b *Builder) source(site string) *Source {
	s := b.now.run
	s.Site = site
	b.sources = append(b.sources, &s)
	return &s
}

// hasHost reports whether a host is known to be in an area.
func hasHost(a *inventory.Area, h *inventory.Host) bool {
	return a.Has(h.Address) || a.Open() && a.Overlaps(areaOf(h.Target))
}

// at returns the site of that name, of which a run tells.
func (b *Builder) at(name string, now *Source) (*siteBuilder, error) {
	s := b.sites[name]
	if s == nil {
		s = &siteBuilder{name: name}
		b.sites[name] = s
	}
	if s.source == nil {
		s.source = now
	}
	if s.source != now {
		return nil, &SameSiteError{name, s.source.words(), now.words()}
	}
	return s, nil
}

// siteOf returns the site of a host of the present run, nil for one that is not taken.
func (b *Builder) siteOf(h *inventory.Host) (*siteBuilder, error) {
	p := &b.now
	if p.within != nil {
		if named := h.Site == p.site && h.Site != ""; !named && (!hasHost(p.within, h) || hasHost(p.except, h)) && !p.stray(h) {
			return nil, nil
		}
		return b.at(p.site, p.sites[p.site])
	}
	switch s := p.sites[h.Site]; {
	case s != nil:
		return b.at(h.Site, s)
	case p.others[h.Site]:
		return nil, nil
	case p.others != nil:
		p.count.strays++
		return nil, nil
	case p.own == nil:
		p.own = b.source("")
	}
	return b.at(cmp.Or(h.Site, p.own.Site), p.own)
}

// stray reports whether a host of a run of no site was met, and not asked, at an address
// that is of no site, or at none that is known. It may be of any site, and a client at each.
func (p *present) stray(h *inventory.Host) bool {
	met := h.Client != nil || len(h.Served) > 0 || !h.Address.IsValid()
	return met && p.known != nil && h.Site == "" && !hasHost(p.known, h)
}

func (s *Source) words() string { return cmp.Or(s.Name, s.ID, "a run") }

// Add takes in a host of the run that Begin began with last, and what it was
// judged to be. An address of which nothing is known but that no answer came
// from it, or that it refuses SMB, is no device; the source counts such addresses.
func (b *Builder) Add(h *inventory.Host, a *assess.Assessment) error {
	if h.State == inventory.StateSMB {
		b.now.count.smb++
	}
	if h.Time.After(b.now.count.last) {
		b.now.count.last = h.Time
	}
	if dark(h) || refusal(h, a) {
		return nil
	}
	s, err := b.siteOf(h)
	if s == nil || err != nil {
		return err
	}
	s.joiner.Add(h)
	s.canary.Add(h, a)
	m := newMember(h, a)
	m.guestAsked = guestAsked(h, b.now.run.GuestCheck)
	m.stray = b.now.within != nil && b.now.stray(h)
	s.hosts = append(s.hosts, m)
	return nil
}

// dark reports whether all that is known is an address that gave no answer.
func dark(h *inventory.Host) bool {
	silent := h.State == inventory.StateFiltered || h.State == inventory.StateUnreachable
	return silent && bare(h)
}

// refusal reports whether all that is known is an address that refuses SMB, and so
// serves no files. A scan lists such addresses or not, as it is told, and that must
// change no count. One that somebody named, or whose refusal leaves open what it
// serves, is a device.
func refusal(h *inventory.Host, a *assess.Assessment) bool {
	return h.State == inventory.StateClosed && h.Target == "" && a.Policies.ClientAlways.Verdict == assess.NotApplicable &&
		len(h.Sessions) == 0 && len(h.Names.Node) == 0 && bare(h)
}

// bare reports whether nothing is known of a host but its state.
func bare(h *inventory.Host) bool {
	return h.Client == nil && len(h.Served) == 0 && h.SMB1 == nil && h.SMB2 == nil &&
		h.Names.NetBIOS == "" && h.Names.DNS == "" && h.Names.MAC == "" && h.Clues == nil
}

// Plan returns the plan. The builder must not be used after that.
func (b *Builder) Plan() *Plan {
	p := &Plan{Made: b.options.Now, Rules: assess.RulesVersion(), Runs: []Source{}, devices: map[string][]*member{}, sites: map[string]*SitePlan{}, judge: b.options.Judge}
	for _, s := range b.sources {
		s.end()
		p.Runs = append(p.Runs, *s)
	}
	x := newExceptionIndex(b.options.Exceptions, b.options.Now)
	for _, name := range slices.Sorted(maps.Keys(b.sites)) {
		p.devices[name] = b.sites[name].join()
		x.match(name, p.devices[name])
	}
	p.Exceptions = x.uses()
	for _, policy := range []assess.Policy{assess.ClientAlways, assess.ServerAlways} {
		p.Policies = append(p.Policies, b.policy(policy, p, x))
	}
	for _, s := range p.told() {
		p.sites[s.Site] = s
	}
	return p
}

func (b *Builder) policy(policy assess.Policy, p *Plan, x *exceptionIndex) PolicyPlan {
	plan := PolicyPlan{Policy: policy, Name: policy.String(), Sites: []SitePlan{}}
	for _, name := range slices.Sorted(maps.Keys(b.sites)) {
		site := b.sites[name].plan(policy, p.devices[name], x)
		b.rest(&site, b.sites[name].site)
		site.Gate = site.gate(policy, b.options.Now)
		plan.Total.add(site.Readiness)
		if site.source == nil {
			plan.Unseen++
		}
		plan.Sites = append(plan.Sites, site)
	}
	plan.Waves = waves(policy, plan.Sites)
	return plan
}

// rest says of a site on what its plan rests.
func (b *Builder) rest(s *SitePlan, definition *inventory.Site) {
	s.stored, s.sitesFile = b.options.Stored, len(b.options.Sites) > 0 && !b.options.Stored
	s.kept = s.stored && definition != nil
	s.noStore, s.former = b.options.NoStore, b.options.Former[s.Site]
	s.notRead, s.undefined = b.options.NotRead[s.Site], s.sitesFile && definition == nil
	if s.newer = b.newer[s.Site]; s.source == nil {
		return
	}
	i := slices.IndexFunc(b.options.Known, func(k inventory.Site) bool { return k.Name == s.Site })
	if definition == nil && i >= 0 {
		definition = &b.options.Known[i]
	}
	if definition != nil && len(definition.Targets) > 0 {
		area := inventory.ParseArea(definition.Targets)
		s.area = &area
	}
	s.cover = b.cover(s.Site, s.source, definition)
}

// cover says how much of a site was in the scope of its run.
func (b *Builder) cover(site string, run *Source, definition *inventory.Site) Coverage {
	if c, known := b.covers[site]; known {
		return c
	}
	if b.reaches[run.Nth] == nil {
		b.reaches[run.Nth] = NewReach(&inventory.Run{Sites: run.Sites, Scope: run.Scope, Excluded: run.Excluded}, b.options.Sites, b.options.Known)
	}
	b.covers[site] = b.reaches[run.Nth].Cover(definition, b.options.Exclude)
	return b.covers[site]
}

// join makes devices of hosts: one that has several addresses stands for all of
// them, with the worst of what was found at any.
func (s *siteBuilder) join() []*member {
	joined := s.joiner.Join()
	byAddress := map[netip.Addr]*member{}
	var devices []*member
	slices.SortStableFunc(s.hosts, func(a, b *member) int { return a.device.Address.Compare(b.device.Address) })
	for _, h := range s.hosts {
		first := h.device.Address
		for _, other := range joined.Also(first) {
			if other.Less(first) {
				first = other
			}
		}
		// What else shares an address, and does not speak SMB, is another device.
		if to := byAddress[first]; to != nil && h.serves && first != h.device.Address {
			to.merge(h)
			continue
		}
		if h.serves && byAddress[first] == nil {
			byAddress[first] = h
		}
		devices = append(devices, h)
	}
	s.hosts = nil
	return devices
}

// plan sorts the devices of a site by what the policy does to them.
func (s *siteBuilder) plan(policy assess.Policy, devices []*member, x *exceptionIndex) SitePlan {
	site := SitePlan{Site: s.name, Blockers: []Item{}, Broken: []Item{}, Unknown: []Item{}, Accepted: []Item{}, source: s.source}
	if s.site != nil {
		site.Owner, site.Tags, site.Wave = s.site.Owner, s.site.Tags, strings.TrimSpace(s.site.Wave)
	}
	if policy == assess.ServerAlways {
		site.Evidence = new(Evidence)
		site.Canary = s.canary.Groups()
	}
	for _, m := range devices {
		site.add(policy, m, x.of(m, policy))
	}
	for _, list := range [][]Item{site.Blockers, site.Broken, site.Unknown, site.Accepted} {
		slices.SortFunc(list, compareItems)
	}
	site.Steps = stepsFor(site.Unknown)
	return site
}

// compareItems orders by what is said of a device, so that those of one reason
// stand together, users with an account before guests, and then by address.
func compareItems(a, b Item) int {
	return cmp.Or(strings.Compare(string(b.Path), string(a.Path)), strings.Compare(a.Finding.Reason, b.Finding.Reason),
		a.Device.Address.Compare(b.Device.Address), strings.Compare(a.Device.Name, b.Device.Name), strings.Compare(a.Finding.Why, b.Finding.Why))
}

// add takes a device into the lists and the counts.
func (s *SitePlan) add(policy assess.Policy, m *member, e exceptionsOf) {
	status := m.status(policy)
	if status == NotConcerned {
		return
	}
	shown := status
	if e.holds != nil && status != Ready {
		shown = Accepted
	}
	s.Readiness.count(shown, policy, m)
	if s.Evidence != nil {
		s.Evidence.add(m, status)
	}
	for i := range m.paths {
		p := &m.paths[i]
		if p.policy() != policy || p.status() == Ready || p.status() == NotConcerned {
			continue
		}
		s.list(shown, newItem(s.Site, m, p, e))
	}
}

func (s *SitePlan) list(shown Status, it Item) {
	switch {
	case shown == Accepted:
		it.Status = Accepted
		s.Accepted = append(s.Accepted, it)
	case it.Status == Blocked:
		s.Blockers = append(s.Blockers, it)
	case it.Status == AlreadyBroken:
		s.Broken = append(s.Broken, it)
	default:
		s.Unknown = append(s.Unknown, it)
	}
}

func newItem(site string, m *member, p *pathFinding, e exceptionsOf) Item {
	it := Item{Site: site, Device: &m.device, Path: p.path, Status: p.status(), Finding: p.finding, Exception: e.holds, Expired: e.expired}
	if it.Status == StatusUnknown {
		it.Steps = stepsOf(p.finding.Reason)
		if m.guestAsked {
			it.Steps = slices.DeleteFunc(it.Steps, func(c StepCode) bool { return c == StepGuestCheck })
		}
	} else {
		it.Kinds = kindsOf(p.finding.Reason)
	}
	return it
}

func (r *Readiness) count(s Status, policy assess.Policy, m *member) {
	r.Devices++
	switch s {
	case Ready:
		r.Ready++
	case Blocked:
		r.Blocked++
		if policy == assess.ClientAlways && m.statusOf(WithAccount) == Ready {
			r.GuestOnly++
		}
	case AlreadyBroken:
		r.AlreadyBroken++
	case Accepted:
		r.Accepted++
	default:
		r.Unknown++
		if policy == assess.ClientAlways && m.statusOf(WithAccount) == Ready {
			r.GuestUnknown++
		}
	}
}
