package report

import (
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

func TestClueWords(t *testing.T) {
	for _, tt := range []struct {
		name  string
		clues *inventory.Clues
		want  string
	}{
		{"none", nil, ""},
		{"nothing said", &inventory.Clues{Reverse: []string{"a.example"}, HTTP: []inventory.HTTP{{Title: " "}}}, ""},
		{"the printer's own name first", &inventory.Clues{SNMP: &inventory.SNMP{SysDescr: "Linux", Printer: "TASKalfa"}}, `SNMP "TASKalfa"`},
		{"a title once", &inventory.Clues{HTTP: []inventory.HTTP{{Title: "Command\n Center"}, {TLS: true, Title: "Command Center"}, {Title: "B"}, {Title: "C"}}},
			`web page "Command Center"; web page "B"`},
		{"services and ports", &inventory.Clues{Services: []inventory.Service{{Type: "_ipp._tcp", Name: "Copier"}, {Type: "_x._tcp", Name: "y", Text: map[string]string{"ty": "KM"}}, {Type: "_smb._tcp"}},
			Open: []uint16{80, 9100}}, `service "_ipp._tcp Copier"; service "_x._tcp KM"; service "_smb._tcp"; open ports 80 9100`},
		{"one port", &inventory.Clues{Open: []uint16{102}}, "open port 102"},
		{"many ports", &inventory.Clues{Open: slices.Repeat([]uint16{7}, 20)}, "open ports" + strings.Repeat(" 7", 16) + " and 4 more"},
	} {
		if got := clueWords(tt.clues, "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestManyClues: what is quoted is short, whatever was said.
func TestManyClues(t *testing.T) {
	long := strings.Repeat("\u202eA", 1<<14)
	c := &inventory.Clues{SNMP: &inventory.SNMP{SysDescr: long}, Open: make([]uint16, 65535)}
	for i := range 1000 {
		c.HTTP = append(c.HTTP, inventory.HTTP{Title: string(rune('A'+i%26)) + long})
		c.Services = append(c.Services, inventory.Service{Type: string(rune('A'+i%26)) + long})
	}
	if got := clueWords(c, "; "); len(got) > 1000 {
		t.Errorf("%d bytes", len(got))
	}
}
