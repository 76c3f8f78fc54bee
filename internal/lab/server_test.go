//go:build lab && linux

package lab

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// servers are the running servers of the lab.
type servers struct {
	network *network
	configs []config
	folder  string
	started map[int]string // process → the configuration it belongs to
}

// startServers starts every server of the table and returns when all listen.
func startServers(t *testing.T, n *network, configs []config) *servers {
	t.Helper()
	s := &servers{network: n, configs: configs, folder: t.TempDir(), started: map[int]string{}}
	// A server that drops its rights must still get to its files.
	if err := os.Chmod(filepath.Dir(s.folder), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range configs {
		switch configs[i].server {
		case samba:
			s.startSamba(t, &configs[i])
		case impacket:
			s.startImpacket(t, &configs[i])
		}
	}
	waitUntil(t, time.Minute, s.deaf)
	waitUntil(t, time.Minute, s.nameless)
	return s
}

// startSamba writes a configuration and starts smbd, and nmbd where wanted, in
// folders of its own.
func (s *servers) startSamba(t *testing.T, c *config) {
	t.Helper()
	folder := filepath.Join(s.folder, c.name)
	for _, sub := range []string{"private", "lock", "state", "cache", "pid", "ncalrpc", "nmbd", "log", "share"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	conf := filepath.Join(folder, "smb.conf")
	if err := os.WriteFile(conf, []byte(c.smbConf(folder)), 0o644); err != nil {
		t.Fatal(err)
	}
	daemons := []string{"smbd"}
	if c.nmbd {
		daemons = append(daemons, "nmbd")
	}
	for _, daemon := range daemons {
		// Not with --no-process-group: smbd ends its whole group when it ends.
		s.start(t, c, daemon, "--foreground", "-s", conf, "-l", filepath.Join(folder, "log"))
	}
}

func (s *servers) startImpacket(t *testing.T, c *config) {
	t.Helper()
	share := filepath.Join(s.folder, c.name, "share")
	if err := os.MkdirAll(share, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{impacketServer, "-ip", c.addr, "-port", "445"}
	if _, smb2 := c.window(); smb2 != nil {
		args = append(args, "-smb2support")
	}
	s.start(t, c, "/usr/bin/python3", append(args, "pub", share)...)
}

// start runs a server in the server's namespace, with its output in a file. The
// network ends it.
func (s *servers) start(t *testing.T, c *config, program string, args ...string) {
	t.Helper()
	out, err := os.Create(filepath.Join(s.folder, c.name, filepath.Base(program)+".out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := inside(s.network.server, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Join(s.folder, c.name), out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.started[cmd.Process.Pid] = c.name + " (" + filepath.Base(program) + ")"
	go cmd.Wait() // that it has ended is seen by its absence
}

// smbConf returns the smb.conf of a configuration.
func (c *config) smbConf(folder string) string {
	mapToGuest, ports, netbios := "Never", []string{}, "yes" // disable netbios
	if c.guest {
		mapToGuest = "Bad User"
	}
	for _, port := range c.ports {
		ports = append(ports, strconv.Itoa(int(port)))
	}
	if c.nmbd || slices.Contains(c.ports, 139) {
		netbios = "no"
	}
	lines := []string{"[global]",
		"server min protocol = " + c.min, "server max protocol = " + c.max, "server signing = " + c.signing,
		"map to guest = " + mapToGuest, "guest account = nobody", c.extra,
		"netbios name = " + c.netbios, "workgroup = " + workgroup, "server string = " + c.name,
		"interfaces = " + c.addr + "/24", "bind interfaces only = yes",
		"smb ports = " + strings.Join(ports, " "), "disable netbios = " + netbios,
		"local master = no", "preferred master = no", "domain master = no",
		"load printers = no", "printing = bsd", "printcap name = /dev/null", "disable spoolss = yes", "log level = 1"}
	for _, place := range []string{"private dir = %s/private", "lock directory = %s/lock", "state directory = %s/state",
		"cache directory = %s/cache", "pid directory = %s/pid", "ncalrpc dir = %s/ncalrpc", "nmbd:socket dir = %s/nmbd",
		"passdb backend = tdbsam:%s/private/passdb.tdb", "log file = %s/log/log.%m", "[pub]", "path = %s/share"} {
		lines = append(lines, strings.Replace(place, "%s", folder, 1))
	}
	return strings.Join(append(lines, "read only = "+yesNo(!c.writes), "guest ok = "+yesNo(c.guest)), "\n") + "\n"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// deaf tells of a server that does not listen on one of its ports, if there is
// one.
func (s *servers) deaf() string {
	out, err := inside(s.network.server, "ss", "-Hltn").Output()
	if err != nil {
		return err.Error()
	}
	sockets := strings.Fields(string(out))
	for i := range s.configs {
		for _, port := range s.configs[i].ports {
			if !slices.Contains(sockets, fmt.Sprintf("%s:%d", s.configs[i].addr, port)) {
				return fmt.Sprintf("%s does not listen on port %d", s.configs[i].name, port)
			}
		}
	}
	return ""
}

// nameless tells of an nmbd that does not yet give out the name of its file
// service, if there is one.
func (s *servers) nameless() string {
	for i := range s.configs {
		c := &s.configs[i]
		if !c.nmbd {
			continue
		}
		out, _ := inside(s.network.client, "nmblookup", "-s", "/dev/null", "-A", c.addr).Output()
		if !bytes.Contains(out, []byte("<20>")) {
			return c.name + " has no NetBIOS names"
		}
	}
	return ""
}

// process tells a process from a later one with the same number.
type process struct {
	pid   int
	since string // start time in clock ticks, from /proc
}

// running returns all processes of the servers, once no more come and go: smbd
// starts a few beside itself, and one for each connection.
func (s *servers) running(t *testing.T) []process {
	t.Helper()
	var now, before []process
	waitUntil(t, 30*time.Second, func() string {
		before, now = now, nil
		for _, pid := range processes(s.network.server) {
			if since := startOf(pid); since != "" {
				now = append(now, process{pid, since})
			}
		}
		if len(now) == 0 || !slices.Equal(before, now) {
			return "the servers still start and end processes"
		}
		return ""
	})
	return now
}

// startOf returns a process's start time, field 22 of its stat file, or "" when
// there is no such process or it is a zombie.
func startOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ok := strings.Cut(string(b), ") ") // the name before it may hold anything
	if err != nil || !ok {
		return ""
	}
	fields := strings.Fields(rest) // from field 3 on
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}

// survived fails the test if one of the processes has ended, or if the
// process that a Samba starts for each connection has fallen over.
func (s *servers) survived(t *testing.T, before []process) {
	t.Helper()
	for _, p := range before {
		if startOf(p.pid) != p.since {
			name := s.started[p.pid]
			if name == "" {
				name = "a process beside smbd"
			}
			t.Errorf("the scan killed %s (process %d)", name, p.pid)
		}
	}
	filepath.WalkDir(s.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".tdb" {
			return nil
		}
		log, _ := os.ReadFile(path)
		if at := bytes.Index(log, []byte("INTERNAL ERROR")); at >= 0 { // how Samba's smb_panic begins
			t.Errorf("%s: the scan broke it: %.600s", path[len(s.folder)+1:], log[at:])
		}
		return nil
	})
}
