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
	"strconv"
	"strings"
	"testing"

	"smbready/internal/smbtest"
)

var update = flag.Bool("update", false, "write the transcripts of README.md anew")

// TestReadme runs every command of README.md. In a fenced block a line that
// begins with "$ " is a command, and what follows is its output; "$ make" is
// only looked up in the Makefile. In a block of kind sh the commands have no
// output, and must be understood.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), devices: startDevices(t)}
	r.program = filepath.Join(r.dir, "smbready.exe")
	if out, err := exec.Command("go", "build", "-o", r.program, "./cmd/smbready").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := r.rewrite(string(b))
	if lines := strings.Count(got, "\n"); lines > 160 {
		t.Errorf("README.md has %d lines: say less", lines)
	}
	if r.ran < 3 {
		t.Errorf("only %d commands were run", r.ran)
	}
	if got == string(b) {
		return
	}
	if !*update {
		t.Error("README.md differs from what the commands say (run with -update if that is right)")
		return
	}
	if err := os.WriteFile("README.md", []byte(got), 0o644); err != nil {
		t.Fatal(err)
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

// reader goes through README.md.
type reader struct {
	t            *testing.T
	dir, program string
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
	r.t.Logf("%s\nsays\n%s\nREADME.md has\n%s", command, got, want)
	return got
}

// run returns all that a command writes.
func (r *reader) run(args []string) string {
	c := exec.Command(r.program, args...)
	c.Dir = r.dir
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

// understood runs a scan as a dry run, with the files that it names. Reports
// need a run, and are only asked for help.
func (r *reader) understood(command string) {
	args := strings.Fields(command)[1:]
	switch args[0] {
	case "scan":
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
)

// normal takes out what differs between two runs.
func normal(s string) string {
	return versions.ReplaceAllString(times.ReplaceAllString(s, "TIMES"), "by smbready VERSION")
}
