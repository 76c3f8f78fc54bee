package plan

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// seen binds an exception to the host that it was accepted for.
func seen(e inventory.Exception, h host) inventory.Exception {
	e.Seen = new(inventory.SeenDevice)
	e.Seen.Note(h.inventory())
	return e
}

const (
	cardA, cardB = "00:11:32:aa:bb:cc", "00-11-32-DD-EE-FF"
	localCard    = "02:42:0a:00:00:01"
	guidA        = "11a2b3c4d5e6f708192a3b4c5d6e7f80"
	guidB        = "6f1c2d3e4a5b6c7d8e9fa0b1c2d3e4f5"
)

// TestExceptionOfAnotherDevice: what was accepted of one device does not pass to
// whatever has its address, or its name, later.
func TestExceptionOfAnotherDevice(t *testing.T) {
	const ca = "client-always"
	was := host{at: "10.0.0.1", name: "NAS-01", mac: cardA, account: "breaks"}
	named := host{at: "10.0.0.1", name: "NAS-01", account: "breaks"}
	bare := host{at: "10.0.0.1", account: "breaks"}
	for _, c := range []struct {
		name     string
		was, now host
		device   string
		use      Use
		other    string
	}{
		{"the same", was, was, "10.0.0.1", InForce, ""},
		{"renamed", was, host{at: "10.0.0.1", name: "NAS-02", mac: cardA, account: "breaks"}, "10.0.0.1", InForce, ""},
		{"nothing is known of it now", was, bare, "10.0.0.1", InForce, ""},
		{"nothing was known of it", bare, was, "10.0.0.1", InForce, ""},
		{"its name alone is known now", was, named, "10.0.0.1", InForce, ""},
		{"its full name is known now", was, host{at: "10.0.0.1", name: "nas-01.example.com", account: "breaks"}, "10.0.0.1", InForce, ""},
		{"its name cut is known now", host{at: "10.0.0.1", name: "copier-on-floor-seven", account: "breaks"}, host{at: "10.0.0.1", name: "COPIER-ON-FLOOR", account: "breaks"}, "10.0.0.1", InForce, ""},
		{"another card", was, host{at: "10.0.0.1", mac: cardB, account: "breaks"}, "10.0.0.1", OtherDevice, "its network card was 00:11:32:aa:bb:cc, and is 00:11:32:dd:ee:ff"},
		{"another card under the name", was, host{at: "10.0.0.1", name: "NAS-01", mac: cardB, account: "breaks"}, "nas-01", OtherDevice, "its network card was"},
		{"another server GUID", host{at: "10.0.0.1", name: "NAS-01", guid: guidA, account: "breaks"}, host{at: "10.0.0.1", name: "NAS-01", guid: guidB, account: "breaks"}, "10.0.0.1", OtherDevice, "its server GUID was"},
		{"another name", named, host{at: "10.0.0.1", name: "NAS-02", account: "breaks"}, "10.0.0.1", OtherDevice, "its name was nas-01, and is nas-02"},
		{"another name, and a card that software made of the address", host{at: "10.0.0.1", name: "A", mac: localCard, account: "breaks"},
			host{at: "10.0.0.1", name: "B", mac: localCard, account: "breaks"}, "10.0.0.1", OtherDevice, "its name was a, and is b"},
		{"the name in another domain", host{at: "10.0.0.1", name: "fs.one.example", account: "breaks"}, host{at: "10.0.0.1", name: "fs.two.example", account: "breaks"}, "10.0.0.1", OtherDevice, "its name was"},
		{"another that is ready", was, host{at: "10.0.0.1", mac: cardB, account: "works"}, "10.0.0.1", OtherDevice, "its network card was"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := made(t, Options{Exceptions: []inventory.Exception{seen(exception(c.device, ca), c.was)}}, []host{c.now})
			e, accepted := p.Exceptions[0], p.of(assess.ClientAlways).Total.Accepted
			if e.Use != c.use || !strings.HasPrefix(e.Other, c.other) || (e.Other == "") != (c.other == "") || len(e.Devices) != 1 {
				t.Errorf("it is %s of %d, %q", e.Use, len(e.Devices), e.Other)
			}
			if (c.use == InForce) != (accepted == 1) {
				t.Errorf("%d accepted", accepted)
			}
		})
	}
}

