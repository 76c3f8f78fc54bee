package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// TestEventViewerCSV reads what Event Viewer saves: a header in the language of
// its user, no log, no computer, and the values only in a text.
func TestEventViewerCSV(t *testing.T) {
	for _, header := range []string{"Level,Date and Time,Source,Event ID,Task Category", "Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie",
		"レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ"} {
		rows := "Informationen,14.09.2026 10:30:15,Microsoft-Windows-SMBServer,3021,Keine,\"Der SMB-Server \"\"sah\"\" etwas.\r\n\r\nClientname: \\\\10.1.2.3\r\nSignierung: Falsch\r\n\"\r\n" +
			"Informationen,14.09.2026 10:31:15,Microsoft-Windows-Security-Auditing,3021,Keine,\"Client 10.1.2.4\"\r\n" +
			"Informationen,14.09.2026 10:31:16,Microsoft-Windows-SMBServer,3021,Keine,\"10.1.2.4 and 10.1.2.5\"\r\n" +
			"Informationen,14.09.2026 10:31:17,Microsoft-Windows-SMBServer,3021,Keine,\"Clientname: COPIER7, 3.1.1\"\r\n"
		for _, zone := range []*time.Location{nil, time.FixedZone("", 7200)} {
			b := []byte(header + "\r\n" + rows)
			if !Recognise(b) {
				t.Fatal("not recognised")
			}
			got, err := Read(context.Background(), File{"file", bytes.NewReader(b), int64(len(b))}, Options{Location: zone})
			if err != nil || len(got.Hosts) != 1 {
				t.Fatalf("%v, %+v", err, got)
			}
			c := got.Hosts[0].Client.Contacts[0]
			if got.Hosts[0].Address.String() != "10.1.2.3" || c.Event.Fields[fieldFrom] != "the only address in its text" || c.Event.ID != 3021 || c.Peer != "" {
				t.Errorf("got %s", dump(got.Hosts))
			}
			if zone != nil && !c.First.Equal(time.Date(2026, 9, 14, 8, 30, 15, 0, time.UTC)) || zone == nil && !c.First.IsZero() {
				t.Errorf("time %v", c.First)
			}
			wantUnread(t, got.Input, "reasonPeer", reasonPeer, 2)
			if zone == nil {
				wantUnread(t, got.Input, "reasonTime", reasonTime, 3)
			}
		}
	}
}

func wantUnread(t *testing.T, in inventory.Input, name string, r reason, n uint64) {
	t.Helper()
	for _, u := range in.Unread {
		if u.Reason == reasonTexts[r] {
			if u.Count != n {
				t.Errorf("%s %d times, not %d", name, u.Count, n)
			}
			return
		}
	}
	if n > 0 {
		t.Errorf("%s is not in %+v", name, in.Unread)
	}
}

// TestExportCSV reads Get-WinEvent | Export-Csv, which loses the values and says
// what works instead.
func TestExportCSV(t *testing.T) {
	for _, start := range []string{"", "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"} {
		const list = "System.Collections.Generic.List`1[System.Diagnostics.Eventing.Reader.EventProperty]"
		b := start + `"Message","Id","Version","Qualifiers","Level","ProviderName","LogName","MachineName","TimeCreated","Properties"` + "\r\n" +
			row("client name: 10.1.2.3\r\n", 3021, 1, "", 4, serverProvider, serverProvider+"/Audit", sampleServer, "9/8/2026 10:30:15 AM", list) +
			row("client name: COPIER7", 3021, 1, "", 4, serverProvider, serverProvider+"/Audit", sampleServer, "2026-09-14T08:30:15Z", list) +
			row("client name: 10.1.2.3", 3000, 0, "", 4, serverProvider, serverProvider+"/Audit", sampleServer, "2026-09-14T08:30:15Z", list) +
			row("something else", 4624, 0, "", 4, "Microsoft-Windows-Security-Auditing", "Security", sampleServer, "2026-09-14T08:30:15Z", list)
		got := read(t, []byte(b))
		if len(got.Hosts) != 1 || len(got.Hosts[0].Client.Contacts) != 2 || got.Input.Records != 4 || got.Input.Used != 2 {
			t.Fatalf("got %s %+v", dump(got.Hosts), got.Input)
		}
		wantUnread(t, got.Input, "reasonProperties", reasonProperties, 3)
		wantUnread(t, got.Input, "reasonTime", reasonTime, 1)
		if !strings.Contains(fmt.Sprint(got.Input.Unread), "ConvertTo-Json -Depth 5") {
			t.Errorf("no advice in %+v", got.Input.Unread)
		}
	}
}

