package schedule

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smbready/inventory"
)

const packaging = "../packaging"

func packaged(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packaging, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestUnits has systemd read the units, with another program in place of ours,
// which is not installed here.
func TestUnits(t *testing.T) {
	units, err := filepath.Glob(filepath.Join(packaging, "systemd", "*"))
	if err != nil || len(units) != 3 {
		t.Fatalf("%v, %v", units, err)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	dir := t.TempDir()
	args := []string{"verify", "--man=no"}
	for _, unit := range units {
		text := packaged(t, filepath.Join("systemd", filepath.Base(unit)))
		if strings.Contains(text, "schedule --sites") && !strings.Contains(text, "KillSignal=SIGINT") {
			t.Errorf("%s is not stopped by SIGINT, which is what keeps its run", unit)
		}
		name := filepath.Join(dir, filepath.Base(unit))
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "/usr/local/bin/smbready", "/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if out, err := exec.Command(analyze, args...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCronTable(t *testing.T) {
	text := packaged(t, "cron/smbready")
	lines := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		lines++
		fields := strings.Fields(line)
		if _, err := inventory.ParseCron(strings.Join(fields[:5], " ")); err != nil || fields[5] != "smbready" || !strings.Contains(line, " schedule --sites ") {
			t.Errorf("%q: %v", line, err)
		}
		if strings.Contains(line, "%") || !strings.HasSuffix(line, "\n") {
			t.Errorf("%q: cron takes %% for a new line, and no line that does not end", line)
		}
	}
	if lines != 1 {
		t.Errorf("%d lines", lines)
	}
}

func TestTask(t *testing.T) {
	var task struct {
		XMLName  xml.Name `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
		Interval string   `xml:"Triggers>TimeTrigger>Repetition>Interval"`
		From     string   `xml:"Triggers>TimeTrigger>StartBoundary"`
		User     string   `xml:"Principals>Principal>UserId"`
		Several  string   `xml:"Settings>MultipleInstancesPolicy"`
		Limit    string   `xml:"Settings>ExecutionTimeLimit"`
		Command  string   `xml:"Actions>Exec>Command"`
		Args     string   `xml:"Actions>Exec>Arguments"`
	}
	if err := xml.Unmarshal([]byte(packaged(t, "windows/smbready-schedule.xml")), &task); err != nil {
		t.Fatal(err)
	}
	if task.Interval != "PT15M" || task.From == "" || task.User != "S-1-5-19" || task.Several != "IgnoreNew" || task.Limit != "PT0S" ||
		!strings.HasSuffix(task.Command, "smbready.exe") || !strings.HasPrefix(task.Args, "schedule --sites ") || !strings.Contains(task.Args, " --once") {
		t.Errorf("%+v", task)
	}
}