// TestExpiredExceptionOfAnotherDevice is not said to have held for what is there now.
func TestExpiredExceptionOfAnotherDevice(t *testing.T) {
	e := seen(exception("10.0.0.1", "client-always"), host{at: "10.0.0.1", mac: cardA})
	e.Until = day("2026-11-01")
	p := made(t, Options{Exceptions: []inventory.Exception{e}}, []host{{at: "10.0.0.1", mac: cardB, account: "breaks"}})
	if got := p.Exceptions[0]; got.Use != OtherDevice || !got.Over || len(p.of(assess.ClientAlways).Sites[0].Blockers[0].Expired) > 0 {
		t.Errorf("it is %+v", got)
	}
}

// TestExceptionTellsTwoApart: of two devices by one name it holds for the one that
// was accepted, and not for the other.
func TestExceptionTellsTwoApart(t *testing.T) {
	a, b := host{at: "10.0.0.1", name: "DISKSTATION", mac: cardA, account: "breaks"}, host{at: "10.0.0.2", name: "DISKSTATION", mac: cardB, account: "breaks"}
	p := made(t, Options{Exceptions: []inventory.Exception{seen(exception("diskstation", "client-always"), a)}}, []host{a, b})
	e, total := p.Exceptions[0], p.of(assess.ClientAlways).Total
	if e.Use != InForce || len(e.Devices) != 1 || e.Devices[0].Address != netip.MustParseAddr("10.0.0.1") || total.Accepted != 1 || total.Blocked != 1 {
		t.Errorf("%+v, %+v", e, total)
	}
}

// TestAddressAlone says of which exceptions nothing but an address is known.
func TestAddressAlone(t *testing.T) {
	is := host{at: "10.0.0.1", name: "NAS-01", mac: cardA, account: "breaks"}
	dim := host{at: "10.0.0.1", account: "breaks"} // of which nothing is told this time
	for _, c := range []struct {
		e    inventory.Exception
		want bool
	}{
		{exception("10.0.0.1", "client-always"), true},
		{seen(exception("10.0.0.1", "client-always"), host{at: "10.0.0.1"}), true},
		{seen(exception("10.0.0.1", "client-always"), is), false},
		{exception("nas-01", "client-always"), false},
		{exception(cardA, "client-always"), false},
	} {
		p := made(t, Options{Exceptions: []inventory.Exception{c.e}}, []host{is})
		if got := p.Exceptions[0]; got.AddressAlone != c.want || got.Use != InForce {
			t.Errorf("%s: %+v", c.e.Device, got)
		}
		if p := made(t, Options{Exceptions: []inventory.Exception{seen(exception("10.0.0.1", "client-always"), is)}}, []host{dim}); !p.Exceptions[0].AddressAlone {
			t.Error("nothing was compared, and it is not said")
		}
	}
}

