//go:build lab && linux

package lab

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// jointHost is what the joint test reads of a host line.
type jointHost struct {
	Type    string `json:"type"`
	Address string `json:"address"`
	Client  struct {
		Sources []string `json:"sources"`
	} `json:"client"`
	Joins []struct {
		Source string `json:"source"`
		By     string `json:"by"`
		Apart  string `json:"apart"`
	} `json:"joins"`
	Policies map[string]struct {
		Verdict    string   `json:"verdict"`
		Confidence string   `json:"confidence"`
		Reason     string   `json:"reason"`
		Evidence   []string `json:"evidence"`
	} `json:"policies"`
}

// TestJoint has one device scanned, has it save a file at a canary that demands
// signing while its traffic is captured, and has a server's event log doubt it:
// four sources that have to come together in one host, with the verdict of the
// one that proves something.
func TestJoint(t *testing.T) {
	requirePackages(t)
	installClients(t)
	binary := build(t)
	configs := addressed([]config{{name: "device", min: "SMB2_02", max: "SMB3_11", nmbd: true}})
	n := newNetwork(t, configs)
	startServers(t, n, configs)
	device, folder := configs[0].addr, t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }

	run(t, "", "ip", "netns", "exec", n.client, binary, "scan", device, "-q", "-f", "json", "-o", file("scan.jsonl"))

	capture := n.recordTo(t, file("traffic.pcap"))
	canary := n.startCanary(t, binary, file("canary.jsonl"))
	out, err := inside(n.server, "smbclient", "//"+clientAddr+"/scans", "-U", canary.user+"%"+canary.password, "-m", "SMB3_02",
		"-c", "put /etc/services page-1.pdf").CombinedOutput()
	if err != nil {
		t.Fatalf("smbclient at the canary: %v\n%s", err, out)
	}
	canary.stop(t)
	capture.stop(t)

	events := "TimeCreated,Id,LogName,MachineName,ClientAddress,UserName,ServerSigningRequired\r\n" +
		time.Now().UTC().Format(time.RFC3339) + ",3027,Microsoft-Windows-SMBServer/Audit,FS1," + device + ",PLANT\\scanner,False\r\n"
	if err := os.WriteFile(file("events.csv"), []byte(events), 0o600); err != nil {
		t.Fatal(err)
	}
	report := run(t, "", binary, "import", file("scan.jsonl"), file("canary.jsonl"), file("traffic.pcap"), file("events.csv"), "-q", "-f", "json")
	checkJoint(t, report, device)
}

// checkJoint holds the joint report against what happened.
func checkJoint(t *testing.T, report, device string) {
	t.Helper()
	var found []jointHost
	for line := range strings.Lines(report) {
		var h jointHost
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			t.Fatal(err)
		}
		if h.Type == "host" && h.Address == device {
			found = append(found, h)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the device stands in %d lines", len(found))
	}
	h := found[0]
	var sources []string
	for _, j := range h.Joins {
		if j.By == "" {
			t.Errorf("%s was kept apart: %s", j.Source, j.Apart)
		}
		sources = append(sources, j.Source)
	}
	slices.Sort(sources)
	if got := slices.Compact(sources); !slices.Equal(got, []string{"canary", "capture", "events", "scan"}) {
		t.Errorf("put together from %v", got)
	}
	if !slices.Equal(h.Client.Sources, []string{"canary", "capture", "events"}) {
		t.Errorf("seen as a client by %v", h.Client.Sources)
	}
	always := h.Policies["server-always"]
	if always.Verdict != "works" || always.Confidence != "proven" || !strings.Contains(strings.Join(always.Evidence, " "), "3027") {
		t.Errorf("server-always: %+v, want works, proven, with the event that speaks against it listed", always)
	}
	if p := h.Policies["client-always"]; p.Verdict != "works" {
		t.Errorf("client-always: %+v", p)
	}
	t.Logf("%s: %+v", device, always)
}

// canaryProcess is a listener that runs in the client's namespace.
type canaryProcess struct {
	cmd            *exec.Cmd
	user, password string
	rest           chan string // what it says after its account
}

// startCanary starts a listener that demands signing, and reads its account from
// what it tells the operator.
func (n *network) startCanary(t *testing.T, binary, output string) *canaryProcess {
	t.Helper()
	const password = "Joint2Test3Word"
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &canaryProcess{user: "smbready-test", password: password, rest: make(chan string, 1)}
	c.cmd = inside(n.client, binary, "listen", "--address", clientAddr, "--share", "scans", "--stage", "require",
		"--user", c.user, "--password-file", secret, "--for", "1m", "-f", "json", "-o", output)
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	atEnd(t, func() { c.cmd.Process.Kill() })
	go func() {
		var all strings.Builder
		for s := bufio.NewScanner(stderr); s.Scan(); {
			fmt.Fprintln(&all, s.Text())
		}
		c.rest <- all.String()
	}()
	for range 50 {
		if err := inside(n.client, "sh", "-c", "ss -ltn | grep -q '"+clientAddr+":445'").Run(); err == nil {
			return c
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.cmd.Process.Kill()
	t.Fatalf("the listener does not listen:\n%s", <-c.rest)
	return nil
}

// stop ends the listener as Ctrl-C does.
func (c *canaryProcess) stop(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	said := <-c.rest
	if err := c.cmd.Wait(); err != nil {
		t.Fatalf("the listener: %v\n%s", err, said)
	}
}
