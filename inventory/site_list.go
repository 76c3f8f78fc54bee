package inventory

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// ListEntry is one word of a list of targets, and where it stands.
type ListEntry struct {
	Source string // a file; empty on the command line
	Line   int
	Text   string
}

// ListReader reads the list of targets that a file (@FILE) is.
type ListReader func(path string) ([]ListEntry, error)

// siteLists are the lists that a sites file names, by path; those that were not
// read are not among them.
type siteLists map[string][]ListEntry

// readList reads a list once, and notes what is wrong with it.
func (r *sitesReader) readList(line int, path string) {
	if _, known := r.lists[path]; known || r.read == nil {
		return
	}
	entries, err := r.read(path)
	r.lists[path] = entries
	switch {
	case errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(path):
		r.add(line, "%s %s; the name counts from the folder in which smbready is started", quoted("@"+path), err)
	case err != nil:
		r.add(line, "%s %s", quoted("@"+path), err)
	}
	for _, e := range entries {
		if _, _, err := listTarget(e.Text); err != nil {
			r.add(line, "%s %s", e.quoted(), err)
		}
	}
}

// listTarget reads an entry of a list as a scan does, to which a list in a list is
// nothing.
func listTarget(text string) (span, string, error) {
	if strings.HasPrefix(text, "@") {
		return span{}, "", errors.New("is a list in a list: name both in the sites file")
	}
	return readTarget(text)
}

// quoted is the entry and where it stands.
func (e *ListEntry) quoted() string {
	if e.Source == "" {
		return quoted(e.Text)
	}
	return quoted(e.Text) + " (" + e.Source + ":" + strconv.Itoa(e.Line) + ")"
}

// sitePart is one target of a site.
type sitePart struct {
	span        // not valid of a name, and of a list that was not read
	name string // of a host, folded so that names can be compared
	site int    // index
	line int    // of the sites file
	text string // as it is written, quoted, with its place in a list
}

// known reports whether the addresses of a part are.
func (p *sitePart) known() bool { return p.from.IsValid() }

// parts returns all targets of a list that has been checked, those of the lists
// that it names too.
func (l siteLists) parts(list siteList, site int) (parts []sitePart) {
	for i, text := range list.texts {
		line := 0
		if i < len(list.lines) {
			line = list.lines[i]
		}
		for _, word := range targetWords(text) {
			entries, listed := l[strings.TrimPrefix(word, "@")]
			if !listed || !strings.HasPrefix(word, "@") {
				entries = []ListEntry{{Text: word}}
			}
			for _, e := range entries {
				if s, name, err := readTarget(e.Text); err == nil {
					parts = append(parts, sitePart{s, name, site, line, e.quoted()})
				}
			}
		}
	}
	return parts
}

// spans returns the parts with addresses that are known.
func (l siteLists) spans(list siteList, site int) (spans []sitePart) {
	for _, p := range l.parts(list, site) {
		if p.known() {
			spans = append(spans, p)
		}
	}
	return spans
}
