//go:build lab && linux

package lab

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// recorderDevice is the environment variable that makes the tests be the
// recorder of that network device.
const recorderDevice = "SMBREADY_LAB_RECORDER"

// recorderFile is the environment variable that names a file for the recorder to
// keep every packet in, as a capture; without it none is kept.
const recorderFile = "SMBREADY_LAB_CAPTURE"

// traffic is what the client exchanged with each address.
type traffic map[string]*contact

// contact is the traffic with one host.
type contact struct {
	TCP    int         // connections begun
	UDP    int         // datagrams sent
	AtOnce int         // most connections that stood at the same time
	Gap    int64       // shortest time between the beginnings of two connections, in milliseconds
	NTLM   map[int]int // NTLM messages sent, by type

	last time.Time
	open map[flow]bool
	sent map[flow][]byte
}

// flow is a TCP connection, as the client sees it.
type flow struct {
	local  uint16
	remote netip.AddrPort
}

// recorder is the second process, which records.
type recorder struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
}

// record begins to record what the client's namespace sends and receives.
func (n *network) record(t *testing.T) *recorder { return n.recordTo(t, "") }

// recordTo does so and keeps every packet in a file, if one is named.
func (n *network) recordTo(t *testing.T, file string) *recorder {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{cmd: inside(n.client, self, "-test.run=^$")}
	r.cmd.Env = append(os.Environ(), recorderDevice+"="+cable, recorderFile+"="+file)
	r.cmd.Stderr = os.Stderr
	in, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.stdin, r.stdout = in, bufio.NewReader(out)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := r.stdout.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the traffic recorder did not start: %q, %v", line, err)
	}
	return r
}

// stop ends the recording and returns it.
func (r *recorder) stop(t *testing.T) traffic {
	t.Helper()
	r.stdin.Close()
	var seen traffic
	if err := json.NewDecoder(r.stdout).Decode(&seen); err != nil {
		t.Fatalf("the traffic recorder: %v", err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("the traffic recorder: %v", err)
	}
	return seen
}

// recordTraffic is the second process: it says "ready", records until its
// standard input ends, and writes what it saw. It returns an exit code.
func recordTraffic(device string) int {
	fd, err := listenRaw(device)
	if err != nil {
		fmt.Fprintln(os.Stderr, "recorder:", err)
		return 1
	}
	file, err := createCapture(os.Getenv(recorderFile))
	if err != nil {
		fmt.Fprintln(os.Stderr, "recorder:", err)
		return 1
	}
	fmt.Println("ready")
	var mu sync.Mutex
	seen := traffic{}
	go func() {
		packet, control := make([]byte, 1<<17), make([]byte, 256)
		for {
			k, nc, _, from, err := syscall.Recvmsg(fd, packet, control, 0)
			if link, ok := from.(*syscall.SockaddrLinklayer); ok && err == nil && link.Protocol == htons(syscall.ETH_P_IP) {
				mu.Lock()
				seen.packet(packet[:k], link.Pkttype == syscall.PACKET_OUTGOING, arrival(control[:nc]))
				file.packet(packet[:k], arrival(control[:nc]))
				mu.Unlock()
			}
		}
	}()
	io.Copy(io.Discard, os.Stdin)
	time.Sleep(100 * time.Millisecond) // what is in the socket's buffer
	mu.Lock()
	defer mu.Unlock()
	seen.findNTLM()
	if err := json.NewEncoder(os.Stdout).Encode(seen); err != nil {
		return 1
	}
	return 0
}

// listenRaw opens a socket that sees every packet of a device, without its link
// header, and can hold many of them.
func listenRaw(device string) (int, error) {
	card, err := net.InterfaceByName(device)
	if err != nil {
		return 0, err
	}
	protocol := htons(syscall.ETH_P_ALL)
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, int(protocol))
	if err != nil {
		return 0, err
	}
	syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 32<<20) // else the default has to do
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TIMESTAMP, 1); err != nil {
		return 0, err
	}
	return fd, syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: protocol, Ifindex: card.Index})
}

// arrival reads the kernel's time of a packet, which does not depend on when we
// come to read it.
func arrival(control []byte) time.Time {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return time.Time{}
	}
	for _, m := range messages {
		if m.Header.Level == syscall.SOL_SOCKET && m.Header.Type == syscall.SO_TIMESTAMP && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), 1000*int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Time{}
}

// htons turns a number into network byte order.
func htons(n uint16) uint16 { return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n)) }

// packet takes in an IPv4 packet.
func (seen traffic) packet(b []byte, out bool, at time.Time) {
	if len(b) < 20 || len(b) < int(b[0]&15)*4 {
		return
	}
	remote, protocol := netip.AddrFrom4([4]byte(b[12:16])), b[9]
	if out {
		remote = netip.AddrFrom4([4]byte(b[16:20]))
	}
	c := seen[remote.String()]
	if c == nil {
		c = &contact{NTLM: map[int]int{}, open: map[flow]bool{}, sent: map[flow][]byte{}}
		seen[remote.String()] = c
	}
	body := b[int(b[0]&15)*4 : min(len(b), int(binary.BigEndian.Uint16(b[2:])))]
	switch {
	case protocol == syscall.IPPROTO_UDP && out:
		c.UDP++
	case protocol == syscall.IPPROTO_TCP && len(body) >= 20 && len(body) >= int(body[12]>>4)*4:
		c.segment(remote, body, out, at)
	}
}

// Flags of a TCP segment.
const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
)

// segment takes in a TCP segment. A connection begins with the first SYN of its
// port, stands from the answer to it, and ends with our FIN or anybody's RST.
func (c *contact) segment(remote netip.Addr, b []byte, out bool, at time.Time) {
	ours, theirs := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b)
	if out {
		ours, theirs = theirs, ours
	}
	f, flags := flow{ours, netip.AddrPortFrom(remote, theirs)}, b[13]
	switch {
	case flags&syn != 0 && out:
		if _, again := c.sent[f]; again {
			return
		}
		c.sent[f] = []byte{}
		if gap := at.Sub(c.last).Milliseconds(); c.TCP > 0 && (c.TCP == 1 || gap < c.Gap) {
			c.Gap = gap
		}
		c.TCP, c.last = c.TCP+1, at
	case flags&syn != 0:
		c.open[f] = true
		c.AtOnce = max(c.AtOnce, len(c.open))
	case flags&rst != 0 || flags&fin != 0 && out:
		delete(c.open, f)
	}
	if out {
		c.sent[f] = append(c.sent[f], b[int(b[12]>>4)*4:]...)
	}
}

// findNTLM counts the NTLM messages in what was sent, [MS-NLMP] 2.2.1.
func (seen traffic) findNTLM() {
	signature := []byte("NTLMSSP\x00")
	for _, c := range seen {
		for _, stream := range c.sent {
			for {
				_, after, found := bytes.Cut(stream, signature)
				if !found || len(after) < 4 {
					break
				}
				c.NTLM[int(binary.LittleEndian.Uint32(after))]++
				stream = after
			}
		}
	}
}
