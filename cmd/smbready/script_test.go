package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden text of the scripts anew")

// runMain names the variable that makes the test binary the program itself, for
// tests that start and kill it.
const runMain = "SMBREADY_TEST_MAIN"

// TestMain makes the whole program a command of the scripts, and keeps every
// test away from the user's own store.
func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
	}
	testscript.Main(awayFromHome{m}, map[string]func(){"smbready": main})
}

// awayFromHome runs the tests with a home of their own.
type awayFromHome struct{ m *testing.M }

func (a awayFromHome) Run() int {
	home, err := os.MkdirTemp("", "smbready-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	for _, name := range homeVariables {
		os.Setenv(name, home)
	}
	os.Unsetenv(dbVariable)
	return a.m.Run()
}

// homeVariables say where the user's own store is, by system.
var homeVariables = []string{"XDG_STATE_HOME", "HOME", "LOCALAPPDATA"}

// TestScripts runs the program as a user does. Each script opens with the
// reason it exists. Beside the commands of testscript there are:
//
//	site                      starts the demo site at 127.0.1.1 to 127.0.1.21, all on port $PORT
//	fake ADDRESS FAULT        starts a device that misbehaves, on port $PORT
//	share ADDRESS             starts one that protects shares by a password, and breaks
//	hook NAME CODE            starts a server that keeps what is posted to it in NAME and
//	                          its signature in NAME.sig, answers with CODE; sets $HOOK
//	mailbox NAME              starts a mail server that keeps a mail in NAME; sets $MAIL
//	trap ADDRESS...           listens there, on $PORT, to tell whether anything is
//	                          sent; to addresses that no other script scans
//	untouched, touched        says what the traps must have seen
//	exits CODE PROGRAM...     runs a program that must exit with CODE
//	start NAME PROGRAM...     starts one, its output in NAME.out and NAME.err
//	await GLOB N              waits until a file has N lines
//	signal NAME SIGNAL        sends INT, TERM or KILL
//	ended NAME CODE           waits for its end and checks its exit code, "killed" for none
//	dated FILE...             puts this day in the place of 2026-11-22, so that runs
//	                          do not grow old
//	aged FILE DAYS            dates a run back
//	normal FILE OUT           copies output without what differs between two runs
//
// $TESTDATA is the folder of files that are no text.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Condition:           knows,
		Setup: func(env *testscript.Env) error {
			b := &bench{started: map[string]*exec.Cmd{}}
			env.Values[benchKey{}] = b
			env.Defer(b.close)
			files, err := filepath.Abs("testdata")
			if err != nil {
				return err
			}
			env.Setenv("TESTDATA", files)
			for _, name := range homeVariables {
				env.Setenv(name, filepath.Join(env.WorkDir, "home"))
			}
			env.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector's second of patience at each end
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"site": cmdSite, "fake": cmdFake, "trap": cmdTrap, "touched": cmdTouched, "untouched": cmdUntouched,
			"exits": cmdExits, "start": cmdStart, "await": cmdAwait, "signal": cmdSignal, "ended": cmdEnded, "normal": cmdNormal, "dated": cmdDated,
			"share": cmdShare, "hook": cmdHook, "mailbox": cmdMailbox, "aged": cmdAged,
		},
	})
}

// knows answers the conditions of scripts: [root], for what only root can set up, and [devices], for what
// needs fake devices at 127.0.1.x. Only Linux has all of 127.0.0.0/8 as
// addresses of its own. An SMB server of this machine's own would answer on
// port 139 of each of them.
func knows(name string) (bool, error) {
	switch name {
	case "root":
		return os.Getuid() == 0, nil
	case "devices":
		c, err := net.DialTimeout("tcp", "127.0.1.1:139", time.Second)
		if err == nil {
			c.Close()
		}
		return runtime.GOOS == "linux" && err != nil, nil
	}
	return false, errors.New("unknown condition " + name)
}

func wantArgs(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "exits CODE PROGRAM [ARG...]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "start NAME PROGRAM [ARG...]")
	b := benchOf(ts)
	c := exec.Command(args[1], args[2:]...)
	c.Dir = ts.MkAbs(".")
	c.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"))
	for _, name := range homeVariables {
		c.Env = append(c.Env, name+"="+ts.Getenv(name))
	}
	stdout, err := os.Create(ts.MkAbs(args[0] + ".out"))
	ts.Check(err)
	defer stdout.Close()
	stderr, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	defer stderr.Close()
	c.Stdout, c.Stderr = stdout, stderr
	ts.Check(c.Start())
	b.started[args[0]] = c
}

// patience bounds every wait of a script. It is only spent when a test fails.
const patience = 30 * time.Second

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "await GLOB N")
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil && strings.Count(string(b), "\n") >= want {
				return
			}
		}
	}
	ts.Fatalf("no file %s with %d lines", args[0], want)
}

var signals = map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "signal NAME SIGNAL")
	ts.Check(startedAs(ts, args[0]).Process.Signal(signals[args[1]]))
}

func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "ended NAME CODE")
	c := startedAs(ts, args[0])
	defer time.AfterFunc(patience, func() { c.Process.Kill() }).Stop()
	c.Wait()
	got := strconv.Itoa(c.ProcessState.ExitCode())
	if got == "-1" {
		got = "killed"
	}
	if got != args[1] {
		ts.Fatalf("%s ended with %s, want %s\n%s", args[0], got, args[1], ts.ReadFile(args[0]+".err"))
	}
}

func startedAs(ts *testscript.TestScript, name string) *exec.Cmd {
	c := benchOf(ts).started[name]
	if c == nil {
		ts.Fatalf("%s was not started", name)
	}
	return c
}

func cmdNormal(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "normal FILE OUT")
	text := ts.ReadFile(args[0])
	if port := ts.Getenv("PORT"); port != "" {
		text = regexp.MustCompile(`\b`+port+`\b`).ReplaceAllString(text, "PORT")
	}
	text = strings.ReplaceAll(text, ts.Getenv("WORK"), "$WORK")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(normalise(text)), 0o666))
}

// differing is what differs between two runs, and what stands for it.
var differing = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`\d{8}T\d{6}Z-[A-Z2-7]{6}`), "ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d to (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC`), "START to END UTC"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d-[0-9a-f]{8}\b`), "RULES"},
	{regexp.MustCompile(`"ms":\d+`), `"ms":MS`},
	{regexp.MustCompile(`"raw":"[\w+/=]*"`), `"raw":"RAW"`}, // holds the time of the device
	{regexp.MustCompile(`smbready (devel|v\d[-+.\w]*)`), "smbready VERSION"},
	{regexp.MustCompile(`smbready-\d+\.jsonl`), "smbready-N.jsonl"},
	{regexp.MustCompile(`go1\.\d+(\.\d+)?`), "GO"},
}

func normalise(s string) string {
	for _, d := range differing {
		s = d.pattern.ReplaceAllLiteralString(s, d.replacement)
	}
	return s
}

func cmdDated(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "dated FILE...")
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "2026-11-22", time.Now().UTC().Format(time.DateOnly))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// dates are those of a run's frame and of its hosts.
var dates = regexp.MustCompile(`"(started|finished|time)":"([^"]+)"`)

func cmdAged(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "aged FILE DAYS")
	days, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := dates.ReplaceAllStringFunc(ts.ReadFile(args[0]), func(found string) string {
		m := dates.FindStringSubmatch(found)
		at, err := time.Parse(time.RFC3339, m[2])
		ts.Check(err)
		return fmt.Sprintf(`"%s":"%s"`, m[1], at.AddDate(0, 0, -days).Format(time.RFC3339Nano))
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
