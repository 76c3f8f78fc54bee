package scanner

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// outcome is what a probe of one device must come to.
type outcome struct {
	name       string
	device     *smbtest.Device
	state      string // and the detail behind a blank
	trail      string // see func trail, without the steps in allRefused
	smb1, smb2 string // facts in short; empty: absent
	quirks     string
	detail     string // of the first observation
}

const (
	answered2 = "smb2-negotiate answered, smb2-session-setup answered"
	answered1 = "smb1-negotiate answered, smb1-session-setup answered"
	named     = "node-status answered"
	no139     = "smb2-negotiate refused@139"
	healthy   = answered2 + ", " + answered1 + ", " + named
	full2     = "3.1.1 enabled"
	full1     = "NT LM 0.12 enabled"

	keepaliveQuirk = "sends keepalives before an answer"
	otherQuirks    = "answers SMB2 NEGOTIATE with an SMB1 message; answers SMB1 NEGOTIATE with an SMB2 message; " +
		"speaks SMB2 only after a multi-protocol NEGOTIATE"
)

// each returns the trail of a host that treats each of the four forms alike.
func each(o string) string {
	return "smb2-negotiate " + o + ", smb2-negotiate-old " + o + ", " + three(o)[len("smb2-negotiate "+o+", "):]
}

// three returns the trail of a host whose outcome is no reason to ask again
// without 3.1.1.
func three(o string) string {
	return "smb2-negotiate " + o + ", smb1-negotiate " + o + ", multi-negotiate " + o + ", " + named + ", " + no139
}

// once returns the trail of a host that is left alone after one question.
func once(o string) string { return "smb2-negotiate " + o + ", " + named + ", " + no139 }

// broken2 is the trail of a host whose SMB2 answer cannot be read.
const broken2 = "smb2-negotiate malformed, " + answered1 + ", " + named

