package store

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smbready/internal/pgtest"
)

// lockSite locks a site that is free, or becomes so within a moment.
func lockSite(t *testing.T, s *Store, site string) (release func()) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		release, err := s.LockSite(t.Context(), site)
		if err == nil {
			return release
		}
		wantError(t, err, ErrRunning)
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// testSiteLock: of two stores that are one, one has a site, until it gives it up or
// its process is killed.
func testSiteLock(t *testing.T, name string) {
	first, second := opened(t, name), opened(t, name)
	release, err := first.LockSite(t.Context(), "HQ")
	must(t, err)
	for _, s := range []*Store{first, second} {
		_, err = s.LockSite(t.Context(), "HQ")
		wantError(t, err, ErrRunning, s.Name(), `another smbready is at site "HQ"`)
	}
	other, err := second.LockSite(t.Context(), "Depot 'ü'\\")
	must(t, err)
	other()
	release()
	release()
	again, err := second.LockSite(t.Context(), "HQ")
	must(t, err)
	release() // once more: it is not ours any more
	_, err = first.LockSite(t.Context(), "HQ")
	wantError(t, err, ErrRunning)
	again()
	_, err = first.LockSite(t.Context(), "")
	wantError(t, err, ErrValue)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if release, err := first.LockSite(ctx, "HQ"); err == nil {
		release() // a file needs no time
	}
	lockSite(t, first, "HQ")()

	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), "STORE_TEST_LOCK="+name)
	out, err := holder.StdoutPipe()
	must(t, err)
	must(t, holder.Start())
	defer holder.Wait()
	defer holder.Process.Kill()
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "locked: <nil>\n" {
		t.Fatalf("%q, %v", said, err)
	}
	_, err = first.LockSite(t.Context(), "HQ")
	wantError(t, err, ErrRunning)
	must(t, holder.Process.Kill())
	lockSite(t, first, "HQ")()
}

// TestSiteLockByLink opens a file by its name and by links.
func TestSiteLockByLink(t *testing.T) {
	name := newFile(t)
	first := opened(t, name)
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.Symlink(filepath.Dir(name), folder); err != nil {
		t.Skip("no links here:", err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(name, link))
	release, err := first.LockSite(t.Context(), "HQ")
	must(t, err)
	for _, name := range []string{filepath.Join(folder, filepath.Base(name)), link} {
		_, err = opened(t, name).LockSite(t.Context(), "HQ")
		wantError(t, err, ErrRunning)
	}
	release()
	beside := opened(t, filepath.Join(filepath.Dir(name), "beside.db")) // another store
	defer lockSite(t, first, "HQ")()
	lockSite(t, beside, "HQ")()
}

// TestSiteLockServer: the lock of a connection that breaks off is gone, without
// harm to the one that had it, and stores of other databases and schemas have
// locks of their own.
func TestSiteLockServer(t *testing.T) {
	server := pgtest.New(t)
	s := opened(t, server.DSN)
	exec := func(text string) {
		t.Helper()
		_, err := s.db.Exec(text)
		must(t, err)
	}
	connections := func() int {
		return count(t, s, "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
	}
	before := connections()
	release, err := s.LockSite(t.Context(), "HQ")
	must(t, err)
	exec("CREATE SCHEMA other")
	for _, dsn := range []string{server.Database(t), server.DSN + "&search_path=other"} {
		elsewhere, err := open(t.Context(), dsn, quick)
		must(t, err)
		lockSite(t, elsewhere, "HQ")()
		must(t, elsewhere.Close())
	}
	exec("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
	mine := lockSite(t, s, "HQ")
	release() // after its connection broke off
	_, err = s.LockSite(t.Context(), "HQ")
	wantError(t, err, ErrRunning)
	mine()
	for deadline := time.Now().Add(10 * time.Second); connections() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections before, %d afterwards", before, connections())
		}
	}
	server.Stop()
	engine := engineOf(s)
	engine.retry = 300 * time.Millisecond
	_, err = s.LockSite(t.Context(), "HQ")
	wantError(t, err, ErrUnreachable, "no server answers")
	if strings.Contains(err.Error(), engine.config.Password) {
		t.Errorf("the error tells the password: %v", err)
	}
}

// engineOf returns the server of a store.
func engineOf(s *Store) *server { return s.engine.(*server) }
