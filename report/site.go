package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"smbready/inventory"
)

// maxSitesNamed is how many sites an error lists.
const maxSitesNamed = 20

// OnlySite narrows the run to the devices of one site: those that name it, and,
// in a run of that site, those that name none. What the summary counts stays that
// of the entire run, and every report says so. It reads the run once, and must be
// called before anything else does. A site that the run is not of, and of which there
// is no device, is an error that names those of which there are.
func (r *Run) OnlySite(name string) error {
	sites := map[string]bool{}
	var kept []entry
	i := 0
	err := linesInOrder(r, siteOfLine, func(site string) error {
		if site = firstOf(site, r.Header.Site); len(sites) <= maxSitesNamed {
			sites[site] = true
		}
		if site == name {
			kept = append(kept, r.index[i])
		}
		i++
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(kept) == 0 && !r.Header.IsOf(name):
		return fmt.Errorf("no device of site %q is in the run; %s", name, sitesThere(sites))
	}
	r.index, r.onlySite = kept, name
	return nil
}

func siteOfLine(e entry, line []byte) (string, error) {
	var part struct {
		Site string `json:"site"`
	}
	if err := json.Unmarshal(line, &part); err != nil {
		return "", &inventory.LineError{Line: int(e.line), Err: err}
	}
	return part.Site, nil
}

func sitesThere(sites map[string]bool) string {
	delete(sites, "")
	if len(sites) == 0 {
		return "its devices name no site"
	}
	names := slices.Sorted(maps.Keys(sites))
	return "its sites are " + someOf(names[:min(len(names), maxSitesNamed)], len(sites) > maxSitesNamed)
}

func someOf(names []string, more bool) string {
	words := strings.Join(names, ", ")
	if more {
		words += " and more"
	}
	return words
}