// faultTable has a row for each fault of a server that is healthy otherwise.
// Over pipes a reset is a close; TestResets has the real ones.
var faultTable = map[smbtest.Fault]outcome{
	smbtest.FaultNone:              {state: "smb", trail: healthy, smb1: full1, smb2: full2},
	smbtest.FaultSilent:            {state: "open silent", trail: three("silent")},
	smbtest.FaultResetOnConnect:    {state: "open reset-on-connect", trail: three("reset-on-connect")},
	smbtest.FaultCloseOnConnect:    {state: "open reset-on-connect", trail: three("reset-on-connect")},
	smbtest.FaultResetOnData:       {state: "open closed-after-negotiate", trail: each("closed-after-negotiate")},
	smbtest.FaultCloseOnData:       {state: "open closed-after-negotiate", trail: each("closed-after-negotiate")},
	smbtest.FaultHTTP:              {state: "open not-smb", trail: once("not-smb"), detail: "HTTP/1.1 400 Bad Request..Content-Type: text/html..Connection: c"},
	smbtest.FaultBanner:            {state: "open not-smb", trail: once("not-smb"), detail: "SSH-2.0-dropbear_2019.78.."},
	smbtest.FaultTLSAlert:          {state: "open not-smb", trail: once("not-smb"), detail: "......."},
	smbtest.FaultEndlessGarbage:    {state: "open not-smb", trail: once("not-smb"), detail: strings.Repeat("..GARBAGE", 8)[:64]},
	smbtest.FaultEndlessSMB2:       {state: "open too-long", trail: once("too-long"), detail: ".....SMB@."},
	smbtest.FaultHugeLength:        {state: "open too-long", trail: once("too-long"), detail: "...."},
	smbtest.FaultDrip:              {state: "open timeout", trail: strings.Replace(three("timeout"), no139, "smb2-negotiate budget@139", 1), detail: "6 bytes of an answer came in time"},
	smbtest.FaultLate:              {state: "smb", trail: strings.Replace(healthy, "smb1-session-setup answered", "smb1-session-setup budget", 1), smb1: full1, smb2: full2},
	smbtest.FaultEcho:              {state: "open malformed", trail: three("malformed"), detail: "SMB2 NEGOTIATE response: Flags at offset 16: wrong direction: a request for a response, or the reverse"},
	smbtest.FaultNegativeSession:   {state: "open session-refused", trail: three("session-refused"), detail: "called name not present"},
	smbtest.FaultTruncated:         {state: "open malformed", trail: three("malformed"), detail: "closed after 144 bytes of an answer"},
	smbtest.FaultBadSecurityBuffer: {state: "smb", trail: strings.Replace(broken2, "session-setup answered", "session-setup malformed", 1), smb1: full1, detail: "SMB2 NEGOTIATE response: SecurityBuffer at offset 65520: wants 65535 bytes of 284"},
	smbtest.FaultBadContextOffset:  {state: "smb", trail: broken2, smb1: full1, detail: "SMB2 NEGOTIATE response: NegotiateContext at offset 2147483647: wants 8 bytes of 284"},
	smbtest.FaultBadNextCommand:    {state: "smb", trail: broken2, smb1: full1, detail: "SMB2 NEGOTIATE response: NextCommand at offset 20: 2147483647 in a message of 284"},
	smbtest.FaultKeepalives:        {state: "smb", trail: healthy, smb1: full1, smb2: full2, quirks: keepaliveQuirk},
	smbtest.FaultEndlessKeepalives: {state: "open malformed", trail: three("malformed"), quirks: keepaliveQuirk, detail: "only keepalives or interim answers"},
	smbtest.FaultNotSupported:      {state: "open error-status", trail: each("error-status")},
	smbtest.FaultErrorStatus:       {state: "open error-status", trail: each("error-status")},
	smbtest.FaultSplit:             {state: "smb", trail: healthy, smb1: full1, smb2: full2},
	smbtest.FaultTwoInOne:          {state: "smb", trail: strings.ReplaceAll(healthy, "session-setup answered", "session-setup malformed"), smb1: full1, smb2: full2},
	smbtest.FaultZeroFrame:         {state: "open malformed", trail: three("malformed"), detail: "a message of 0 bytes"},
	smbtest.FaultShortHeader:       {state: "open malformed", trail: three("malformed"), detail: "SMB2 NEGOTIATE response: header at offset 0: wants 64 bytes of 8"},
	smbtest.FaultWrongMessageID:    {state: "smb", trail: broken2, smb1: full1, detail: "answers a message that was not sent"},
	smbtest.FaultWrongCommand:      {state: "open malformed", trail: three("malformed"), detail: "SMB2 NEGOTIATE response: Command at offset 12: 13, not 0"},
	smbtest.FaultAsyncPending:      {state: "smb", trail: healthy, smb1: full1, smb2: full2},
	// The wildcard revision is no dialect: the mode is known, the dialect is not.
	smbtest.FaultOtherProtocol: {state: "smb", trail: "smb2-negotiate malformed, smb1-negotiate malformed, multi-negotiate answered, " + named, smb2: " enabled", quirks: otherQuirks, detail: "an SMB1 message where SMB2 was asked"},
	smbtest.FaultHostileNames:  {state: "smb", trail: healthy, smb1: full1, smb2: full2},
	smbtest.FaultLongNames:     {state: "smb", trail: healthy, smb1: full1, smb2: full2},
}

func TestFaults(t *testing.T) {
	for _, f := range append(smbtest.Faults(), smbtest.FaultNone) {
		want, ok := faultTable[f]
		if !ok {
			t.Errorf("%s: no row in faultTable", f)
			continue
		}
		want.device = dual(f)
		if f == smbtest.FaultDrip {
			want.device.Delay = 900 * time.Millisecond // no byte comes at the deadline itself
		}
		t.Run(f.String(), func(t *testing.T) { want.check(t, probeOne(t, want.device, Options{})) })
	}
}

