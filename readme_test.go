package smbready_test

import (
	"errors"
	"flag"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smbready/internal/smbtest"
)

var update = flag.Bool("update", false, "write the transcripts of README.md and docs anew")

// TestReadme runs every command of README.md and of the pages in docs. In a
// fenced block a line that begins with "$ " is a command, and what follows is
// its output; "$ make" is only looked up in the Makefile. In a block of kind sh
// the commands have no output, and must be understood.
func TestReadme(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), devices: startDevices(t)}
	r.program = filepath.Join(r.dir, "smbready.exe")
	if out, err := exec.Command("go", "build", "-o", r.program, "./cmd/smbready").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, page := range append([]string{"README.md"}, pages...) {
		r.check(page)
	}
	if r.ran < 3 {
		t.Errorf("only %d commands were run", r.ran)
	}
}

// maxReadme is how many lines README.md may have; what needs more is in docs.
const maxReadme = 120

// check holds a page against what its commands say.
func (r *reader) check(page string) {
	b, err := os.ReadFile(page)
	if err != nil {
		r.t.Fatal(err)
	}
	r.page = page
	got := r.rewrite(string(b))
	if lines := strings.Count(got, "\n"); page == "README.md" && lines > maxReadme {
		r.t.Errorf("README.md has %d lines: say less", lines)
	}
	if got == string(b) {
		return
	}
	if !*update {
		r.t.Errorf("%s differs from what the commands say (run with -update if that is right)", page)
		return
	}
	if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// startDevices puts the demo site where README.md scans it, and reports whether
// that was possible: only Linux has all of 127.0.0.0/8.
func startDevices(t *testing.T) bool {
	if runtime.GOOS != "linux" {
		return false
	}
	for at, d := range smbtest.Site() {
		last := at.As4()[3]
		if last < 2 || last > 17 {
			continue
		}
		only := *d
		only.Ports = []uint16{445}
		c, err := smbtest.ListenAt(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 1, last}), 4450), &only)
		if err != nil {
			t.Logf("without devices: %v", err)
			return false
		}
		t.Cleanup(func() { c.Close() })
	}
	return true
}

// reader goes through the pages.
type reader struct {
	t            *testing.T
	dir, program string
	page         string
	devices      bool
	ran          int
}

// rewrite returns the text with the output that the commands have now.
func (r *reader) rewrite(text string) string {
	var out strings.Builder
	lines := strings.SplitAfter(text, "\n")
	kind, inside := "", false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		out.WriteString(line)
		fence, isFence := strings.CutPrefix(line, "```")
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case isFence:
			kind, inside = strings.TrimSpace(fence), !inside
		case inside && kind == "sh":
			r.understood(strings.TrimSpace(line))
		case inside && isCommand:
			n := 0
			for i+1+n < len(lines) && !strings.HasPrefix(lines[i+1+n], "$ ") && !strings.HasPrefix(lines[i+1+n], "```") {
				n++
			}
			out.WriteString(r.transcript(strings.TrimSpace(command), strings.Join(lines[i+1:i+1+n], "")))
			i += n
		}
	}
	return out.String()
}

// transcript returns the output of a command, or want if they are the same but
// for times and versions.
func (r *reader) transcript(command, want string) string {
	command, _, _ = strings.Cut(command, "#")
	words := strings.Fields(command)
	switch {
	case len(words) == 2 && words[0] == "make":
		r.isTarget(words[1])
		return want
	case words[0] != "smbready":
		r.t.Errorf("%q cannot be checked", command)
		return want
	case strings.Contains(command, "127.0.1.") && !r.devices:
		return want
	}
	command, head, limited := strings.Cut(command, "| head -n ")
	got := r.run(strings.Fields(command)[1:])
	if limited {
		n, err := strconv.Atoi(strings.TrimSpace(head))
		if err != nil {
			r.t.Fatalf("head: %v", err)
		}
		got = firstLines(got, n)
	}
	if normal(got) == normal(want) {
		return want
	}
	r.t.Logf("%s\nsays\n%s\n%s has\n%s", command, got, r.page, want)
	return got
}

// run returns all that a command writes.
func (r *reader) run(args []string) string {
	c := exec.Command(r.program, args...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "SMBREADY_DB="+filepath.Join(r.dir, "runs.db"))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 0) {
		r.t.Errorf("smbready %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	r.ran++
	return string(out)
}

func firstLines(s string, n int) string {
	lines := strings.SplitAfter(s, "\n")
	return strings.Join(lines[:min(n, len(lines))], "")
}

// understood runs a scan as a dry run, with the files that it names. What needs a
// run is only asked for help.
func (r *reader) understood(command string) {
	args := strings.Fields(command)[1:]
	switch {
	case args[0] == "scan" && !slices.Contains(args, "--resume"):
		args = append(args, "--dry-run")
	default:
		args = append(args, "--help")
	}
	for name, text := range map[string]string{"targets.txt": "10.1.0.0/24\n", "never.txt": "10.1.0.9\n",
		"sites.yaml": "sites:\n  - name: HQ\n    targets: [10.1.0.0/24]\n"} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	r.run(args)
}

func (r *reader) isTarget(name string) {
	b, err := os.ReadFile("Makefile")
	if err != nil {
		r.t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `:`).Match(b) {
		r.t.Errorf("the Makefile has no target %q", name)
	}
}

var (
	times    = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d to (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC`)
	versions = regexp.MustCompile(`by smbready \S+`)
	runs     = regexp.MustCompile(`stored as \S+ in \S+`)
)

// normal takes out what differs between two runs.
func normal(s string) string {
	s = runs.ReplaceAllString(s, "stored as RUN in STORE")
	return versions.ReplaceAllString(times.ReplaceAllString(s, "TIMES"), "by smbready VERSION")
}
