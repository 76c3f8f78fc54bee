package smbtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"smbready/smbproto"
)

// Fault is a way to misbehave. Each was seen on a real device, in a honeypot,
// or as the cause of a crash in another client.
type Fault uint8

// Faults. Unless said otherwise they act on every request, see Device.FaultOn.
const (
	FaultNone              Fault = iota
	FaultSilent                  // takes requests and never answers
	FaultResetOnConnect          // RST at once
	FaultCloseOnConnect          // FIN at once
	FaultResetOnData             // RST after the request
	FaultCloseOnData             // FIN after the request
	FaultHTTP                    // a web server
	FaultBanner                  // speaks first, as SSH does
	FaultTLSAlert                // a TLS server
	FaultEndlessGarbage          // speaks first, and does not stop
	FaultEndlessSMB2             // an SMB2 message of 16 MiB-1, all of it and more
	FaultHugeLength              // declares 16 MiB-1 and sends none of it
	FaultDrip                    // one byte at a time
	FaultLate                    // the right answer, late: a printer that wakes up
	FaultEcho                    // the client's own bytes
	FaultNegativeSession         // refuses a NetBIOS session, whatever was asked
	FaultTruncated               // half the answer, then FIN
	FaultBadSecurityBuffer       // security buffer outside the message
	FaultBadContextOffset        // negotiate contexts outside the message
	FaultKeepalives              // two keepalives before the answer
	FaultEndlessKeepalives       // keepalives instead of an answer
	FaultNotSupported            // STATUS_NOT_SUPPORTED
	FaultErrorStatus             // Device.FaultStatus
	FaultSplit                   // segments of seven bytes
	FaultTwoInOne                // the answer twice, in one segment
	FaultBadNextCommand          // NextCommand, or AndXOffset, past the end
	FaultZeroFrame               // a frame of no bytes
	FaultShortHeader             // a frame of eight bytes
	FaultWrongMessageID          // answers another request
	FaultWrongCommand            // answers another command
	FaultAsyncPending            // STATUS_PENDING first, then the answer
	FaultOtherProtocol           // SMB1 to SMB2 requests and the reverse
	FaultHostileNames            // names that attack terminals, pages and spreadsheets
	FaultLongNames               // names of nearly 64 KiB
)

// behaviour is what a fault does.
type behaviour struct {
	name  string
	first bool // acts before the client speaks, unless Device.FaultOn is set
	act   func(*conversation, smbproto.Frame, reply) reply
}

// behaviours is indexed by Fault. A nil act changes no reply: such faults work
// where answers are made.
var behaviours = [...]behaviour{
	FaultNone:              {name: "none"},
	FaultSilent:            {name: "silent", act: silent},
	FaultResetOnConnect:    {name: "reset-on-connect", first: true, act: resetOnConnect},
	FaultCloseOnConnect:    {name: "close-on-connect", first: true, act: ends(hangUp)},
	FaultResetOnData:       {name: "reset-on-data", act: ends(reset)},
	FaultCloseOnData:       {name: "close-on-data", act: ends(hangUp)},
	FaultHTTP:              {name: "http", act: says(httpAnswer)},
	FaultBanner:            {name: "banner", first: true, act: banner},
	FaultTLSAlert:          {name: "tls-alert", act: says(tlsAlert)},
	FaultEndlessGarbage:    {name: "endless-garbage", first: true, act: endlessGarbage},
	FaultEndlessSMB2:       {name: "endless-smb2", act: endlessSMB2},
	FaultHugeLength:        {name: "huge-length", act: hugeLength},
	FaultDrip:              {name: "drip", act: drip},
	FaultLate:              {name: "late", act: late},
	FaultEcho:              {name: "echo", act: echo},
	FaultNegativeSession:   {name: "negative-session-response", act: negativeSession},
	FaultTruncated:         {name: "truncated", act: truncated},
	FaultBadSecurityBuffer: {name: "bad-security-buffer", act: patch(badSecurityBuffer)},
	FaultBadContextOffset:  {name: "bad-context-offset", act: patch(badContextOffset)},
	FaultKeepalives:        {name: "keepalives", act: keepalives},
	FaultEndlessKeepalives: {name: "endless-keepalives", act: endlessKeepalives},
	FaultNotSupported:      {name: "not-supported", act: notSupported},
	FaultErrorStatus:       {name: "error-status", act: errorStatus},
	FaultSplit:             {name: "split", act: split},
	FaultTwoInOne:          {name: "two-in-one", act: twoInOne},
	FaultBadNextCommand:    {name: "bad-next-command", act: patch(badNextCommand)},
	FaultZeroFrame:         {name: "zero-frame", act: zeroFrame},
	FaultShortHeader:       {name: "short-header", act: shortHeader},
	FaultWrongMessageID:    {name: "wrong-message-id", act: patch(wrongMessageID)},
	FaultWrongCommand:      {name: "wrong-command", act: patch(wrongCommand)},
	FaultAsyncPending:      {name: "async-pending", act: asyncPending},
	FaultOtherProtocol:     {name: "other-protocol", act: otherProtocol},
	FaultHostileNames:      {name: "hostile-names"},
	FaultLongNames:         {name: "long-names"},
}

