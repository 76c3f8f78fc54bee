package inventory

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Site is one location of the network, as the user describes it in a sites
// file.
type Site struct {
	Name     string   `json:"name"`
	Targets  []string `json:"targets"`             // CIDRs, ranges, addresses, host names
	Exclude  []string `json:"exclude,omitempty"`   // never contacted
	Gentle   bool     `json:"gentle,omitempty"`    // controllers or medical devices: see scan --gentle
	Owner    string   `json:"owner,omitempty"`     // who answers for the devices there
	Tags     []string `json:"tags,omitempty"`      // words to pick sites by
	Wave     string   `json:"wave,omitempty"`      // of the rollout: pilot-device, pilot-site, all or a number
	TimeZone string   `json:"time_zone,omitempty"` // an IANA name; never empty where there is a window or a schedule
	Windows  []Window `json:"window,omitempty"`    // when it may be scanned; empty: at any time
	Schedule string   `json:"schedule,omitempty"`  // a cron expression, see Cron; empty: never by itself
	Rate     float64  `json:"rate,omitempty"`      // connections a second; 0: as scan has it
	CatchUp  CatchUp  `json:"catch_up,omitempty"`  // what becomes of a scheduled scan that was missed
}

// Zone returns the time zone of the site's window and schedule; UTC where none
// is given.
func (s *Site) Zone() (*time.Location, error) {
	if s.TimeZone == "" {
		return time.UTC, nil
	}
	return loadZone(s.TimeZone)
}

// Sites is a sites file.
type Sites struct {
	Exclude []string // never contacted, at any site
	Sites   []Site

	lists siteLists
}

// Defined returns the sites, each with all that is never contacted there.
func (s Sites) Defined() []Site {
	list := slices.Clone(s.Sites)
	for i := range list {
		list[i].Exclude = slices.Concat(s.Exclude, list[i].Exclude)
	}
	return list
}

// CatchUp says what becomes of a scheduled scan that could not begin in time.
type CatchUp uint8

// The zero value is the one after which nothing stays unknown.
const (
	CatchUpRun  CatchUp = iota // it is made as soon as the window allows
	CatchUpSkip                // the next one is waited for
)

var catchUpNames = []string{"run", "skip"}

func (c CatchUp) String() string { return enumString(c, catchUpNames) }

// MarshalText returns the name.
func (c CatchUp) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText takes a name; one that is not known reads as run.
func (c *CatchUp) UnmarshalText(text []byte) error {
	*c = parseEnum[CatchUp](text, catchUpNames)
	return nil
}

func (s Sites) names() (list []string) {
	for _, site := range s.Sites {
		list = append(list, site.Name)
	}
	return list
}

// Pick returns the sites of the given names, or all when none is given.
func (s Sites) Pick(names []string) ([]Site, error) {
	if len(names) == 0 {
		return s.Sites, nil
	}
	byName := map[string]Site{}
	for _, site := range s.Sites {
		byName[site.Name] = site
	}
	var picked []Site
	for i, name := range names {
		site, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("no site is called %q; there are %s", name, strings.Join(s.names(), ", "))
		}
		if !slices.Contains(names[:i], name) {
			picked = append(picked, site)
		}
	}
	return picked, nil
}
