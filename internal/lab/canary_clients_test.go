//go:build lab && linux

package lab

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smbready/inventory"
)

// The canary's account and share, and the file that clients save there.
const (
	canaryUser     = "smbready-test"
	canaryPassword = "La8Unmistakable"
	canaryShare    = "scans"
)

// canaryNeeds maps each program or file that only the canary's test uses to its
// Debian package. What is missing costs the clients that want it, and no more.
var canaryNeeds = map[string]string{
	"smbclient":                           "smbclient",
	"curl":                                "curl",
	"/usr/lib/python3/dist-packages/smbc": "python3-smbc",
	"mount.cifs":                          "cifs-utils",
}

// installClients installs what is missing of the clients.
func installClients(t *testing.T) {
	t.Helper()
	var missing []string
	for name, debian := range canaryNeeds {
		if _, err := exec.LookPath(name); err != nil && !exists(name) {
			missing = append(missing, debian)
		}
	}
	if len(missing) == 0 {
		return
	}
	t.Logf("installing %v", missing)
	apt(t, missing, "update", "-qq")
	apt(t, missing, append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)...)
}

// dialer is a client program with its settings.
type dialer struct {
	name    string
	needs   string // a program or file, without which it is skipped
	command func(b *canaryBench, server string) *exec.Cmd
	expect  [2]shown // at a listener of stage observe, and of stage require
	both    finding  // of the two together
}

// who logs on.
type who struct{ name, user, password string }

// Accounts with which clients come.
var (
	known     = who{"account", canaryUser, canaryPassword}
	mistyped  = who{"wrong-password", canaryUser, "wrong"}
	stranger  = who{"another-account", "plant\\administrator", "wrong"}
	guestUser = who{"guest", "guest", ""}
	anonymous = who{"anonymous", "", ""}
)

// smbclientOf is Samba's smbclient at one dialect at most, which saves a file.
func smbclientOf(protocol, signing string, w who, more ...string) dialer {
	d := dialer{name: "smbclient-" + protocol + "-" + signing + "-" + w.name, needs: "smbclient",
		command: func(b *canaryBench, server string) *exec.Cmd {
			args := append([]string{"//" + server + "/" + canaryShare, "-s", b.emptyConf(), "-m", protocol, "-c", "put " + b.page() + " page-1.pdf; ls"}, more...)
			if protocol == "NT1" {
				args = append(args, "--option=client min protocol=NT1")
			}
			if signing != "default" {
				args = append(args, "--option=client signing="+signing)
			}
			if w.user == "" {
				args = append(args, "-N", "-U", "%")
			} else {
				args = append(args, "-U", w.user+"%"+w.password)
			}
			return inside(b.network.client, "smbclient", args...)
		}}
	if protocol == "NT1" {
		d.expect, d.both = smbclient1(signing, w)
	} else {
		d.expect, d.both = smbclient2(protocol, signing, w)
	}
	return d
}

// oldForms are the ways of older devices: the session service of NetBIOS, and
// logons without extended security, by NTLM version 2 and 1.
func oldForms() []dialer {
	netBIOS := smbclientOf("NT1", "desired", known, "-p", "139")
	plain := smbclientOf("NT1", "desired", known, "--option=client use spnego=no")
	ntlmv1 := smbclientOf("NT1", "desired", known, "--option=client use spnego=no", "--option=client ntlmv2 auth=no")
	netBIOS.name, plain.name, ntlmv1.name = "smbclient-NT1-port-139", "smbclient-NT1-13-words", "smbclient-NT1-13-words-NTLMv1"
	for i := range ntlmv1.expect {
		ntlmv1.expect[i].mechanism, ntlmv1.expect[i].verdict = "NTLMv1", oldLogon
	}
	ntlmv1.both = oldLogon
	return []dialer{netBIOS, plain, ntlmv1}
}

// libsmbclient saves a file through Samba's library.
const libsmbclient = `
import os, sys, smbc
context = smbc.Context(auth_fn=lambda server, share, group, user, password: ("WORKGROUP", sys.argv[2], sys.argv[3]))
f = context.open("smb://%s/%s/page-1.pdf" % (sys.argv[1], sys.argv[4]), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
f.write(b"x" * 100000)
f.close()
`

// libsmbclientOf is a program with that library, which reads its settings in its
// user's folder.
func libsmbclientOf(name, settings string, w who, expect [2]shown, both finding) dialer {
	for i := range expect {
		expect[i].end = inventory.EndClientClosed // it takes no leave
	}
	return dialer{name: name, expect: expect, both: both, needs: "/usr/lib/python3/dist-packages/smbc",
		command: func(b *canaryBench, server string) *exec.Cmd {
			home := b.home(name, settings)
			return inside(b.network.client, "env", "HOME="+home, "/usr/bin/python3", "-c", libsmbclient, server, w.user, w.password, canaryShare)
		}}
}

