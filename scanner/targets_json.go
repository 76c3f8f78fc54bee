package scanner

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"smbready/inventory"
)

// targetsJSON is how targets are kept for a scan that is to go on later: what
// they were resolved to, since a name may lead elsewhere by then and a list may
// have changed. The order of the ranges is that of their numbering.
type targetsJSON struct {
	Sites   []siteJSON        `json:"sites"`
	Names   map[string]string `json:"names,omitempty"`   // by address, of targets that were given by name
	Skipped []string          `json:"skipped,omitempty"` // why entries were passed over
}

// siteJSON is a run of ranges of one site.
type siteJSON struct {
	Site   string   `json:"site,omitempty"`
	Ranges []string `json:"ranges"` // 10.1.0.0/16, 10.1.2.3 or 10.1.2.3-10.1.2.9
}

// MarshalJSON writes the resolved ranges with their sites and names.
func (t *Targets) MarshalJSON() ([]byte, error) {
	var j targetsJSON
	for i, s := range t.spans {
		if i == 0 || s.site != t.spans[i-1].site {
			j.Sites = append(j.Sites, siteJSON{Site: s.site})
		}
		last := &j.Sites[len(j.Sites)-1]
		last.Ranges = append(last.Ranges, describe(s.IPRange))
	}
	var all netipx.IPSetBuilder
	for _, s := range t.spans {
		all.AddRange(s.IPRange)
	}
	set, err := all.IPSet()
	if err != nil {
		return nil, err
	}
	for a, name := range t.names {
		if !set.Contains(a) {
			continue // an excluded one
		}
		if j.Names == nil {
			j.Names = map[string]string{}
		}
		j.Names[a.String()] = name
	}
	for _, err := range t.skipped {
		j.Skipped = append(j.Skipped, err.Error())
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote, in the same numbering. Ranges that
// overlap, that no host can be in, or that are too many are errors. Whether
// public addresses are allowed is for Check.
func (t *Targets) UnmarshalJSON(b []byte) error {
	var j targetsJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	u := Targets{names: map[netip.Addr]string{}}
	for _, s := range j.Sites {
		for _, text := range s.Ranges {
			if err := u.addRange(text, s.Site); err != nil {
				return err
			}
		}
	}
	if err := u.checkOverlap(); err != nil {
		return err
	}
	for address, name := range j.Names {
		if err := u.addName(address, name); err != nil {
			return err
		}
	}
	for _, text := range j.Skipped {
		u.skipped = append(u.skipped, errors.New(text))
	}
	if err := u.Check(true); err != nil {
		return err
	}
	*t = u
	return nil
}

// addRange appends a range.
func (t *Targets) addRange(text, site string) error {
	r, err := readRange(text)
	if err != nil {
		return &TargetError{Text: text, Err: err}
	}
	n := rangeSize(r)
	if n > MaxTargets || t.total+n > MaxTargets {
		return &TargetError{Text: text, Err: fmt.Errorf("makes too many addresses for one scan (at most %d)", uint64(MaxTargets))}
	}
	t.spans = append(t.spans, span{IPRange: r, start: t.total, site: site})
	t.total += n
	return nil
}

// readRange reads what describe wrote.
func readRange(text string) (netipx.IPRange, error) {
	if p, err := netip.ParsePrefix(text); err == nil && !p.Addr().Is4In6() {
		return netipx.RangeOfPrefix(p), nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netipx.IPRangeFrom(a.Unmap(), a.Unmap()), nil
	}
	r, name, err := inventory.ReadTarget(text)
	if err == nil && name != "" {
		err = errors.New("is not a range of addresses")
	}
	return r, err
}

// checkOverlap refuses ranges that share an address: it would be asked twice.
func (t *Targets) checkOverlap() error {
	sorted := slices.SortedFunc(slices.Values(t.spans), func(a, b span) int {
		return cmp.Or(a.From().Compare(b.From()), a.To().Compare(b.To()))
	})
	for i := 1; i < len(sorted); i++ {
		if sorted[i].From().Compare(sorted[i-1].To()) <= 0 {
			return &TargetError{Text: describe(sorted[i].IPRange), Err: fmt.Errorf("overlaps %s", describe(sorted[i-1].IPRange))}
		}
	}
	return nil
}

// checkName refuses what is no host name.
func checkName(text string) error {
	_, name, err := inventory.ReadTarget(text)
	if err == nil && name == "" {
		err = errors.New("is no host name")
	}
	return err
}

func (t *Targets) addName(address, name string) error {
	a, err := netip.ParseAddr(address)
	if err == nil {
		err = checkName(name)
	}
	if err != nil {
		return &TargetError{Text: name, Err: err}
	}
	t.names[a] = name
	return nil
}
