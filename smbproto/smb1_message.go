package smbproto

import "fmt"

// SMB1 commands of sessions, shares and files, [MS-CIFS] 2.2.2.1.
const (
	SMB1CommandCreateDirectory      = 0x00
	SMB1CommandDeleteDirectory      = 0x01
	SMB1CommandOpen                 = 0x02
	SMB1CommandCreate               = 0x03
	SMB1CommandClose                = 0x04
	SMB1CommandFlush                = 0x05
	SMB1CommandDelete               = 0x06
	SMB1CommandRename               = 0x07
	SMB1CommandQueryInformation     = 0x08
	SMB1CommandSetInformation       = 0x09
	SMB1CommandRead                 = 0x0a
	SMB1CommandWrite                = 0x0b
	SMB1CommandCreateNew            = 0x0f
	SMB1CommandCheckDirectory       = 0x10
	SMB1CommandProcessExit          = 0x11
	SMB1CommandSeek                 = 0x12
	SMB1CommandSetInformation2      = 0x22
	SMB1CommandQueryInformation2    = 0x23
	SMB1CommandLocking              = 0x24
	SMB1CommandTransaction          = 0x25
	SMB1CommandEcho                 = 0x2b
	SMB1CommandWriteAndClose        = 0x2c
	SMB1CommandOpenAndX             = 0x2d
	SMB1CommandReadAndX             = 0x2e
	SMB1CommandWriteAndX            = 0x2f
	SMB1CommandTransaction2         = 0x32
	SMB1CommandFindClose2           = 0x34
	SMB1CommandTreeDisconnect       = 0x71
	SMB1CommandLogoff               = 0x74
	SMB1CommandTreeConnect          = 0x75
	SMB1CommandQueryInformationDisk = 0x80
	SMB1CommandSearch               = 0x81
	SMB1CommandNTTransact           = 0xa0
	SMB1CommandNTCreate             = 0xa2
	SMB1CommandNTCancel             = 0xa4
)

// maxSMB1Chain bounds the commands of one message. No client was seen to send
// more than three.
const maxSMB1Chain = 8

// SMB1Message is any SMB1 message: a header, and one command or a chain of AndX
// commands, [MS-CIFS] 2.2.3.
type SMB1Message struct {
	Header SMB1Header // its Command is that of the first block
	Blocks []SMB1Block
}

// SMB1Block is one command of a message: its parameters and its data, [MS-CIFS]
// 2.2.3.2 and 2.2.3.3. The Words of an AndX command begin with the four bytes
// that name the next one, unless it is an error answer, which has no words.
type SMB1Block struct {
	Command uint8
	Words   []byte // two bytes each
	Bytes   []byte

	message []byte // in which offsets of the words count
	wordsAt int    // where the words are in it
	bytesAt int    // likewise the bytes
	unicode bool   // strings are UTF-16
}

// isAndX reports whether a command can have another behind it, [MS-CIFS] 2.2.3.4.
func isAndX(command uint8) bool {
	switch command {
	case SMB1CommandLocking, SMB1CommandOpenAndX, SMB1CommandReadAndX, SMB1CommandWriteAndX,
		SMB1CommandSessionSetup, SMB1CommandLogoff, SMB1CommandTreeConnect, SMB1CommandNTCreate:
		return true
	}
	return false
}

// ParseSMB1Message parses a message down to the words and bytes of its commands.
// With an error it returns the commands before the one that was wrong.
func ParseSMB1Message(b []byte) (SMB1Message, error) {
	r := reader{b: b, message: "SMB1 message"}
	m := SMB1Message{Header: r.smb1Header()}
	for command := m.Header.Command; r.err == nil; {
		if len(m.Blocks) == maxSMB1Chain {
			r.fail("AndXCommand", r.off, "too long a chain")
			break
		}
		start := r.off
		k := r.smb1Block(command, m.Header)
		if r.err != nil {
			break
		}
		m.Blocks = append(m.Blocks, k)
		next, at := k.next()
		if next == noAndX {
			break
		}
		if at <= start { // a chain that goes back would have no end
			r.fail("AndXOffset", k.wordsAt+2, "not behind its own command")
		}
		command, r.off = next, at
	}
	return m, r.err
}