// TestConnections reads Get-SmbConnection of a client.
func TestConnections(t *testing.T) {
	for name, b := range map[string]string{
		"CSV": "#TYPE Microsoft.Management.Infrastructure.CimInstance\r\n" +
			`"SmbInstance","ContinuouslyAvailable","Credential","Dialect","Encrypted","NumOpens","Redirected","ServerName","ShareName","Signed","UserName","PSComputerName"` + "\r\n" +
			row("Default", "False", "PLANT\\u1", "3.1.1", "False", 2, "False", "NAS3", "data", "True", "PLANT\\u1", "WS17") +
			row("Default", "False", "PLANT\\u1", "3.1.1", "False", 2, "False", "nas3", "data2", "True", "PLANT\\u1", "WS17") +
			row("Default", "False", "PLANT\\u1", "3.1.1", "True", 0, "False", "nas3", "IPC$", "False", "PLANT\\u1", "WS17"),
		"JSON": `[{"SmbInstance":0,"Dialect":"3.1.1","Encrypted":false,"NumOpens":2,"ServerName":"NAS3","ShareName":"data","Signed":true,"UserName":"PLANT\\u1","PSComputerName":null,` +
			`"CimClass":{"CimSystemProperties":{"ServerName":"WS17"}},"CimInstanceProperties":[{"Name":"Dialect","Value":"3.1.1"},{"Name":"ServerName","Value":"x"}],"CimSystemProperties":{"Namespace":"ROOT","ServerName":"WS17"}},` +
			`{"Dialect":"3.1.1","Encrypted":false,"NumOpens":1,"ServerName":"nas3","ShareName":"data2","Signed":true,"UserName":"PLANT\\u1","PSComputerName":"WS17"},` +
			`{"Dialect":"3.1.1","Encrypted":true,"NumOpens":0,"ServerName":"nas3","ShareName":"IPC$","Signed":false,"UserName":"PLANT\\u1","PSComputerName":"WS17"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			h, input := readOne(t, []byte(b))
			if h.Target != "NAS3" || len(h.Served) != 2 || h.Client != nil || input.Used != 3 || input.Source != inventory.SourcePowerShell || len(input.Unread) > 0 {
				t.Fatalf("got %s %+v", dump(h), input)
			}
			data, pipe := h.Served[0], h.Served[1]
			if !data.Data {
				data, pipe = pipe, data
			}
			if data.Source != inventory.SourcePowerShell || data.Count != 2 || data.Peer != "WS17" || data.Dialect != "3.1.1" || data.Requests.Signed != 2 || data.Answers.Signed != 2 ||
				data.Encrypted != 0 || data.Event != nil || data.Logon.User != "u1" || data.Logon.Domain != "PLANT" {
				t.Errorf("data: %s", dump(data))
			}
			if pipe.Data || pipe.Encrypted != 1 || pipe.Requests.Signed != 0 || pipe.Requests.Unsigned != 0 {
				t.Errorf("IPC$: %s", dump(pipe))
			}
		})
	}
}

// TestSessions reads Get-SmbSession of a server.
func TestSessions(t *testing.T) {
	b := "SessionId;ClientComputerName;ClientUserName;NumOpens;Dialect;PSComputerName\n1;10.1.2.3;PLANT\\scan;1;2.1;FS01\n2;[fe80::2];PLANT\\u2;0;3.0.2;FS01\n3;::1;PLANT\\u3;0;3.1.1;FS01\n4;;x;0;3.1.1;FS01\n"
	got := read(t, []byte(b))
	if len(got.Hosts) != 2 || got.Input.Source != inventory.SourcePowerShell {
		t.Fatalf("got %s %+v", dump(got.Hosts), got.Input)
	}
	c := got.Hosts[0].Client.Contacts[0]
	if c.Source != inventory.SourcePowerShell || c.Peer != "FS01" || c.Dialect != "2.1" || c.Logon.User != "scan" || !c.First.IsZero() {
		t.Errorf("got %s", dump(c))
	}
}

// TestRecognise tells files of events from others.
func TestRecognise(t *testing.T) {
	for name, row := range map[string]struct {
		head string
		want form
	}{
		"nothing":            {"", formNone},
		"blanks":             {"  \r\n ", formNone},
		"a run of this tool": {`{"type":"run","version":1,"id":"x","started":"2026-01-01T00:00:00Z","scope":["10.0.0.0/8"]}` + "\n" + `{"type":"host","address":"10.0.0.1","time":"2026-01-01T00:00:00Z","client":{"contacts":[{"event":{"channel":"x","id":3021,"server":"y"}}]}}`, formNone},
		"a capture":          {"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", formNone},
		"a report":           {"address,port,state,verdict,reason\n10.0.0.1,445,smb,works,x\n", formNone},
		"a list":             {"10.0.0.1\n10.0.0.2\n", formNone},
		"other JSON":         {`{"id": 7, "name": "x"}`, formNone},
		"cut JSON":           {`[{"Message":"` + strings.Repeat("x", 300) + `","Id":3021,"LogName":"M`, formJSON},
		"other XML":          {`<?xml version="1.0"?><Events><EventID>1</EventID></Events>`, formNone},
		"XML":                {`<Events><Event xmlns='x'>`, formXML},
		"EVTX":               {"ElfFile\x00", formEVTX},
		"five columns":       {"a,b,c,d,e\n1,2,3,4,5\n", formCSV}, // the price of not knowing the language of Event Viewer; its rows are no events of ours
		"five other columns": {"a,b,c,d,e\n1,2,3,four,5\n", formNone},
		"configuration":      {"AuditClientDoesNotSupportSigning,RequireSecuritySignature\nTrue,False\n", formCSV},
	} {
		if got := recognise([]byte(row.head)); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
	if _, err := Read(context.Background(), File{"x", strings.NewReader("hello"), 5}, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v", err)
	}
}

// TestTimes reads times, and leaves open what is open.
func TestTimes(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	for text, want := range map[string]string{
		"2026-09-14T08:30:15.123Z":         "2026-09-14T08:30:15.123Z",
		"2026-09-14T10:30:15.123+02:00":    "2026-09-14T08:30:15.123Z",
		"2026-09-14T10:30:15.123+0200":     "2026-09-14T08:30:15.123Z",
		"2026-09-14 10:30:15 +0200":        "2026-09-14T08:30:15Z",
		"2026-09-14 08:30:15 UTC":          "2026-09-14T08:30:15Z",
		"2026-09-14 08:30:15 XYZ":          "",
		"/Date(1789374615123)/":            "2026-09-14T08:30:15.123Z",
		`\/Date(1789374615123+0200)\/`:     "2026-09-14T08:30:15.123Z",
		"1789374615":                       "2026-09-14T08:30:15Z",
		"1789374615.5":                     "2026-09-14T08:30:15.5Z",
		"1789374615123":                    "2026-09-14T08:30:15.123Z",
		"99999999999999999999":             "",
		"/Date(99999999999999999)/":        "",
		"2026-09-14T10:30:15":              "2026-09-14T08:30:15Z",
		"2026-09-14 10:30:15.5":            "2026-09-14T08:30:15.5Z",
		"2026/09/14 10:30:15":              "2026-09-14T08:30:15Z",
		"14.9.2026 10:30:15":               "2026-09-14T08:30:15Z",
		"9/14/2026 10:30:15 AM":            "2026-09-14T08:30:15Z",
		"9/14/2026 10:30:15\u202fAM":       "2026-09-14T08:30:15Z",
		"9/14/2026, 10:30:15 AM":           "2026-09-14T08:30:15Z",
		"14/09/2026 10:30:15":              "2026-09-14T08:30:15Z",
		"8/9/2026 10:30:15":                "",
		"9/9/2026 10:30:15":                "2026-09-09T08:30:15Z",
		"Montag, 14. September 2026 10:30": "",
		"":                                 "",
		"0001-01-01T00:00:00Z":             "0001-01-01T00:00:00Z",
		strings.Repeat("1", 500):           "",
	} {
		got := ""
		if at := parseTime(text, zone); !at.IsZero() {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want && !strings.HasPrefix(want, "0001") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if at := parseTime(text, nil); !at.IsZero() && !strings.ContainsAny(text, "Z+(") && !strings.HasSuffix(text, "UTC") && !strings.HasPrefix(text, "1789") {
			t.Errorf("%q is %v without a zone", text, at)
		}
	}
}

// TestPeers reads what events say of the other end.
func TestPeers(t *testing.T) {
	v6 := "17000222" + "00000000" + "20010db8000000000000000000000007" + "04000000"
	for text, want := range map[string]string{
		"10.1.2.3": "10.1.2.3", `\\10.1.2.3`: "10.1.2.3", `\\fs01\share\x`: "name fs01", "10.1.2.3:51234": "10.1.2.3", "[fe80::1%4]:445": "fe80::1", "[fe80::1]": "fe80::1",
		"fe80::1%12": "fe80::1", "::ffff:10.1.2.3": "10.1.2.3", "2001:db8::7": "2001:db8::7", "COPIER7": "name COPIER7", "fs01.plant.example.": "name fs01.plant.example",
		"020001bd0a010203" + "0000000000000000": "10.1.2.3", "0x020001BD0A010203" + "0000000000000000": "10.1.2.3", v6: "2001:db8::7", v6 + strings.Repeat("00", 100): "2001:db8::7",
		"2 0 1 189 10 1 2 3 0 0 0 0 0 0 0 0": "10.1.2.3", "2,0,1,189,10,1,2,3,0,0,0,0,0,0,0,0": "10.1.2.3",
		"0.0.0.0": "", "224.0.0.1": "", "": "", "-": "", "(null)": "", "System.Byte[]": "", "a b": "", "x\x00y": "", "\x00\x00": "", strings.Repeat("x", 300): "",
		"02000000000000000000000000000000": "", "\xff\xfe": "", "<script>": "", "10.1.2.3:99999": "name 10.1.2.3:99999", "käse-7": "name käse-7",
	} {
		got := ""
		switch p := parsePeer(text); {
		case p.address.IsValid():
			got = p.address.String()
		case p.name != "":
			got = "name " + p.name
		}
		if got != want && !(want == "name 10.1.2.3:99999" && got == "") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"Client: 10.1.2.3.": "10.1.2.3", "10.1.2.3 and 10.1.2.4": "invalid IP", "10.1.2.3, 10.1.2.3": "10.1.2.3", "[fe80::1%4]:445": "fe80::1",
		"at 12:30:45 build 10.0.26100 dialect 3.1.1": "invalid IP", "": "invalid IP", "0.0.0.0": "invalid IP"} {
		if got := onlyAddress(text).String(); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
