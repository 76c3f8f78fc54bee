package plan

import (
	"cmp"
	"strings"

	"smbready/assess"
)

// Names of the waves, as the sites file has them.
const (
	PilotDevice = "pilot-device" // one computer or server
	PilotSite   = "pilot-site"   // one site
	All         = "all"
)

// Wave is a step of the rollout.
type Wave struct {
	Name  string   `json:"wave"`
	Sites []string `json:"sites"` // that it is about
	Gate
}

// waves returns the three steps of the rollout in order. Each but the first asks
// for the one before.
func waves(policy assess.Policy, sites []SitePlan) []Wave {
	first := pilotDevice(policy, sites)
	second := pilotSite(sites)
	if first.Decision != Go {
		second.against("The wave before it is a no-go.")
	} else {
		second.heed("Only after the pilot device has worked for a whole business cycle, the end of a month among it.")
	}
	last := Wave{Name: All, Sites: siteNames(sites), Gate: siteGates(sites)}
	if second.Decision != Go {
		last.against("The wave before it is a no-go.")
	} else {
		last.heed("Only after the pilot site has worked for a whole business cycle, the end of a month among it.")
	}
	return []Wave{first, second, last}
}

// inWave returns the sites that the sites file puts into a wave.
func inWave(sites []SitePlan, wave string) (list []SitePlan) {
	for _, s := range sites {
		if s.Wave == wave {
			list = append(list, s)
		}
	}
	return list
}

func siteNames(sites []SitePlan) []string {
	names := make([]string, len(sites))
	for i := range sites {
		names[i] = sites[i].words()
	}
	return names
}

// NoSite stands for the name of a site where there is none.
const NoSite = "(no site)"

func (s *SitePlan) words() string { return cmp.Or(s.Site, NoSite) }

// pilotDevice decides on the first wave. One computer or server, chosen so that
// nothing it needs is known to break, may go ahead while others may not: what it
// meets settles what is unknown. It takes more than hope: something that is known
// to work.
func pilotDevice(policy assess.Policy, sites []SitePlan) Wave {
	at := inWave(sites, PilotDevice)
	if len(at) == 0 {
		at = sites
	}
	if fit := fitForPilot(policy, at); len(fit) > 0 {
		at = fit
	}
	w := Wave{Name: PilotDevice, Sites: siteNames(at), Gate: openGate()}
	var sum Readiness
	seen, seenReady, away, interrupted, partial, stale := 0, 0, 0, false, false, false
	for i := range at {
		sum.add(at[i].Readiness)
		away += at[i].away()
		if e := at[i].Evidence; e != nil {
			seen, seenReady = seen+e.Devices, seenReady+e.Ready
		}
		interrupted = interrupted || at[i].source != nil && at[i].source.Interrupted
		partial, stale = partial || at[i].partial, stale || at[i].stale
	}
	switch {
	case policy == assess.ServerAlways && seen == 0:
		w.against("No listener, capture or event log has shown what any device does as a client of your servers; a scan cannot.")
	case policy == assess.ServerAlways && seenReady == 0:
		w.against("No device that was seen as a client of your servers is known to go on working.")
	case sum.Ready == 0:
		w.against("No device is known to go on working.")
	}
	if len(w.Reasons) == 0 {
		w.heedChoice(policy, sum, away)
	}
	w.heedRuns(interrupted, partial, stale)
	return w
}

// heedRuns says what the runs of its sites do not tell.
func (w *Wave) heedRuns(interrupted, partial, stale bool) {
	if interrupted {
		w.heed("A run did not reach its end: devices may be missing.")
	}
	if partial {
		w.heed("A run does not tell of all of its site: devices may be missing.")
	}
	if stale {
		w.heed("A run is too old to tell how its site is now, or of an unknown age.")
	}
}

