package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// fill sets every field in v to something that is not its zero value, and
// different from its neighbours.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 10, 5, 5, 52, *n%60, 1_000_000, time.UTC)
		return
	case *netip.Addr:
		*x = netip.AddrFrom4([4]byte{10, 0, 0, byte(*n)})
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text <%d> & \"é\"", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(1) // the second of every enumeration
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n) + 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(-int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 4)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{fmt.Sprintf("key%d", *n): "value"}))
	default:
		t.Fatalf("a field of kind %s: teach fill about it", v.Kind())
	}
}

func filled[T any](t *testing.T) *T {
	t.Helper()
	v := new(T)
	n := 0
	fill(t, reflect.ValueOf(v).Elem(), &n)
	return v
}

func TestRoundTrip(t *testing.T) {
	run := filled[Run](t)
	run.Version = FormatVersion
	lines := []Line{{Run: run}, {Host: filled[Host](t)}, {Host: &Host{}}, {Summary: filled[Summary](t)}}
	var b bytes.Buffer
	w := NewWriter(&b)
	total := 0
	for _, l := range lines {
		n, err := w.Write(l)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if total != b.Len() || strings.Count(b.String(), "\n") != len(lines) {
		t.Errorf("%d bytes reported, %d written:\n%s", total, b.Len(), b.String())
	}
	for _, read := range []io.Reader{bytes.NewReader(b.Bytes()), iotest.OneByteReader(bytes.NewReader(b.Bytes())), iotest.DataErrReader(bytes.NewReader(b.Bytes()))} {
		r := NewReader(read)
		for _, want := range lines {
			got, err := r.Next()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%+v, %v\nwant\n%+v", got, err, want)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
}

// TestFieldNames pins the names of the format: a field may be added within a
// version, never renamed.
func TestFieldNames(t *testing.T) {
	tests := []struct {
		v    any
		want string
	}{
		{filled[Run](t), "version id site sites started scope excluded tool depth gentle guest_check services targets seed inputs"},
		{filled[Host](t), "address identity target port site time state detail smb1 smb2 ntlm names os guest sessions cost clues client served served_more joins observations quirks error"},
		{filled[SMB1](t), "port dialect signing security_mode word_count extended_security flags flags2 max_mpx max_vcs max_buffer max_raw capabilities server_guid native_os native_lan_manager smb2_not_asked raw"},
		{filled[SMB2](t), "port dialects dialects_complete offered full_offer signing security_mode preauth_integrity signing_algorithm cipher capabilities max_transact max_read max_write server_guid system_time boot_time mechanisms raw"},
		{filled[NTLM](t), "version revision flags target_name target_info"},
		{filled[Names](t), "netbios dns domain workgroup forest mac node"},
		{filled[NetBIOSName](t), "name suffix group"},
		{filled[OS](t), "build name"},
		{filled[Session](t), "time offered dialect result stage status setup_signed setup_signature account_good requests answers encrypted session_flags algorithm tamper misbehaviour detail"},
		{filled[Signatures](t), "signed unsigned"},
		{filled[Cost](t), "share bytes dialect algorithm runs unsigned error"},
		{filled[CostRun](t), "round direction signed seconds cpu_seconds"},
		{filled[Clues](t), "reverse snmp http services open"},
		{filled[SNMP](t), "sys_descr sys_object_id sys_name printer printer_name serial"},
		{filled[HTTP](t), "port tls status server realm title cert_name cert_org"},
		{filled[Service](t), "type name text"},
		{filled[Observation](t), "step port outcome status detail ms"},
		{filled[Summary](t), "probed smb open closed filtered unreachable skipped connections finished interrupted error"},
		// The zero value has the fields that are always there, and no other.
		{&Run{}, "version id started scope tool"},
		{&Host{}, "address time state detail"},
		{&SMB1{}, "dialect signing"},
		{&SMB2{}, "dialects signing"},
		{&Observation{}, "step port outcome ms"},
		{&Summary{}, "probed smb open closed filtered finished interrupted"},
	}
	for _, tt := range tests {
		if got := strings.Join(keys(t, tt.v), " "); got != tt.want {
			t.Errorf("%T\ngot  %s\nwant %s", tt.v, got, tt.want)
		}
	}
}

// keys returns the names of a value's fields as they are written, in order.
func keys(t *testing.T, v any) (list []string) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	depth, isKey := 0, false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if delim, ok := token.(json.Delim); ok {
			if delim == '{' || delim == '[' {
				depth++
			} else {
				depth--
			}
			isKey = depth == 1
			continue
		}
		if depth == 1 && isKey {
			list = append(list, token.(string))
		}
		isKey = depth == 1 && !isKey
	}
}

// golden holds whole lines against the values they stand for.
func TestGolden(t *testing.T) {
	mode1, mode2, caps := uint16(3), uint16(1), uint32(0x2f)
	at := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		text string
		line Line
	}{
		{`{"type":"run","version":1,"id":"20261005T120000Z-ABC","site":"HQ","started":"2026-10-05T12:00:00Z","scope":["10.1.0.0/16"],"excluded":["10.1.9.0/24"],"tool":"smbready 0.1.0"}`,
			Line{Run: &Run{Version: 1, ID: "20261005T120000Z-ABC", Site: "HQ", Started: at, Scope: []string{"10.1.0.0/16"}, Excluded: []string{"10.1.9.0/24"}, Tool: "smbready 0.1.0"}}},
		{`{"type":"host","address":"10.1.2.3","port":445,"site":"HQ","time":"2026-10-05T12:00:00Z","state":"smb","detail":"",` +
			`"smb1":{"dialect":"NT LM 0.12","signing":"disabled","security_mode":3,"native_os":"Unix","native_lan_manager":"Samba 3.0.37"},` +
			`"smb2":{"dialects":["2.0.2","2.1"],"signing":"enabled","security_mode":1,"signing_algorithm":"AES-GMAC","cipher":"AES-128-GCM","capabilities":47,"server_guid":"00","system_time":"2026-10-05T12:00:00Z","boot_time":"2026-10-05T12:00:00Z"},` +
			`"names":{"netbios":"FS","dns":"fs.example","domain":"example","workgroup":"PLANT","mac":"00:15:5d:0a:2c:ff"},"os":{"build":"10.0.26100","name":"Unix"},"quirks":["odd <b>"]}`,
			Line{Host: &Host{Address: netip.MustParseAddr("10.1.2.3"), Port: 445, Site: "HQ", Time: at, State: StateSMB,
				SMB1: &SMB1{Dialect: "NT LM 0.12", Signing: SigningDisabled, SecurityMode: &mode1, NativeOS: "Unix", NativeLANManager: "Samba 3.0.37"},
				SMB2: &SMB2{Dialects: []string{"2.0.2", "2.1"}, Signing: SigningEnabled, SecurityMode: &mode2, SigningAlgorithm: "AES-GMAC",
					Cipher: "AES-128-GCM", Capabilities: &caps, ServerGUID: "00", SystemTime: at, BootTime: at},
				Names:  Names{NetBIOS: "FS", DNS: "fs.example", Domain: "example", Workgroup: "PLANT", MAC: "00:15:5d:0a:2c:ff"},
				OS:     OS{Build: "10.0.26100", Name: "Unix"},
				Quirks: []string{"odd <b>"}}}},
		{`{"type":"host","address":"10.1.2.4","port":445,"time":"2026-10-05T12:00:00Z","state":"filtered","detail":"filtered","observations":[{"step":"smb2-negotiate","port":445,"outcome":"filtered","ms":2000}]}`,
			Line{Host: &Host{Address: netip.MustParseAddr("10.1.2.4"), Port: 445, Time: at, State: StateFiltered, Detail: "filtered",
				Observations: []Observation{{Step: StepSMB2Negotiate, Port: 445, Outcome: OutcomeFiltered, Millis: 2000}}}}},
		{`{"type":"summary","probed":65536,"smb":120,"open":3,"closed":40000,"filtered":25413,"finished":"2026-10-05T12:00:00Z","interrupted":false}`,
			Line{Summary: &Summary{Probed: 65536, SMB: 120, Open: 3, Closed: 40000, Filtered: 25413, Finished: at}}},
	}
	for _, tt := range tests {
		var b bytes.Buffer
		if _, err := NewWriter(&b).Write(tt.line); err != nil || b.String() != tt.text+"\n" {
			t.Errorf("wrote %v\n%s\nwant\n%s", err, b.String(), tt.text)
		}
		if got, err := NewReader(strings.NewReader(tt.text)).Next(); err != nil || !reflect.DeepEqual(got, tt.line) {
			t.Errorf("read %v\n%+v\nwant\n%+v", err, got, tt.line)
		}
	}
}

