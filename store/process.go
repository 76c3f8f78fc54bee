package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// process names a process so that another one on the same machine can tell
// whether it is still there.
type process struct {
	token   string // of one recording
	machine string // its boot and the space of its process numbers; "-" where they are not known
	pid     int
	started string // as the kernel has it; "-" where it is not known
}

// unknown stands for what could not be found out.
const unknown = "-"

// live holds the tokens of this process's recordings.
var live sync.Map

// newProcess describes this process.
func newProcess(token string) process {
	p := process{token: token, machine: thisMachine(), pid: os.Getpid(), started: unknown}
	if started, there := startOf(p.pid); there {
		p.started = started
	}
	return p
}

// thisMachine returns what only processes have in common that see each other, by
// proc(5) of Linux.
func thisMachine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, err2 := os.Readlink("/proc/self/ns/pid")
	if err != nil || err2 != nil {
		return unknown
	}
	return strings.ReplaceAll(strings.TrimSpace(string(boot))+"/"+space, " ", "")
}

// startOf returns when a process started, in the kernel's own unit, and whether
// it runs: field 22 and 3 of /proc/PID/stat. A process that ended and was not
// waited for does not run.
func startOf(pid int) (started string, runs bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return unknown, false
	}
	end := bytes.LastIndexByte(stat, ')') // the name before it may hold anything
	fields := strings.Fields(string(stat[end+1:]))
	const state, start = 0, 22 - 3
	if len(fields) <= start {
		return unknown, false
	}
	return fields[start], fields[state] != "Z" && fields[state] != "X"
}

// String is how a process stands in the store.
func (p process) String() string {
	return strings.Join([]string{p.token, p.machine, strconv.Itoa(p.pid), p.started}, " ")
}

// parseProcess is the reverse of String.
func parseProcess(s string) (process, bool) {
	f := strings.Fields(s)
	if len(f) != 4 {
		return process{}, false
	}
	pid, err := strconv.Atoi(f[2])
	return process{f[0], f[1], pid, f[3]}, err == nil && pid > 0
}

// fate is what is known of a process.
type fate uint8

const (
	fateUnknown fate = iota
	fateGone
	fateAlive
)

// fate tells whether the recording of a process can go on. Only on the same
// machine, and by proof, it is more than unknown.
func (p process) fate() fate {
	if p.machine == unknown || p.started == unknown || p.machine != thisMachine() {
		return fateUnknown
	}
	if p.pid == os.Getpid() {
		if _, ok := live.Load(p.token); ok {
			return fateAlive
		}
		return fateGone
	}
	if started, runs := startOf(p.pid); runs && started == p.started {
		return fateAlive
	} else if started != unknown {
		return fateGone
	}
	// Other users' processes may be hidden (hidepid), but a signal tells.
	proc, err := os.FindProcess(p.pid)
	if err == nil {
		err = proc.Signal(syscall.Signal(0))
	}
	if errors.Is(err, os.ErrProcessDone) {
		return fateGone
	}
	return fateUnknown
}