// smb1Block reads the words and bytes of one command.
func (r *reader) smb1Block(command uint8, h SMB1Header) SMB1Block {
	words, bytes := r.smb1Body()
	return SMB1Block{Command: command, Words: words.b, Bytes: bytes.b, message: r.b,
		wordsAt: words.base, bytesAt: bytes.base, unicode: h.Unicode()}
}

// Unicode reports whether the strings of the command are UTF-16.
func (k SMB1Block) Unicode() bool { return k.unicode }

// next returns the command behind this one, and where it is in the message.
func (k SMB1Block) next() (command uint8, at int) {
	if !isAndX(k.Command) || len(k.Words) < 4 {
		return noAndX, 0
	}
	return k.Words[0], int(le.Uint16(k.Words[2:]))
}

// Append appends the message, with the chain as the blocks stand: what the Words
// of an AndX command say of it is overwritten. Blocks begin at even offsets, so
// that Bytes always begin at odd ones.
func (m SMB1Message) Append(b []byte) []byte {
	start := len(b)
	if len(m.Blocks) > 0 {
		m.Header.Command = m.Blocks[0].Command
	}
	b = m.Header.append(b)
	for i, k := range m.Blocks {
		words := len(b) + 1
		b = append(append(b, byte(len(k.Words)/2)), k.Words[:len(k.Words)&^1]...)
		b = append(le.AppendUint16(b, uint16(len(k.Bytes))), k.Bytes...)
		if !isAndX(k.Command) || len(k.Words) < 4 {
			break // nothing can be behind it
		}
		b[words], b[words+1] = noAndX, 0
		le.PutUint16(b[words+2:], 0)
		if i+1 < len(m.Blocks) {
			if (len(b)-start)%2 != 0 {
				b = append(b, 0)
			}
			b[words] = m.Blocks[i+1].Command
			le.PutUint16(b[words+2:], uint16(len(b)-start))
		}
	}
	return b
}

// Find returns the first command of a kind in the chain.
func (m SMB1Message) Find(command uint8) (SMB1Block, bool) {
	for _, k := range m.Blocks {
		if k.Command == command {
			return k, true
		}
	}
	return SMB1Block{}, false
}

// only returns the first command of a kind in a chain of the given direction. An
// error of the chain counts only where the command is not in front of it.
func (m SMB1Message) only(command uint8, reply bool, chain error, message string) (SMB1Block, error) {
	k, found := m.Find(command)
	r := reader{message: message}
	switch {
	case !found && chain != nil:
		return k, chain
	case !found:
		r.fail("Command", 4, fmt.Sprintf("0x%02x, and 0x%02x is not behind it", m.Header.Command, command))
	case m.Header.Reply() != reply:
		r.fail("Flags", 9, "wrong direction: a request for a reply, or the reverse")
	}
	return k, r.err
}

// words returns a reader of the words, behind those of the chain.
func (k SMB1Block) words(message string) reader {
	r := reader{b: k.Words, base: k.wordsAt, message: message}
	if isAndX(k.Command) {
		r.skip(4, "AndX")
	}
	return r
}

// bytes returns a reader of the bytes that goes on with the error of another.
func (k SMB1Block) bytes(before *reader) reader {
	return reader{b: k.Bytes, base: k.bytesAt, message: before.message, err: before.err}
}

// at returns n bytes at an offset from the header on, which the words tell.
func (k SMB1Block) at(before *reader, off, n int, field string) []byte {
	r := reader{b: k.message, message: before.message, err: before.err}
	b := r.slice(uint64(off), uint64(n), field)
	before.err = r.err
	return b
}

// name reads the rest of the bytes as one name, with or without its end, from an
// even offset on where it is UTF-16.
func (k SMB1Block) name(r *reader) string {
	t := r.texts(k.unicode, 1)
	return t[0]
}
