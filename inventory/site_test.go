package inventory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func sitesFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sites.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadSites(t *testing.T) {
	const text = `# all of us
exclude: [10.0.0.1, "@never.txt"]
sites:
  - name: HQ
    targets:
      - 10.1.0.0/16
      - files.example
    exclude: [10.1.9.0/24]
  - name: Plant
    targets: [10.2.0.0/16]
    gentle: true
`
	want := Sites{Exclude: []string{"10.0.0.1", "@never.txt"}, Sites: []Site{
		{Name: "HQ", Targets: []string{"10.1.0.0/16", "files.example"}, Exclude: []string{"10.1.9.0/24"}},
		{Name: "Plant", Targets: []string{"10.2.0.0/16"}, Gentle: true},
	}}
	for _, form := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), "\ufeff" + text, "---\n" + text, text + "...\n"} {
		got, err := ReadSites(sitesFile(t, form))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestBadSites(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "lists no site"},
		{"comment only", "# nothing\n", "lists no site"},
		{"no site", "exclude: [10.0.0.1]\n", "lists no site"},
		{"unknown key", "sites:\n  - name: HQ\n    target: [10.0.0.1]\n", "line 3: field target is not of a site"},
		{"unknown key at the top", "excluded: [10.0.0.1]\nsites: []\n", "line 1: field excluded is not of a sites file"},
		{"key twice", "sites: []\nsites: []\n", "line 2: mapping key \"sites\" already defined at line 1"},
		{"not a list", "sites:\n  - name: HQ\n    targets: 10.0.0.1\n", "line 3: cannot unmarshal !!str `10.0.0.1` where a list is due"},
		{"not YAML", "sites: [\n", "yaml: line 1: did not find expected node content"},
		{"no name", "sites:\n  - name: HQ\n    targets: [10.0.0.1]\n  - targets: [10.0.0.2]\n", "site 2 has no name"},
		{"no targets", "sites:\n  - name: HQ\n", `site "HQ" has no targets`},
		{"empty targets", "sites:\n  - name: HQ\n    targets: []\n", `site "HQ" has no targets`},
		{"name twice", "sites:\n  - {name: HQ, targets: [10.0.0.1]}\n  - {name: HQ, targets: [10.0.0.2]}\n", `site "HQ" occurs twice`},
		{"second document", "sites:\n  - {name: HQ, targets: [10.0.0.1]}\n---\nexclude: [10.0.0.1]\n", "has more than one document (---)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := sitesFile(t, tt.text)
			if _, err := ReadSites(path); err == nil || err.Error() != path+": "+tt.want {
				t.Errorf("got  %v\nwant %s: %s", err, path, tt.want)
			}
		})
	}
	if _, err := ReadSites(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestPick(t *testing.T) {
	hq, plant, depot := Site{Name: "HQ"}, Site{Name: "Plant"}, Site{Name: "Depot"}
	all := Sites{Sites: []Site{hq, plant, depot}}
	tests := []struct {
		names []string
		want  []Site
		err   string
	}{
		{nil, all.Sites, ""},
		{[]string{"Depot", "HQ"}, []Site{depot, hq}, ""},
		{[]string{"HQ", "HQ"}, []Site{hq}, ""},
		{[]string{"HQ", "hq"}, nil, `no site is called "hq"; there are HQ, Plant, Depot`},
	}
	for _, tt := range tests {
		got, err := all.Pick(tt.names)
		if !reflect.DeepEqual(got, tt.want) || err == nil && tt.err != "" || err != nil && err.Error() != tt.err {
			t.Errorf("%v: %+v, %v", tt.names, got, err)
		}
	}
}
