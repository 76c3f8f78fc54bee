package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"smbready/inventory"
)

// TestMain is another process at the same store when the tests start themselves
// a second time.
func TestMain(m *testing.M) {
	if name, ok := os.LookupEnv("STORE_TEST_OPEN"); ok {
		os.Exit(openElsewhere(name))
	}
	if name, ok := os.LookupEnv("STORE_TEST_RECORD"); ok {
		os.Exit(recordElsewhere(name, os.Getenv("STORE_TEST_RUN")))
	}
	if name, ok := os.LookupEnv("STORE_TEST_LOCK"); ok {
		os.Exit(lockElsewhere(name))
	}
	os.Setenv("XDG_STATE_HOME", "/nonexistent") // no test is to touch the user's own store
	os.Setenv("HOME", "/nonexistent")
	os.Setenv("LOCALAPPDATA", "/nonexistent")
	os.Exit(m.Run())
}

// openElsewhere opens a store and begins a run, and prints what goes wrong.
func openElsewhere(name string) int {
	s, err := open(context.Background(), name, quick)
	if err == nil {
		fmt.Println("opened")
		_, err = s.Begin(context.Background(), header("elsewhere", ""), nil)
	}
	fmt.Println(err)
	return 0
}

// lockElsewhere locks site HQ, says so, and holds it until it is killed.
func lockElsewhere(name string) int {
	s, err := open(context.Background(), name, quick)
	if err == nil {
		_, err = s.LockSite(context.Background(), "HQ")
	}
	fmt.Println("locked:", err)
	if err == nil {
		time.Sleep(time.Minute)
	}
	return 1
}

// recordElsewhere records a run, or goes on with it, until it is killed or has
// as many positions as STORE_TEST_HOSTS says.
func recordElsewhere(name, id string) int {
	s, err := open(context.Background(), name, quick)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	r, info, err := s.Resume(context.Background(), id)
	switch {
	case errors.Is(err, ErrComplete):
		return 0
	case errors.Is(err, ErrNotFound):
		r, err = s.Begin(context.Background(), header(id, ""), []byte("{}"))
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	done := map[uint64]bool{}
	for _, d := range info.Done {
		for p := d.First; p <= d.Last; p++ {
			done[p] = true
		}
	}
	hosts, _ := strconv.Atoi(os.Getenv("STORE_TEST_HOSTS"))
	for i := range hosts {
		if done[uint64(i)] {
			continue
		}
		h, line := testHost(i)
		if err := r.Done(uint64(i), inventory.Summary{Probed: 1, SMB: 1}, h, line); err != nil {
			break
		}
		if i%100 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
	if err := r.Close(summary(hosts)); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}
