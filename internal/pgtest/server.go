package pgtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"smbready/internal/smbtest"
)

// programs is where Debian puts the server's programs, which are not in PATH.
const programs = "/usr/lib/postgresql/*/bin"

// patience is far more than a server needs to start or to end.
const patience = time.Minute

// superuser is the account that a new server has.
const superuser = "smbready"

// Server is a running server. Its methods end the test when they fail.
type Server struct {
	// DSN is the URL of a database that is empty at first.
	DSN string

	t        testing.TB
	bin      string // folder of the programs
	folder   string // of the files
	port     int
	password string
	account  *account // as whom the server runs; nil: as the test does
	process  *exec.Cmd
	ended    chan struct{}
}

// Start starts a server and returns the URL of an empty database in it. The
// test is skipped, in words, where PostgreSQL is not installed.
func Start(t testing.TB) (dsn string) {
	t.Helper()
	return New(t).DSN
}

// New is Start for tests that stop the server or want several databases.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, bin: find(t), password: rand.Text()}
	folder, err := os.MkdirTemp("", "smbready-pgtest-")
	s.check(err, "making a folder")
	s.folder = folder
	t.Cleanup(func() {
		s.Stop()
		os.RemoveAll(folder)
	})
	s.account, err = serverAccount()
	if err != nil {
		t.Skip("PostgreSQL does not run as root, and there is no other account for it:", err)
	}
	if s.account != nil {
		s.check(os.Chown(folder, s.account.uid, s.account.gid), "giving the folder to the server")
	}
	s.initialize()
	s.start()
	s.DSN = s.url("postgres")
	return s
}

// find returns the folder of the newest server's programs.
func find(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(programs, "postgres"))
	if err != nil || len(found) == 0 {
		t.Skip("PostgreSQL is not installed (apt-get install postgresql), so the tests with it are left out")
	}
	return filepath.Dir(found[len(found)-1])
}

// check ends the test with an error.
func (s *Server) check(err error, doing string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("pgtest: %s: %v", doing, err)
	}
}

// command returns a program of PostgreSQL, run as the server's account.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "PGPASSWORD="+s.password)
	cmd.SysProcAttr = s.account.attributes()
	return cmd
}

// output runs a program to its end.
func (s *Server) output(name string, args ...string) {
	s.t.Helper()
	if out, err := s.command(name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("pgtest: %s: %v\n%s", name, err, out)
	}
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// initialize makes the server's files.
func (s *Server) initialize() {
	s.t.Helper()
	file := filepath.Join(s.folder, "password")
	s.check(os.WriteFile(file, []byte(s.password), 0o600), "writing the password")
	if s.account != nil {
		s.check(os.Chown(file, s.account.uid, s.account.gid), "giving the password to the server")
	}
	s.output("initdb", "--no-sync", "--encoding=UTF8", "--no-locale", "--auth=scram-sha-256", "--username="+superuser, "--pwfile="+file, "--pgdata="+s.data())
}

// start starts the server, at another port if somebody else took the free one.
func (s *Server) start() {
	s.t.Helper()
	for attempt := 0; ; attempt++ {
		if s.port == 0 {
			port, err := smbtest.FreePort()
			s.check(err, "choosing a port")
			s.port = int(port)
		}
		s.launch()
		if s.ready() {
			return
		}
		log, _ := os.ReadFile(s.logFile())
		s.Stop()
		if s.DSN != "" || attempt == 2 { // Restart keeps its port
			s.t.Fatalf("pgtest: the server does not start:\n%s", log)
		}
		s.port = 0
	}
}

func (s *Server) logFile() string { return filepath.Join(s.folder, "log") }

func (s *Server) launch() {
	s.t.Helper()
	log, err := os.Create(s.logFile())
	s.check(err, "making the log")
	defer log.Close()
	cmd := s.command("postgres", "-D", s.data(), "-p", strconv.Itoa(s.port), "-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=50")
	cmd.Stdout, cmd.Stderr = log, log
	s.check(cmd.Start(), "starting the server")
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	s.process, s.ended = cmd, ended
}

// ready waits until the server answers; false means that it ended.
func (s *Server) ready() bool {
	const pause = 20 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if s.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port)).Run() == nil {
			return true
		}
		select {
		case <-s.ended:
			return false
		case <-time.After(pause):
		}
	}
	return false
}

// Stop ends the server: its connections break off, and what was committed is on
// its disk. It does nothing when there is none.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends the server as a fault of its own would: it gets no time for anything,
// and recovers when it is started again.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

// end sends a signal to the server's main process, which ends the others.
func (s *Server) end(sig syscall.Signal) {
	if s.process == nil {
		return
	}
	err := s.process.Process.Signal(sig)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("pgtest: stopping the server: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Errorf("pgtest: the server does not end")
		s.process.Process.Kill()
		<-s.ended
	}
	s.process = nil
}

// Restart starts a server that was stopped, with what it kept, at the same port.
// One that runs is stopped first.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.start()
}

// Database makes another empty database and returns its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "test_" + rand.Text()
	out, err := s.command("createdb", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", superuser, "--maintenance-db=postgres", name).CombinedOutput()
	if err != nil {
		t.Fatalf("pgtest: createdb: %v\n%s", err, out)
	}
	return s.url(name)
}

// url returns the URL of a database.
func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, s.password), Host: fmt.Sprintf("127.0.0.1:%d", s.port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}
