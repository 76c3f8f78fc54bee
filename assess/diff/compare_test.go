package diff

import (
	"fmt"
	"math/rand"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

var day = time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)

// server is a Windows-like server that signs when asked.
func server(address string) *inventory.Host {
	mode, capabilities := uint16(1), uint32(47)
	return &inventory.Host{Address: netip.MustParseAddr(address), Port: 445, Time: day, State: inventory.StateSMB,
		SMB2: &inventory.SMB2{Port: 445, Dialects: []string{"3.1.1"}, Offered: true, FullOffer: true, Signing: inventory.SigningEnabled, SecurityMode: &mode,
			PreauthIntegrity: "SHA-512", SigningAlgorithm: "AES-GMAC", Capabilities: &capabilities, MaxTransact: 1 << 23, MaxRead: 1 << 23, MaxWrite: 1 << 23,
			ServerGUID: guidA, SystemTime: day, Mechanisms: []string{"NTLMSSP"}},
		NTLM:  &inventory.NTLM{Version: "10.0.22631", Flags: 0xe28a8215, TargetInfo: true},
		Names: inventory.Names{NetBIOS: "FS1", DNS: "fs1.corp.example", Domain: "corp.example"}, OS: inventory.OS{Build: "10.0.22631"},
		Observations: []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeAnswered},
			{Step: inventory.StepSMB2SessionSetup, Port: 445, Outcome: inventory.OutcomeAnswered},
			{Step: inventory.StepSMB1Negotiate, Port: 445, Outcome: inventory.OutcomeResetAfterNegotiate}}}
}

// oldPrinter speaks SMB1 alone and does not sign.
func oldPrinter(address string) *inventory.Host {
	mode := uint16(3)
	return &inventory.Host{Address: netip.MustParseAddr(address), Port: 445, Time: day, State: inventory.StateSMB,
		SMB1: &inventory.SMB1{Port: 445, Dialect: "NT LM 0.12", Signing: inventory.SigningDisabled, SecurityMode: &mode, WordCount: 17, NativeLANManager: "NQ 4.3"},
		Observations: []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeResetAfterNegotiate},
			{Step: inventory.StepSMB1Negotiate, Port: 445, Outcome: inventory.OutcomeAnswered}}}
}

// edited returns a host with a change.
func edited(h *inventory.Host, change func(*inventory.Host)) *inventory.Host {
	change(h)
	return h
}

// gentle is what a gentle scan has of the server.
func gentle(h *inventory.Host) *inventory.Host {
	h.NTLM, h.OS, h.SMB1, h.Observations = nil, inventory.OS{}, nil, h.Observations[:1]
	h.Names.DNS, h.Names.Domain = "", ""
	return h
}

// Contacts of two programs of a copier with a listener that demands signing: one scans
// over SMB1 and is refused, the other signs.
var (
	mode1, flags1 = uint16(1), uint16(51283)
	setupFlags1   = uint16(51203)
	unsignedScan  = inventory.Contact{Source: inventory.SourceCanary, Origin: "10.9.0.5:445", First: day, Last: day, Count: 1,
		Offer:   &inventory.Offer{SMB1Dialects: []string{"LANMAN1.0", "NT LM 0.12"}, Flags2: &flags1, SetupFlags2: &setupFlags1},
		Dialect: "NT LM 0.12", Demanded: inventory.SigningRequired, Stage: inventory.StageTreeConnect, End: inventory.EndServerRefused,
		Logon:    &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, User: "scan", Workstation: "COPIER7"},
		Requests: inventory.Signatures{Unsigned: 1}}
	signedTest = inventory.Contact{Source: inventory.SourceCanary, Origin: "10.9.0.5:445", First: day.AddDate(0, 1, 0), Last: day.AddDate(0, 1, 0), Count: 1,
		Offer:   &inventory.Offer{SMB2Dialects: []string{"2.0.2", "2.1", "3.0"}, SecurityMode: &mode1, SetupSecurityMode: &mode1},
		Dialect: "3.0", Demanded: inventory.SigningRequired, Stage: inventory.StageData, End: inventory.EndLogoff,
		Logon:    &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, KnownKey: true, User: "smbready-test", Workstation: "OTHERPGM"},
		Requests: inventory.Signatures{Signed: 8}, Answers: inventory.Signatures{Signed: 8}, Signature: inventory.CheckRight, Data: true}
)

