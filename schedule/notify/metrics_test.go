package notify

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMetrics(t *testing.T) {
	at := time.Date(2026, 11, 23, 2, 0, 0, 500e6, time.UTC)
	sites := []SiteMetrics{
		{Site: "Plant \"2\"\n\\x\xff", Failed: true},
		{Site: "HQ", Started: at, Ended: at.Add(time.Minute), LastComplete: at.Add(time.Minute), Next: at.Add(24 * time.Hour), Targets: 256,
			States:   map[string]uint64{"smb": 12, "closed": 244},
			Verdicts: map[string]map[string]uint64{"server-always": {"unknown": 12}, "client-always": {"works": 10, "breaks": 2}}},
	}
	const want = `# HELP smbready_build_info The version of the program, always 1.
# TYPE smbready_build_info gauge
smbready_build_info{version="devel"} 1
# HELP smbready_run_started_timestamp_seconds When the last run began, as Unix time.
# TYPE smbready_run_started_timestamp_seconds gauge
smbready_run_started_timestamp_seconds{site="HQ"} 1795399200.5
# HELP smbready_run_ended_timestamp_seconds When the last run ended, as Unix time; missing while it is unfinished.
# TYPE smbready_run_ended_timestamp_seconds gauge
smbready_run_ended_timestamp_seconds{site="HQ"} 1795399260.5
# HELP smbready_run_last_complete_timestamp_seconds When the last complete run ended, as Unix time: alert on its age.
# TYPE smbready_run_last_complete_timestamp_seconds gauge
smbready_run_last_complete_timestamp_seconds{site="HQ"} 1795399260.5
# HELP smbready_run_next_timestamp_seconds When the next run is due, as Unix time.
# TYPE smbready_run_next_timestamp_seconds gauge
smbready_run_next_timestamp_seconds{site="HQ"} 1795485600.5
# HELP smbready_run_failed 1 if the last attempt at a run failed, 0 otherwise.
# TYPE smbready_run_failed gauge
smbready_run_failed{site="HQ"} 0
smbready_run_failed{site="Plant \"2\"\n\\x?"} 1
# HELP smbready_targets Addresses in scope of the last complete run.
# TYPE smbready_targets gauge
smbready_targets{site="HQ"} 256
# HELP smbready_addresses Addresses of the last complete run by state (label state).
# TYPE smbready_addresses gauge
smbready_addresses{site="HQ",state="closed"} 244
smbready_addresses{site="HQ",state="smb"} 12
# HELP smbready_devices Devices of the last complete run by policy and verdict (labels policy, verdict).
# TYPE smbready_devices gauge
smbready_devices{site="HQ",policy="client-always",verdict="breaks"} 2
smbready_devices{site="HQ",policy="client-always",verdict="works"} 10
smbready_devices{site="HQ",policy="server-always",verdict="unknown"} 12
`
	if got := string(AppendMetrics(nil, "devel", sites)); got != want {
		t.Errorf("got %s", got)
	}
	if got := string(AppendMetrics(nil, "devel", nil)); strings.Count(got, "\n") != 3 {
		t.Errorf("of no site: %s", got)
	}
}

// TestWriteMetrics: the file is there as a whole, and nothing beside it.
func TestWriteMetrics(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "smbready.prom")
	for _, version := range []string{"1", "2"} {
		if err := WriteMetrics(path, version, nil); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), `version="`+version+`"`) {
			t.Errorf("%s, %v", b, err)
		}
	}
	if err := WriteMetrics(filepath.Join(dir, "none", "a.prom"), "1", nil); err == nil || strings.Contains(err.Error(), "/.a.prom") {
		t.Errorf("got %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteMetrics(filepath.Join(dir, "folder"), "1", nil); err == nil {
		t.Error("a folder was written over")
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o444 == 0 {
			t.Errorf("%v, %v", info, err)
		}
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}
