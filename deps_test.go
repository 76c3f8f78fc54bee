package smbready_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the architecture: data flows one way, and each folder may import
// these folders of the module and no other. Folders that are not listed fail.
var mayImport = map[string][]string{
	".":                   {},
	"smbproto":            {},
	"inventory":           {"smbproto"},
	"scanner":             {"smbproto", "inventory", "scanner/identify"},
	"scanner/identify":    {"inventory"},
	"scanner/verify":      {"smbproto", "inventory", "internal/signing"},
	"assess":              {"smbproto", "inventory", "assess/oui"},
	"assess/oui":          {},
	"assess/oui/generate": {"assess/oui"},
	"assess/diff":         {"assess", "inventory"},
	"assess/plan":         {"assess", "inventory"},
	"report":              {"assess", "assess/diff", "assess/plan", "inventory"},
	"store":               {"inventory"},
	"schedule":            {"inventory"},
	"schedule/notify":     {},
	"internal/pgtest":     {"internal/smbtest"},
	"canary":              {"smbproto", "inventory", "internal/signing"},
	"capture":             {"smbproto", "inventory"},
	"eventlog":            {"inventory"},
	"internal/signing":    {"smbproto"},
	"internal/smbtest":    {"smbproto", "internal/signing"},
	"internal/lab":        {"inventory", "store"},
	"cmd/smbready":        {"smbproto", "inventory", "scanner", "scanner/identify", "scanner/verify", "canary", "capture", "eventlog", "assess", "assess/diff", "assess/plan", "report", "store", "schedule", "schedule/notify", "internal/smbtest"},
}

// onlyIn says which folder alone may import a package, tests included.
var onlyIn = map[string][]string{
	"golang.org/x/sync/errgroup":          {"scanner", "scanner/verify"},
	"golang.org/x/time/rate":              {"scanner"},
	"github.com/projectdiscovery/mapcidr": {"scanner"},
	"github.com/hirochachacha/go-smb2":    {"scanner/verify"},
	"github.com/spf13/cobra":              {"cmd/smbready"},
	"github.com/zalando/go-keyring":       {"cmd/smbready"},
	"github.com/schollz/progressbar/v3":   {"cmd/smbready"},
	"go.yaml.in/yaml/v3":                  {"inventory", "assess"},
	"net":                                 {"canary", "scanner", "scanner/identify", "scanner/verify", "schedule/notify", "internal/smbtest", "internal/pgtest", "cmd/smbready", "internal/lab"},
	"net/http":                            {"scanner/identify", "schedule/notify"},
	"database/sql":                        {"store"},
	"modernc.org/sqlite":                  {"store"},
	"github.com/jackc/pgx/v5/stdlib":      {"store"},
	"github.com/pressly/goose/v3":         {"store"},
	"github.com/adhocore/gronx":           {"inventory", "schedule"},
	"github.com/xuri/excelize/v2":         {"report"},
	"github.com/gopacket/gopacket":        {"capture"},
	"github.com/gopacket/gopacket/layers": {"capture"},
	"github.com/gopacket/gopacket/pcapgo": {"capture"},
	"www.velocidex.com/golang/evtx":       {"eventlog"},
	"github.com/gosnmp/gosnmp":            {"scanner/identify"},
	"golang.org/x/net/html":               {"scanner/identify"},
	"golang.org/x/crypto/md4":             {"internal/signing"},
	"golang.org/x/net/dns/dnsmessage":     {"scanner/identify"},
}

// TestImports holds the real imports against the two tables.
func TestImports(t *testing.T) {
	checked := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() != "." && strings.HasPrefix(d.Name(), "."), d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		checked++
		return checkFile(t, filepath.ToSlash(path))
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 50 {
		t.Errorf("only %d files checked: the walk does not see the tree", checked)
	}
}

func checkFile(t *testing.T, path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	folder := filepath.ToSlash(filepath.Dir(path))
	allowed, known := mayImport[folder]
	if !known {
		t.Errorf("%s: folder %s is not in the import table", path, folder)
	}
	test := strings.HasSuffix(path, "_test.go")
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		own, inModule := strings.CutPrefix(name, "smbready/")
		// A test may use its own package and the fakes as well.
		if inModule && !slices.Contains(allowed, own) && !(test && (own == folder || own == "internal/smbtest" || own == "internal/pgtest")) {
			t.Errorf("%s imports %s, which %s may not", path, name, folder)
		}
		if folders, limited := onlyIn[name]; limited && !slices.Contains(folders, folder) && !test {
			t.Errorf("%s imports %s, which only %v may", path, name, folders)
		}
		if folder == "smbproto" && !test && strings.Contains(strings.Split(name, "/")[0], ".") {
			t.Errorf("%s imports %s: smbproto uses the standard library only", path, name)
		}
	}
	return nil
}
