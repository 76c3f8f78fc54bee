package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Site is one location of the network, as the user describes it in a sites
// file.
type Site struct {
	Name    string   `yaml:"name"`
	Targets []string `yaml:"targets"` // CIDRs, ranges, addresses, host names
	Exclude []string `yaml:"exclude"` // never contacted
	Gentle  bool     `yaml:"gentle"`  // controllers or medical devices: see scan --gentle
	Owner   string   `yaml:"owner"`   // who answers for the devices there
	Tags    []string `yaml:"tags"`
	Wave    string   `yaml:"wave"` // of the rollout: pilot-device, pilot-site or all
}

// Sites is a sites file.
type Sites struct {
	Exclude []string `yaml:"exclude"` // never contacted, at any site
	Sites   []Site   `yaml:"sites"`
}

// ReadSites reads a sites file. A key that it does not know, a site without a
// name or without targets, a name that occurs twice and a second document are
// errors.
func ReadSites(path string) (Sites, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Sites{}, err
	}
	var s Sites
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return Sites{}, fmt.Errorf("%s: %s", path, plainYAML(err))
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Sites{}, fmt.Errorf("%s: has more than one document (---)", path)
	}
	if err := s.check(); err != nil {
		return Sites{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// plainYAML returns a YAML error without the names of Go types.
func plainYAML(err error) string {
	r := strings.NewReplacer("yaml: unmarshal errors:\n  ", "", "not found in type inventory.Sites", "is not of a sites file",
		"not found in type inventory.Site", "is not of a site", " into []inventory.Site", " where a list of sites is due",
		" into inventory.Sites", " where exclude and sites are due", " into []string", " where a list is due")
	return r.Replace(err.Error())
}

func (s Sites) check() error {
	if len(s.Sites) == 0 {
		return errors.New("lists no site")
	}
	seen := map[string]bool{}
	for i, site := range s.Sites {
		switch {
		case site.Name == "":
			return fmt.Errorf("site %d has no name", i+1)
		case len(site.Targets) == 0:
			return fmt.Errorf("site %q has no targets", site.Name)
		case seen[site.Name]:
			return fmt.Errorf("site %q occurs twice", site.Name)
		}
		seen[site.Name] = true
	}
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