// String returns the fault as "reset-on-data".
func (f Fault) String() string { return behaviours[f].name }

// Faults returns all faults, without FaultNone.
func Faults() []Fault {
	var list []Fault
	for f := FaultNone + 1; int(f) < len(behaviours); f++ {
		list = append(list, f)
	}
	return list
}

// ParseFault returns the fault of a name.
func ParseFault(name string) (Fault, error) {
	i := slices.IndexFunc(behaviours[:], func(b behaviour) bool { return b.name == name })
	if i < 0 {
		return FaultNone, fmt.Errorf("no fault is named %q", name)
	}
	return Fault(i), nil
}

// Names that attack what shows them: a terminal, a spreadsheet, a page, a CSV
// row. hostileNodeName has the 15 bytes of a NetBIOS name.
var hostileNames = names{
	netBIOS:          "\x1b[2J\x1b]0;title\x07PC",
	workgroup:        `=HYPERLINK("http://203.0.113.9","x")`,
	dns:              "\u202egnp.exe<script>alert(1)</script>",
	dnsDomain:        "a\r\nb,\"c\";\x00\x7f",
	nativeOS:         "<img src=x onerror=alert(1)>",
	nativeLANManager: "+cmd|' /C calc'!A0",
}

const hostileNodeName = "=1+1\x1b[31m<b>\r\n"

const httpAnswer = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>400</html>\r\n"

// tlsAlert is a fatal unexpected_message, RFC 5246 7.2.
const tlsAlert = "\x15\x03\x01\x00\x02\x02\x0a"

func ends(how ending) func(*conversation, smbproto.Frame, reply) reply {
	return func(*conversation, smbproto.Frame, reply) reply { return reply{end: how} }
}

// resetOnConnect leaves the client the time to see that it is connected:
// some systems report an earlier RST as a connect that failed.
func resetOnConnect(c *conversation, _ smbproto.Frame, _ reply) reply {
	c.wait(20 * time.Millisecond)
	return reply{end: reset}
}

func says(text string) func(*conversation, smbproto.Frame, reply) reply {
	return func(*conversation, smbproto.Frame, reply) reply { return reply{[]byte(text), hangUp} }
}

// patch returns a fault that changes a message: p gets it without framing.
func patch(p func(message []byte)) func(*conversation, smbproto.Frame, reply) reply {
	return func(_ *conversation, _ smbproto.Frame, r reply) reply {
		if len(r.frame) > 4 {
			p(r.frame[4:])
		}
		return r
	}
}

func silent(c *conversation, _ smbproto.Frame, _ reply) reply { return c.hold() }

