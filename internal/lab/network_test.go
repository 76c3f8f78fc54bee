//go:build lab && linux

package lab

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Addresses: server n is 10.78.0.n, and the client the last of them.
const (
	subnet     = "10.78.0."
	clientAddr = subnet + "254"
	cable      = "lab0" // the name of both ends
)

// network is a pair of network namespaces, joined by a virtual cable. Their
// names carry the number of this process, so copies of the lab do not collide.
type network struct {
	server, client string
}

// newNetwork makes the namespaces, gives the server's end one address for each
// configuration, and removes all of it when the test ends.
func newNetwork(t *testing.T, configs []config) *network {
	t.Helper()
	name := fmt.Sprintf("smbreadylab-%d-", os.Getpid())
	n := &network{server: name + "server", client: name + "client"}
	atEnd(t, n.down)
	run(t, "", "ip", "netns", "add", n.server)
	run(t, "", "ip", "netns", "add", n.client)
	run(t, "", "ip", "link", "add", cable, "netns", n.server, "type", "veth", "peer", "name", cable, "netns", n.client)
	var batch strings.Builder
	for i := range configs {
		fmt.Fprintf(&batch, "addr add %s/24 brd %s255 dev %s\n", configs[i].addr, subnet, cable)
	}
	run(t, batch.String(), "ip", "-n", n.server, "-batch", "-")
	run(t, "", "ip", "-n", n.client, "addr", "add", clientAddr+"/24", "brd", subnet+"255", "dev", cable)
	for _, namespace := range []string{n.server, n.client} {
		run(t, "", "ip", "-n", namespace, "link", "set", "lo", "up")
		run(t, "", "ip", "-n", namespace, "link", "set", cable, "up")
	}
	// Otherwise all servers together refuse only once a second, as one host would.
	run(t, "0", "ip", "netns", "exec", n.server, "tee", "/proc/sys/net/ipv4/icmp_ratelimit")
	run(t, firewall(configs), "ip", "netns", "exec", n.server, "nft", "-f", "-")
	return n
}

// firewall returns the rules of the server's namespace. An nmbd listens to all
// addresses besides its own and would answer for its neighbours; the last rule
// keeps it from that.
func firewall(configs []config) string {
	var dropped, rejected, named []string
	for i := range configs {
		c := &configs[i]
		switch {
		case c.server == dropping:
			dropped = append(dropped, c.addr)
		case c.server == rejecting:
			rejected = append(rejected, c.addr)
		case c.nmbd:
			named = append(named, c.addr)
		}
	}
	set := func(addrs []string) string {
		if len(addrs) == 0 {
			addrs = []string{"192.0.2.1"} // a set cannot be empty; nobody has this address, [RFC 5737]
		}
		return "{ " + strings.Join(addrs, ", ") + " }"
	}
	return fmt.Sprintf(`table inet lab {
	chain input {
		type filter hook input priority 0; policy accept;
		ip daddr %s drop
		ip daddr %s tcp dport { 139, 445 } reject with icmp type admin-prohibited
		udp dport 137 ip saddr %s ip daddr != %s reject
	}
}`, set(dropped), set(rejected), clientAddr, set(named))
}

// down ends every process in the namespaces and removes them.
func (n *network) down() {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, namespace := range []string{n.server, n.client} {
			for _, pid := range processes(namespace) {
				syscall.Kill(pid, signal)
			}
		}
		for range 20 {
			if len(processes(n.server))+len(processes(n.client)) == 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	for _, namespace := range []string{n.server, n.client} {
		if out, err := exec.Command("ip", "netns", "delete", namespace).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "cannot remove %s: %v: %s", namespace, err, out)
		}
	}
}

// processes returns the numbers of the processes in a namespace. A namespace
// that does not exist has none.
func processes(namespace string) (pids []int) {
	out, err := exec.Command("ip", "netns", "pids", namespace).Output()
	if err != nil {
		return nil
	}
	for _, field := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// inside returns a command that runs in a namespace. The process that it
// starts becomes the command's own: signals reach it.
func inside(namespace, name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", namespace, name}, args...)...)
}
