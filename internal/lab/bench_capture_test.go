//go:build bench && linux

package lab

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// How fast a large capture is read, beside tshark on the same file, which is made
// here: many clients that write signed data to one server, and traffic of others.
// It fails for a missing host or too much memory, never for being slow.
const (
	captureSize    = 1 << 30 // bytes
	captureClients = 600
	captureMemory  = 300 << 10 // KiB, of the whole process
	atATime        = 40        // connections that go on at the same time
	payloadSize    = 1460      // of a packet
	writeSize      = 64 << 10  // of a request
)

func TestBenchCapture(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "large.pcap")
	packets := makeCapture(t, file)
	reader := filepath.Join(folder, "capture.test")
	if out, err := exec.Command("go", "test", "-c", "-o", reader, "../../capture").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mine := timed(t, []string{"SMBREADY_CAPTURE=" + file}, reader, "-test.run=^TestNamed$", "-test.v")
	var result struct {
		Hosts, Clients int
		Records        uint64
		Signed         int
	}
	_, line, _ := strings.Cut(mine.out, "result: ")
	line, _, _ = strings.Cut(line, "\n")
	if err := json.Unmarshal([]byte(line), &result); err != nil {
		t.Fatalf("%v: %s", err, mine.out)
	}
	if result.Hosts != captureClients+1 || result.Clients != captureClients || result.Records != packets || result.Signed == 0 {
		t.Errorf("%+v of %d clients and %d packets", result, captureClients, packets)
	}
	if mine.peak > captureMemory {
		t.Errorf("%d MB of memory, at most %d are allowed", mine.peak>>10, captureMemory>>10)
	}
	fmt.Printf("\na capture of %d MB, %d packets, %d clients\n", captureSize>>20, packets, captureClients)
	row := func(name string, m measure, ratio string) {
		fmt.Printf("  %-28s %6.2f s %6.0f MB/s %5d MB  %s\n", name, m.wall.Seconds(), captureSize/1e6/m.wall.Seconds(), m.peak>>10, ratio)
	}
	row("smbready", mine, "")
	if _, err := exec.LookPath("tshark"); err != nil {
		fmt.Println("  tshark is not here, so there is no ratio to it")
		return
	}
	other := timed(t, nil, "tshark", "-r", file, "-Y", "smb || smb2", "-T", "fields", "-e", "ip.src", "-e", "smb2.cmd", "-e", "smb2.flags.signature", "-e", "smb2.dialect")
	row("tshark, SMB fields", other, fmt.Sprintf("smbready takes %.3f of its time", mine.wall.Seconds()/other.wall.Seconds()))
}

// timed runs a program to its end.
func timed(t *testing.T, env []string, name string, args ...string) measure {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &errs, append(os.Environ(), env...)
	used := measured(t, cmd)
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out.String(), errs.String())
	}
	return measure{wall: time.Since(began), peak: used().Peak, out: out.String()}
}

// captureWriter writes a capture.
type captureWriter struct {
	w       *bufio.Writer
	written int64
	packets uint64
	seq     map[[2]uint64]uint32 // by sender and receiver
	filler  []byte
}

// makeCapture writes the capture and returns how many packets it has.
func makeCapture(t *testing.T, name string) uint64 {
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := &captureWriter{w: bufio.NewWriterSize(f, 1<<20), seq: map[[2]uint64]uint32{}, filler: bytes.Repeat([]byte("scanned page "), 8192)}
	head := make([]byte, 24)
	binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(head[4:], 2)
	binary.LittleEndian.PutUint16(head[6:], 4)
	binary.LittleEndian.PutUint32(head[16:], 262144)
	head[20] = 1 // Ethernet
	c.w.Write(head)
	for n := 0; c.written < captureSize; n += atATime {
		c.round(n)
	}
	if err := c.w.Flush(); err != nil {
		t.Fatal(err)
	}
	return c.packets
}

// round writes connections that go on at the same time, each of another client.
func (c *captureWriter) round(n int) {
	const writes = 8
	port := uint16(20000 + n%30000)
	each := func(f func(client uint64)) {
		for i := range atATime {
			f(uint64((n+i)%captureClients) | uint64(port)<<32)
		}
	}
	each(func(k uint64) { c.logon(k) })
	for id := range writes {
		each(func(k uint64) {
			head := append(smb2(9, 0, 8, uint64(10+id)), make([]byte, 48)...)
			c.message(k, true, append(head, c.filler[:writeSize]...))
			c.message(k, false, append(smb2(9, 0, 9, uint64(10+id)), make([]byte, 17)...))
			for range 12 { // what others do meanwhile
				c.packet(k, true, 443, 0x10, c.filler[:payloadSize])
			}
		})
	}
	each(func(k uint64) {
		c.packet(k, true, 445, 0x11, nil)
		c.packet(k, false, 445, 0x11, nil)
	})
}

