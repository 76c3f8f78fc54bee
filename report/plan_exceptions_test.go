package report

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"smbready/assess/plan"
	"smbready/inventory"
)

// TestExceptionWords shows what a plan says of an exception and of what it is bound to,
// with names from the network made safe.
func TestExceptionWords(t *testing.T) {
	nas := &inventory.SeenDevice{Names: []string{"NAS\u202e1"}, MACs: []string{"00:11:32:aa:bb:cc"}}
	at := []*plan.Device{{Address: netip.MustParseAddr("10.0.0.1"), Name: "NEW\x1b[2J"}}
	use := func(device string, seen *inventory.SeenDevice, u plan.Use, alone bool) *plan.ExceptionUse {
		return &plan.ExceptionUse{Exception: inventory.Exception{Device: device, Seen: seen}, Use: u, Devices: at, AddressAlone: alone, Other: "its name was a\n, and is b"}
	}
	for _, c := range []struct {
		e          *plan.ExceptionUse
		use, bound string
	}{
		{use("10.0.0.1", nas, plan.OtherDevice, false), `is used for none: another device has this address now: 10.0.0.1 (NEW\x1b[2J); its name was a\n, and is b`, `bound to NAS\u202e1 (00:11:32:aa:bb:cc)`},
		{use("nas1", nas, plan.OtherDevice, false), `is used for none: another device goes by this name now: 10.0.0.1`, `bound to NAS\u202e1`},
		{use("00:11:32:aa:bb:cc", nas, plan.OtherDevice, false), `is used for none: another device has this card now: 10.0.0.1`, `bound to NAS\u202e1`},
		{use("00-11-32-aa-bb-cc", nas, plan.OtherDevice, false), `is used for none: another device has this card now: 10.0.0.1`, `bound to NAS\u202e1`},
		{use("10.0.0.1", nil, plan.InForce, true), "holds", "bound to an address alone"},
		{use("10.0.0.1", nas, plan.InForce, true), "holds", `bound to NAS\u202e1 (00:11:32:aa:bb:cc), of which nothing was told this time but the address`},
		{use("nas1", nil, plan.InForce, false), "holds", ""},
	} {
		if got := exceptionUse(c.e); !strings.HasPrefix(got, c.use) {
			t.Errorf("it %s\nnot %s", got, c.use)
		}
		if got := exceptionBound(c.e); !strings.HasPrefix(got, c.bound) || (got == "") != (c.bound == "") {
			t.Errorf("%s\nnot %s", got, c.bound)
		}
		if got := exceptionNote([]plan.ExceptionUse{*c.e}); (got != "") != c.e.AddressAlone {
			t.Errorf("the note is %q", got)
		}
	}
}

// TestWriteExceptions shows to what each exception of a list is bound; a name from the
// network is no formula in a spreadsheet.
func TestWriteExceptions(t *testing.T) {
	until := planDayOfTests.AddDate(1, 0, 0)
	list := []inventory.Exception{
		{ID: "a", Device: "10.0.0.1", Policy: "client-always", Until: until, Seen: &inventory.SeenDevice{Names: []string{"=cmd|x"}}},
		{ID: "b", Device: "10.0.0.2", Policy: "client-always", Until: until},
		{ID: "c", Device: "nas1", Policy: "client-always", Until: until},
	}
	for format, want := range map[Format][]string{
		Text: {"ACCEPTED  BOUND TO\n", "-         =cmd|x\n", "-         address alone\n", "-         -\n"},
		CSV:  {",accepted,bound_to\r\n", ",'=cmd|x\r\n", ",address alone\r\n", ",,,\r\n"},
		JSON: {`"seen":{"names":["=cmd|x"]}`},
	} {
		var out bytes.Buffer
		if err := WriteExceptions(&out, list, planDayOfTests, format); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s lacks %q:\n%s", format, w, out.String())
			}
		}
	}
}