// TestTraits shows what two sights say of one device, or of two.
func TestTraits(t *testing.T) {
	const a, b = "001132aabbcc", "001132ddeeff"
	list := func(s ...string) []string { return s }
	for _, c := range []struct {
		name     string
		was, now traits
		want     string // "": they may be one
	}{
		{"another server GUID", traits{guids: list(guidA)}, traits{guids: list(guidB)}, "its server GUID was"},
		{"another server GUID under the name", traits{guids: list(guidA), names: list("x")}, traits{guids: list(guidB), names: list("x")}, "its server GUID was"},
		{"another server GUID with the card", traits{macs: list(a), guids: list(guidA)}, traits{macs: list(a), guids: list(guidB)}, "its server GUID was"},
		{"set up anew", traits{macs: list(a), guids: list(guidA), names: list("x")}, traits{macs: list(a), guids: list(guidB), names: list("x")}, ""},
		{"renamed", traits{guids: list(guidA), names: list("x")}, traits{guids: list(guidA), names: list("y")}, ""},
		{"another card with the GUID", traits{macs: list(a), guids: list(guidA)}, traits{macs: list(b), guids: list(guidA)}, "its network card was"},
		{"one card more", traits{macs: list(a)}, traits{macs: list(b, a)}, ""},
		{"nothing in common to compare", traits{macs: list(a)}, traits{guids: list(guidA), names: list("x")}, ""},
	} {
		if got := c.was.apart(c.now); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// TestExceptionProperty: no exception holds for a device whose card differs from the
// one that was seen when it was accepted, whatever else agrees; and one whose device
// is the same holds.
func TestExceptionProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	any := func() host {
		return host{at: fmt.Sprintf("10.0.0.%d", r.IntN(3)+1), name: pick("", "A", "B", "a.one.example"), guid: pick("", guidA, guidB),
			mac: pick("", cardA, cardB, localCard, "00:00:00:00:00:00"), account: pick("breaks", "unknown"), client: "works"}
	}
	held := 0
	for range 5000 {
		was, now := any(), []host{any(), any()}
		e := seen(exception(pick(was.at, "a", cardA), "client-always"), was)
		p := made(t, Options{Exceptions: []inventory.Exception{e}}, now)
		for _, it := range p.of(assess.ClientAlways).Sites[0].Accepted {
			held++
			then, ok := card(was.mac)
			is, known := card(it.Device.MAC)
			if ok && known && then != is && len(it.Device.Also) == 0 {
				t.Fatalf("accepted of %+v, and holds for %+v", was, it.Device)
			}
		}
		if p := made(t, Options{Exceptions: []inventory.Exception{seen(exception(was.at, "client-always"), was)}}, []host{was}); p.Exceptions[0].Use != InForce {
			t.Fatalf("%s for %+v itself", p.Exceptions[0].Use, was)
		}
	}
	if held < 100 {
		t.Errorf("only %d held: the test shows little", held)
	}
}

// TestBinder finds the device of an exception in the newest run that knows it.
func TestBinder(t *testing.T) {
	const ca = "client-always"
	at := func(site, e string) inventory.Exception { x := exception(e, ca); x.Site = site; return x }
	is := host{at: "10.0.0.1", name: "NAS-01", mac: cardA, guid: guidA}
	replaced := host{at: "10.0.0.1", name: "NAS-09", mac: cardB}
	twoCards := host{at: "10.0.1.1", name: "NAS-01", mac: cardA, guid: guidA}
	many := func(n int) (hosts []host) {
		for i := range n {
			hosts = append(hosts, host{at: fmt.Sprintf("10.0.2.%d", i), name: "NAS-01", mac: cardA, guid: guidA})
		}
		return hosts
	}
	for _, c := range []struct {
		name string
		e    inventory.Exception
		runs [][]host // the newest first
		want string   // run and names
	}{
		{"by address", exception("10.0.0.1", ca), [][]host{{is}}, "run0 NAS-01"},
		{"by mapped address", exception("::ffff:10.0.0.1", ca), [][]host{{is}}, "run0 NAS-01"},
		{"by name", exception("nas-01", ca), [][]host{{is}}, "run0 NAS-01"},
		{"by card", exception("00-11-32-aa-bb-cc", ca), [][]host{{is}}, "run0 NAS-01"},
		{"the newest", exception("10.0.0.1", ca), [][]host{{replaced}, {is}}, "run0 NAS-09"},
		{"an older one", exception("10.0.0.1", ca), [][]host{{{at: "10.0.0.2", name: "X"}}, {is}}, "run1 NAS-01"},
		{"dark today", exception("10.0.0.1", ca), [][]host{{{at: "10.0.0.1", state: inventory.StateFiltered}}, {is}}, "run1 NAS-01"},
		{"refuses today", exception("10.0.0.1", ca), [][]host{{{at: "10.0.0.1", state: inventory.StateClosed}}, {is}}, "run1 NAS-01"},
		{"two addresses of one", exception("nas-01", ca), [][]host{{is, twoCards}}, "run0 NAS-01"},
		{"two by one name", exception("nas-01", ca), [][]host{{is, {at: "10.0.0.7", name: "NAS-01", mac: cardB}}, {is}}, "several in run0"},
		{"many by one name", exception("nas-01", ca), [][]host{slices.Repeat([]host{is}, 100)}, "several in run0"},
		{"of sixteen addresses", exception("nas-01", ca), [][]host{many(16)}, "run0 NAS-01"},
		{"of too many addresses", exception("nas-01", ca), [][]host{many(17), {is}}, "several in run0"},
		{"of its site", at("HQ", "10.0.0.1"), [][]host{{{at: "10.0.0.1", name: "LAB", site: "Lab"}}, {{at: "10.0.0.1", name: "HQ1", site: "HQ"}}}, "run1 HQ1"},
		{"not at all", exception("10.0.0.9", ca), [][]host{{is}}, "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBinder([]inventory.Exception{c.e})
			for i, hosts := range c.runs {
				if b.Done() {
					break
				}
				b.Begin(&inventory.Run{ID: fmt.Sprintf("run%d", i), Started: today})
				for _, h := range hosts {
					if err := b.Add(h.inventory()); err != nil {
						t.Fatal(err)
					}
				}
				b.End()
			}
			got, bound := "nothing", b.Bindings()[0]
			switch {
			case bound.Several != "":
				got = "several in " + bound.Several
			case bound.Seen != nil:
				got = bound.Seen.Run + " " + strings.Join(bound.Seen.Names, " ")
			}
			if got != c.want || b.Done() == (got == "nothing") {
				t.Errorf("got %s, done %v", got, b.Done())
			}
		})
	}
}

