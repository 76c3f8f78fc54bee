package pgtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestServer stops and starts a server, which keeps what it had.
func TestServer(t *testing.T) {
	s := New(t)
	other := s.Database(t)
	ask := func(dsn, sql string) string {
		t.Helper()
		out, err := exec.Command(s.bin+"/psql", "-At", dsn, "-c", sql).CombinedOutput()
		if err != nil {
			t.Fatalf("psql: %v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	ask(s.DSN, "CREATE TABLE a (b TEXT)")
	ask(other, "CREATE TABLE a (c TEXT)")
	for _, end := range []func(){s.Stop, s.Kill, func() {}} {
		ask(s.DSN, "INSERT INTO a VALUES ('kept')")
		end()
		s.Restart()
	}
	if got := ask(s.DSN, "SELECT COUNT(*) FROM a"); got != "3" {
		t.Errorf("%s rows are left, not 3", got)
	}
	folder := s.folder
	s.Stop()
	s.Stop()
	if _, err := os.Stat(folder); err != nil {
		t.Error(err)
	}
}