// Contacts of others with a server: one of their logs says that it does not sign, one
// of their lists of connections that it does.
var (
	noSigning        = inventory.Contact{Source: inventory.SourceEvents, Event: &inventory.Event{Channel: "Microsoft-Windows-SMBClient/Audit", ID: 31998}}
	signedConnection = inventory.Contact{Source: inventory.SourcePowerShell, Dialect: "3.1.1", Requests: inventory.Signatures{Signed: 1}}
)

// compared writes what changed, such as "client-always works>breaks worse;
// smb2_dialect 3.1.1>none".
func compared(old, new *inventory.Host) string {
	d := Compare(Pair{Old: 0, New: 0, Also: None}, old, new, assess.Assess)
	var list []string
	for _, v := range d.Verdicts {
		name := v.Policy.String()
		if v.Guest {
			name += " guest"
		}
		if v.Policy == assess.ClientIfServerAgrees || v.Policy == assess.ServerIfClientAgrees {
			continue // like the others, and not worth a row of each
		}
		list = append(list, fmt.Sprintf("%s %s>%s %s", name, v.Old.Verdict, v.New.Verdict, v.Direction))
	}
	for _, f := range d.Facts {
		list = append(list, f.Name+" "+f.Old+">"+f.New)
	}
	return strings.Join(list, "; ")
}