func banner(c *conversation, _ smbproto.Frame, _ reply) reply {
	return c.speakFirst(func() { c.write([]byte("SSH-2.0-dropbear_2019.78\r\n")) })
}

func endlessGarbage(c *conversation, _ smbproto.Frame, _ reply) reply {
	return c.speakFirst(func() { c.flood([]byte("\xd5\x0fGARBAGE")) })
}

func endlessSMB2(c *conversation, _ smbproto.Frame, _ reply) reply {
	if c.write([]byte("\x00\xff\xff\xff\xfeSMB\x40\x00")) {
		c.flood([]byte{0})
	}
	return reply{end: hangUp}
}

// flood repeats text until the client is gone or has had enough.
func (c *conversation) flood(text []byte) {
	block := bytes.Repeat(text, 16<<10/len(text))
	for sent := 0; sent < maxFlood && c.write(block); sent += len(block) {
	}
}

func hugeLength(c *conversation, _ smbproto.Frame, _ reply) reply {
	c.write([]byte("\x00\xff\xff\xff"))
	return c.hold()
}

func drip(c *conversation, _ smbproto.Frame, r reply) reply {
	return c.sendInPieces(r, 1, time.Second)
}

func split(c *conversation, _ smbproto.Frame, r reply) reply {
	return c.sendInPieces(r, 7, 5*time.Millisecond)
}

func (c *conversation) sendInPieces(r reply, n int, pause time.Duration) reply {
	for piece := range slices.Chunk(r.frame, n) {
		if !c.write(piece) || !c.pause(pause) {
			return reply{end: hangUp}
		}
	}
	return reply{end: r.end}
}

func late(c *conversation, _ smbproto.Frame, r reply) reply {
	c.pause(4 * time.Second)
	return r
}

func echo(_ *conversation, f smbproto.Frame, _ reply) reply {
	return reply{frame: smbproto.AppendFrame(nil, f.Type, smbproto.Bytes(f.Payload))}
}

func negativeSession(*conversation, smbproto.Frame, reply) reply {
	return refuseSession(smbproto.RefusedNotPresent)
}

func truncated(_ *conversation, _ smbproto.Frame, r reply) reply {
	return reply{r.frame[:len(r.frame)/2], hangUp}
}

func keepalives(c *conversation, _ smbproto.Frame, r reply) reply {
	one := smbproto.AppendFrame(nil, smbproto.FrameKeepalive, nil)
	c.write(append(one, one...))
	c.pause(50 * time.Millisecond)
	return r
}

func endlessKeepalives(c *conversation, _ smbproto.Frame, _ reply) reply {
	for c.write(smbproto.AppendFrame(nil, smbproto.FrameKeepalive, nil)) && c.pause(time.Second) {
	}
	return reply{end: hangUp}
}

func twoInOne(_ *conversation, _ smbproto.Frame, r reply) reply {
	return reply{slices.Concat(r.frame, r.frame), r.end}
}

func zeroFrame(*conversation, smbproto.Frame, reply) reply {
	return reply{frame: smbproto.AppendFrame(nil, smbproto.FrameMessage, nil)}
}

func shortHeader(_ *conversation, f smbproto.Frame, _ reply) reply {
	return message(smbproto.Bytes(f.Payload[:min(8, len(f.Payload))]))
}

func notSupported(c *conversation, f smbproto.Frame, r reply) reply {
	return errorReply(f, smbproto.StatusNotSupported, r)
}

func errorStatus(c *conversation, f smbproto.Frame, r reply) reply {
	status := c.d.FaultStatus
	if status == 0 {
		status = smbproto.StatusAccessDenied
	}
	return errorReply(f, status, r)
}

