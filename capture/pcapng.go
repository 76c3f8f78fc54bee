package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// Block types of pcapng, [draft-ietf-opsawg-pcapng] 4. Others, among them those
// that hold decryption secrets and names, are skipped.
const (
	blockSection   = 0x0a0d0d0a // reads the same in both byte orders
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	byteOrderMagic = uint32(0x1a2b3c4d)
	maxInterfaces  = 4096 // of a section
	maxBlock       = maxPacket + 64<<10
	minBlock       = 12 // type, and the length twice
)

// pcapngFile reads pcapng, [draft-ietf-opsawg-pcapng]: any number of sections and
// interfaces, of either byte order.
type pcapngFile struct {
	b          *bufio.Reader
	unread     *unread
	order      binary.ByteOrder
	interfaces []captureInterface // of the section
	rest       int                // of the block that was looked at, in bytes
}

// captureInterface is what an Interface Description Block says, section 4.2.
type captureInterface struct {
	link   layers.LinkType
	snap   uint32 // bytes; 0: no limit
	unit   uint64 // timestamps in a second
	offset int64  // seconds that are added to timestamps
}

func newPcapng(b *bufio.Reader, u *unread) (*pcapngFile, error) {
	f := &pcapngFile{b: b, unread: u}
	if _, _, err := f.block(); err != nil {
		var d *damageError
		if errors.As(err, &d) || errors.Is(err, io.EOF) {
			return nil, ErrNotCapture
		}
		return nil, err
	}
	return f, nil
}

func (f *pcapngFile) next(p *packet) error {
	for {
		kind, body, err := f.block()
		if err != nil {
			return err
		}
		ok := true
		switch kind {
		case blockInterface:
			f.addInterface(body)
			continue
		case blockEnhanced:
			ok = f.enhanced(p, body)
		case blockPacket:
			ok = f.obsolete(p, body)
		case blockSimple:
			ok = f.simple(p, body)
		default:
			continue
		}
		if ok {
			return nil
		}
		f.unread.add("pcapng packets that contradict their block", 1)
	}
}

// block skips what is left of the last block and returns the next, without its
// lengths, and with no more than maxBlock of its body.
func (f *pcapngFile) block() (kind uint32, body []byte, err error) {
	if _, err := f.b.Discard(f.rest); err != nil {
		return 0, nil, cutOff(err)
	}
	f.rest = 0
	head, err := f.b.Peek(minBlock)
	switch {
	case errors.Is(err, io.EOF) && len(head) == 0:
		return 0, nil, io.EOF
	case err != nil:
		return 0, nil, cutOff(err)
	}
	if binary.BigEndian.Uint32(head) == blockSection {
		if err := f.beginSection(head); err != nil {
			return 0, nil, err
		}
	}
	kind, length := f.order.Uint32(head), int64(f.order.Uint32(head[4:]))
	if length < minBlock || length%4 != 0 {
		return 0, nil, damaged("a block says that it is %d bytes long", length)
	}
	seen := int(min(length, maxBlock))
	b, err := f.b.Peek(seen)
	if err != nil {
		return 0, nil, cutOff(err)
	}
	if int64(seen) < length {
		f.rest = int(length)
		return kind, b[8:], nil
	}
	f.rest = seen
	if int64(f.order.Uint32(b[seen-4:])) != length {
		return 0, nil, damaged("a block of %d bytes does not end as it begins", length)
	}
	return kind, b[8 : seen-4], nil
}

// beginSection reads the byte order in a Section Header Block, section 4.1, and
// forgets the interfaces of the last one.
func (f *pcapngFile) beginSection(head []byte) error {
	switch byteOrderMagic {
	case binary.LittleEndian.Uint32(head[8:]):
		f.order = binary.LittleEndian
	case binary.BigEndian.Uint32(head[8:]):
		f.order = binary.BigEndian
	default:
		return damaged("a section does not tell its byte order")
	}
	version, err := f.b.Peek(minBlock + 2)
	if err != nil {
		return cutOff(err)
	}
	if major := f.order.Uint16(version[minBlock:]); major != 1 {
		return damaged("a section is of version %d, and only 1 is known", major)
	}
	f.interfaces = f.interfaces[:0]
	return nil
}

