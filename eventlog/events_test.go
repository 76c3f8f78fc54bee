package eventlog

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"smbready/inventory"
)

// sockaddr is 10.1.2.3:51234 as Windows notes it.
var sockaddr = []byte{2, 0, 0xc8, 0x22, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}

// eventRows are the events, by the templates of their versions, and what they
// have to tell.
var eventRows = []struct {
	name    string
	sample  sample
	address string // of the device, or
	device  string // its name
	user    string
	as      inventory.LogonKind
	needs   string // required: "y" or "n"
}{
	{name: "3000", sample: sample{id: 3000, log: "Audit", fields: []field{{"ClientName", "10.1.2.3"}}}, address: "10.1.2.3"},
	{name: "3021 v0", sample: sample{id: 3021, log: "Audit", fields: []field{{"ClientNameLength", 10}, {"ClientName", `\\10.1.2.3`}, {"ServerRequiresSigning", false}}},
		address: "10.1.2.3", needs: "n"},
	{name: "3021 v1", sample: sample{id: 3021, version: 1, log: "Audit", fields: []field{{"ClientNameLength", 7}, {"ClientName", "COPIER7"}, {"UserNameLength", 10},
		{"UserName", `PLANT\scan`}, {"ServerRequiresSigning", true}}}, device: "COPIER7", user: `PLANT\scan`, needs: "y"},
	{name: "3021 with a port", sample: sample{id: 3021, version: 1, log: "Audit", fields: []field{{"ClientNameLength", 7}, {"ClientName", "[fe80::1%4]:51234"}, {"UserNameLength", 0},
		{"UserName", ""}, {"ServerRequiresSigning", true}}}, address: "fe80::1", needs: "y"},
	{name: "3022", sample: sample{id: 3022, log: "Audit", fields: []field{{"ClientNameLength", 8}, {"ClientName", "10.1.2.3"}, {"ServerRequiresEncryption", false},
		{"SmbClientDoesNotSupportEncryptionType", 2}}}, address: "10.1.2.3"},
	{name: "3023", sample: sample{id: 3023, log: "Operational", fields: []field{{"ClientNameLength", 8}, {"ClientName", "10.1.2.3"}}}, address: "10.1.2.3", as: inventory.LogonGuest},
	{name: "3023 in another log", sample: sample{id: 3023, log: "Security", fields: []field{{"ClientNameLength", 8}, {"ClientName", "10.1.2.3"}}}, address: "10.1.2.3", as: inventory.LogonGuest},
	{name: "3027", sample: sample{id: 3027, log: "Audit", fields: []field{{"ClientNameLength", 8}, {"ClientName", "10.1.2.3"}, {"ServerRequiresSigning", false}}},
		address: "10.1.2.3", needs: "n"},
	{name: "1001", sample: sample{id: 1001, log: "Operational", fields: []field{{"ClientNameLength", 8}, {"ClientName", "10.1.2.3"}, {"LogEventCount", 3}}}, address: "10.1.2.3"},
	{name: "1003 v0", sample: sample{id: 1003, log: "Operational", fields: []field{{"ShareNameLength", 5}, {"ShareName", "scans"}, {"ClientNameLength", 7}, {"ClientName", "COPIER7"},
		{"UserNameLength", 4}, {"UserName", "scan"}}}, device: "COPIER7", user: "scan"},
	{name: "1003 v1", sample: sample{id: 1003, version: 1, log: "Operational", fields: []field{{"ShareNameLength", 5}, {"ShareName", "scans"}, {"ClientNameLength", 7}, {"ClientName", "COPIER7"},
		{"UserNameLength", 4}, {"UserName", "scan"}, {"ClientAddressLength", 16}, {"ClientAddress", sockaddr}, {"SessionID", "0x1"}}}, address: "10.1.2.3", user: "scan"},
	{name: "1005 v1", sample: sample{id: 1005, version: 1, log: "Operational", fields: []field{{"ClientNameLength", 7}, {"ClientName", "COPIER7"}, {"UserNameLength", 4}, {"UserName", "scan"},
		{"ClientAddressLength", 16}, {"ClientAddress", sockaddr}, {"ExpectedDialect", "0x311"}, {"ExpectedCapabilities", "0x1"}, {"ExpectedSecurityMode", "0x1"},
		{"ReceivedDialect", "0x302"}, {"ReceivedCapabilities", "0x1"}, {"ReceivedSecurityMode", "0x0"}, {"SessionID", "0x1"}}}, address: "10.1.2.3", user: "scan"},
	{name: "1005 v2", sample: sample{id: 1005, version: 2, log: "Operational", fields: []field{{"Status", "0xc0000022"}, {"TranslatedStatus", "0xc0000022"}, {"ClientNameLength", 7},
		{"ClientName", "COPIER7"}, {"UserNameLength", 4}, {"UserName", "scan"}, {"ClientAddressLength", 16}, {"ClientAddress", sockaddr}, {"SessionID", "0x1"}}}, address: "10.1.2.3", user: "scan"},
	{name: "4000", sample: sample{id: 4000, log: "Connectivity", fields: []field{{"ShareNameLength", 5}, {"ShareName", "scans"}, {"ClientAddressLength", 16}, {"ClientAddress", sockaddr},
		{"ClientNameLength", 7}, {"ClientName", "COPIER7"}, {"SessionId", 1}, {"TreeId", 1}, {"ConnectionType", 1}, {"SigningUsed", true}, {"EncyptionUsed", false}, {"CompressionUsed", false}}},
		address: "10.1.2.3"},
	{name: "31998", sample: sample{id: 31998, log: "Audit", fields: []field{{"ServerNameLength", 4}, {"ServerName", "nas3"}, {"ClientRequireSigning", false}}}, device: "nas3"},
	{name: "31999", sample: sample{id: 31999, log: "Audit", fields: []field{{"ServerNameLength", 8}, {"ServerName", "10.1.2.3"}, {"ClientRequireEncryption", false}}}, address: "10.1.2.3"},
	{name: "31997", sample: sample{id: 31997, log: "Audit", fields: []field{{"ServerNameLength", 4}, {"ServerName", "nas3"}}}, device: "nas3", as: inventory.LogonGuest},
	{name: "31017", sample: sample{id: 31017, log: "Security", fields: []field{{"UserNameLength", 5}, {"UserName", "Guest"}, {"ServerNameLength", 4}, {"ServerName", `\nas3`}}},
		device: "nas3", user: "Guest", as: inventory.LogonGuest},
	{name: "31022", sample: sample{id: 31022, log: "Security", fields: []field{{"UserNameLength", 5}, {"UserName", "Guest"}, {"ServerNameLength", 4}, {"ServerName", "nas3"}}},
		device: "nas3", user: "Guest", as: inventory.LogonGuest},
	{name: "32000", sample: sample{id: 32000, log: "Audit", fields: []field{{"Reason", 1}, {"Dialect", "0x5"}, {"ServerNameLength", 4}, {"ServerName", "nas3"}}}, device: "nas3"},
	{name: "32002", sample: sample{id: 32002, log: "Audit", fields: []field{{"Reason", 1}, {"Dialect", "0x5"}, {"SecurityMode", "0x3"}, {"ServerNameLength", 4}, {"ServerName", "nas3"}}}, device: "nas3"},
	{name: "an event without a meaning of its own", sample: sample{id: 3024, log: "Audit", fields: []field{{"ClientNameLength", 4}, {"ClientName", "10.1.2.3"}, {"Status", "0x0"}}}, address: "10.1.2.3"},
}

