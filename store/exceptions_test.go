package store

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"smbready/internal/pgtest"
	"smbready/inventory"
)

// TestEachHost hands on the hosts of a run, or those at some addresses, in both
// databases.
func TestEachHost(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testEachHost(t, newFile(t)) })
	t.Run("postgres", func(t *testing.T) { testEachHost(t, pgtest.New(t).Database(t)) })
}

func testEachHost(t *testing.T, name string) {
	s := opened(t, name)
	r, err := s.Begin(t.Context(), header("a", ""), nil)
	must(t, err)
	for i, text := range []string{"10.0.0.1", "10.0.0.2", "::ffff:10.0.0.2", "fd00::1", "fe80::1%eth0"} {
		h, _ := testHost(i)
		h.Address = netip.MustParseAddr(text)
		var line bytes.Buffer
		_, err := inventory.NewWriter(&line).Write(inventory.Line{Host: h})
		must(t, err)
		must(t, r.Line(h, line.Bytes()))
	}
	must(t, r.Close(nil))
	at := func(list ...string) (found []string) {
		var addresses []netip.Addr
		for _, a := range list {
			addresses = append(addresses, netip.MustParseAddr(a))
		}
		must(t, s.EachHost(t.Context(), "a", addresses, func(h *inventory.Host) error {
			found = append(found, h.Address.String())
			return nil
		}))
		return found
	}
	for _, c := range []struct {
		at   []string
		want int
	}{{nil, 5}, {[]string{"10.0.0.2"}, 1}, {[]string{"::ffff:10.0.0.2"}, 1}, {[]string{"10.0.0.9"}, 0}, {[]string{"fe80::1%eth0", "10.0.0.1"}, 2}, {[]string{"fe80::1"}, 0}} {
		if got := at(c.at...); len(got) != c.want {
			t.Errorf("at %v: %v", c.at, got)
		}
	}
	stop := errors.New("stop")
	if err := s.EachHost(t.Context(), "a", nil, func(*inventory.Host) error { return stop }); err != stop {
		t.Errorf("the error of the caller is %v", err)
	}
	none := func(*inventory.Host) error { t.Error("a host of no run"); return nil }
	must(t, s.EachHost(t.Context(), "b", nil, none))
	wantError(t, s.EachHost(t.Context(), "b\x00", nil, none), ErrNotFound)
	_, err = s.db.ExecContext(t.Context(), "UPDATE hosts SET line = $1", []byte(`{"type":"host","address":7}`))
	must(t, err)
	wantError(t, s.EachHost(t.Context(), "a", nil, none), ErrDamaged, "a host")
}
