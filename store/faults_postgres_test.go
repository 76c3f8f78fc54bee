package store

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"smbready/internal/pgtest"
	"smbready/inventory"
)

// TestServerAway stops the server in the middle of recordings, in one way and
// another, and starts it again: nothing is lost, and nothing is stored twice.
func TestServerAway(t *testing.T) {
	server := pgtest.New(t)
	for name, stop := range map[string]func(){"stopped": server.Stop, "killed": server.Kill} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, server.Database(t))
			r := begin(t, s, header("a", ""))
			const hosts = 9000
			recorded := make(chan struct{})
			go func() {
				defer close(recorded)
				for i := range hosts {
					h, line := testHost(i)
					if err := r.Done(uint64(i), inventory.Summary{Probed: 1, SMB: 1}, h, line); err != nil {
						t.Error(err)
						return
					}
					if i%100 == 0 {
						time.Sleep(2 * time.Millisecond)
					}
				}
			}()
			for range 3 {
				time.Sleep(40 * time.Millisecond)
				stop()
				time.Sleep(40 * time.Millisecond)
				server.Restart()
			}
			<-recorded
			must(t, r.Close(summary(hosts)))
			if export(t, s, "a") != lines(header("a", ""), 0, hosts, summary(hosts)) {
				t.Error("the run is not what was recorded")
			}
			if info, err := s.Find(t.Context(), "a"); err != nil || info.Hosts != hosts || info.Counted.Probed != hosts {
				t.Errorf("%+v, %v", info, err)
			}
		})
	}
	t.Run("for long", func(t *testing.T) {
		hurried := quick
		hurried.retry = 300 * time.Millisecond
		s, err := open(t.Context(), server.Database(t), hurried)
		must(t, err)
		defer s.Close()
		r := begin(t, s, header("a", ""))
		record(t, r, 0, 10)
		committed(t, s, "a", 10)
		server.Stop()
		for i := 10; r.Err() == nil; i++ {
			h, line := testHost(i)
			r.Done(uint64(i), inventory.Summary{Probed: 1}, h, line)
		}
		wantError(t, r.Close(summary(1)), ErrUnreachable, "no server answers at 127.0.0.1", "what was committed is safe")
		_, err = s.Runs(t.Context(), "")
		wantError(t, err, ErrUnreachable)
		_, err = open(t.Context(), server.DSN, hurried)
		wantError(t, err, ErrUnreachable)
		server.Restart()
		r, info, err := s.Resume(t.Context(), "a")
		if err != nil || info.Hosts != 10 {
			t.Fatal(info, err)
		}
		must(t, r.Close(nil))
	})
}

// TestServerRefuses looks for words, and for the password among them.
func TestServerRefuses(t *testing.T) {
	server := pgtest.New(t)
	good, err := url.Parse(server.DSN)
	must(t, err)
	real, _ := good.User.Password()
	const secret = "s3cr3tp4ss"
	change := func(change func(u *url.URL)) string {
		u := *good
		change(&u)
		return u.String()
	}
	for _, tt := range []struct {
		name, dsn string
		kind      error
		words     string
	}{
		{"wrong password", change(func(u *url.URL) { u.User = url.UserPassword("smbready", secret) }), ErrPassword, `does not let "smbready" in`},
		{"no password", change(func(u *url.URL) { u.User = url.User("smbready") }), ErrPassword, "PGPASSWORD"},
		{"no such user", change(func(u *url.URL) { u.User = url.UserPassword("nobody", secret) }), ErrPassword, "nobody"},
		{"no database", change(func(u *url.URL) { u.Path = "/none" }), ErrName, `no database "none"`},
		{"no server", change(func(u *url.URL) { u.Host = "127.0.0.1:1" }), ErrUnreachable, "no server answers at 127.0.0.1:1"},
		{"bad port", "postgres://u:" + secret + "@127.0.0.1:port/x", ErrName, "not an address of PostgreSQL"},
		{"bad password", "postgres://u:" + secret + "/%zz@127.0.0.1/x", ErrName, "%3A"},
		{"bad option", "postgres://u:" + secret + "@127.0.0.1/x?sslmode=" + secret, ErrName, "not an address"},
		{"no slashes", "postgres:u:" + secret + "@127.0.0.1", ErrName, "not an address"},
		{"other scheme", "mysql://u:" + secret + "@127.0.0.1/x", ErrName, "mysql"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t.Context(), tt.dsn, quick)
			wantError(t, err, tt.kind, tt.words)
			for _, p := range []string{secret, real} {
				if strings.Contains(err.Error(), p) || strings.Contains(fmt.Sprintf("%v %s", err, err), p) {
					t.Errorf("the error tells the password: %v", err)
				}
			}
		})
	}
	s := opened(t, server.DSN)
	if strings.Contains(s.Name(), real) || !strings.HasPrefix(s.Name(), "postgres://smbready@127.0.0.1:") {
		t.Errorf("the name is %q", s.Name())
	}
	exec := func(text string) {
		t.Helper()
		_, err := s.db.Exec(text)
		must(t, err)
	}
	exec("CREATE ROLE reader LOGIN PASSWORD '" + secret + "'")
	exec("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
	reader := opened(t, change(func(u *url.URL) { u.User = url.UserPassword("reader", secret) }))
	_, err = reader.Runs(t.Context(), "")
	must(t, err)
	_, err = reader.Begin(t.Context(), header("a", ""), nil)
	wantError(t, err, ErrReadOnly, `"reader" may not do that there`)
	exec("ALTER ROLE smbready SET default_transaction_read_only = on")
	fixed := opened(t, server.DSN)
	_, err = fixed.Begin(t.Context(), header("a", ""), nil)
	wantError(t, err, ErrReadOnly, "the server only reads")
}

// TestBackendEnded ends the server's side of every connection while it records.
func TestBackendEnded(t *testing.T) {
	s := opened(t, pgtest.Start(t))
	killer := opened(t, "postgres"+strings.TrimPrefix(dsnOf(s), "postgres"))
	r := begin(t, s, header("a", ""))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			killer.db.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
			time.Sleep(100 * time.Millisecond)
		}
	}()
	const hosts = 3000
	for i := range hosts {
		h, line := testHost(i)
		must(t, r.Done(uint64(i), inventory.Summary{Probed: 1, SMB: 1}, h, line))
		if i%100 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	stop()
	<-ended
	must(t, r.Close(summary(hosts)))
	if export(t, s, "a") != lines(header("a", ""), 0, hosts, summary(hosts)) {
		t.Error("the run is not what was recorded")
	}
}

// dsnOf returns the address of a server's store, with the password.
func dsnOf(s *Store) string { return s.engine.(*server).config.ConnString() }