// TestEvents reads each event in each form.
func TestEvents(t *testing.T) {
	for _, row := range eventRows {
		row.sample.computer, row.sample.when = sampleServer, sampleTime
		for form, b := range row.sample.forms() {
			if row.sample.id == 3024 && (strings.Contains(form, "PowerShell") || strings.Contains(form, "object") || strings.Contains(form, "Select") || form == "JSON in UTF-16") {
				continue // the order of its values is not known here
			}
			t.Run(row.name+"/"+form, func(t *testing.T) {
				h, input := readOne(t, b)
				c := h.Served
				if row.sample.id < 30000 {
					if h.Client == nil {
						t.Fatalf("not a client: %s", dump(h))
					}
					c = h.Client.Contacts
				}
				if len(c) != 1 || c[0].Event == nil {
					t.Fatalf("contacts: %s", dump(h))
				}
				got := c[0]
				if h.Target != row.device || row.address != "" && h.Address != netip.MustParseAddr(row.address) || row.address == "" && h.Address.IsValid() {
					t.Errorf("device %q %v", h.Target, h.Address)
				}
				if got.Event.ID != row.sample.id || got.Event.Channel != row.sample.channel() || got.Event.Server != sampleServer || got.Peer != sampleServer ||
					got.Source != inventory.SourceEvents || got.Origin != "file" || got.Count != 1 || got.Event.Fields[fieldFrom] != "" {
					t.Errorf("got %s", dump(got))
				}
				if d := got.First.Sub(sampleTime).Abs(); d > 1e6 || !got.First.Equal(got.Last) {
					t.Errorf("time %v, off by %v", got.First, d)
				}
				if user, as := logonOf(got.Logon); user != row.user || as != row.as {
					t.Errorf("logon %+v", got.Logon)
				}
				if (row.needs != "") != (got.Event.Required != nil) || row.needs != "" && *got.Event.Required != (row.needs == "y") {
					t.Errorf("required %v, want %q", got.Event.Required, row.needs)
				}
				if input.Used != 1 || len(input.Unread) > 1 || input.Error != "" || input.Source != inventory.SourceEvents {
					t.Errorf("input %+v", input)
				}
			})
		}
	}
}

func logonOf(l *inventory.Logon) (string, inventory.LogonKind) {
	if l == nil {
		return "", inventory.LogonUnknown
	}
	if l.Domain != "" {
		return l.Domain + `\` + l.User, l.As
	}
	return l.User, l.As
}

func dump(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// read reads a file with a real worker.
func read(t *testing.T, b []byte) Result {
	t.Helper()
	got, err := Read(context.Background(), File{"file", bytes.NewReader(b), int64(len(b))}, Options{Worker: play("work")})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// readOne reads a file that tells of one device.
func readOne(t *testing.T, b []byte) (*inventory.Host, inventory.Input) {
	t.Helper()
	if !Recognise(b) {
		t.Error("not recognised")
	}
	got := read(t, b)
	if len(got.Hosts) != 1 {
		t.Fatalf("%d devices; %+v", len(got.Hosts), got.Input)
	}
	return got.Hosts[0], got.Input
}
