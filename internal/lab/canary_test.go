//go:build lab && linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"smbready/inventory"
)

// stages are those of the two listeners, each at an address of its own.
var stages = [2]string{"observe", "require"}

// canaryBench is where clients are let at listeners.
type canaryBench struct {
	t       *testing.T
	network *network
	configs []config
	binary  string
	folder  string
}

// TestCanary lets real clients save a file at a listener that demands signing,
// and at one that does not. What they are to show follows from what their
// settings mean, as smb.conf(5) and their sources explain them.
func TestCanary(t *testing.T) {
	requirePackages(t)
	installClients(t)
	b := &canaryBench{t: t, binary: build(t), folder: t.TempDir(),
		configs: addressed([]config{{name: stages[0], server: nobody}, {name: stages[1], server: nobody}})}
	b.network = newNetwork(t, b.configs)
	for _, d := range dialers() {
		t.Run(d.name, func(t *testing.T) { b.test(t, d) })
	}
}

// smbProtocols are the dialects, as Samba calls them.
var smbProtocols = []string{"NT1", "SMB2_02", "SMB2_10", "SMB3_00", "SMB3_02", "SMB3_11"}

func dialers() (list []dialer) {
	for _, protocol := range smbProtocols {
		for _, signing := range []string{"disabled", "default", "desired", "required"} {
			for _, w := range []who{known, mistyped, anonymous} {
				list = append(list, smbclientOf(protocol, signing, w))
			}
		}
	}
	list = append(list, smbclientOf("NT1", "default", guestUser), smbclientOf("SMB3_11", "default", guestUser), smbclientOf("SMB3_11", "default", stranger))
	list = append(list, oldForms()...)
	list = append(list, libsmbclients()...)
	list = append(list, impackets()...)
	curl := saves("NTLMv1", nothingSigned, oldLogon)
	denied := shown{as: inventory.LogonAccount, mechanism: "NTLMv1", known: true, stage: inventory.StageTreeConnect,
		end: inventory.EndServerRefused, requests: nothingSigned, verdict: breaks}
	list = append(list, curlOf(known, [2]shown{curl, denied}, breaks))
	wrong := refused(inventory.LogonAccount, "NTLMv1", oldLogon)
	list = append(list, curlOf(mistyped, [2]shown{wrong, wrong}, oldLogon))
	return append(list, goSMB2, ownScan, kernelOf("1.0"), kernelOf("3.1.1"))
}

// libsmbclients are programs with Samba's library, at each dialect with each
// setting of signing, which does what smbclient does with the same.
func libsmbclients() (list []dialer) {
	for _, protocol := range smbProtocols {
		for _, signing := range []string{"disabled", "default", "desired", "required"} {
			settings := "client min protocol = NT1\nclient max protocol = " + protocol
			expect, both := smbclient1(signing, known)
			if protocol != "NT1" {
				settings = "client max protocol = " + protocol
				expect, both = smbclient2(protocol, signing, known)
			}
			if signing != "default" {
				settings += "\nclient signing = " + signing
			}
			list = append(list, libsmbclientOf("libsmbclient-"+protocol+"-"+signing, settings, known, expect, both))
		}
		list = append(list, libsmbclientRefused(protocol, mistyped), libsmbclientRefused(protocol, anonymous))
	}
	return list
}

// libsmbclientRefused is a program with that library and an account that is not
// let in.
func libsmbclientRefused(protocol string, w who) dialer {
	settings := "client min protocol = NT1\nclient max protocol = " + protocol
	expect, both := smbclient1("default", w)
	if protocol != "NT1" {
		settings = "client max protocol = " + protocol
		expect, both = smbclient2(protocol, "default", w)
	}
	return libsmbclientOf("libsmbclient-"+protocol+"-"+w.name, settings, w, expect, both)
}

// impackets are programs with impacket, which signs for a server that demands
// it, and nothing else. At 3.1.1 Debian's 0.10.0 signs wrongly, as it does with
// Samba's servers too, which refuse it.
func impackets() (list []dialer) {
	expect := [2]shown{saves("NTLMv2", nothingSigned, smb1Only), saves("NTLMv2", allSigned, smb1Only)}
	list = append(list, impacketOf("NT1", "NT LM 0.12", expect, smb1Only))
	expect = [2]shown{saves("NTLMv2", nothingSigned, maybeWorks), saves("NTLMv2", allSigned, proven)}
	for _, v := range [][2]string{{"2.0.2", "0x0202"}, {"2.1", "0x0210"}, {"3.0", "0x0300"}} {
		list = append(list, impacketOf(v[0], v[1], expect, proven))
	}
	faulty := shown{as: inventory.LogonAccount, mechanism: "NTLMv2", known: true, stage: inventory.StageTreeConnect,
		end: inventory.EndServerRefused, requests: wrongSigned, verdict: misSigns}
	return append(list, impacketOf("3.1.1", "0x0311", [2]shown{faulty, faulty}, misSigns))
}