// check holds a result against a row.
func (want outcome) check(t *testing.T, got found) {
	t.Helper()
	if state := strings.TrimSpace(got.State.String() + " " + got.Detail); state != want.state {
		t.Errorf("state %q, want %q", state, want.state)
	}
	if text := trail(&got.Host); text != want.trail {
		t.Errorf("observations\n%s\nwant\n%s", text, want.trail)
	}
	if one, two := facts1(&got.Host), facts2(&got.Host); one != want.smb1 || two != want.smb2 {
		t.Errorf("SMB1 %q, SMB2 %q, want %q and %q", one, two, want.smb1, want.smb2)
	}
	if text := strings.Join(got.Quirks, "; "); text != want.quirks {
		t.Errorf("quirks %q, want %q", text, want.quirks)
	}
	if len(got.Observations) > 0 && got.Observations[0].Detail != want.detail {
		t.Errorf("detail %q, want %q", got.Observations[0].Detail, want.detail)
	}
	checkSane(t, &got.Host)
	checkGentle(t, got)
}

// checkSane checks what is so of every host, whatever it sent.
func checkSane(t *testing.T, h *inventory.Host) {
	t.Helper()
	if (h.State == inventory.StateSMB) != (h.SMB1 != nil || h.SMB2 != nil) || (h.State == inventory.StateSMB) != (h.Detail == "") {
		t.Errorf("state %s %q with SMB1 %+v and SMB2 %+v", h.State, h.Detail, h.SMB1, h.SMB2)
	}
	for _, text := range texts(h) {
		if len(text) > maxName || !utf8.ValidString(text) {
			t.Errorf("text of %d bytes: %q", len(text), text)
		}
	}
	if h.SMB1 != nil && len(h.SMB1.Raw) > maxRaw || h.SMB2 != nil && len(h.SMB2.Raw) > maxRaw {
		t.Error("too much kept as evidence")
	}
	if len(h.Observations) > 40 || len(h.Quirks) > 20 || len(h.Names.Node) > 255 {
		t.Errorf("%d observations, %d quirks, %d names", len(h.Observations), len(h.Quirks), len(h.Names.Node))
	}
}

// checkGentle checks the manners that no probe may forget.
func checkGentle(t *testing.T, got found) {
	t.Helper()
	if got.stats.MaxConns > 1 {
		t.Errorf("%d connections at a time", got.stats.MaxConns)
	}
	if got.stats.Datagrams > 1 {
		t.Errorf("%d datagrams", got.stats.Datagrams)
	}
	for _, r := range got.stats.Requests {
		if strings.Contains(string(r.Message), "NTLMSSP\x00\x03") {
			t.Errorf("an NTLM AUTHENTICATE message: %x", r.Message)
		}
		if r.Kind == smbtest.KindOther || r.Kind == smbtest.KindKeepalive {
			t.Errorf("a request of kind %s: %x", r.Kind, r.Message)
		}
	}
	pauses := time.Duration(max(0, len(got.dials)-1)) * defaultHostDelay
	if limit := defaultHostTimeout + pauses; got.took > limit {
		t.Errorf("took %v, more than %v", got.took, limit)
	}
}

func TestPauseBetweenConnections(t *testing.T) {
	for _, f := range []smbtest.Fault{smbtest.FaultNone, smbtest.FaultCloseOnData} {
		got := probeOne(t, dual(f), Options{Depth: DepthFull, HostDelay: time.Second})
		for i, d := range got.dials[1:] {
			if gap := d.at - got.dials[i].at; gap < time.Second {
				t.Errorf("%s: %v between connections %d and %d", f, gap, i+1, i+2)
			}
		}
	}
}

// TestOddDevices has devices that are whole, and not as others are.
func TestOddDevices(t *testing.T) {
	for _, want := range oddDevices() {
		t.Run(want.name, func(t *testing.T) { want.check(t, probeOne(t, want.device, Options{})) })
	}
}

