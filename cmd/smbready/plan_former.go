package main

import (
	"maps"
	"slices"

	"smbready/inventory"
	"smbready/store"
)

// findFormer finds the names of sites that are not defined where others are, and of which
// all was asked in what are targets of these now, of which all were scanned: what
// was found counts there. An import may tell of more than that, and a run of several sites
// does not say which targets were whose.
func (c *runChoice) findFormer(ended map[string][]*store.RunInfo) {
	c.former, c.o.Former = map[string]bool{}, map[string][]string{}
	var targets []string
	for i := range c.o.Sites {
		targets = append(targets, c.o.Sites[i].Targets...)
	}
	whole, scopes := inventory.ParseArea(targets), map[string][]string{}
	for i := range c.infos {
		h := &c.infos[i].Header
		names := slices.DeleteFunc(slices.Clone(c.sitesOf(h)), func(name string) bool { return name == "" || c.definition(name) != nil })
		if len(names) == 0 {
			continue
		}
		asked := inventory.ParseArea(h.Scope)
		all := c.infos[i].Damaged == nil && len(h.Inputs) == 0 && len(h.Scope) > 0 && !asked.Open() && whole.Holds(asked)
		for _, site := range names {
			before, known := c.former[site]
			c.former[site] = all && h.Site == site && (before || !known)
			scopes[site] = append(scopes[site], h.Scope...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		var now []string
		asked := inventory.ParseArea(scopes[name])
		for i := range c.o.Sites {
			if d := &c.o.Sites[i]; !asked.Apart(inventory.ParseArea(d.Targets)) {
				now = append(now, d.Name)
				c.former[name] = c.former[name] && len(ended[d.Name]) > 0
			}
		}
		for _, site := range now {
			if c.former[name] {
				c.o.Former[site] = append(c.o.Former[site], name)
			}
		}
	}
}