// TestBinderAddresses: only where each exception names an address is it enough to look
// at addresses; an exception that tells what was seen is not looked for.
func TestBinderAddresses(t *testing.T) {
	list := []inventory.Exception{exception("10.0.0.1", "client-always"), exception("fd00::1", "client-always")}
	at, all := NewBinder(list).Addresses()
	want := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1"), netip.MustParseAddr("::ffff:10.0.0.1")}
	slices.SortFunc(want, netip.Addr.Compare)
	if !all || !slices.Equal(at, want) {
		t.Errorf("%v, %v", at, all)
	}
	if _, all := NewBinder(append(list, exception("nas", "client-always"))).Addresses(); all {
		t.Error("a name is looked for by address")
	}
	if b := NewBinder([]inventory.Exception{seen(list[0], host{at: "10.0.0.1", mac: cardA})}); !b.Done() {
		t.Error("what is known is looked for")
	}
}

// TestExceptionOfMany: a name that very many devices go by takes no time that grows with
// the square of their number.
func TestExceptionOfMany(t *testing.T) {
	const many = 300_000
	members := make([]*member, many)
	for i := range members {
		members[i] = &member{names: []string{"diskstation", "diskstation"}, macs: []string{"001132ddeeff"}}
	}
	list := []inventory.Exception{exception("diskstation", "client-always"), seen(exception("diskstation", "client-always"), host{at: "10.0.0.1", mac: cardA})}
	x := newExceptionIndex(list, today)
	start := time.Now()
	x.match("", members)
	if len(x.devices[0]) != many || len(x.others[1]) != many || time.Since(start) > 10*time.Second {
		t.Errorf("%d and %d, in %s", len(x.devices[0]), len(x.others[1]), time.Since(start))
	}
}

// TestExceptionBySite: what was accepted at one site is not accepted at another, where a
// clone of it may be, or another device at the same address; unless the exception names
// that site.
func TestExceptionBySite(t *testing.T) {
	is := host{at: "10.0.0.1", site: "HQ", name: "CT", guid: guidA, account: "breaks", client: "works"}
	clone := is
	clone.at, clone.site = "10.1.0.1", "Lab"
	alike, carded := is, clone
	alike.site, carded.mac = "Lab", cardA
	named := func(e inventory.Exception, site string) inventory.Exception { e.Site = site; return e }
	byName, byAddress := exception("ct", "client-always"), exception("10.0.0.1", "client-always")
	for _, c := range []struct {
		name string
		e    inventory.Exception
		now  host
		use  Use
	}{
		{"at its site", seen(byName, is), is, InForce},
		{"a clone", seen(byName, is), clone, NoDevice},
		{"at the same address", seen(byAddress, is), alike, NoDevice},
		{"at the site that it names", named(seen(byAddress, is), "Lab"), alike, InForce},
		{"at no site", seen(byName, is), host{at: "10.0.0.1", name: "CT", guid: guidA, account: "breaks", client: "works"}, NoDevice},
		{"of no site, at its address", seen(byName, host{at: "10.1.0.1", name: "CT", guid: guidA}), clone, InForce},
		{"of no site, a clone", seen(byName, host{at: "10.0.0.1", name: "CT", guid: guidA}), clone, OtherDevice},
		{"of no site, its card", seen(byName, host{at: "10.0.0.1", name: "CT", guid: guidA, mac: cardA}), carded, InForce},
	} {
		p := made(t, Options{Exceptions: []inventory.Exception{c.e}}, []host{c.now})
		total := p.of(assess.ClientAlways).Total
		if got := p.Exceptions[0].Use; got != c.use || (total.Accepted == 1) != (c.use == InForce) || total.Accepted+total.Blocked != 1 {
			t.Errorf("%s: it is %s, %+v", c.name, got, total)
		}
	}
}