// logon writes the beginning of a connection up to the open file.
func (c *captureWriter) logon(k uint64) {
	delete(c.seq, [2]uint64{k, 1})
	delete(c.seq, [2]uint64{k, 0})
	c.packet(k, true, 445, 0x02, nil)
	c.packet(k, false, 445, 0x12, nil)
	le := binary.LittleEndian
	offer := append(smb2(0, 0, 0, 0), make([]byte, 36+8)...)
	offer[64], offer[66], offer[68] = 36, 4, 1
	for i, d := range []uint16{0x202, 0x210, 0x300, 0x302} {
		le.PutUint16(offer[100+2*i:], d)
	}
	c.message(k, true, offer)
	choice := append(smb2(0, 0, 1, 0), make([]byte, 65)...)
	choice[64], choice[66] = 65, 1
	le.PutUint16(choice[68:], 0x302)
	le.PutUint16(choice[120:], 128)
	c.message(k, false, choice)
	c.setup(k, 1, 0, []byte("NTLMSSP\x00\x01\x00\x00\x00\x01\x02\x00\x00"))
	c.setup(k, 1, 0xc0000016, append([]byte("NTLMSSP\x00\x02\x00\x00\x00"), make([]byte, 36)...))
	user := append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, 52)...)
	user[36], user[40] = 7, 64
	c.setup(k, 2, 0, append(user, "scanner"...))
	c.setup(k, 2, 0xffffffff, nil)
}

// setup writes one leg of a logon: a request, or, with a status, an answer, where
// the highest one stands for success.
func (c *captureWriter) setup(k, id uint64, status uint32, token []byte) {
	request := status == 0
	flags, size, offset := uint32(1), 9, 68
	if request {
		flags, size, offset = 0, 25, 76
	}
	if status == 0xffffffff {
		flags, status = 9, 0
	}
	m := append(smb2(1, status, flags, id), make([]byte, size-1)...)
	m[64], m[offset], m[offset+2] = byte(size), byte(64+size-1), byte(len(token))
	if request {
		m[67] = 1
	}
	c.message(k, request, append(m, token...))
}

// smb2 returns a header of the session.
func smb2(command uint16, status, flags uint32, id uint64) []byte {
	le := binary.LittleEndian
	h := make([]byte, 64, 256)
	copy(h, "\xfeSMB\x40")
	le.PutUint32(h[8:], status)
	le.PutUint16(h[12:], command)
	le.PutUint32(h[16:], flags)
	le.PutUint64(h[24:], id)
	le.PutUint32(h[36:], 5)
	le.PutUint64(h[40:], 0x1000_0000_0001)
	if flags&8 != 0 {
		copy(h[48:], "signed signed si")
	}
	return h
}

// message writes a message in as many packets as it needs.
func (c *captureWriter) message(k uint64, request bool, m []byte) {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(m))), m...)
	for len(b) > 0 {
		n := min(len(b), payloadSize)
		c.packet(k, request, 445, 0x18, b[:n])
		b = b[n:]
	}
}

// packet writes one packet between a client and the server.
func (c *captureWriter) packet(k uint64, request bool, port uint16, flags byte, payload []byte) {
	be, le := binary.BigEndian, binary.LittleEndian
	client, clientPort := uint32(k), uint16(k>>32)
	b := make([]byte, 16+54, 16+54+payloadSize)
	length := 54 + len(payload)
	le.PutUint32(b, uint32(1_750_000_000+c.packets/20_000))
	le.PutUint32(b[4:], uint32(c.packets%20_000)*50)
	le.PutUint32(b[8:], uint32(length))
	le.PutUint32(b[12:], uint32(length))
	e := b[16:]
	copy(e, "\x02\x00\x00\x00\x00\x01\x02\x00")
	be.PutUint32(e[8:], client+2)
	be.PutUint16(e[12:], 0x0800)
	ip := e[14:]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	be.PutUint16(ip[2:], uint16(length-14))
	be.PutUint32(ip[12:], 0x0a010000+client)
	be.PutUint32(ip[16:], 0x0a020001)
	tcp := ip[20:]
	be.PutUint16(tcp, clientPort)
	be.PutUint16(tcp[2:], port)
	side := uint64(1)
	if !request {
		side = 0
		copy(e, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01")
		for i := range 4 {
			ip[12+i], ip[16+i] = ip[16+i], ip[12+i]
		}
		be.PutUint16(tcp, port)
		be.PutUint16(tcp[2:], clientPort)
	}
	key := [2]uint64{k, side}
	if port != 445 {
		key[1] += 2
	}
	be.PutUint32(tcp[4:], c.seq[key])
	c.seq[key] += uint32(len(payload))
	if flags&3 != 0 {
		c.seq[key]++
	}
	tcp[12], tcp[13] = 0x50, flags
	be.PutUint16(tcp[14:], 0xffff)
	c.w.Write(append(b, payload...))
	c.written += int64(16 + length)
	c.packets++
}