// TestFormatExample reads the example of the documented format, with fields
// that only a renderer adds.
func TestFormatExample(t *testing.T) {
	const text = `{"type":"run","version":1,"id":"x","site":"HQ","started":"2026-10-05T12:00:00Z","scope":["10.1.0.0/16"],"tool":"smbready 0.1.0"}
{"type":"host","address":"10.1.2.3","port":445,"time":"2026-10-05T12:00:00Z","state":"smb","detail":"","smb2":{"dialects":["2.0.2"],"signing":"enabled"},
`
	const rest = `{"type":"host","address":"10.1.2.3","time":"2026-10-05T12:00:00Z","state":"smb","detail":"",` +
		`"client":{"sources":["canary"],"dialects":["2.0.2"],"signing":"enabled","last_seen":"2026-10-05T12:00:00Z"},` +
		`"device":{"class":"nas","vendor":"Synology","confidence":"strong","evidence":["x"]},` +
		`"policies":{"client-always":{"verdict":"works","guest":{"verdict":"breaks"}}},"error":""}
{"type":"summary","probed":2,"smb":1,"open":0,"closed":0,"filtered":1,"verdicts":{"client-always":{"breaks":4}},"finished":"2026-10-05T12:00:00Z","interrupted":true}
`
	first, _, _ := strings.Cut(text, "\n")
	r := NewReader(strings.NewReader(first + "\n" + rest))
	if l, err := r.Next(); err != nil || l.Run == nil || l.Run.Site != "HQ" {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := r.Next(); err != nil || l.Host == nil || l.Host.State != StateSMB {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := r.Next(); err != nil || l.Summary == nil || !l.Summary.Interrupted || l.Summary.Filtered != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

// next reads a whole text and returns what each call of Next comes to.
func next(text string) (list []string) {
	r := NewReader(strings.NewReader(text))
	for range 20 {
		l, err := r.Next()
		switch {
		case err == io.EOF:
			return append(list, "EOF")
		case err != nil:
			list = append(list, err.Error())
		case l.Run != nil:
			list = append(list, "run "+l.Run.ID)
		case l.Host != nil:
			list = append(list, "host "+l.Host.Address.String())
		case l.Summary != nil:
			list = append(list, "summary")
		}
	}
	return append(list, "no end")
}

func TestReader(t *testing.T) {
	const (
		host = `{"type":"host","address":"10.0.0.1"}`
		two  = `{"type":"host","address":"10.0.0.2"}`
	)
	long := `{"type":"host","address":"10.0.0.9","error":"` + strings.Repeat("x", maxLine) + `"}`
	tail := strings.Repeat("x", maxLine+1) + host // a line whose end looks like a line
	tests := []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"EOF"}},
		{"blank lines", "\n \r\n\n", []string{"EOF"}},
		{"CRLF", host + "\r\n" + two + "\r\n", []string{"host 10.0.0.1", "host 10.0.0.2", "EOF"}},
		{"final newline is missing", host + "\n" + two, []string{"host 10.0.0.1", "host 10.0.0.2", "EOF"}},
		{"last line is cut", host + "\n" + two[:20], []string{"host 10.0.0.1", "line 2: unexpected EOF", "EOF"}},
		{"unknown type", `{"type":"verdict","x":1}` + "\n" + host, []string{"host 10.0.0.1", "EOF"}},
		{"unknown field", `{"type":"host","address":"10.0.0.1","colour":{"a":[1]}}`, []string{"host 10.0.0.1", "EOF"}},
		{"newer version", `{"type":"run","version":2,"id":{}}` + "\n" + host, []string{"line 1: " + ErrVersion.Error(), "host 10.0.0.1", "EOF"}},
		{"this version", `{"type":"run","version":1,"id":"a"}`, []string{"run a", "EOF"}},
		{"not JSON", host + "\nhello\n" + two, []string{"host 10.0.0.1", "line 2: invalid character 'h' looking for beginning of value", "host 10.0.0.2", "EOF"}},
		{"wrong kind", `{"type":"host","address":5}` + "\n" + host, []string{"line 1: ", "host 10.0.0.1", "EOF"}},
		{"bad address", `{"type":"host","address":"10.0.0.256"}`, []string{"line 1: ", "EOF"}},
		{"an array", "[1]\n" + host, []string{"line 1: ", "host 10.0.0.1", "EOF"}},
		{"too long", long + "\n" + host, []string{"line 1: longer than 1048576 bytes: not a run of smbready", "host 10.0.0.1", "EOF"}},
		{"too long, with a line in it", tail + "\n" + two, []string{"line 1: longer than 1048576 bytes: not a run of smbready", "host 10.0.0.2", "EOF"}},
		{"too long at the end", host + "\n" + tail, []string{"host 10.0.0.1", "line 2: longer than 1048576 bytes: not a run of smbready", "EOF"}},
		{"line numbers", "\n\nx\n" + host + "\n\ny\n", []string{"line 3: ", "host 10.0.0.1", "line 6: ", "EOF"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := next(tt.text)
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if got[i] != want && !(strings.HasSuffix(want, ": ") && strings.HasPrefix(got[i], want)) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestReaderErrors(t *testing.T) {
	_, err := NewReader(strings.NewReader(`{"type":"run","version":2}`)).Next()
	if !errors.Is(err, ErrVersion) {
		t.Errorf("got %v", err)
	}
	_, err = NewReader(strings.NewReader(`{"type":"ho`)).Next()
	var line *LineError
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &line) || line.Line != 1 {
		t.Errorf("got %v", err)
	}
	broken := errors.New("disk broke")
	for _, text := range []string{"", strings.Repeat("x", maxLine+5), `{"type":"host"`} {
		if _, err = NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))).Next(); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWriterErrors(t *testing.T) {
	if _, err := NewWriter(io.Discard).Write(Line{}); err == nil {
		t.Error("an empty line was written")
	}
	if _, err := NewWriter(io.Discard).WriteValue(func() {}); err == nil {
		t.Error("a function was written")
	}
	if _, err := NewWriter(brokenWriter{}).Write(Line{Host: &Host{}}); err != errBroken {
		t.Errorf("got %v", err)
	}
}

var errBroken = errors.New("disk full")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		`{"type":"run","version":1,"id":"a","started":"2026-10-05T12:00:00Z","scope":["10.0.0.0/8"]}`,
		`{"type":"host","address":"10.0.0.1","state":"smb","smb1":{"signing":"disabled","security_mode":3},"smb2":{"dialects":null,"signing":"required"}}`,
		`{"type":"host","address":"fe80::1%eth0","guest":"granted","names":{"node":[{"name":"x","suffix":32}]},"observations":[{"step":"x","outcome":"silent"}]}`,
		`{"type":"summary","probed":18446744073709551615}`,
		`{"type":"host","smb2":{"signing":"quantum","security_mode":65536}}`,
		`{"TYPE":"host","address":"::1","raw":"AA=="}` + "\n\n" + `{"type":"x"`,
		`{"type":"host","names":{"node":[]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		for calls := 0; ; calls++ {
			l, err := r.Next()
			if err == io.EOF {
				return
			}
			var bad *LineError
			if err != nil && !errors.As(err, &bad) || calls > len(b) {
				t.Fatalf("call %d: %v", calls, err)
			}
			if err == nil {
				checkStable(t, l)
			}
		}
	})
}

// checkStable checks that a line that was read can be written, reads again, and
// settles: an empty list may be gone after the first time.
func checkStable(t *testing.T, l Line) {
	t.Helper()
	var texts []string
	for range 3 {
		var b bytes.Buffer
		if _, err := NewWriter(&b).Write(l); err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
		texts = append(texts, b.String())
		var err error
		if l, err = NewReader(&b).Next(); err != nil {
			t.Fatalf("%s: %v", texts[len(texts)-1], err)
		}
	}
	if texts[1] != texts[2] {
		t.Fatalf("not stable\n%s%s", texts[1], texts[2])
	}
}