// errorReply answers an SMB request with a status, and others with r.
func errorReply(f smbproto.Frame, status smbproto.Status, r reply) reply {
	if h, err := smbproto.ParseSMB2Header(f.Payload); err == nil {
		return message(smbproto.SMB2Error{Header: smb2Answer(h, status)})
	}
	h, err := smbproto.ParseSMB1Header(f.Payload)
	if err != nil {
		return r
	}
	h = smb1Off.answer(h, status)
	if h.Command == smbproto.SMB1CommandSessionSetup {
		return message(smbproto.SMB1SessionSetupResponse{Header: h})
	}
	return message(smbproto.SMB1NegotiateResponse{Header: h})
}

// asyncPending announces the answer to an SMB2 request, [MS-SMB2] 3.3.4.2.
func asyncPending(c *conversation, f smbproto.Frame, r reply) reply {
	h, err := smbproto.ParseSMB2Header(f.Payload)
	if err != nil || len(r.frame) < 4+64 {
		return r
	}
	pending := smb2Answer(h, smbproto.StatusPending)
	pending.Flags |= smbproto.SMB2FlagAsync
	pending.ProcessID = 1 // half the AsyncId
	c.write(message(smbproto.SMB2Error{Header: pending}).frame)
	c.pause(50 * time.Millisecond)
	m := r.frame[4:]
	m[16] |= smbproto.SMB2FlagAsync
	binary.LittleEndian.PutUint32(m[32:], pending.ProcessID)
	return r
}

func otherProtocol(c *conversation, f smbproto.Frame, r reply) reply {
	switch smbproto.ProtocolOf(f.Payload) {
	case smbproto.ProtocolSMB1:
		other := *c
		other.d = &Device{SMB2: &SMB2{SecurityMode: smbproto.SMB2SigningEnabled}}
		return message(other.smb2NegotiateAnswer(smbproto.SMB2Header{}, smbproto.DialectWildcard, 0))
	case smbproto.ProtocolSMB2:
		r = refuseSMB1(RefuseNoDialect, smbproto.SMB1Header{})
		r.end = stay
	}
	return r
}

// badSecurityBuffer moves the security buffer of an SMB2 answer to a place
// where a sum in 16 bits wraps, and makes the bytes of an SMB1 answer longer
// than they are.
func badSecurityBuffer(m []byte) {
	switch k := kindOfMessage(m); {
	case k == KindSMB2Negotiate && len(m) >= 128:
		copy(m[120:], "\xf0\xff\xff\xff")
	case k == KindSMB2SessionSetup && len(m) >= 72:
		copy(m[68:], "\xf0\xff\xff\xff")
	case k == KindSMB1SessionSetup && len(m) > 41 && m[32] >= 4:
		copy(m[39:], "\xff\xff")
	case k == KindSMB1Negotiate && len(m) > 69 && m[32] == 17:
		m[66] = 0xff // ChallengeLength
		copy(m[67:], "\xff\xff")
	}
}

// badContextOffset moves the negotiate contexts; it needs an answer with some.
func badContextOffset(m []byte) {
	if kindOfMessage(m) == KindSMB2Negotiate && len(m) >= 128 {
		copy(m[124:], "\xff\xff\xff\x7f")
	}
}

func badNextCommand(m []byte) {
	switch k := kindOfMessage(m); {
	case k == KindSMB2Negotiate || k == KindSMB2SessionSetup:
		copy(m[20:], "\xff\xff\xff\x7f")
	case k == KindSMB1SessionSetup && len(m) > 37 && m[32] >= 3:
		copy(m[33:], "\x75\x00\xff\xff") // TREE_CONNECT_ANDX
	}
}

func wrongMessageID(m []byte) {
	switch smbproto.ProtocolOf(m) {
	case smbproto.ProtocolSMB2:
		m[24] += 7
	case smbproto.ProtocolSMB1:
		m[30] += 7
	}
}

// wrongCommand makes an answer one to ECHO.
func wrongCommand(m []byte) {
	switch smbproto.ProtocolOf(m) {
	case smbproto.ProtocolSMB2:
		m[12] = 0x0d
	case smbproto.ProtocolSMB1:
		m[4] = 0x2b
	}
}