// TestExceptionByName: of one that goes by the name and is known by nothing else to be
// what was accepted, nobody knows whether it is.
func TestExceptionByName(t *testing.T) {
	was := host{at: "10.0.0.1", name: "SCANNER", mac: cardA, guid: guidA, account: "breaks", client: "works"}
	hq := was
	hq.site = "HQ"
	now := func(h host) host { h.name, h.account, h.client = "SCANNER", "breaks", "works"; return h }
	for _, c := range []struct {
		name     string
		was, now host
		use      Use
	}{
		{"the name alone, at another address", was, now(host{at: "10.0.0.7"}), OtherDevice},
		{"the name alone, at its address", was, now(host{at: "10.0.0.1"}), InForce},
		{"its card, at another address", was, now(host{at: "10.0.0.7", mac: cardA}), InForce},
		{"its server GUID, at another address", hq, now(host{at: "10.0.0.7", guid: guidA, site: "HQ"}), InForce},
		{"a card that software chose, at another address", host{at: "10.0.0.1", name: "SCANNER", mac: localCard}, now(host{at: "10.0.0.7", mac: localCard}), OtherDevice},
		{"nothing but a name was known of it", host{name: "SCANNER"}, now(host{at: "10.0.0.7"}), InForce},
	} {
		p := made(t, Options{Exceptions: []inventory.Exception{seen(exception("scanner", "client-always"), c.was)}}, []host{c.now})
		e, total := p.Exceptions[0], p.of(assess.ClientAlways).Total
		if e.Use != c.use || (total.Accepted == 1) != (c.use == InForce) || strings.Contains(e.Other, "nothing but its name") != (c.use == OtherDevice) {
			t.Errorf("%s: it is %s (%s), %+v", c.name, e.Use, e.Other, total)
		}
	}
}

// TestExceptionOfNameAlone: a device of which nothing but a name is known can be
// accepted by that, when it is not seen again, and when what goes by the name now cannot
// be told to be it.
func TestExceptionOfNameAlone(t *testing.T) {
	const sa = "server-always"
	was := host{name: "COPIER", state: notAsked, client: "breaks", seenBy: listener}
	later := func(account, client string) []host {
		return []host{{at: "10.0.0.5", name: "COPIER", account: account, client: client, seenBy: listener}}
	}
	moved := host{at: "10.0.0.5", name: "COPIER"}
	for _, c := range []struct {
		name  string
		e     inventory.Exception
		now   []host
		use   Use
		holds bool
	}{
		{"not seen again", seen(exception("copier", sa), was), nil, InForce, true},
		{"the name has an address, and is fine", seen(exception("copier", sa), was), later("works", "works proven"), InForce, true},
		{"the name has an address, and is not", seen(exception("copier", sa), was), later("works", "breaks"), InForce, true},
		{"what was accepted had an address", seen(exception("copier", sa), moved), nil, NoDevice, false},
		{"nobody knows what was accepted", exception("copier", sa), nil, NoDevice, false},
		{"another name was accepted", seen(exception("copier", sa), host{name: "PRINTER"}), nil, OtherDevice, false},
	} {
		p := weekly(t, Options{Exceptions: []inventory.Exception{c.e}}, []host{was}, c.now)
		site := &p.of(assess.ServerAlways).Sites[0]
		if p.Exceptions[0].Use != c.use && c.holds || (site.Decision == Go) != c.holds {
			t.Errorf("%s: %s, %s, %s", c.name, p.Exceptions[0].Use, missingWords(site.Missing), site.Reasons)
		}
	}
}

