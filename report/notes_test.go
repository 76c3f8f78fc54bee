package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"smbready/assess"
	"smbready/inventory"
)

// runOf writes hosts to a run and opens it.
func runOf(t testing.TB, hosts ...*inventory.Host) *Run {
	t.Helper()
	var b bytes.Buffer
	w := inventory.NewWriter(&b)
	lines := []inventory.Line{{Run: &inventory.Run{Version: 1, ID: "r", Scope: []string{"10.0.0.0/24"}}}}
	for _, h := range hosts {
		lines = append(lines, inventory.Line{Host: h})
	}
	for _, l := range append(lines, inventory.Line{Summary: &inventory.Summary{Probed: uint64(len(hosts))}}) {
		if _, err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// server is a host that signs on demand.
func server(address, name string) *inventory.Host {
	mode := uint16(1)
	return &inventory.Host{Address: netip.MustParseAddr(address), Port: 445, State: inventory.StateSMB, Names: inventory.Names{NetBIOS: name},
		SMB2: &inventory.SMB2{Port: 445, Dialects: []string{"3.1.1"}, Offered: true, FullOffer: true, Signing: inventory.SigningEnabled, SecurityMode: &mode,
			PreauthIntegrity: "SHA-512", SigningAlgorithm: "AES-CMAC", MaxTransact: 1 << 20, MaxRead: 1 << 20, MaxWrite: 1 << 20},
		NTLM: &inventory.NTLM{TargetInfo: true}}
}

// rendered writes a run in every format, and reads the CSV back.
func rendered(t *testing.T, r *Run) (text, jsonLines string, rows []map[string]string) {
	t.Helper()
	var out [3]bytes.Buffer
	for i, f := range []Format{Text, CSV, JSON} {
		if err := Write(&out[i], r, f, TextOptions{Width: 80, Verbose: true}); err != nil {
			t.Fatal(err)
		}
		mustBeVisible(t, strings.ReplaceAll(out[i].String(), "\r\n", "\n"))
	}
	records, err := csv.NewReader(&out[1]).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return out[0].String(), out[2].String(), rows
}

// hostile are texts that a name must not do its harm with.
var hostile = []string{"\x1b]0;owned\x07\x1b[31mRED\x1b[0m\r\nFAKE LINE", "\u202excod.exe\u202c\u2066", "<script>alert(1)</script>", "=cmd|'/C calc'!A0",
	"a;=1+1;@SUM(A1)", "\ud7ff\ufffd\ufffe\x00", "\xff\xfe\xed\xa0\x80", strings.Repeat("A", 60_000), "\u2800\u3164\U000e0041", "Z" + strings.Repeat("\u0301", 500), `"quoted", and \back`, " \t \u00a0"}

// fill sets every string within v to text, and lists and pointers to something.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(1 << 20)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Struct:
		if v.Type().PkgPath() == "smbready/inventory" {
			for i := range v.NumField() {
				fill(v.Field(i), text)
			}
		}
	case reflect.Slice:
		n := 3
		if len(text) > 1<<10 {
			n = 1 // a line of a run has at most 1 MiB
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{text: text}))
	}
}

// TestHostileFields puts each hostile text into every field that may hold one:
// sessions, measurements, clues, names, sites. No renderer lets it do harm, and
// none grows with it.
func TestHostileFields(t *testing.T) {
	for i, words := range hostile {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			a, b, c := server("10.0.0.1", "A"), server("10.0.0.2", words), server("10.0.0.3", "C")
			fill(reflect.ValueOf(&a.Sessions).Elem(), words)
			fill(reflect.ValueOf(&a.Cost).Elem(), words)
			fill(reflect.ValueOf(&c.Clues).Elem(), words)
			a.Cost.Runs[0].Direction = "write"
			a.Site, b.Site = words, "HQ"
			fill(reflect.ValueOf(&b.Names).Elem(), words)
			page, lines, rows := rendered(t, runOf(t, a, b, c))
			for n, l := range strings.Split(page, "\n") {
				if utf8.RuneCountInString(l) > 80 {
					t.Errorf("line %d is too long: %s", n+1, l)
				}
				if strings.HasPrefix(l, "FAKE") {
					t.Errorf("line %d is forged", n+1)
				}
			}
			if len(page) > 1<<15 {
				t.Errorf("a text of %d bytes", len(page))
			}
			for _, row := range rows {
				for name, cell := range row {
					if trimmed := strings.TrimSpace(cell); utf8.RuneCountInString(cell) > maxCell || trimmed != "" && strings.ContainsRune("=+-@", rune(trimmed[0])) {
						t.Errorf("%s: %.80q, %d bytes", name, cell, len(cell))
					}
				}
			}
			if n := strings.Count(lines, "\n"); n != 5 {
				t.Errorf("%d lines of JSON", n)
			}
		})
	}
}