// test lets a client at both listeners.
func (b *canaryBench) test(t *testing.T, d dialer) {
	if what := d.lacks(); what != "" {
		t.Skipf("this machine has not %s", what)
	}
	var files []string
	folder := t.TempDir()
	for i, stage := range stages {
		t.Run(stage, func(t *testing.T) {
			server := b.configs[i].addr
			l := b.listen(t, server, stage, folder)
			served := b.dial(t, d.command(b, server))
			h := l.stop(t)
			if h == nil || h.Client == nil || len(h.Client.Contacts) == 0 {
				t.Fatal("the client is not recorded")
			}
			files = append(files, l.file)
			d.expect[i].compare(t, served, h)
			for _, c := range h.Client.Contacts {
				t.Logf("served %v; %s; %+v", served, told(&c), h.Policies.ServerAlways)
			}
		})
	}
	if len(files) == len(stages) {
		t.Run("both", func(t *testing.T) { b.testBoth(t, files, d.both) })
	}
}

// testBoth puts what both listeners saw together: the worst that is proven
// counts.
func (b *canaryBench) testBoth(t *testing.T, files []string, want finding) {
	both := filepath.Join(t.TempDir(), "both.jsonl")
	run(t, "", b.binary, append([]string{"import", "-q", "-f", "json", "-o", both}, files...)...)
	h := readRun(t, both).hosts[clientAddr]
	if h == nil || h.Client == nil {
		t.Fatal("the client is not recorded")
	}
	got := h.Policies.ServerAlways
	t.Logf("%+v", got)
	got.Reason = ""
	same(t, "server-always", got, want)
}

// told is a contact in one line.
func told(c *inventory.Contact) string {
	l, o := c.Logon, c.Offer
	if l == nil {
		l = &inventory.Logon{}
	}
	if o == nil {
		o = &inventory.Offer{}
	}
	return fmt.Sprintf("%dx %v %s, %v %s %s, %v %v, requests %+v %v %s, %q, Flags2 %s %s, SecurityMode %s %s",
		c.Times(), o.Dialects(), c.Dialect, l.As, l.Mechanism, l.Status, c.Stage, c.End, c.Requests, c.Signature, c.Algorithm, c.Quirks,
		hex(o.Flags2), hex(o.SetupFlags2), hex(o.SecurityMode), hex(o.SetupSecurityMode))
}

func hex(p *uint16) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprintf("0x%04x", *p)
}

// dial runs a client to its end, and reports whether it says that it succeeded.
func (b *canaryBench) dial(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if cmd.Process != nil {
			cmd.Process.Kill()
		}
	})
	defer stop()
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Errorf("%s did not end:\n%s", cmd, out)
	}
	if err != nil {
		t.Logf("%v: %s", err, strings.TrimSpace(string(out)))
	}
	return err == nil
}

// listener is a listener that runs in the server's namespace.
type listener struct {
	cmd  *exec.Cmd
	file string
	said *strings.Builder
}

// listen starts a listener, which leaves its run in a folder, and waits until it
// can be reached.
func (b *canaryBench) listen(t *testing.T, addr, stage, folder string) *listener {
	t.Helper()
	l := &listener{file: filepath.Join(folder, stage+".jsonl"), said: new(strings.Builder)}
	l.cmd = inside(b.network.server, b.binary, "listen", "--address", addr, "--share", canaryShare, "--stage", stage, "--user", canaryUser,
		"--password-file", b.file("password", canaryPassword+"\n"), "--for", "2m", "-f", "json", "-o", l.file)
	l.cmd.Stdout, l.cmd.Stderr = l.said, l.said
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.cmd.Process.Kill() })
	waitUntil(t, 20*time.Second, func() string {
		out, _ := inside(b.network.server, "ss", "-Hltn", "src", addr).Output()
		if fields := strings.Fields(string(out)); !slices.Contains(fields, addr+":445") || !slices.Contains(fields, addr+":139") {
			return "the listener does not listen"
		}
		return ""
	})
	return l
}

// await waits until the listener has seen the end of what the client left: one that is
// stopped before that does not know who closed the connection.
func (l *listener) await(t *testing.T) {
	t.Helper()
	const established, closeWait = "01", "08" // states of /proc/net/tcp, see tcp_states.h
	open := func() bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", l.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 3 && (f[3] == established || f[3] == closeWait) {
				return true
			}
		}
		return false
	}
	for end := time.Now().Add(5 * time.Second); open() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// stop ends the listener as Ctrl-C does, and returns what it recorded of the
// client.
func (l *listener) stop(t *testing.T) *judged {
	t.Helper()
	l.await(t)
	if err := l.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := l.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := l.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("the listener ended with %d:\n%s", code, l.said)
	}
	text, err := os.ReadFile(l.file)
	if err != nil || strings.Contains(string(text)+l.said.String(), canaryPassword) {
		t.Errorf("%v; or the password is in what the listener says or records", err)
	}
	return readRun(t, l.file).hosts[clientAddr]
}
