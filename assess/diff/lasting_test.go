package diff

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"smbready/inventory"
)

func TestLasting(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{`{"type":"host","address":"10.0.0.1","time":"2026-10-01T00:00:00Z","state":"smb"}` + "\r\n", `{"type":"host","address":"10.0.0.1","time":"","state":"smb"}`},
		{`{"observations":[{"step":"x","ms":12},{"step":"y","ms":-3.5e7}]}`, `{"observations":[{"step":"x","ms":0},{"step":"y","ms":0}]}`},
		{`{"smb2":{"system_time":"a","boot_time":"b","raw":"AAAA"},"x":1}`, `{"smb2":{"system_time":"","boot_time":"","raw":""},"x":1}`},
		{`{"name":",\"time\":\"x\""}`, `{"name":",\"time\":\"x\""}`},
		{`{"time":"a\"b"}`, `{"time":"a\"b"}`},
		{`{"time":"a`, `{"time":"a`},
		{`"ms":1`, `"ms":1`},
		{``, ``},
	} {
		if got := string(Lasting(nil, []byte(tt.line))); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.line, got, tt.want)
		}
	}
}

// FuzzLasting: whatever the line, nothing panics, what lasts is no longer than the
// line and a zero for each number, and lasts again; and of a line of ours it is
// JSON that differs in nothing but these fields.
func FuzzLasting(f *testing.F) {
	f.Add([]byte(`{"type":"host","time":"x","smb2":{"raw":"AA=="},"observations":[{"ms":3}]}`), "PC,\"time\":\"", int64(7))
	f.Add([]byte(`{"time":"`), "\\", int64(-1))
	f.Fuzz(func(t *testing.T, line []byte, name string, ms int64) {
		once := Lasting(nil, line)
		if again := Lasting(nil, once); len(once) > 2*len(line) || !bytes.Equal(once, again) {
			t.Fatalf("%q, then %q", once, again)
		}
		ours := func(at time.Time, ms int64) []byte {
			var b bytes.Buffer
			h := &inventory.Host{Time: at, Detail: name, Names: inventory.Names{DNS: name}, SMB2: &inventory.SMB2{SystemTime: at, BootTime: at, Raw: []byte(name)},
				Observations: []inventory.Observation{{Detail: name, Millis: ms}}}
			if _, err := inventory.NewWriter(&b).Write(inventory.Line{Host: h}); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		a, b := Lasting(nil, ours(time.Unix(1e9, 0), ms)), Lasting(nil, ours(time.Unix(2e9, 5), ms+1))
		if !json.Valid(a) || !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}