func oddDevices() []outcome {
	const only1 = answered1 + ", " + named
	return append(oddPorts(), []outcome{
		{name: "SMB1 off, closes", device: without1(0), state: "smb", smb2: full2,
			trail: answered2 + ", smb1-negotiate closed-after-negotiate, " + named},
		{name: "SMB1 off, no dialect", device: without1(smbtest.RefuseNoDialect), state: "smb", smb2: full2,
			trail: answered2 + ", smb1-negotiate no-dialect, " + named},
		{name: "SMB1 off, silent", device: without1(smbtest.RefuseSilently), state: "smb", smb2: full2,
			trail: answered2 + ", smb1-negotiate silent, " + named},
		{name: "SMB1 off, status", device: without1(smbtest.RefuseNotSupported), state: "smb", smb2: full2,
			trail: answered2 + ", smb1-negotiate error-status, " + named},
		{name: "SMB2 off, closes", device: without2(0), state: "smb", smb1: full1,
			trail: "smb2-negotiate closed-after-negotiate, smb2-negotiate-old closed-after-negotiate, " + only1},
		{name: "SMB2 off, silent", device: without2(smbtest.RefuseSilently), state: "smb", smb1: full1,
			trail: "smb2-negotiate silent, " + strings.Replace(only1, named, "smb2-negotiate silent, "+named, 1)},
		{name: "SMB2 off, not supported", device: without2(smbtest.RefuseNotSupported), state: "smb", smb1: full1,
			trail: "smb2-negotiate error-status, smb2-negotiate-old error-status, " + only1},
		{name: "SMB1 that accepts nothing, and no SMB2", device: &smbtest.Device{SMB1Off: smbtest.RefuseNoDialect}, state: "smb", smb1: " unknown",
			trail: "smb2-negotiate closed-after-negotiate, smb2-negotiate-old closed-after-negotiate, smb1-negotiate no-dialect, multi-negotiate no-dialect, node-status silent"},
		{name: "dislikes 3.1.1, closes", device: dislikes(smbtest.RefuseClose), state: "smb", smb1: full1, smb2: "3.0.2 enabled",
			trail:  "smb2-negotiate closed-after-negotiate, smb2-negotiate-old answered, smb2-session-setup answered, " + answered1 + ", " + named,
			quirks: "does not accept an offer that includes 3.1.1"},
		{name: "dislikes 3.1.1, status", device: dislikes(smbtest.RefuseInsufficientResources), state: "smb", smb1: full1, smb2: "3.0.2 enabled",
			trail:  "smb2-negotiate error-status, smb2-negotiate-old answered, smb2-session-setup answered, " + answered1 + ", " + named,
			quirks: "does not accept an offer that includes 3.1.1"},
		{name: "dialect that was not offered", device: unoffered(0x0310), state: "smb", smb1: full1, smb2: "0x0310 enabled", trail: healthy,
			quirks: "selected dialect 0x0310, which was not offered"},
		{name: "wildcard for an answer", device: unoffered(smbproto.DialectWildcard), state: "smb", smb1: full1, smb2: " enabled",
			trail:  strings.Replace(healthy, "smb2-session-setup answered", "smb2-session-setup closed-after-negotiate", 1),
			quirks: "selected dialect 0x02ff, which was not offered"},
		{name: "no signing advertised", device: mode2(0), state: "smb", smb1: full1, smb2: "3.1.1 not-advertised", trail: healthy},
		{name: "signing required", device: mode2(3), state: "smb", smb1: full1, smb2: "3.1.1 required", trail: healthy},
		{name: "required and not enabled", device: mode2(2), state: "smb", smb1: full1, smb2: "3.1.1 required", trail: healthy},
		{name: "2.0.2 only", device: dialects2(smbproto.Dialect202), state: "smb", smb1: full1, smb2: "2.0.2 enabled", trail: healthy},
		{name: "Kerberos only", device: kerberos(), state: "smb", smb2: full2,
			trail: "smb2-negotiate answered, smb1-negotiate closed-after-negotiate, " + named},
		{name: "no NTLM", device: noNTLM(), state: "smb", smb1: full1, smb2: full2,
			trail: "smb2-negotiate answered, smb2-session-setup error-status, smb1-negotiate answered, " + named},
	}...)
}

