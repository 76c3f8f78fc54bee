package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"smbready/report"
)

// signedFolder makes a folder with a pair of keys, key.pem and key.pub.pem, and an
// output to site.csv in it, signed by that key.
func signedFolder(t *testing.T) (folder string, o output) {
	t.Helper()
	folder = t.TempDir()
	a := &app{stdout: io.Discard}
	if err := a.newSignKey(filepath.Join(folder, "key.pem")); err != nil {
		t.Skip(err) // a folder whose files others may read, as on Windows
	}
	o = output{files: []string{filepath.Join(folder, "site.csv")}, sums: true, signKey: filepath.Join(folder, "key.pem")}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	return folder, o
}

// writeOut writes what an output is for.
func writeOut(t *testing.T, o output) error {
	t.Helper()
	if err := o.check(); err != nil {
		return err
	}
	s, err := o.open(nil)
	if err != nil {
		return err
	}
	defer s.discard()
	if _, err := s.Write([]byte("address\n")); err != nil {
		t.Fatal(err)
	}
	return s.commit()
}

// TestManifestTask: flags, keys, and what a signature shows, from end to end.
func TestManifestTask(t *testing.T) {
	folder, o := signedFolder(t)
	if err := writeOut(t, o); err != nil {
		t.Fatal(err)
	}
	var task manifestTask
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	task.flags(fl)
	if task.asked() {
		t.Error("asked without a flag")
	}
	if err := fl.Parse([]string{"--public-key", filepath.Join(folder, "key.pub.pem")}); err != nil || !task.asked() {
		t.Fatal(err, task.asked())
	}
	task.manifest = filepath.Join(folder, report.ManifestName)
	var out bytes.Buffer
	a := &app{stdout: &out}
	if err := a.doManifest(task, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "SHA256SUMS.sig: OK, signed with the key ") || !strings.HasSuffix(out.String(), "\nsite.csv: OK\n") {
		t.Errorf("%s", out.String())
	}
	if text := o.signer.String(); text != "signer" {
		t.Errorf("a signer prints as %q", text)
	}
	out.Reset()
	if err := os.WriteFile(signatureOf(task.manifest), make([]byte, 64), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.doManifest(task, nil); err == nil || out.Len() > 0 {
		t.Errorf("a signature of zeros: %v\n%s", err, out.String())
	}
}

// TestManifestChangedMeanwhile: what another program did while a scan ran is found
// before the first file gets its name.
func TestManifestChangedMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, folder string, s *sink)
		want   string
	}{
		"noted": {func(t *testing.T, folder string, _ *sink) {
			line := strings.Repeat("0a", 32) + "  site.csv\n"
			if err := os.WriteFile(filepath.Join(folder, report.ManifestName), []byte(line), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "is not signed"},
		"signature alone": {func(t *testing.T, folder string, _ *sink) {
			if err := os.WriteFile(filepath.Join(folder, report.SignatureName), make([]byte, 64), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "and no SHA256SUMS that it is of"},
		"signed, and the scan does not sign": {func(t *testing.T, folder string, s *sink) {
			other := output{files: []string{filepath.Join(folder, "other.csv")}, sums: true, signKey: filepath.Join(folder, "key.pem")}
			if err := writeOut(t, other); err != nil {
				t.Fatal(err)
			}
			s.sign = nil
		}, "is signed: noting more in it would make SHA256SUMS.sig wrong"},
		"the rows of an incomplete run": {func(t *testing.T, folder string, s *sink) {
			other := output{files: []string{filepath.Join(folder, "site.partial.csv")}, sums: true, signKey: filepath.Join(folder, "key.pem")}
			if err := writeOut(t, other); err != nil {
				t.Fatal(err)
			}
			s.divert()
		}, "notes site.partial.csv already"},
	} {
		t.Run(name, func(t *testing.T) {
			folder, o := signedFolder(t)
			s, err := o.open(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.discard()
			c.change(t, folder, s)
			err = s.commit()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if _, err := os.Stat(filepath.Join(folder, "site.csv")); err == nil {
				t.Error("the file has its name")
			}
			if !s.keep() {
				t.Error("the file cannot be kept")
			}
		})
	}
}

// TestNoStaleSignature: when the new manifest cannot be written, the old one and its
// signature stay; when the signature cannot be, none is there.
func TestNoStaleSignature(t *testing.T) {
	folder, o := signedFolder(t)
	if err := writeOut(t, o); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(folder, report.ManifestName)
	n, err := openNotes(filepath.Join(folder, "more.csv"), o.signer)
	if err != nil {
		t.Fatal(err)
	}
	n.files = []string{filepath.Join(folder, "more.csv")} // which is not there
	if err := n.write(); err == nil {
		t.Fatal("what is not there was noted")
	}
	text, err := os.ReadFile(manifest)
	if err == nil {
		err = verifySignature(signatureOf(manifest), text, o.signer.public())
	}
	if err != nil {
		t.Errorf("after a failure: %v", err)
	}
	if err := os.WriteFile(n.files[0], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := n.write(); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(manifest)
	if err == nil {
		err = verifySignature(signatureOf(manifest), text, o.signer.public())
	}
	if err != nil || !strings.Contains(string(text), "  more.csv\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestManifestFoldsCase: where Report.csv and report.csv are one file, it is not
// replaced under its other name. Here a link makes them one.
func TestManifestFoldsCase(t *testing.T) {
	folder := t.TempDir()
	o := output{files: []string{filepath.Join(folder, "Site.csv")}, sums: true}
	if err := writeOut(t, o); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(folder, "Site.csv"), filepath.Join(folder, "site.csv")); err != nil && !errors.Is(err, os.ErrExist) {
		t.Skip(err)
	}
	again := output{files: []string{filepath.Join(folder, "site.csv")}, sums: true}
	if err := writeOut(t, again); err == nil || !strings.Contains(err.Error(), "notes Site.csv already") {
		t.Errorf("%v", err)
	}
}
