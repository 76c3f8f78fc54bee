package inventory

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of a sites file: what is beyond is no file that somebody wrote.
const (
	maxSitesFile  = 8 << 20 // bytes
	maxSites      = 10000
	maxSiteValues = 200000 // entries of all lists together, repeated ones counted
	maxProblems   = 50     // that are told; the rest is counted
	maxMore       = 1000   // that are counted; then a file is not read to its end
)

// Problem is one mistake in a sites file.
type Problem struct {
	Line int // 0: of no line in particular
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// SitesError is all that is wrong with a sites file.
type SitesError struct {
	File     string
	Problems []Problem // by line
	More     int       // problems that are left out
}

// Error returns a line for each problem; the first names the file.
func (e *SitesError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.More))
	}
	return e.File + ": " + strings.Join(lines, "\n")
}

// ReadSites reads a sites file. Whatever is wrong in it, from a key that is not
// known to addresses that two sites share, is a *SitesError, which has all of
// it. Lists of targets that it names (@FILE) are not read.
func ReadSites(path string) (Sites, error) { return ReadSitesAndLists(path, nil) }

// ReadSitesAndLists is ReadSites for whoever is about to scan: it reads the lists of
// targets too, and what is wrong with one is wrong with the sites file.
func ReadSitesAndLists(path string, read ListReader) (Sites, error) {
	text, err := readSitesText(path)
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return Sites{}, fmt.Errorf("cannot read the sites file %s: %w", path, err)
	}
	return parseSites(path, text, read)
}

func readSitesText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSitesFile+1))
}

// ParseSites reads the text of a sites file; see ReadSites. The name is for
// errors.
func ParseSites(name string, text []byte) (Sites, error) { return parseSites(name, text, nil) }

func parseSites(name string, text []byte, read ListReader) (Sites, error) {
	r := &sitesReader{read: read, lists: siteLists{}}
	file := r.file(text)
	if len(r.problems) == 0 {
		r.checkOverlaps(file)
	}
	if len(r.problems) > 0 {
		return Sites{}, r.failure(name)
	}
	s := Sites{Exclude: file.exclude.texts}
	if len(r.lists) > 0 {
		s.lists = r.lists
	}
	for _, site := range file.sites {
		s.Sites = append(s.Sites, site.Site)
	}
	return s, nil
}

// sitesReader reads a sites file and notes what is wrong.
type sitesReader struct {
	problems []Problem
	more     int
	values   int
	read     ListReader // nil: lists are not read
	lists    siteLists  // that were read
}

// add notes a problem. Values from the file go through %q.
func (r *sitesReader) add(line int, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		r.more++
		return
	}
	r.problems = append(r.problems, Problem{line, fmt.Sprintf(format, args...)})
}

// siteFile is a sites file together with where things stand.
type siteFile struct {
	exclude siteList
	sites   []siteEntry
}

// siteEntry is a site and where it stands.
type siteEntry struct {
	Site
	line             int
	targets, exclude siteList
}

// siteList is a list of texts with their lines.
type siteList struct {
	texts []string
	lines []int
}

// file reads the one document of a file.
func (r *sitesReader) file(text []byte) (file siteFile) {
	if len(text) > maxSitesFile {
		r.add(0, "is longer than %d MiB: it is not a sites file", maxSitesFile>>20)
		return file
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.add(0, "lists no site")
		return file
	case err != nil:
		r.add(yamlProblem(err))
		return file
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.add(0, "has more than one document (---)")
		return file
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		r.add(0, "lists no site")
		return file
	}
	for _, f := range r.mapping(doc.Content[0], sitesKind) {
		switch f.key {
		case "exclude":
			file.exclude = r.targets(f.value, "exclude")
		case "sites":
			file.sites = r.sites(f.value)
		}
	}
	if len(file.sites) == 0 && len(r.problems) == 0 {
		r.add(0, "lists no site")
	}
	r.checkNames(file.sites)
	return file
}

// yamlProblem splits an error of the YAML parser, such as "yaml: line 3: did not
// find expected key", into the arguments of add.
func yamlProblem(err error) (int, string, any) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if _, scanErr := fmt.Sscanf(text, "line %d: ", &line); scanErr == nil {
		_, text, _ = strings.Cut(text, ": ")
	}
	return line, "is not YAML: %s", text
}

// sites reads the list of sites.
func (r *sitesReader) sites(n *yaml.Node) (list []siteEntry) {
	for i, item := range r.sequence(n, "sites") {
		if i == maxSites {
			r.add(item.Line, "has more than %d sites", maxSites)
			break
		}
		if r.more >= maxMore {
			break
		}
		list = append(list, r.site(item, i+1))
	}
	return list
}

// site reads one site, the number-th of the file.
func (r *sitesReader) site(n *yaml.Node, number int) siteEntry {
	site := siteEntry{line: n.Line}
	before := len(r.problems)
	lines := map[string]int{}
	for _, f := range r.mapping(n, siteKind) {
		lines[f.key] = f.line
		r.field(&site, f)
	}
	site.Targets, site.Exclude = site.targets.texts, site.exclude.texts
	switch {
	case len(r.problems) > before && (site.Name == "" || len(site.Targets) == 0): // told already, or the key is the mistake
	case site.Name == "":
		r.add(n.Line, "site %d has no name", number)
	case len(site.Targets) == 0:
		r.add(n.Line, "site %q has no targets", site.Name)
	}
	if site.TimeZone == "" && lines["time_zone"] == 0 {
		for _, key := range []string{"window", "schedule"} {
			if lines[key] > 0 {
				r.add(lines[key], "site %q has a %s and no time_zone: write the zone of its clocks, such as Europe/Berlin", site.Name, key)
				break
			}
		}
	}
	return site
}

// checkNames finds sites that cannot be told apart.
func (r *sitesReader) checkNames(sites []siteEntry) {
	seen := map[string]siteEntry{}
	for _, site := range sites {
		folded := strings.ToLower(site.Name)
		earlier, twice := seen[folded]
		switch {
		case site.Name == "":
		case !twice:
			seen[folded] = site
		case earlier.Name == site.Name:
			r.add(site.line, "site %q occurs twice, first in line %d", site.Name, earlier.line)
		default:
			r.add(site.line, "site %q differs from %q in line %d by capitals alone", site.Name, earlier.Name, earlier.line)
		}
	}
}

// failure returns what was noted, by line.
func (r *sitesReader) failure(name string) error {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return &SitesError{name, r.problems, r.more}
}