// impacketClient saves a file through impacket, at a dialect.
const impacketClient = `
import io, sys
from impacket.smbconnection import SMBConnection
server, user, password, share, dialect = sys.argv[1:]
c = SMBConnection(server, server, preferredDialect=dialect if dialect.startswith("NT") else int(dialect, 16))
c.login(user, password)
c.putFile(share, "page-1.pdf", io.BytesIO(b"x" * 100000).read)
c.logoff()
`

func impacketOf(name, dialect string, expect [2]shown, both finding) dialer {
	return dialer{name: "impacket-" + name, expect: expect, both: both, needs: impacketServer,
		command: func(b *canaryBench, server string) *exec.Cmd {
			return inside(b.network.client, "/usr/bin/python3", "-c", impacketClient, server, canaryUser, canaryPassword, canaryShare, dialect)
		}}
}

// curlOf is curl, which speaks SMB1 with NTLM version 1 and never signs.
func curlOf(w who, expect [2]shown, both finding) dialer {
	return dialer{name: "curl-" + w.name, expect: expect, both: both, needs: "curl",
		command: func(b *canaryBench, server string) *exec.Cmd {
			return inside(b.network.client, "curl", "-sS", "-m", "20", "-T", b.page(), "-u", w.user+":"+w.password, "smb://"+server+"/"+canaryShare+"/page-1.pdf")
		}}
}

// goSMB2 is go-smb2, as the tool's own verification uses it: it connects to IPC$
// and signs.
var goSMB2 = dialer{name: "go-smb2", expect: [2]shown{signsIPC, signsIPC}, both: demands,
	command: func(b *canaryBench, server string) *exec.Cmd {
		return b.network.verifyCommand(b.binary, logon{user: canaryUser, password: canaryPassword}, server, "-q", "--fail-on", "client-always=breaks,client-always=unknown")
	}}

// ownScan is the tool's own scan, which hangs up before it has logged on, as
// vulnerability scanners do: no device is to be judged by that.
var ownScan = dialer{name: "scan", expect: [2]shown{hangsUp(maybeWorks), hangsUp(notKnown)}, both: maybeWorks,
	command: func(b *canaryBench, server string) *exec.Cmd {
		return inside(b.network.client, b.binary, "scan", server, "-q")
	}}

// kernelOf is the kernel's own client, which signs for a server that demands it;
// at 3.1.1 it signs its TREE_CONNECT to any.
func kernelOf(version string) dialer {
	expect, both := [2]shown{saves("NTLMv2", partSigned, maybeWorks), saves("NTLMv2", allSigned, proven)}, proven
	if version == "1.0" {
		expect, both = [2]shown{saves("NTLMv2", nothingSigned, smb1Only), saves("NTLMv2", allSigned, smb1Only)}, smb1Only
	}
	return dialer{name: "cifs-" + version, needs: cifsModule, expect: expect, both: both,
		command: func(b *canaryBench, server string) *exec.Cmd {
			return inside(b.network.client, "sh", "-c", fmt.Sprintf("m=$(mktemp -d) && mount.cifs //%s/%s $m -o user=%s,pass=%s,vers=%s && cp %s $m/page-1.pdf; s=$?; umount $m; exit $s",
				server, canaryShare, canaryUser, canaryPassword, version, b.page()))
		}}
}

// cifsModule stands for a kernel that has the file system.
const cifsModule = "the kernel's file system cifs"

// lacks tells what a client wants and this machine has not, or nothing.
func (d *dialer) lacks() string {
	if d.needs == cifsModule {
		if list, err := os.ReadFile("/proc/filesystems"); err != nil || !bytes.Contains(list, []byte("\tcifs\n")) {
			return cifsModule
		}
		return ""
	}
	if _, err := exec.LookPath(d.needs); d.needs != "" && err != nil && !exists(d.needs) {
		return d.needs
	}
	return ""
}

// emptyConf is a configuration of Samba's clients that sets nothing.
func (b *canaryBench) emptyConf() string { return b.file("smb.conf", "[global]\n") }

// page is the file that clients save.
func (b *canaryBench) page() string { return b.file("page.pdf", strings.Repeat("%PDF", 25000)) }

// home is a folder for settings of Samba's library.
func (b *canaryBench) home(name, settings string) string {
	return filepath.Dir(filepath.Dir(b.file(filepath.Join(name, ".smb", "smb.conf"), "[global]\n"+settings+"\n")))
}

// file writes a file, once.
func (b *canaryBench) file(name, content string) string {
	path := filepath.Join(b.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if !exists(path) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	return path
}