// Options of an interface, section 4.2.
const (
	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14
)

func (f *pcapngFile) addInterface(body []byte) {
	if len(body) < 8 || len(f.interfaces) == maxInterfaces {
		f.unread.add("pcapng interfaces", 1)
		return
	}
	i := captureInterface{link: layers.LinkType(f.order.Uint16(body)), snap: f.order.Uint32(body[4:]), unit: 1e6}
	for o := body[8:]; len(o) >= 4; {
		code, n := f.order.Uint16(o), int(f.order.Uint16(o[2:]))
		if code == optionEnd || n > len(o)-4 {
			break
		}
		value := o[4 : 4+n]
		switch {
		case code == optionResolution && n == 1:
			i.unit = unit(value[0])
		case code == optionOffset && n == 8:
			i.offset = int64(f.order.Uint64(value))
		}
		o = o[min(4+(n+3)&^3, len(o)):]
	}
	f.interfaces = append(f.interfaces, i)
}

// unit returns how many timestamps are in a second: a power of ten, or of two
// where the highest bit is set. 0 is a resolution that no clock has.
func unit(resolution byte) uint64 {
	if exponent := resolution &^ 0x80; resolution != exponent {
		return 1 << exponent // 0 from 64 on
	} else if exponent <= 19 {
		n := uint64(1)
		for range exponent {
			n *= 10
		}
		return n
	}
	return 0
}

// time converts a timestamp.
func (i captureInterface) time(high, low uint32) time.Time {
	if i.unit == 0 {
		return time.Time{}
	}
	stamp := uint64(high)<<32 | uint64(low)
	seconds := stamp / i.unit
	upper, lower := bits.Mul64(stamp%i.unit, 1e9)
	nanos, _ := bits.Div64(upper, lower, i.unit) // the remainder is below unit, so it fits
	const last = 253402300799                    // of the year 9999
	if seconds > last || i.offset > last || i.offset < -last {
		return time.Time{}
	}
	return sane(time.Unix(int64(seconds)+i.offset, int64(nanos)).UTC())
}

// enhanced reads an Enhanced Packet Block, section 4.3.
func (f *pcapngFile) enhanced(p *packet, body []byte) bool {
	if len(body) < 20 {
		return false
	}
	return f.packet(p, f.order.Uint32(body), body[4:])
}

// obsolete reads a Packet Block, appendix A.
func (f *pcapngFile) obsolete(p *packet, body []byte) bool {
	if len(body) < 20 {
		return false
	}
	return f.packet(p, uint32(f.order.Uint16(body)), body[4:])
}

// packet reads what both have behind the number of the interface: a timestamp, the
// two lengths and the data.
func (f *pcapngFile) packet(p *packet, number uint32, b []byte) bool {
	captured := f.order.Uint32(b[8:])
	if number >= uint32(len(f.interfaces)) || captured > maxPacket || int(captured) > len(b)-16 {
		return false
	}
	i := f.interfaces[number]
	*p = packet{i.time(f.order.Uint32(b), f.order.Uint32(b[4:])), i.link, b[16 : 16+captured], int(f.order.Uint32(b[12:]))}
	return true
}

// simple reads a Simple Packet Block, section 4.4, which has no time and is of the
// first interface.
func (f *pcapngFile) simple(p *packet, body []byte) bool {
	if len(body) < 4 || len(f.interfaces) == 0 {
		return false
	}
	i, length := f.interfaces[0], f.order.Uint32(body)
	captured := length
	if i.snap != 0 {
		captured = min(captured, i.snap)
	}
	if captured > maxPacket || int(captured) > len(body)-4 {
		return false
	}
	*p = packet{link: i.link, data: body[4 : 4+captured], length: int(length)}
	return true
}