// TestExceptionBeforeStranger: what had nothing but an address is not accepted by an
// exception of another device that was accepted before it came there.
func TestExceptionBeforeStranger(t *testing.T) {
	const a = "10.0.0.1"
	pc := host{at: a, name: "PC1", mac: cardA, account: "breaks", client: "works"}
	stranger := host{at: a, account: "breaks", client: "works"}
	fine := pc
	fine.account = "works"
	accepted := func(days int, e inventory.Exception) []inventory.Exception {
		e.Accepted = today.Add(-time.Duration(days) * oneDay)
		return []inventory.Exception{e}
	}
	bound := seen(exception(a, "client-always"), pc)
	for _, c := range []struct {
		name  string
		e     []inventory.Exception
		last  []host
		holds bool
		alone bool
	}{
		{"before it came", accepted(50, bound), []host{pc}, false, false},
		{"before it came, and the other is mended", accepted(50, bound), []host{fine}, false, false},
		{"before it came, and nothing is there", accepted(50, bound), nil, false, false},
		{"after it came", accepted(1, bound), []host{fine}, true, true},
		{"of whatever has the address", accepted(50, exception(a, "client-always")), []host{fine}, true, true},
	} {
		p := weekly(t, Options{Exceptions: c.e}, []host{pc}, []host{stranger}, c.last)
		for _, m := range p.of(assess.ClientAlways).Sites[0].Missing {
			if m.Device.Name == "" && (m.Exception != nil) != c.holds {
				t.Errorf("%s: accepted by %+v", c.name, m.Exception)
			}
		}
		if e := p.Exceptions[0]; c.holds && e.AddressAlone != c.alone {
			t.Errorf("%s: by its address alone %v", c.name, e.AddressAlone)
		}
	}
}

// TestAddressAloneOfDark: that nothing but an address ties an exception to a device is
// said of one that was not seen again, too.
func TestAddressAloneOfDark(t *testing.T) {
	nas := host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "breaks", client: "works"}
	for want, e := range map[bool]inventory.Exception{true: exception("10.0.0.1", "client-always"), false: seen(exception("10.0.0.1", "client-always"), nas)} {
		p := weekly(t, Options{Exceptions: []inventory.Exception{e}}, []host{nas}, nil)
		if got := p.Exceptions[0]; got.Use != InForce || !got.Dark || got.AddressAlone != want {
			t.Errorf("%s, dark %v, by the address alone %v", got.Use, got.Dark, got.AddressAlone)
		}
	}
}

// TestAcceptedAsItWas: what is held against a device that has another address now, or
// whose address another has, can be accepted as it was then.
func TestAcceptedAsItWas(t *testing.T) {
	const ca, a = "client-always", "10.0.0.1"
	was := host{at: a, name: "SCAN1", account: "breaks", client: "works"}
	moved := host{at: "10.0.0.2", name: "SCAN1", account: "works", client: "works"}
	other := host{at: a, name: "PC", account: "works", client: "works"}
	here := host{at: a, name: "SCAN1", guid: guidA, account: "works", client: "works"}
	both := []host{{at: a, name: "SCAN1", guid: guidA, account: "breaks", client: "works"}, {at: "10.0.0.2", name: "SCAN1", guid: guidA, account: "breaks", client: "works"}}
	for _, c := range []struct {
		name    string
		e       inventory.Exception
		then    []host
		now     []host
		decided Decision
	}{
		{"moved and mended, by its name as it is", seen(exception("scan1", ca), moved), []host{was}, []host{moved}, NoGo},
		{"moved and mended, by its name as it was", seen(exception("scan1", ca), was), []host{was}, []host{moved}, Go},
		{"moved and mended, by its address as it was", seen(exception(a, ca), was), []host{was}, []host{moved}, Go},
		{"another is there, by the address as it is", seen(exception(a, ca), other), []host{was}, []host{moved, other}, NoGo},
		{"another is there, by the address as it was", seen(exception(a, ca), was), []host{was}, []host{moved, other}, Go},
		{"one address fewer, by its address as it was", seen(exception(a, ca), both[0]), both, []host{here}, Go},
	} {
		p := weekly(t, Options{Exceptions: []inventory.Exception{c.e}}, c.then, c.now)
		if site := &p.of(assess.ClientAlways).Sites[0]; site.Decision != c.decided {
			t.Errorf("%s: %s, %s", c.name, site.Decision, site.Reasons)
		}
	}
}
