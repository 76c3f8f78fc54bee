package report

import (
	"bytes"
	"strings"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

// A run and a stream judge by the rules and makers that they are given.
func TestJudge(t *testing.T) {
	rules, err := assess.LoadFingerprints("own.yaml", strings.NewReader(
		"rules:\n  - {name: own, when: {name: 'SCAN-*'}, class: medical, weight: strong, vendor: Ours}\n"))
	if err != nil {
		t.Fatal(err)
	}
	makers, err := assess.LoadOUI("own.txt", strings.NewReader("00:26:73\tOur maker\n"))
	if err != nil {
		t.Fatal(err)
	}
	judge := assess.Judge{Fingerprints: rules, OUI: makers}
	const device = `"device":{"class":"medical","vendor":"Ours","maker":"Our maker",`

	file := headLine + strings.Replace(hostLine("10.0.0.9", "silent"), `"state"`, `"names":{"netbios":"SCAN-1","mac":"00:26:73:01:02:03"},"state"`, 1) + summaryLine
	r, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	r.Judge = judge
	var out bytes.Buffer
	if err := WriteJSON(&out, r); err != nil || !strings.Contains(out.String(), device) {
		t.Errorf("%v\n%s", err, out.String())
	}

	out.Reset()
	s, err := NewStream(&out, &inventory.Run{Version: inventory.FormatVersion, ID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	s.Judge = judge
	h := &inventory.Host{Names: inventory.Names{NetBIOS: "SCAN-1", MAC: "00:26:73:01:02:03"}}
	if err := s.Host(h); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(&inventory.Summary{}); err != nil || !strings.Contains(out.String(), device) {
		t.Errorf("%v\n%s", err, out.String())
	}
}