// TestNewFacts shows where sessions, makers, clues and other addresses appear.
func TestNewFacts(t *testing.T) {
	a, b := server("10.0.0.1", "FS"), server("10.0.1.1", "FS")
	flags := uint16(0)
	for _, h := range []*inventory.Host{a, b} {
		h.Names.MAC = "00:11:32:aa:bb:cc"
	}
	a.Sessions = []inventory.Session{{Dialect: "3.1.1", Result: inventory.SessionSigned, SetupSigned: true, SetupSignature: inventory.CheckRight, SessionFlags: &flags, Algorithm: "AES-CMAC",
		RequestsSent: inventory.Signatures{Signed: 2}, Answers: inventory.Signatures{Signed: 2}}}
	a.Clues = &inventory.Clues{Reverse: []string{"fs.corp.example", "nas.corp.example"}, SNMP: &inventory.SNMP{SysDescr: "Linux nas 4.4"},
		HTTP: []inventory.HTTP{{Port: 80}, {Port: 5000, Title: "  Files\n of ours "}}}
	r := runOf(t, a, b)
	r.judge = func(h *inventory.Host) assess.Assessment {
		j := assess.Assess(h)
		j.Device.Maker = "Example Works, Inc."
		return j
	}
	page, lines, rows := rendered(t, r)
	for _, want := range []string{"  Devices  1 device at 2 addresses", "also at 10.0.1.1", "network card by Example Works, Inc.",
		"session with an account: verified, signed at 3.1.1 (AES-CMAC)", `SNMP "Linux nas 4.4", web page "Files of ours"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the text lacks %q:\n%s", want, page)
		}
	}
	for name, want := range map[string]string{"device_maker": "Example Works, Inc.", "also_at": "10.0.1.1", "session": "signed 3.1.1",
		"reverse_names": "fs.corp.example; nas.corp.example", "client_always_confidence": "proven"} {
		if got := rows[0][name]; got != want {
			t.Errorf("column %s: %q, want %q", name, got, want)
		}
	}
	var line struct {
		Device struct {
			Also  []string
			Maker string
		}
		Sessions []inventory.Session
		Clues    inventory.Clues
	}
	if err := json.Unmarshal([]byte(strings.Split(lines, "\n")[1]), &line); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(line.Device) != "{[10.0.1.1] Example Works, Inc.}" || len(line.Sessions) != 1 || !reflect.DeepEqual(&line.Clues, a.Clues) {
		t.Errorf("JSON: %+v", line)
	}
}

// TestStreamKnowsNoOthers: while a scan runs, the other addresses of a device
// are not known.
func TestStreamKnowsNoOthers(t *testing.T) {
	var b bytes.Buffer
	s, err := NewStream(&b, &inventory.Run{Version: 1, ID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"10.0.0.1", "10.0.1.1"} {
		h := server(address, "FS")
		h.Names.MAC = "00:11:32:aa:bb:cc"
		if err := s.Host(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(&inventory.Summary{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), `"also"`) || !strings.Contains(b.String(), `"device":{"class"`) {
		t.Error(b.String())
	}
}

// TestGuestValues: for every outcome of a guest check, what becomes of guests
// stands apart from what becomes of accounts, in every format.
func TestGuestValues(t *testing.T) {
	for _, tt := range []struct {
		guest           inventory.Guest
		verdict, reason string
		words           []string // of the text
	}{
		{inventory.GuestUnknown, "unknown", "guest-not-tested", []string{"Whether guests are let in is not known of 1 device", "--guest-check"}},
		{inventory.GuestDenied, "not-applicable", "guest-refused", []string{"1 device lets in no guests", "AS GUEST\n", " refused\n"}},
		{inventory.GuestGranted, "breaks", "guest-cannot-be-signed", []string{"NOT READY FOR GUESTS", "BREAKS FOR GUESTS: 1 device lets in guests", "AS GUEST\n", " breaks\n"}},
		{inventory.GuestNull, "no-change", "null-session-only", []string{"1 device lets in anonymous users", "AS GUEST\n", " anonymous\n"}},
	} {
		t.Run(tt.guest.String(), func(t *testing.T) {
			h := server("10.0.0.1", "FS")
			h.Guest = tt.guest
			page, lines, rows := rendered(t, runOf(t, h))
			for _, want := range append(tt.words, "WORKS: 1 device should go on working, signed, for users with an account") {
				if !strings.Contains(page, want) {
					t.Errorf("the text lacks %q:\n%s", want, page)
				}
			}
			row := rows[0]
			if row["guest"] != tt.guest.String() || row["client_always_verdict"] != "works" || row["client_always_guest_verdict"] != tt.verdict ||
				row["client_always_guest_reason"] != tt.reason || row["client_always_guest_why"] == "" {
				t.Errorf("CSV: %v", row)
			}
			if want := `"guest":{"verdict":"` + tt.verdict + `"`; !strings.Contains(lines, want) || !strings.Contains(lines, `"client-always":{"verdict":"works"`) {
				t.Errorf("JSON lacks %s: %s", want, lines)
			}
		})
	}
}

// TestSites: where a run has several sites, each device is shown with its own.
func TestSites(t *testing.T) {
	a, b := server("10.0.0.1", "FS"), server("10.0.0.2", "FS")
	a.Site, b.Site, b.Error = "HQ", "Plant", "no buffer space"
	page, _, _ := rendered(t, runOf(t, a, b))
	for _, want := range []string{"ADDRESS   SITE   NAME", "10.0.0.1  HQ     FS", "10.0.0.1 (FS, site HQ)", "10.0.0.2 (FS, site Plant): no buffer space"} {
		if !strings.Contains(page, want) {
			t.Errorf("the text lacks %q:\n%s", want, page)
		}
	}
	b.Site = "HQ"
	if page, _, _ := rendered(t, runOf(t, a, b)); strings.Contains(page, "SITE") || strings.Contains(page, "site HQ") {
		t.Errorf("one site is told apart from none:\n%s", page)
	}
}
