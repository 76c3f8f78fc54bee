package smbproto

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Traffic of real machines, each message with its fields as decoded by two
// other programs. It may not be redistributed, so that it lives outside of the
// repository; without it these tests are skipped.
const capturesFolder = "../../shared/captures"

// captured is a line of messages.jsonl.
type captured struct {
	Capture   string
	Frame     int
	Kind      string
	Transport string // nbss: the NetBIOS session header is included
	Hex       string
	Expected  map[string]any
}

func (c captured) String() string { return fmt.Sprintf("%s frame %d %s", c.Capture, c.Frame, c.Kind) }

// readCaptures returns the lines of messages.jsonl.
func readCaptures(t *testing.T) []captured {
	t.Helper()
	file, err := os.Open(filepath.Join(capturesFolder, "messages.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no recorded traffic in %s: it is not part of the repository", capturesFolder)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []captured
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c captured
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// facts are the fields of a parsed message under the names of messages.jsonl.
type facts map[string]any

// decoder parses the payload of one kind of message. It returns the message, for
// encoding it again, and its facts.
type decoder func(b []byte) (Appender, facts, error)

var decoders = map[string]decoder{
	"nbss_session_request":        decode(ParseSessionRequest, SessionRequest.facts),
	"nbss_positive":               decodePositive,
	"smb1_negotiate_request":      decode(ParseSMB1NegotiateRequest, SMB1NegotiateRequest.facts),
	"smb1_negotiate_response":     decode(ParseSMB1NegotiateResponse, SMB1NegotiateResponse.facts),
	"smb1_session_setup_request":  decode(ParseSMB1SessionSetupRequest, SMB1SessionSetupRequest.facts),
	"smb1_session_setup_response": decode(ParseSMB1SessionSetupResponse, SMB1SessionSetupResponse.facts),
	"smb2_negotiate_request":      decode(ParseSMB2NegotiateRequest, SMB2NegotiateRequest.facts),
	"smb2_negotiate_response":     decode(ParseSMB2NegotiateResponse, SMB2NegotiateResponse.facts),
	"smb2_session_setup_request":  decode(ParseSMB2SessionSetupRequest, SMB2SessionSetupRequest.facts),
	"smb2_session_setup_response": decode(ParseSMB2SessionSetupResponse, SMB2SessionSetupResponse.facts),
	"ntlmssp_negotiate":           decode(ParseNTLMNegotiate, NTLMNegotiate.facts),
	"ntlmssp_challenge":           decode(ParseNTLMChallenge, NTLMChallenge.facts),
	"ntlmssp_authenticate":        decodeAuthenticate,
	"nbns_node_status_request":    decode(ParseNodeStatusRequest, NodeStatusRequest.facts),
	"nbns_node_status_response":   decode(ParseNodeStatusResponse, NodeStatusResponse.facts),
}

func decode[M Appender](parse func([]byte) (M, error), list func(M) facts) decoder {
	return func(b []byte) (Appender, facts, error) {
		m, err := parse(b)
		return m, list(m), err
	}
}

func decodePositive(b []byte) (Appender, facts, error) { return Bytes(b), facts{}, nil }

// decodeAuthenticate returns no Appender: the package does not write this one.
func decodeAuthenticate(b []byte) (Appender, facts, error) {
	m, err := ParseNTLMAuthenticate(b)
	return nil, m.facts(), err
}

func hex8(n uint8) string   { return fmt.Sprintf("0x%02x", n) }
func hex16(n uint16) string { return fmt.Sprintf("0x%04x", n) }
func hex32(n uint32) string { return fmt.Sprintf("0x%08x", n) }

func hexList(ids []uint16) []string {
	var list []string
	for _, id := range ids {
		list = append(list, hex16(id))
	}
	return list
}

// when writes a time as messages.jsonl does.
func when(f Filetime) any {
	if f == 0 {
		return nil
	}
	return f.Time().Format("2006-01-02T15:04:05.0000000Z")
}

func (m SessionRequest) facts() facts {
	name := func(n NetBIOSName) string { return fmt.Sprintf("%s<%02x>", n.Name, n.Suffix) }
	return facts{"called": name(m.Called), "calling": name(m.Calling)}
}

func (h SMB1Header) facts() facts {
	status := hex32(uint32(h.Status))
	if !h.NTStatus() {
		status = fmt.Sprintf("0x%02x/0x%04x", uint8(h.Status), uint32(h.Status)>>16)
	}
	return facts{
		"flags": hex8(h.Flags), "flags2": hex16(h.Flags2), "status": status,
		"flags2_bits": facts{
			"security_signature":          h.Flags2&Flags2SecuritySignature != 0,
			"security_signature_required": h.Flags2&Flags2SignatureRequired != 0,
			"extended_security":           h.Flags2&Flags2ExtendedSecurity != 0,
			"nt_status":                   h.NTStatus(),
			"unicode":                     h.Unicode(),
		},
	}
}

func (m SMB1NegotiateRequest) facts() facts {
	return facts{"header": m.Header.facts(), "dialects": m.Dialects}
}

func (m SMB1NegotiateResponse) facts() facts {
	f := facts{
		"header": m.Header.facts(), "word_count": m.WordCount, "dialect_index": m.DialectIndex,
		"security_mode": m.SecurityMode,
		"security_mode_bits": facts{
			"user_level":         m.SecurityMode&SMB1UserSecurity != 0,
			"challenge_response": m.SecurityMode&SMB1EncryptPasswords != 0,
			"signing_enabled":    m.SecurityMode&SMB1SignaturesEnabled != 0,
			"signing_required":   m.SecurityMode&SMB1SignaturesRequired != 0,
		},
		"max_mpx": m.MaxMpx, "max_vcs": m.MaxVcs, "max_buffer": m.MaxBuffer, "max_raw": m.MaxRaw,
		"timezone_minutes": m.TimeZone, "challenge_length": m.ChallengeLength,
		"session_key": hex32(m.SessionKey), "capabilities": hex32(m.Capabilities),
		"extended_security":  m.ExtendedSecurity(),
		"capability_unicode": m.Capabilities&CapUnicode != 0,
		"capability_unix":    m.Capabilities&CapUnix != 0,
		"system_time":        when(m.SystemTime),
		"challenge":          hex.EncodeToString(m.Challenge), "primary_domain": m.Domain, "server_name": m.Server,
		"server_guid": m.ServerGUID.String(), "server_guid_bytes": m.ServerGUID.Hex(),
	}
	if m.WordCount == 13 {
		f["system_time_dos"] = dosTime(m.Date, m.Time)
	}
	return f.token(m.SecurityBlob)
}

// dosTime writes a DOS date and time, [MS-CIFS] 2.2.1.4.
func dosTime(date, clock uint16) string {
	t := time.Date(1980+int(date>>9), time.Month(date>>5&15), int(date&31),
		int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
	return t.Format("Jan _2, 2006 15:04:05.000000000 UTC")
}

func (m SMB1SessionSetupRequest) facts() facts {
	f := facts{
		"header": m.Header.facts(), "word_count": m.WordCount,
		"native_os": m.NativeOS, "native_lan_manager": m.NativeLANManager, "primary_domain": m.PrimaryDomain,
		"max_buffer": m.MaxBuffer, "max_mpx": m.MaxMpx, "vc": m.VcNumber,
		"capabilities": hex32(m.Capabilities), "account": m.Account,
	}
	return f.token(m.SecurityBlob)
}

func (m SMB1SessionSetupResponse) facts() facts {
	f := facts{
		"header": m.Header.facts(), "word_count": m.WordCount,
		"native_os": m.NativeOS, "native_lan_manager": m.NativeLANManager, "primary_domain": m.PrimaryDomain,
		"action": hex16(m.Action), "guest": m.Action&ActionGuest != 0,
	}
	return f.token(m.SecurityBlob)
}

func (h SMB2Header) facts() facts {
	f := facts{
		"flags": hex32(h.Flags), "signed": h.Signed(), "credits": h.Credits, "message_id": h.MessageID,
	}
	if h.Response() {
		f["status"] = hex32(uint32(h.Status))
	}
	return f
}

func (m SMB2NegotiateRequest) facts() facts {
	var dialects []string
	for _, d := range m.Dialects {
		dialects = append(dialects, hex16(uint16(d)))
	}
	return facts{
		"header": m.Header.facts(), "dialects": dialects, "security_mode": m.SecurityMode,
		"signing_enabled":  m.SecurityMode&SMB2SigningEnabled != 0,
		"signing_required": m.SecurityMode&SMB2SigningRequired != 0,
		"capabilities":     hex32(m.Capabilities),
		"client_guid":      m.ClientGUID.String(), "client_guid_bytes": m.ClientGUID.Hex(),
		"contexts": contextFacts(m.Contexts),
	}
}

func (m SMB2NegotiateResponse) facts() facts {
	name := m.Dialect.String()
	if m.Dialect == DialectWildcard {
		name = "2.?"
	}
	f := facts{
		"header": m.Header.facts(), "dialect": hex16(uint16(m.Dialect)), "dialect_name": name,
		"security_mode":    m.SecurityMode,
		"signing_enabled":  m.SecurityMode&SMB2SigningEnabled != 0,
		"signing_required": m.SecurityMode&SMB2SigningRequired != 0,
		"server_guid":      m.ServerGUID.String(), "server_guid_bytes": m.ServerGUID.Hex(),
		"capabilities": hex32(m.Capabilities),
		"max_transact": m.MaxTransact, "max_read": m.MaxRead, "max_write": m.MaxWrite,
		"system_time": when(m.SystemTime), "boot_time": when(m.ServerStartTime),
		"contexts": contextFacts(m.Contexts),
	}
	return f.token(m.SecurityBuffer)
}

func contextFacts(contexts []NegotiateContext) []facts {
	var list []facts
	for _, c := range contexts {
		f := facts{"type": hex16(uint16(c.Type)), "data_length": len(c.Data)}
		ids, err := c.Algorithms()
		if err != nil {
			f["error"] = err.Error()
		}
		switch c.Type {
		case ContextPreauthIntegrity:
			f["hash_algorithms"], f["salt_length"] = hexList(ids), le.Uint16(c.Data[2:])
		case ContextEncryption:
			f["ciphers"] = hexList(ids)
		case ContextCompression:
			f["compression"], f["compression_flags"] = hexList(ids), hex32(le.Uint32(c.Data[4:]))
		case ContextSigning:
			f["signing_algorithms"] = hexList(ids)
		case ContextNetname:
			f["netname"] = c.Text()
		case ContextTransport:
			f["transport_flags"] = hex32(le.Uint32(c.Data))
		}
		list = append(list, f)
	}
	return list
}

func (m SMB2SessionSetupRequest) facts() facts {
	f := facts{
		"header": m.Header.facts(), "security_mode": m.SecurityMode,
		"signing_enabled":  m.SecurityMode&SMB2SigningEnabled != 0,
		"signing_required": m.SecurityMode&SMB2SigningRequired != 0,
		"capabilities":     hex32(m.Capabilities), "binding": m.Flags&1 != 0,
		"previous_session": fmt.Sprintf("0x%016x", m.PreviousSessionID),
	}
	return f.token(m.SecurityBuffer)
}

func (m SMB2SessionSetupResponse) facts() facts {
	f := facts{
		"header": m.Header.facts(), "session_flags": hex16(m.SessionFlags),
		"guest":   m.SessionFlags&SessionFlagGuest != 0,
		"null":    m.SessionFlags&SessionFlagNull != 0,
		"encrypt": m.SessionFlags&SessionFlagEncrypt != 0,
	}
	return f.token(m.SecurityBuffer)
}

// token adds what a security buffer holds.
func (f facts) token(b []byte) facts {
	if len(b) == 0 {
		return f
	}
	f["security_blob_length"] = len(b)
	s, err := ParseSPNEGO(b)
	if err != nil {
		f["token_error"] = err.Error()
		return f
	}
	if !s.Raw {
		var mechs []string
		for _, m := range s.Mechanisms {
			mechs = append(mechs, string(m))
		}
		switch {
		case !s.Response:
			f["mech_types"] = mechs
		case len(mechs) > 0:
			f["supported_mech"] = mechs[0]
		}
		if s.State >= 0 {
			f["neg_result"] = s.State
		}
		f["hint_name"] = s.HintName
	}
	if f["ntlmssp"], err = ntlmFacts(s.Token); err != nil {
		f["token_error"] = err.Error()
	}
	return f
}

// ntlmFacts returns the facts of a NTLMSSP message of any type, or nil.
func ntlmFacts(b []byte) (any, error) {
	if len(b) < 12 || !bytes.HasPrefix(b, []byte(ntlmSignature)) {
		return nil, nil
	}
	switch b[8] {
	case 1:
		m, err := ParseNTLMNegotiate(b)
		return m.facts(), err
	case 2:
		m, err := ParseNTLMChallenge(b)
		return m.facts(), err
	}
	m, err := ParseNTLMAuthenticate(b)
	return m.facts(), err
}

func (v NTLMVersion) facts(f facts) facts {
	if v != (NTLMVersion{}) {
		f["version"], f["ntlm_revision"] = v.String(), v.Revision
	}
	return f
}

func (m NTLMNegotiate) facts() facts {
	return m.Version.facts(facts{"type": 1, "flags": hex32(m.Flags), "domain": m.Domain, "workstation": m.Workstation})
}

func (m NTLMChallenge) facts() facts {
	return m.Version.facts(facts{
		"type": 2, "flags": hex32(m.Flags), "target_name": m.TargetName,
		"server_challenge": hex.EncodeToString(m.ServerChallenge[:]),
		"nb_computer_name": m.NbComputerName, "nb_domain_name": m.NbDomainName,
		"dns_computer_name": m.DNSComputerName, "dns_domain_name": m.DNSDomainName,
		"dns_tree_name": m.DNSTreeName, "timestamp": when(m.Timestamp),
	})
}

func (m NTLMAuthenticate) facts() facts {
	return m.Version.facts(facts{
		"type": 3, "flags": hex32(m.Flags), "domain": m.Domain, "user": m.User,
		"workstation": m.Workstation, "nt_response_length": m.NTResponseLength,
	})
}

func (m NodeStatusRequest) facts() facts {
	return facts{"id": hex16(m.ID), "question": wildcard(m.Name)}
}

func (m NodeStatusResponse) facts() facts {
	names := []facts{}
	for _, n := range m.Names {
		names = append(names, facts{
			"name": n.Name, "suffix": fmt.Sprintf("%02x", n.Suffix), "group": n.Group(), "flags": hex16(n.Flags),
			"active": n.Flags&0x0400 != 0, "permanent": n.Flags&0x0200 != 0,
			"conflict": n.Flags&0x0800 != 0, "deregistering": n.Flags&0x1000 != 0,
		})
	}
	var unit []string
	for _, c := range m.UnitID {
		unit = append(unit, fmt.Sprintf("%02x", c))
	}
	return facts{
		"id": hex16(m.ID), "question": wildcard(m.Name), "names": names,
		"number_of_names": len(names), "unit_id": strings.Join(unit, ":"),
	}
}

// wildcard writes the name of a node status query, which is padded with zeros.
func wildcard(n NetBIOSName) string { return n.Name + strings.Repeat("<00>", 15) }

// notKept are the fields of messages.jsonl that are no fields of a message.
var notKept = map[string]string{
	"carrier":    "the message around the token",
	"offered":    "from the request before",
	"dialect":    "by the request before; for SMB1 only",
	"byte_count": "follows from the content",
}

// disagreement says whether a difference from messages.jsonl is meant: where
// its values, taken from other programs, are not what the bytes say.
func (c captured) disagreement(field string, mine, theirs any) bool {
	switch {
	case c.Capture == "snort-samba35.pcap" && field == "primary_domain":
		// OEM text in a message of UTF-16: left out there.
		return mine == "Radio Digital Communicat" && theirs == nil
	case c.Kind == "smb1_session_setup_request" && field == "native_lan_manager":
		// Windows Server 2003 sends it where the domain belongs.
		return mine == c.Expected["primary_domain"] && theirs == ""
	case c.Kind == "smb1_session_setup_request" && field == "primary_domain":
		return mine == "" && strings.HasPrefix(fmt.Sprint(theirs), "Windows Server 2003")
	}
	return false
}

// TestCaptures compares every recorded message, field by field.
func TestCaptures(t *testing.T) {
	checked, disagreed := 0, 0
	for _, c := range readCaptures(t) {
		_, got, err := c.decode(t)
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		// Compare in the types of JSON.
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var plain map[string]any
		if err := json.Unmarshal(text, &plain); err != nil {
			t.Fatal(err)
		}
		disagreed += c.compare(t, "", plain, c.Expected)
		checked++
	}
	if checked <= 600 {
		t.Errorf("only %d messages checked, want more than 600", checked)
	}
	if want := 2 + 2*16; disagreed != want {
		t.Errorf("%d differences are meant, want %d", disagreed, want)
	}
}

// compare reports the fields that differ, and returns how many differ rightly.
func (c captured) compare(t *testing.T, path string, got, want map[string]any) (disagreed int) {
	t.Helper()
	for field, value := range got {
		switch _, ok := want[field]; {
		case ok || isZero(value):
		case c.disagreement(path+field, value, nil):
			disagreed++
		default:
			t.Errorf("%v: %s%s = %v, not expected", c, path, field, value)
		}
	}
	for field, value := range want {
		name := path + field
		if _, ok := notKept[name]; ok && (name != "dialect" || strings.HasPrefix(c.Kind, "smb1")) {
			continue
		}
		mine, ok := got[field]
		if c.disagreement(name, mine, value) {
			disagreed++
			continue
		}
		nested, isMap := value.(map[string]any)
		nestedMine, isMapMine := mine.(map[string]any)
		switch {
		case !ok:
			t.Errorf("%v: no %s; want %v", c, name, value)
		case isMap && isMapMine:
			disagreed += c.compare(t, name+".", nestedMine, nested)
		case !reflect.DeepEqual(mine, value):
			t.Errorf("%v: %s = %v, want %v", c, name, mine, value)
		}
	}
	return disagreed
}

// isZero reports whether a fact says nothing.
func isZero(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.Trim(v, "0x-:") == ""
	case float64:
		return v == 0
	case bool:
		return !v
	case []any:
		return len(v) == 0
	}
	return false
}

// decode takes the framing off and parses the message.
func (c captured) decode(t *testing.T) (Appender, facts, error) {
	t.Helper()
	decode := decoders[c.Kind]
	if decode == nil {
		t.Fatalf("%v: unknown kind", c)
	}
	_, payload := c.payload(t)
	return decode(payload)
}

// payload returns a message with and without its framing.
func (c captured) payload(t *testing.T) (frame, payload []byte) {
	t.Helper()
	frame, err := hex.DecodeString(c.Hex)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	if c.Transport != "nbss" {
		return frame, frame
	}
	f, err := NewFrameReader(bytes.NewReader(frame), nil).Next()
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	return frame, f.Payload
}

// form is why a kind of message is not encoded as it was.
type form struct{ kind, reason string }

// otherForms are the messages that encode to other bytes, and how many of them
// there are. Senders have freedom, and a message keeps what matters. None of
// the recorded messages is encrypted, compressed or compounded; one SMB1 answer
// has another chained behind.
var otherForms = map[form]int{
	{"ntlmssp_authenticate", "never written"}:                        70,
	{"ntlmssp_challenge", "a DNS domain of nothing but a zero"}:      7,
	{"ntlmssp_negotiate", "empty fields have offsets"}:               6,
	{"ntlmssp_negotiate", "revision at another place"}:               3,
	{"nbns_node_status_response", "bytes behind the answer"}:         1,
	{"smb1_negotiate_response", "UTF-16 without the flag"}:           1,
	{"smb1_negotiate_response", "OEM text in spite of the flag"}:     1,
	{"smb1_session_setup_request", "passwords are not kept"}:         5,
	{"smb1_session_setup_request", "LAN manager one field late"}:     16,
	{"smb1_session_setup_request", "empty domain is written"}:        6,
	{"smb1_session_setup_request", "padding is not zero"}:            1,
	{"smb1_session_setup_response", "last string ends in one zero"}:  19,
	{"smb1_session_setup_response", "padding is not zero"}:           3,
	{"smb1_session_setup_response", "TREE_CONNECT chained behind"}:   1,
	{"smb1_session_setup_response", "OEM text in spite of the flag"}: 1,
	{"smb2_session_setup_response", "error body of 8 bytes"}:         26,
}

// TestCapturesRoundTrip encodes every recorded message again and compares the
// bytes, framing included.
func TestCapturesRoundTrip(t *testing.T) {
	same, got := 0, map[form]int{}
	for _, c := range readCaptures(t) {
		m, _, err := c.decode(t)
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		frame, payload := c.payload(t)
		switch reason := c.otherForm(m, payload); {
		case reason == "not explained":
			t.Errorf("%v: encodes to\n%x, want\n%x", c, m.Append(nil), payload)
		case reason != "":
			got[form{c.Kind, reason}]++
		case c.Transport == "nbss" && !bytes.Equal(AppendFrame(nil, FrameType(frame[0]), m), frame):
			t.Errorf("%v: framing differs", c)
		default:
			same++
		}
	}
	if !reflect.DeepEqual(got, otherForms) {
		t.Errorf("other forms:\n%v\nwant:\n%v", got, otherForms)
	}
	if want := 530; same != want {
		t.Errorf("%d messages encode to the same bytes, want %d", same, want)
	}
}

// TestCapturesTokens encodes the SPNEGO token of every recorded message again,
// and looks for the NTLM challenges without parsing it.
func TestCapturesTokens(t *testing.T) {
	same, other := 0, 0
	for _, c := range readCaptures(t) {
		m, _, _ := c.decode(t)
		token := securityBuffer(m)
		if len(token) == 0 {
			continue
		}
		s, err := ParseSPNEGO(token)
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
		if bytes.Equal(s.Append(nil), token) {
			same++
		} else {
			other++
		}
		if challenge := FindNTLMChallenge(token); challenge != nil && !bytes.HasPrefix(challenge, s.Token) {
			t.Errorf("%v: challenge %x is not the token %x", c, challenge, s.Token)
		}
	}
	// The one other is of a NetApp filer, whose lengths are longer than needed.
	if same != 357 || other != 1 {
		t.Errorf("%d tokens encode to the same bytes and %d do not, want 357 and 1", same, other)
	}
}

// securityBuffer returns the token in a message, or nil.
func securityBuffer(m Appender) []byte {
	switch m := m.(type) {
	case SMB1NegotiateResponse:
		return m.SecurityBlob
	case SMB1SessionSetupRequest:
		return m.SecurityBlob
	case SMB1SessionSetupResponse:
		return m.SecurityBlob
	case SMB2NegotiateResponse:
		return m.SecurityBuffer
	case SMB2SessionSetupRequest:
		return m.SecurityBuffer
	case SMB2SessionSetupResponse:
		return m.SecurityBuffer
	}
	return nil
}

// otherForm returns why a message encodes to other bytes than want, or "".
func (c captured) otherForm(m Appender, want []byte) string {
	if m == nil {
		return "never written"
	}
	got := m.Append(nil)
	if bytes.Equal(got, want) {
		return ""
	}
	reason := "not explained"
	switch m := m.(type) {
	case NTLMNegotiate:
		reason = otherNegotiate(got, want)
	case NTLMChallenge:
		empty := []byte{avDNSDomainName, 0, 2, 0, 0, 0}
		if i := bytes.Index(want, empty); i >= 0 && bytes.Equal(got[44:], cut(want, i, len(empty))[44:]) {
			reason = "a DNS domain of nothing but a zero"
		}
	case NodeStatusResponse:
		if bytes.HasPrefix(want, got) {
			reason = "bytes behind the answer"
		}
	case SMB1NegotiateResponse:
		reason = m.otherForm()
	case SMB1SessionSetupRequest:
		reason = m.otherForm(got, want)
	case SMB1SessionSetupResponse:
		reason = m.otherForm(got, want)
	case SMB2SessionSetupResponse:
		if m.Header.Status != StatusSuccess && bytes.Equal(got, append(want, 0)) {
			reason = "error body of 8 bytes"
		}
	}
	return reason
}

// cut returns b without n bytes at i.
func cut(b []byte, i, n int) []byte { return append(bytes.Clone(b[:i]), b[i+n:]...) }

func otherNegotiate(got, want []byte) string {
	switch {
	case bytes.Equal(got[:20], want[:20]) && bytes.Equal(got[32:], want[32:]):
		return "empty fields have offsets"
	case bytes.Equal(got[:36], want[:36]):
		return "revision at another place"
	}
	return "not explained"
}

func (m SMB1NegotiateResponse) otherForm() string {
	if m.Header.Unicode() {
		return "OEM text in spite of the flag"
	}
	return "UTF-16 without the flag"
}

func (m SMB1SessionSetupRequest) otherForm(got, want []byte) string {
	const bytesOffset = smb1HeaderSize + 1 + 2*12 + 2
	got, want, padded := clearPadding(got, want, bytesOffset+len(m.SecurityBlob))
	switch {
	case m.WordCount != 12:
		return "passwords are not kept"
	case strings.HasPrefix(m.NativeOS, "Windows Server 2003"):
		return "LAN manager one field late"
	case !bytes.Equal(got[bytesOffset:], bytes.TrimSuffix(want, []byte{0, 0})[bytesOffset:]):
		return "not explained"
	case padded:
		return "padding is not zero"
	}
	return "empty domain is written"
}

func (m SMB1SessionSetupResponse) otherForm(got, want []byte) string {
	const bytesOffset = smb1HeaderSize + 1 + 2*4 + 2
	got, want, padded := clearPadding(got, want, bytesOffset+len(m.SecurityBlob))
	switch {
	case want[smb1HeaderSize+1] != noAndX:
		return "TREE_CONNECT chained behind"
	case strings.HasPrefix(m.PrimaryDomain, "Radio"):
		return "OEM text in spite of the flag"
	case !bytes.Equal(got[bytesOffset:], append(want, 0)[bytesOffset:]):
		return "not explained"
	case padded:
		return "padding is not zero"
	}
	return "last string ends in one zero"
}

// clearPadding clears the byte before UTF-16 text at an odd offset, and returns
// whether it was not zero.
func clearPadding(got, want []byte, off int) (g, w []byte, padded bool) {
	want = bytes.Clone(want)
	if off%2 == 0 || off >= min(len(got), len(want)) || want[off] == got[off] {
		return got, want, false
	}
	want[off] = 0
	return got, want, true
}
