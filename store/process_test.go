package store

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"smbready/internal/pgtest"
)

// elsewhere starts a process that records hosts of a run.
func elsewhere(name, id string, hosts int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_RECORD="+name, "STORE_TEST_RUN="+id, "STORE_TEST_HOSTS="+strconv.Itoa(hosts))
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), os.Stderr
	return cmd
}

// onBoth runs a test with each database.
func onBoth(t *testing.T, test func(t *testing.T, name string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newFile(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.Start(t)) })
}

// TestKilled kills a process that records, at random moments. Whatever a reader
// saw before is there afterwards, the run can be resumed at once, and at its end
// it is as one that was never disturbed.
func TestKilled(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	onBoth(t, func(t *testing.T, name string) {
		const hosts, kills = 30_000, 8
		s := opened(t, name)
		var before uint64
		for range kills {
			cmd := elsewhere(name, "a", hosts)
			must(t, cmd.Start())
			time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
			if list, err := s.Runs(t.Context(), ""); err != nil {
				t.Error(err)
			} else if len(list) == 1 {
				before = max(before, list[0].Counted.Probed)
			}
			cmd.Process.Kill()
			cmd.Wait()
			checkKilled(t, s, before)
		}
		cmd := elsewhere(name, "a", hosts)
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %s", err, cmd.Stdout)
		}
		if export(t, s, "a") != lines(header("a", ""), 0, hosts, summary(hosts)) {
			t.Error("the run differs from one that was not disturbed")
		}
		if info, err := s.Find(t.Context(), "a"); err != nil || info.Counted.Probed != hosts || info.Hosts != hosts {
			t.Errorf("%+v, %v", info, err)
		}
	})
}

// checkKilled checks that what was seen is there, and that lines, positions and
// counts agree.
func checkKilled(t *testing.T, s *Store, seen uint64) {
	t.Helper()
	list, err := s.Runs(t.Context(), "")
	must(t, err)
	if len(list) == 0 {
		return
	}
	info := list[0]
	var done uint64
	for _, r := range info.Done {
		done += r.Last - r.First + 1
	}
	if info.Counted.Probed < seen || done != info.Counted.Probed || info.Hosts != done || info.Running {
		t.Errorf("seen %d, done %d, %d hosts, counted %d, running %v", seen, done, info.Hosts, info.Counted.Probed, info.Running)
	}
	if n := count(t, s, "SELECT COUNT(*) FROM hosts"); uint64(n) != done {
		t.Errorf("%d lines of %d positions", n, done)
	}
}

// TestTwoProcesses has several processes record at once into a store that none
// of them finds.
func TestTwoProcesses(t *testing.T) {
	onBoth(t, func(t *testing.T, name string) {
		var wg sync.WaitGroup
		const hosts = 2000
		for _, id := range []string{"a", "b", "c"} {
			wg.Go(func() {
				cmd := elsewhere(name, id, hosts)
				if err := cmd.Run(); err != nil {
					t.Errorf("%v: %s", err, cmd.Stdout)
				}
			})
		}
		wg.Wait()
		s := opened(t, name)
		for _, id := range []string{"a", "b", "c"} {
			if export(t, s, id) != lines(header(id, ""), 0, hosts, summary(hosts)) {
				t.Errorf("run %s is not what was recorded", id)
			}
		}
	})
}