// fitForPilot returns the sites at which something is known to go on working; for
// server-always, something that was seen as a client.
func fitForPilot(policy assess.Policy, sites []SitePlan) (fit []SitePlan) {
	for _, s := range sites {
		if s.Readiness.Ready > 0 && (policy == assess.ClientAlways || s.Evidence.Ready > 0) {
			fit = append(fit, s)
		}
	}
	return fit
}

// heedChoice says what to choose, and what to have ready. Away is how many devices are
// remembered as not ready.
func (w *Wave) heedChoice(policy assess.Policy, sum Readiness, away int) {
	open := openWords(sum, away)
	switch {
	case policy == assess.ClientAlways && open != "":
		w.heed("Choose one managed computer whose user needs none of %s.", open)
	case policy == assess.ClientAlways:
		w.heed("Choose one managed computer.")
	case open != "":
		w.heed("Choose one managed server to which none of %s connects; its own audit log (events 3021 and 3027) has to be silent for a whole business cycle.", open)
	default:
		w.heed("Choose one managed server; its own audit log (events 3021 and 3027) has to be silent for a whole business cycle.")
	}
	w.heed("Audit first (smbready plan --audit-setup), and have the way back at hand (smbready plan --settings powershell).")
}

// openWords counts the devices that are not ready, by what they are.
func openWords(r Readiness, away int) string {
	var parts []string
	for _, k := range []struct {
		n     int
		words string
	}{{r.Blocked, "that would break"}, {r.AlreadyBroken, "that fail already"}, {r.Unknown, "that are unknown"}, {r.Accepted, "that are accepted"},
		{away, "that were not ready when last judged"}} {
		if k.n > 0 {
			parts = append(parts, "the "+thousands(uint64(k.n))+" "+k.words)
		}
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// pilotSite decides on the second wave.
func pilotSite(sites []SitePlan) Wave {
	at := inWave(sites, PilotSite)
	if len(at) == 0 && len(sites) == 1 {
		at = sites
	}
	w := Wave{Name: PilotSite, Sites: siteNames(at), Gate: siteGates(at)}
	if len(at) == 0 {
		w.against("No site is marked \"wave: pilot-site\" in the sites file.")
		if s := fewestOpen(sites); s != nil {
			w.heed("Of all sites, %s has the fewest open devices.", s.words())
		}
	}
	return w
}

// fewestOpen returns the site at which least is open, of those with devices.
func fewestOpen(sites []SitePlan) *SitePlan {
	var best *SitePlan
	for i := range sites {
		s := &sites[i]
		if s.Readiness.Ready > 0 && (best == nil || s.open() < best.open()) {
			best = s
		}
	}
	return best
}

func (s *SitePlan) open() int {
	return s.Readiness.Blocked + s.Readiness.AlreadyBroken + s.Readiness.Unknown + s.away()
}

// away counts the devices that were not ready when they were last judged, and are not
// among those of today; where an exception holds, it is of no account.
func (s *SitePlan) away() int { return unaccepted(s.Missing) + unaccepted(s.Unsettled) }

// siteGates sums up the gates of sites. With several it names them.
func siteGates(sites []SitePlan) Gate {
	g := openGate()
	if len(sites) == 1 {
		g.Decision = sites[0].Decision
		g.Reasons = append(g.Reasons, sites[0].Reasons...)
		g.Conditions = append(g.Conditions, sites[0].Conditions...)
		return g
	}
	var closed, heeded []string
	for i := range sites {
		if sites[i].Decision != Go {
			closed = append(closed, sites[i].words())
		}
		if len(sites[i].Conditions) > 0 {
			heeded = append(heeded, sites[i].words())
		}
	}
	if len(closed) > 0 {
		g.against("%d of %s no-go: %s.", len(closed), counted(uint64(len(sites)), "site is a", "sites are a"), someNames(closed))
	}
	if len(heeded) > 0 {
		g.heed("Heed what is said of %s.", someNames(heeded))
	}
	return g
}