func oddPorts() []outcome {
	closed, filtered, unreachable, quiet, always := dual(0), dual(0), dual(0), dual(0), dual(0)
	closed.Ports = []uint16{}
	filtered.Filtered, unreachable.Unreachable = true, true
	quiet.Ports, quiet.NodeStatus = []uint16{}, nil
	always.Ports, always.NetBIOS = []uint16{445, 139}, &smbtest.NetBIOS{Accept: smbtest.AcceptAlways}
	const refused = "smb2-negotiate refused"
	return []outcome{
		{name: "closed", device: closed, state: "closed refused", trail: refused + ", " + named + ", " + no139},
		{name: "closed and quiet", device: quiet, state: "closed refused", trail: refused + ", node-status silent, " + no139},
		{name: "filtered", device: filtered, state: "filtered filtered", trail: "smb2-negotiate filtered, node-status silent"},
		{name: "unreachable", device: unreachable, state: "filtered prohibited", trail: "smb2-negotiate prohibited, node-status silent, smb2-negotiate prohibited@139"},
		{name: "grants a session to everything", device: always, state: "open malformed",
			trail: "smb2-negotiate malformed, smb1-negotiate malformed, multi-negotiate malformed, " + named +
				", smb2-negotiate malformed@139, smb1-negotiate malformed@139, multi-negotiate malformed@139",
			detail: "NetBIOS packet type 0x82 where a message was due"},
	}
}

func without1(off smbtest.Refusal) *smbtest.Device {
	d := dual(0)
	d.SMB1, d.SMB1Off = nil, off
	return d
}

func without2(off smbtest.Refusal) *smbtest.Device {
	d := dual(0)
	d.SMB2, d.SMB2Off = nil, off
	return d
}

func dislikes(how smbtest.Refusal) *smbtest.Device {
	d := dual(0)
	d.SMB2.On311 = how
	return d
}

func unoffered(dialect smbproto.Dialect) *smbtest.Device {
	d := dual(0)
	d.SMB2.Unoffered = dialect
	return d
}

func mode2(mode smbproto.SMB2SecurityMode) *smbtest.Device {
	d := dual(0)
	d.SMB2.SecurityMode = mode
	return d
}

func dialects2(list ...smbproto.Dialect) *smbtest.Device {
	d := dual(0)
	d.SMB2.Dialects = list
	return d
}

func kerberos() *smbtest.Device {
	d := without1(0)
	d.SMB2.Mechanisms = []smbproto.Mechanism{smbproto.MechKerberos}
	return d
}

func noNTLM() *smbtest.Device {
	d := dual(0)
	d.NTLM = nil
	return d
}

// TestResets has what needs TCP to be told apart from a close.
func TestResets(t *testing.T) {
	t.Parallel()
	rows := []outcome{
		{name: "reset on data", device: dual(smbtest.FaultResetOnData), state: "open reset-after-negotiate", trail: each("reset-after-negotiate")},
		{name: "reset of SMB1", device: without1(smbtest.RefuseReset), state: "smb", smb2: full2,
			trail: answered2 + ", smb1-negotiate reset-after-negotiate, " + named},
		{name: "reset of 3.1.1", device: dislikes(smbtest.RefuseReset), state: "smb", smb1: full1, smb2: "3.0.2 enabled",
			trail:  "smb2-negotiate reset-after-negotiate, smb2-negotiate-old answered, smb2-session-setup answered, " + answered1 + ", " + named,
			quirks: "does not accept an offer that includes 3.1.1"},
		{name: "healthy", device: dual(0), state: "smb", trail: healthy, smb1: full1, smb2: full2},
		{name: "closed", device: without2(0), state: "smb", smb1: full1,
			trail: "smb2-negotiate closed-after-negotiate, smb2-negotiate-old closed-after-negotiate, " + answered1 + ", " + named},
	}
	for _, want := range rows {
		t.Run(want.name, func(t *testing.T) { want.check(t, probeTCP(t, want.device, Options{})) })
	}
	// Whether a reset or a close right after the connect is seen by the connect,
	// the write or the read is a race; that it is no answer is not.
	early := []string{"reset-on-connect", "reset-after-negotiate", "closed-after-negotiate", "refused"}
	for _, f := range []smbtest.Fault{smbtest.FaultResetOnConnect, smbtest.FaultCloseOnConnect} {
		got := probeTCP(t, dual(f), Options{})
		if !slices.Contains(early, got.Detail) || got.SMB1 != nil || got.SMB2 != nil {
			t.Errorf("%s: %s %s, %s", f, got.State, got.Detail, trail(&got.Host))
		}
		checkSane(t, &got.Host)
		checkGentle(t, got)
	}
}