func TestCompare(t *testing.T) {
	const a = "10.0.0.1"
	guestCheck := func(g inventory.Guest) func(*inventory.Host) {
		return func(h *inventory.Host) {
			h.Guest = g
			h.Observations = append(h.Observations, inventory.Observation{Step: inventory.StepGuestCheck, Outcome: inventory.OutcomeAnswered})
		}
	}
	noAnswerToCheck := func(h *inventory.Host) {
		h.Observations = append(h.Observations, inventory.Observation{Step: inventory.StepGuestCheck, Outcome: inventory.OutcomeTimeout})
	}
	silent := func(h *inventory.Host) {
		h.State, h.Detail, h.SMB1, h.SMB2, h.NTLM = inventory.StateOpen, "silent", nil, nil, nil
	}
	signed := func(h *inventory.Host) {
		h.Sessions = []inventory.Session{{Time: day, Dialect: "3.1.1", Result: inventory.SessionSigned, Stage: "done", SetupSigned: true,
			SetupSignature: inventory.CheckRight, RequestsSent: inventory.Signatures{Signed: 2}, Answers: inventory.Signatures{Signed: 2}, Algorithm: "AES-GMAC", AccountGood: true, SessionFlags: new(uint16), Tamper: inventory.TamperRefused}}
	}
	unsigned := func(h *inventory.Host) {
		h.Sessions = []inventory.Session{{Time: day, Dialect: "3.1.1", Result: inventory.SessionUnsigned, Stage: "tree-connect", AccountGood: true, SetupSigned: true, SetupSignature: inventory.CheckRight, SessionFlags: new(uint16),
			RequestsSent: inventory.Signatures{Signed: 2}, Answers: inventory.Signatures{Unsigned: 1}, Algorithm: "AES-GMAC"}}
	}
	signedAt := func(dialect string) func(*inventory.Host) {
		return func(h *inventory.Host) { signed(h); h.Sessions[0].Dialect = dialect }
	}
	offering2 := func(mode uint16) func(*inventory.Host) {
		return func(h *inventory.Host) {
			*h.SMB2.SecurityMode = mode
			h.SMB2.Signing = []inventory.Signing{inventory.SigningNotAdvertised, inventory.SigningEnabled, inventory.SigningRequired}[mode]
		}
	}
	scansTo := func(contacts ...inventory.Contact) func(*inventory.Host) {
		return func(h *inventory.Host) { h.Client = &inventory.Client{Contacts: contacts} }
	}
	asClient := func(address string, contacts ...inventory.Contact) *inventory.Host {
		return edited(inState(address, inventory.StateUnknown), scansTo(contacts...))
	}
	served := func(c inventory.Contact) func(*inventory.Host) {
		return func(h *inventory.Host) { h.Served = []inventory.Contact{c} }
	}
	for _, tt := range []struct {
		name     string
		old, new *inventory.Host
		want     string
	}{
		{"nothing", server(a), server(a), ""},
		{"times", server(a), edited(server(a), func(h *inventory.Host) { h.Time, h.SMB2.SystemTime = day.AddDate(0, 1, 0), day.AddDate(0, 1, 0) }), ""},
		{"replaced by something old", server(a), oldPrinter(a), "client-always works>breaks worse"},
		{"mended", oldPrinter(a), server(a), "client-always breaks>works better"},
		{"mended, and asked for no more than that", oldPrinter(a), gentle(server(a)), "client-always breaks>works better"},
		{"silent now", server(a), edited(server(a), silent), "client-always works>unknown less-known"},
		{"bad news that fell silent", oldPrinter(a), edited(oldPrinter(a), silent), "client-always breaks>unknown less-known"},
		{"bad news of what was silent", edited(oldPrinter(a), silent), oldPrinter(a), "client-always unknown>breaks worse"},
		{"requires signing now", server(a), edited(server(a), func(h *inventory.Host) { h.SMB2.Signing, *h.SMB2.SecurityMode = inventory.SigningRequired, 3 }), "smb2_signing enabled>required"},
		{"firmware", edited(oldPrinter(a), func(*inventory.Host) {}), edited(oldPrinter(a), func(h *inventory.Host) { h.SMB1.NativeLANManager = "NQ 5.0" }), "native_lan_manager NQ 4.3>NQ 5.0"},
		{"SMB1 switched on", server(a), edited(server(a), func(h *inventory.Host) {
			h.SMB1, h.Observations[2].Outcome = oldPrinter(a).SMB1, inventory.OutcomeAnswered
		}), "smb1_dialect none>NT LM 0.12"},

		// What was not asked.
		{"a gentle scan", server(a), gentle(server(a)), "client-always works>works less-known"},
		{"after a gentle scan", gentle(server(a)), server(a), "client-always works>works more-known"},
		{"guests, not asked again", edited(server(a), guestCheck(inventory.GuestGranted)), server(a), "client-always guest breaks>unknown less-known"},
		{"guests, asked and not answered", edited(server(a), guestCheck(inventory.GuestGranted)), edited(server(a), noAnswerToCheck), "client-always guest breaks>unknown less-known"},
		{"guests, asked for the first time", server(a), edited(server(a), guestCheck(inventory.GuestGranted)), "client-always guest unknown>breaks worse"},
		{"no guests, asked for the first time", server(a), edited(server(a), guestCheck(inventory.GuestDenied)), "client-always guest unknown>not-applicable more-known"},
		{"guests shut out", edited(server(a), guestCheck(inventory.GuestGranted)), edited(server(a), guestCheck(inventory.GuestDenied)),
			"client-always guest breaks>not-applicable better"},
		{"proof, not tried again", edited(server(a), signed), server(a), "client-always works>works less-known"},
		{"proof that it breaks, not tried again", edited(server(a), unsigned), server(a), "client-always breaks>works less-known"},
		{"proof that it breaks, not tried again, and other answers", edited(server(a), unsigned),
			edited(server(a), func(h *inventory.Host) { h.SMB2.Signing, *h.SMB2.SecurityMode = inventory.SigningRequired, 3 }), "client-always breaks>works less-known"},
		{"proof that it breaks", server(a), edited(server(a), unsigned), "client-always works>breaks worse"},
		{"proof that it breaks, tried again and fine", edited(server(a), unsigned), edited(server(a), signed), "client-always breaks>works better"},
		{"proof that it breaks, tried again at another dialect", edited(server(a), unsigned), edited(server(a), signedAt("3.0.2")), "client-always breaks>unknown less-known"},

		// What was not met again.
		{"a contact that breaks, and another that does not", asClient(a, unsignedScan), asClient(a, signedTest), "server-always breaks>works less-known"},
		{"both, and then the fine one alone", asClient(a, unsignedScan, signedTest), asClient(a, signedTest), "server-always unknown>works other"},
		{"the fine one, and then both", asClient(a, signedTest), asClient(a, unsignedScan, signedTest), "server-always works>unknown less-known"},
		{"others found that it does not sign, and now one that it does", edited(server(a), served(noSigning)), edited(server(a), served(signedConnection)), "client-always breaks>works less-known"},

		// What a server offers.
		{"it takes back its offer", server(a), edited(server(a), offering2(0)), "client-always works>unknown worse"},
		{"it took back its demand", edited(server(a), offering2(2)), edited(server(a), offering2(0)), "client-always works>unknown worse"},
		{"it makes an offer", edited(server(a), offering2(0)), server(a), "client-always unknown>works better"},
		{"it takes back its offer, and falls silent", server(a), edited(edited(server(a), offering2(0)), silent), "client-always works>unknown less-known"},
		{"it takes back its offer, and signs all the same", server(a), edited(edited(server(a), offering2(0)), signed), "smb2_signing enabled>not-advertised"},
		{"it never made one", edited(server(a), offering2(0)), edited(server(a), offering2(0)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := compared(tt.old, tt.new)
			if tt.want == "" && got != "" || !slices.Contains(append(strings.Split(got, "; "), ""), tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestLeveledFacts: a gentle scan changes no fact, and loses none.
func TestLeveledFacts(t *testing.T) {
	d := Compare(Pair{}, server("10.0.0.1"), gentle(server("10.0.0.1")), assess.Assess)
	if len(d.Facts) > 0 || d.Worse() || d.OldAlone&Logon == 0 || d.NewAlone != 0 {
		t.Errorf("facts %v, worse %v, alone %v %v", d.Facts, d.Worse(), d.OldAlone.Words(), d.NewAlone.Words())
	}
}

// TestUnanswered: a question that was asked and not answered says nothing: neither
// that SMB1 was switched off, nor that guests are refused.
func TestUnanswered(t *testing.T) {
	old, new := server("10.0.0.1"), server("10.0.0.1")
	old.SMB1, old.Guest, old.Observations[2].Outcome = oldPrinter("10.0.0.1").SMB1, inventory.GuestDenied, inventory.OutcomeAnswered
	new.Observations[2].Outcome = inventory.OutcomeTimeout
	d := Compare(Pair{}, old, new, assess.Assess)
	if len(d.Facts) > 0 || d.OldAlone != GuestCheck || len(d.OldAlone.Words()) != 1 {
		t.Errorf("facts %v, not asked %v", d.Facts, d.OldAlone.Words())
	}
}

// TestNotMetAgain: what was bad and was not met again is among what was not asked.
func TestNotMetAgain(t *testing.T) {
	old, new := server("10.0.0.1"), server("10.0.0.1")
	old.Client, new.Client = &inventory.Client{Contacts: []inventory.Contact{unsignedScan}}, &inventory.Client{Contacts: []inventory.Contact{signedTest}}
	d := Compare(Pair{}, old, new, assess.Assess)
	if d.OldAlone != BadNews || !d.Went(LessKnown) || d.Went(Better) || d.Worse() || len(old.Client.Contacts)+len(new.Client.Contacts) != 2 {
		t.Errorf("not asked %v, verdicts %+v", d.OldAlone.Words(), d.Verdicts)
	}
}

// TestOffered: a server that takes back its offer to sign is worse, by either protocol,
// and so are its verdicts where they go from fine to unknown; the mirror is better.
func TestOffered(t *testing.T) {
	const none, disabled, not, enabled, required = inventory.SigningUnknown, inventory.SigningDisabled, inventory.SigningNotAdvertised, inventory.SigningEnabled, inventory.SigningRequired
	host := func(smb1, smb2 inventory.Signing) *inventory.Host {
		h := new(inventory.Host)
		if smb1 != none {
			h.SMB1 = &inventory.SMB1{Signing: smb1}
		}
		if smb2 != none {
			h.SMB2 = &inventory.SMB2{Signing: smb2}
		}
		return h
	}
	mirror := map[Direction]Direction{Worse: Better, Better: Worse, Otherwise: Otherwise}
	for _, tt := range []struct {
		old, new *inventory.Host
		want     Direction
	}{
		{host(none, enabled), host(none, not), Worse},
		{host(none, required), host(none, not), Worse},
		{host(enabled, none), host(disabled, none), Worse},
		{host(required, enabled), host(disabled, enabled), Worse},
		{host(none, required), host(none, enabled), Otherwise},
		{host(enabled, none), host(none, not), Otherwise},
		{host(disabled, enabled), host(enabled, not), Otherwise},
		{host(none, none), host(none, not), Otherwise},
	} {
		there, back := offeredWay(tt.old, tt.new), offeredWay(tt.new, tt.old)
		if there != tt.want || back != mirror[there] {
			t.Errorf("%+v > %+v is %v, and back %v; want %v", tt.old, tt.new, there, back, tt.want)
		}
		for _, v := range assess.Verdicts {
			for _, w := range assess.Verdicts {
				o, n := &assess.Finding{Verdict: v, Reason: "o"}, &assess.Finding{Verdict: w, Reason: "n"}
				way := new(Device).direction(o, n, basis{old: o, new: n, offered: there})
				again := new(Device).direction(n, o, basis{old: n, new: o, offered: back})
				if fell := v.Fine() && w == assess.Unknown; fell && there == Worse && (way != Worse || again != Better) || fell && there == Otherwise && way != LessKnown {
					t.Errorf("offered %v: %v > %v is %v, and back %v", there, v, w, way, again)
				}
			}
		}
	}
}

// TestWorseOfOne: a device that the old run does not know is worse if it would
// break.
func TestWorseOfOne(t *testing.T) {
	for _, tt := range []struct {
		kind  Kind
		host  *inventory.Host
		worse bool
	}{{New, oldPrinter("10.0.0.1"), true}, {NotReachedBefore, oldPrinter("10.0.0.1"), true}, {New, server("10.0.0.1"), false}} {
		if d := Compare(Pair{Old: None, Kind: tt.kind}, nil, tt.host, assess.Assess); d.Worse() != tt.worse {
			t.Errorf("%v: worse %v", tt.kind, d.Worse())
		}
	}
	if Compare(Pair{New: None, Kind: Gone}, oldPrinter("10.0.0.1"), nil, assess.Assess).Worse() {
		t.Error("what is gone is worse")
	}
}

// TestMirrorOfDirections: what is better one way round is worse, or bad news, the
// other way round, and nothing is better that is not.
func TestMirrorOfDirections(t *testing.T) {
	for _, old := range assess.Verdicts {
		for _, new := range assess.Verdicts {
			o, n := &assess.Finding{Verdict: old, Reason: "o"}, &assess.Finding{Verdict: new, Reason: "n"}
			there, back := directionOf(o, n), directionOf(n, o)
			switch {
			case there == Better && back != Worse:
				t.Errorf("%v > %v is better, and back %v", old, new, back)
			case there == Better && (!bad(old) || !new.Fine()), there == Worse != badNews(old, new):
				t.Errorf("%v > %v is %v", old, new, there)
			case there == MoreKnown && back != LessKnown:
				t.Errorf("%v > %v is more known, and back %v", old, new, back)
			case there == LessKnown && back != MoreKnown && back != Worse:
				t.Errorf("%v > %v is less known, and back %v", old, new, back)
			}
		}
	}
}

// network returns random hosts of a small network, many of which share what tells
// devices apart.
func network(r *rand.Rand) []*inventory.Host {
	pick := func(list ...string) string { return list[r.Intn(len(list))] }
	var hosts []*inventory.Host
	used := map[string]bool{}
	for range r.Intn(40) {
		a, identity := fmt.Sprintf("10.0.%d.%d", r.Intn(2), r.Intn(24)), pick("", "", "", "pc1", "pc2")
		if used[a+identity] {
			continue
		}
		used[a+identity] = true
		h := server(a)
		switch r.Intn(6) {
		case 0:
			h = oldPrinter(a)
		case 1:
			h = inState(a, inventory.State(r.Intn(6)))
		case 2:
			h = gentle(h)
		}
		h.Names.NetBIOS, h.Names.MAC = pick("", "PC1", "PC2", "PC3", "PRINTER"), pick("", cardA, cardB)
		h.Names.DNS = pick("", "pc1.corp.example", "pc2.corp.example")
		h.Names.Domain = pick("", "corp.example")
		if h.SMB2 != nil {
			h.SMB2.ServerGUID = pick("", guidA, guidB)
		}
		h.Guest, h.Identity = inventory.Guest(r.Intn(4)), identity
		hosts = append(hosts, h)
	}
	return hosts
}

// difference is what became of each device, as text, in the order of Match.
func difference(old, new run) (list []string) {
	k := NewKeyer()
	for _, p := range Match(old.side(k), new.side(k)) {
		var o, n *inventory.Host
		if p.Old != None {
			o = old.hosts[p.Old]
		}
		if p.New != None {
			n = new.hosts[p.New]
		}
		d := Compare(p, o, n, assess.Assess)
		words := addressOf(old, p.Old) + ">" + addressOf(new, p.New) + " " + d.Kind.String() + " " + d.By.String() + " " + d.Cause.String()
		for _, v := range d.Verdicts {
			words += fmt.Sprintf(" %v/%v %v>%v", v.Policy, v.Guest, v.Old.Verdict, v.New.Verdict)
		}
		for _, f := range d.Facts {
			words += fmt.Sprintf(" %s %s", f.Name, strings.ReplaceAll(f.Old+">"+f.New, " ", "_"))
		}
		list = append(list, words)
	}
	return list
}

// mirrored turns such a text round.
func mirrored(s string) string {
	swap := map[string]string{"new": "gone", "gone": "new", "not-reached": "not-reached-before", "not-reached-before": "not-reached"}
	words := strings.Split(s, " ")
	for i, w := range words {
		if from, to, ok := strings.Cut(w, ">"); ok {
			words[i] = to + ">" + from
		}
	}
	if other, ok := swap[words[1]]; ok {
		words[1] = other
	}
	return strings.Join(words, " ")
}

// TestProperties: a run differs in nothing from itself; a difference is the mirror
// of the one the other way round; the order in which hosts came changes nothing; and
// a run of a part of the network loses nothing outside of that.
func TestProperties(t *testing.T) {
	for seed := range int64(400) {
		r := rand.New(rand.NewSource(seed))
		a, b := whole.with(network(r)...), whole.with(network(r)...)
		for _, words := range difference(a, a) {
			if !strings.Contains(words, " same ") || strings.Count(words, ">") != 1 {
				t.Fatalf("seed %d: of itself: %s", seed, words)
			}
		}
		there := difference(a, b)
		var back []string
		for _, words := range difference(b, a) {
			back = append(back, mirrored(words))
		}
		slices.Sort(back)
		if got := slices.Sorted(slices.Values(there)); !slices.Equal(got, back) {
			t.Fatalf("seed %d: not the mirror\n%s\n\n%s", seed, strings.Join(got, "\n"), strings.Join(back, "\n"))
		}
		shuffled := b.with(slices.Clone(b.hosts)...)
		r.Shuffle(len(shuffled.hosts), func(i, j int) { shuffled.hosts[i], shuffled.hosts[j] = shuffled.hosts[j], shuffled.hosts[i] })
		if again := difference(a, shuffled); !reflect.DeepEqual(there, again) {
			t.Fatalf("seed %d: shuffled, it differs", seed)
		}
		part := b
		part.header.Scope = []string{"10.0.1.0/24"}
		part.hosts = slices.DeleteFunc(slices.Clone(b.hosts), func(h *inventory.Host) bool { return h.Address.As4()[2] != 1 })
		for _, words := range difference(a, part) {
			if strings.HasPrefix(words, "10.0.0.") && strings.Contains(words, " gone ") {
				t.Fatalf("seed %d: gone out of scope: %s", seed, words)
			}
		}
	}
}
