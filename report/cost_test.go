package report

import (
	"math"
	"strings"
	"testing"

	"smbready/inventory"
)

// transfer is one run of 1 GiB in that many seconds, with half of them spent by
// the processor.
func transfer(round int, direction string, signed bool, seconds float64) inventory.CostRun {
	return inventory.CostRun{Round: round, Direction: direction, Signed: signed, Seconds: seconds, CPUSeconds: seconds / 2}
}

func TestCost(t *testing.T) {
	h := server("10.0.0.1", "FS")
	h.Cost = &inventory.Cost{Share: "backup", Bytes: 1 << 30, Dialect: "3.1.1", Algorithm: "AES-CMAC", Runs: []inventory.CostRun{
		transfer(1, "write", true, 10), transfer(1, "write", false, 8),
		transfer(2, "write", true, 12), transfer(2, "write", false, 8),
		transfer(3, "write", true, 11), // without a partner
		transfer(1, "read", true, 4),
		transfer(2, "sideways", true, 4),
	}, Unsigned: "the server demands signing", Error: "the share is full"}
	page, _, _ := rendered(t, runOf(t, h))
	page = strings.Join(strings.Fields(page), " ")
	for _, want := range []string{
		"What signing cost here", "10.0.0.1 (FS), share backup, 1024 MiB a run, SMB 3.1.1, signed with AES-CMAC",
		"Write Median signed 97.6 MB/s, unsigned 134.2 MB/s. Signed runs at 73 % of the unsigned speed (67 to 80 % over 2 paired rounds). Processor time of this machine for each GiB: signed 5.50 s, unsigned 4.00 s.",
		"Read Median signed 268.4 MB/s. Processor time of this machine for each GiB: signed 2.00 s.",
		"Nothing to compare with: the server demands signing", "Broke off the share is full",
		"one client with one connection", "AES-GMAC", "1-15 %",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the text lacks %q:\n%s", want, page)
		}
	}
}

// TestCostOddities: numbers that cannot be are left out, and nothing is made of
// nothing.
func TestCostOddities(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bytes int64
		run   inventory.CostRun
	}{
		{"no time", 1 << 20, transfer(1, "write", true, 0)},
		{"time backwards", 1 << 20, transfer(1, "write", true, -1)},
		{"no bytes", 0, transfer(1, "write", true, 1)},
		{"negative bytes", -1, transfer(1, "write", true, 1)},
		{"faster than any network", math.MaxInt64, transfer(1, "write", true, math.SmallestNonzeroFloat64)},
	} {
		c := newCost(&inventory.Host{Cost: &inventory.Cost{Bytes: tt.bytes, Runs: []inventory.CostRun{tt.run}}}, &row{})
		if len(c.directions) != 0 {
			t.Errorf("%s: %+v", tt.name, c.directions)
		}
	}
	odd := transfer(1, "write", true, 1)
	odd.CPUSeconds = -3
	if d := directionOf(&inventory.Cost{Bytes: 1 << 20, Runs: []inventory.CostRun{odd}}, "write"); d.signed.cpu != 0 || strings.Contains(d.words(), "Processor") {
		t.Errorf("%+v", d)
	}
	if newCost(&inventory.Host{}, &row{}) != nil {
		t.Error("a cost that nobody measured")
	}
}

// TestCostWords: one cell says what signing cost.
func TestCostWords(t *testing.T) {
	const size = 1 << 30
	pair := func(direction string, signed, unsigned float64) []inventory.CostRun {
		return []inventory.CostRun{transfer(1, direction, true, signed), transfer(1, direction, false, unsigned)}
	}
	for _, tt := range []struct {
		name string
		cost *inventory.Cost
		want string
	}{
		{"not measured", nil, ""},
		{"nothing came of it", &inventory.Cost{Bytes: size}, "nothing measured"},
		{"both directions", &inventory.Cost{Bytes: size, Algorithm: "AES-CMAC", Runs: append(pair("write", 12, 4), pair("read", 25, 7)...)},
			"write 33 % of unsigned, read 28 % (AES-CMAC)"},
		{"reading only", &inventory.Cost{Bytes: size, Runs: pair("read", 4, 4)}, "read 100 % of unsigned"},
		{"signed only", &inventory.Cost{Bytes: size, Algorithm: "HMAC-SHA256", Runs: []inventory.CostRun{transfer(1, "write", true, 10)}}, "write 107.4 MB/s signed only (HMAC-SHA256)"},
		{"unsigned only", &inventory.Cost{Bytes: size, Runs: []inventory.CostRun{transfer(1, "write", false, 10)}}, "write 107.4 MB/s unsigned only"},
		{"no pair", &inventory.Cost{Bytes: size, Runs: []inventory.CostRun{transfer(1, "write", true, 10), transfer(2, "write", false, 5)}},
			"write 107.4 MB/s signed, 214.7 MB/s unsigned, not in one round"},
		{"broke off", &inventory.Cost{Bytes: size, Runs: pair("write", 2, 1), Error: "the share is full"}, "write 50 % of unsigned; broke off: the share is full"},
		{"broke off at once", &inventory.Cost{Bytes: size, Error: "no such share"}, "broke off: no such share"},
	} {
		if got := costWords(tt.cost); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for ratio, want := range map[float64]string{0.334: "33", 1: "100", 1.2: "120", 0.001: "under 1", 1e300: "over 1,000", math.Inf(1): "over 1,000"} {
		if got := percent(ratio); got != want {
			t.Errorf("%g: %q, want %q", ratio, got, want)
		}
	}
}
