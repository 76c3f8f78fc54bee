package report

import (
	"strings"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

func TestDeviceWords(t *testing.T) {
	for _, tt := range []struct {
		device assess.Device
		want   string
	}{
		{assess.Device{}, "unknown"},
		{assess.Device{Class: assess.Printer, Vendor: "Kyocera", Model: "Kyocera TASKalfa 3253ci"}, "printer, Kyocera TASKalfa 3253ci"},
		{assess.Device{Class: assess.Printer, Vendor: "Kyocera", Model: "KYOCERA TASKalfa"}, "printer, KYOCERA TASKalfa"},
		{assess.Device{Class: assess.Printer, Vendor: "HP", Model: "HP"}, "printer, HP"},
		{assess.Device{Class: assess.Printer, Vendor: "HP", Model: "LaserJet"}, "printer, HP LaserJet"},
		{assess.Device{Class: assess.Printer, Vendor: "HP", Model: "HPE 5"}, "printer, HP HPE 5"},
		{assess.Device{Class: assess.Printer, Vendor: "Ricoh"}, "printer, Ricoh"},
		{assess.Device{Vendor: "Ricoh"}, "Ricoh"},
		{assess.Device{Class: assess.Printer, Vendor: "Müller", Model: "M\xffx"}, "printer, Müller M\xffx"},
		{assess.Device{Class: assess.Printer, Vendor: "A", Model: "A\xff"}, "printer, A\xff"},
	} {
		if got := deviceWords(&tt.device); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.device, got, tt.want)
		}
	}
}

// TestReverseName: the name that the DNS gives stands in where no other is known.
func TestReverseName(t *testing.T) {
	a, b := server("10.0.0.1", ""), server("10.0.0.2", "OWN")
	for _, h := range []*inventory.Host{a, b} {
		h.Clues = &inventory.Clues{Reverse: []string{"", "mfp.corp.example", "second.example"}}
	}
	page, _, rows := rendered(t, runOf(t, a, b, server("10.0.0.3", "")))
	if rows[0]["name"] != "mfp.corp.example" || rows[1]["name"] != "OWN" || rows[2]["name"] != "" {
		t.Errorf("%q %q %q", rows[0]["name"], rows[1]["name"], rows[2]["name"])
	}
	if !strings.Contains(page, "10.0.0.1  mfp.corp.example  ") || !strings.Contains(page, "10.0.0.2  OWN  ") {
		t.Error(page)
	}
}

// TestKinds: where devices stand without a table, their kind is told.
func TestKinds(t *testing.T) {
	h := server("10.0.0.1", "")
	h.Clues = &inventory.Clues{SNMP: &inventory.SNMP{Printer: "Kyocera TASKalfa 3253ci", Serial: "X1"}, Reverse: []string{"KM1B227A"}}
	page, _, _ := rendered(t, runOf(t, h, server("10.0.0.2", "FS")))
	for _, want := range []string{"printer-client-unseen: 1 device", "Devices    10.0.0.1 (KM1B227A, printer)\n", "Devices    10.0.0.2 (FS)\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("the text lacks %q:\n%s", want, page)
		}
	}
}
