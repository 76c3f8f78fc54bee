package report

import delta "smbready/assess/diff"

// DiffCount is how many devices became something, such as "worse" or "not reached".
type DiffCount struct {
	Name string
	N    int
}

// Changes counts the devices by what became of them. One may count more than once.
func (t *DiffTally) Changes() []DiffCount {
	var list []DiffCount
	for _, c := range diffCounts(t.Worse, t.kinds, t.ways) {
		list = append(list, DiffCount{c.label, c.n})
	}
	return list
}

// Changed reports whether there is a device that is not as it was.
func (t *DiffTally) Changed() bool { return t.Devices > t.kinds[delta.Same] }
