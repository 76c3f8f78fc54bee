package assess

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"smbready/inventory"
)

// Properties that hold for every host, tried on generated ones: hosts of the
// rule tests, crossed with each other and bent at random, so that many of them
// contradict themselves.

const (
	propertySeed  = 20261
	propertyHosts = 20_000
)

// TestRemovingAFact shows that losing any one fact never makes a path fine that
// was not. Three losses are no smaller claim but another one, and are left out:
//
//   - the highest of several dialects: the list says which dialect is the
//     highest, and without its end it says another;
//   - the SMB answer of a host whose state says that it has none, or that others
//     use it: what is left no longer contradicts itself, and a closed port is
//     closed;
//   - a whole session, where it ended, the count of its unsigned answers,
//     or that the answer to its logon was signed wrongly: bad news that stands
//     nowhere else, and without which the scan's own verdict holds, or a weaker one;
//   - the same of a contact: a whole one, that others were left out, or a fact
//     without which a contact that was bad news says nothing more, or is less
//     sure of it, or no longer contradicts itself; and its count of what was
//     unsigned or refused, where it ended, that its signatures were wrong, that
//     it offered SMB1 alone, or its event; of others, that the client went on
//     where signing was not demanded, without which hanging up is less surely for
//     signing; and of several proofs an older one or whose it is, without which
//     bad news is older than all proofs of the same program.
func TestRemovingAFact(t *testing.T) {
	r := rand.New(rand.NewSource(propertySeed))
	fine := 0
	for range propertyHosts {
		h := generate(r)
		before := verdicts(&h)
		for _, v := range before {
			if v.Fine() {
				fine++
			}
		}
		top := highest(h.SMB2)
		f := digest(&h)
		contradicted, was := f.contradicts() || f.announcesFiles() || f.served.seen, sightsOf(&h)
		eachRemoval(reflect.ValueOf(&h).Elem(), "Host", func(removed string) {
			if d := highest(h.SMB2); h.SMB2 != nil && d != noDialect && d < top || wholeSession.MatchString(removed) || wholeContact.MatchString(removed) || was.silenced(&h, removed) {
				return
			}
			for path, v := range verdicts(&h) {
				if b, ok := before[path]; ok && v.Fine() && !b.Fine() && !(contradicted && serves(path) && (v == NotApplicable || f.served.signs())) {
					t.Fatalf("%s: without %s %v becomes %v\n%s", path, removed, b, v, show(&h))
				}
			}
		})
	}
	t.Logf("%d of %d paths were fine", fine, propertyHosts*5)
	if fine < propertyHosts/2 {
		t.Errorf("only %d fine paths: the generator no longer tries the property", fine)
	}
}

var wholeSession = regexp.MustCompile(`^Host\.Sessions(\[\d+\](\.Answers(\.Unsigned)?|\.SetupSignature|\.Stage)?)?$`)

var wholeContact = regexp.MustCompile(`^Host\.(Client(\.More|\.Contacts(\[\d+\](\.(Requests|Answers)(\.Unsigned)?|\.Failed|\.Signature|\.End|\.Event(\..*)?)?)?)?|Served(\[\d+\](\.(Requests|Answers)(\.Unsigned)?|\.Failed|\.Event(\..*)?)?)?)$`)

// sights are what the contacts of a host show, each by itself.
type sights struct {
	client       []sight
	served       []servedSight
	contradicted []bool // a logon or a request that was seen and a stage before it, or a logon granted and refused
	only1        []bool // SMB1 alone was offered
	overtaken    []bool // bad news is older than every proof
}

func sightsOf(h *inventory.Host) (s sights) {
	if h.Client != nil {
		with := client{signs: signsOf(h.Client.Contacts)}
		proofs := with.proofs(h.Client.Contacts)
		for i := range h.Client.Contacts {
			c := &h.Client.Contacts[i]
			s.client = append(s.client, with.sight(c))
			s.only1 = append(s.only1, with.only1(c))
			seen := with.sights(c)
			s.overtaken = append(s.overtaken, slices.ContainsFunc(seen[:], func(v sight) bool { return overtaken(c, v, proofs) }))
			s.contradicted = append(s.contradicted, c.Logon != nil && (c.Logon.As > inventory.LogonNone || c.Logon.Mechanism != "") && c.Stage < inventory.StageLoggedOn ||
				c.Logon != nil && c.Logon.Granted && c.Logon.Status != "" || c.Requests.Signed > 0 && c.Stage != inventory.StageUnknown && c.Stage <= inventory.StageLoggedOn)
		}
	}
	for i := range h.Served {
		s.served = append(s.served, servedSightOf(&h.Served[i]))
	}
	return s
}

// silenced reports whether a contact that was bad news, or open, says nothing
// any more, or says it less surely; or contradicted itself; or was an offer of
// SMB1 alone.
func (s *sights) silenced(h *inventory.Host, removed string) bool {
	var i int
	now := sightsOf(h)
	if n, _ := fmt.Sscanf(removed, "Host.Client.Contacts[%d].", &i); n == 1 {
		if s.contradicted[i] || s.only1[i] && !now.only1[i] {
			return true
		}
		for k := range s.client {
			if s.client[k] == sightLeaves && now.client[k] == sightLeavesPerhaps || !s.overtaken[k] && now.overtaken[k] {
				return true
			}
		}
		was, is := s.client[i], now.client[i]
		return was != sightNone && !sightRules[was].verdict.Fine() &&
			(is == sightNone || was == sightSignsWrongly && is != was || !sightRules[is].verdict.Fine() && sightRules[is].confidence < sightRules[was].confidence)
	}
	if n, _ := fmt.Sscanf(removed, "Host.Served[%d].", &i); n == 1 {
		return s.served[i] > servedOnDemand && now.served[i] == servedNone
	}
	return false
}

// TestFailedAttempts shows that an attempt at a session which never came to
// anything signed makes no finding better or worse, unless the logon succeeded.
func TestFailedAttempts(t *testing.T) {
	r := rand.New(rand.NewSource(propertySeed + 3))
	for range propertyHosts {
		h := generate(r)
		before := Assess(&h)
		h.Sessions = append(h.Sessions, inventory.Session{Stage: pick(r, stages[:4]), Status: "STATUS_LOGON_FAILURE",
			Result: pick(r, []inventory.SessionResult{inventory.SessionLogonFailed, inventory.SessionNegotiateFailed, inventory.SessionBroken,
				inventory.SessionUnreachable, inventory.SessionNotSupported})})
		after := Assess(&h)
		for path, f := range paths(&before) {
			if g := paths(&after)[path]; g == nil || g.Verdict != f.Verdict || g.Confidence != f.Confidence || g.Reason != f.Reason {
				t.Fatalf("%s: %+v\nbecame\n%+v\n%s", path, f, g, show(&h))
			}
		}
	}
}

// counted reports whether a session holds anything that was seen to be signed,
// unsigned where it was due, or encrypted.
func counted(s inventory.Session) bool {
	return s.Encrypted || s.RequestsSent.Signed > 0 && s.Answers.Signed+s.Answers.Unsigned > 0
}

// signed is the same of what only good news may rest on.
func signed(s inventory.Session) bool {
	return s.Encrypted || s.RequestsSent.Signed > 0 && s.Answers.Signed > 0
}

// counts reports whether a contact holds what only a proven verdict rests on:
// requests of an account that are signed or encrypted, or a guest at work.
func counts(c *inventory.Contact, v Verdict) bool {
	if c.Logon == nil || !c.Logon.Granted && v != Breaks {
		return false
	}
	if v == Breaks {
		return c.Data && c.Logon.As != inventory.LogonAccount || c.Signature == inventory.CheckWrong && c.Logon.KnownKey && c.Requests.Signed > 0
	}
	return v == Works && c.Logon.As == inventory.LogonAccount && c.Requests.Unsigned == 0 && (c.Requests.Signed > 0 || c.Encrypted > 0) &&
		(c.Signature == inventory.CheckRight || c.Source == inventory.SourceCapture && c.Data)
}

// TestContactsOfOthers shows that what a host was seen to do as a client says
// nothing of it as a server, and the other way round, and that the order of
// contacts does not matter.
func TestContactsOfOthers(t *testing.T) {
	r := rand.New(rand.NewSource(propertySeed + 4))
	for range propertyHosts {
		h := generate(r)
		before := Assess(&h)
		other := clone(h)
		shuffle := func(list []inventory.Contact) {
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		shuffle(other.Served)
		if other.Client != nil {
			shuffle(other.Client.Contacts)
		}
		if after := Assess(&other); !reflect.DeepEqual(before, after) {
			t.Fatalf("in another order\n%+v\nbecame\n%+v\n%s", before, after, show(&h))
		}
		other = clone(h)
		other.Served = append(other.Served, someContact(r))
		after := Assess(&other)
		if b, a := before.Policies, after.Policies; !reflect.DeepEqual(b.ServerAlways, a.ServerAlways) || !reflect.DeepEqual(b.ServerIfClientAgrees, a.ServerIfClientAgrees) {
			t.Fatalf("%+v\nbecame\n%+v\n%s", b, a, show(&other))
		}
		if other = clone(h); other.Client == nil {
			continue
		}
		other.Client.Contacts = append(other.Client.Contacts, someContact(r))
		after = Assess(&other)
		if b, a := before.Policies, after.Policies; !reflect.DeepEqual(b.ClientAlways, a.ClientAlways) || !reflect.DeepEqual(b.ClientIfServerAgrees, a.ClientIfServerAgrees) {
			t.Fatalf("%+v\nbecame\n%+v\n%s", b, a, show(&other))
		}
	}
}

// TestEveryFinding checks what must hold of each finding of every host.
func TestEveryFinding(t *testing.T) {
	r := rand.New(rand.NewSource(propertySeed + 1))
	for range propertyHosts {
		h := generate(r)
		a := Assess(&h)
		for path, f := range paths(&a) {
			checkAdvice(t, path, f)
			if f.Verdict.Fine() && f.Confidence == None {
				t.Errorf("%s: %v without confidence", path, f.Verdict)
			}
		}
		p := &a.Policies
		served := weighServed(h.Served)
		if ca := p.ClientAlways; ca.Confidence == Proven && !(ca.Verdict.Fine() && served.signs()) && (!slices.ContainsFunc(h.Sessions, counted) ||
			ca.Verdict.Fine() && !slices.ContainsFunc(h.Sessions, signed)) {
			t.Errorf("client-always %v proven, and no session counts for it", ca.Verdict)
		}
		if h.Client == nil && (p.ServerAlways.Confidence > Likely || p.ServerIfClientAgrees.Confidence > Likely) {
			t.Errorf("%s: a scan cannot be surer than likely about a client", p.ServerAlways.Reason)
		}
		if sa := p.ServerAlways; sa.Confidence == Proven && !slices.ContainsFunc(h.Client.Contacts, func(c inventory.Contact) bool { return counts(&c, sa.Verdict) }) {
			t.Errorf("server-always %v proven, and no contact counts for it", sa.Verdict)
		}
		if h.State != inventory.StateSMB && p.ClientAlways.Verdict.Fine() && (h.SMB1 != nil || h.SMB2 != nil) && (h.State != inventory.StateUnknown || !served.signs()) {
			t.Errorf("%v with an SMB answer and state %v", p.ClientAlways.Verdict, h.State)
		}
		if h.Guest == inventory.GuestGranted && (p.ClientAlways.Guest == nil || p.ClientAlways.Guest.Verdict != Breaks) {
			t.Error("guests admitted, and the guest path does not break")
		}
		if t.Failed() {
			t.Fatal(show(&h))
		}
	}
}

func TestEmptyHostIsUnknown(t *testing.T) {
	a := Assess(&inventory.Host{})
	for path, f := range paths(&a) {
		if f.Verdict != Unknown || f.Settle == "" {
			t.Errorf("%s: %v, settle %q", path, f.Verdict, f.Settle)
		}
	}
	if a.Device.Class != ClassUnknown || a.Device.Confidence != None {
		t.Errorf("device %v %v", a.Device.Class, a.Device.Confidence)
	}
}

// TestUnrelatedFacts shows that facts which say nothing about signing change
// nothing, and that judging a host leaves it as it was.
func TestUnrelatedFacts(t *testing.T) {
	r := rand.New(rand.NewSource(propertySeed + 2))
	for range propertyHosts {
		h := generate(r)
		before := show(&h)
		a := Assess(&h)
		if show(&h) != before {
			t.Fatalf("the host was changed\n%s", before)
		}
		h.Clues = nil
		without := Assess(&h)
		checkWording(t, &without, &a, &h)
		a.Device, a.Policies.ServerAlways = without.Device, without.Policies.ServerAlways
		h.Time, h.Site, h.Target = time.Unix(r.Int63n(1<<32), 0), "Ward 3", "scanner.example"
		if h.SMB1 != nil {
			h.SMB1.Raw = []byte{0xff, 'S', 'M', 'B'}
		}
		if h.SMB2 != nil {
			h.SMB2.Raw = []byte{0xfe, 'S', 'M', 'B'}
		}
		if b := Assess(&h); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\nbecame\n%+v", a, b)
		}
	}
}

// checkWording checks that what tells more of a device, such as a clue or a rule
// of the user, changes no verdict and no confidence, and of the reasons only
// those that word an unknown by the class.
func checkWording(t *testing.T, before, after *Assessment, h *inventory.Host) {
	t.Helper()
	old, now := paths(before), paths(after)
	if len(old) != len(now) {
		t.Fatalf("%d findings become %d\n%s", len(old), len(now), show(h))
	}
	for path, f := range now {
		b := old[path]
		if f.Verdict != b.Verdict || f.Confidence != b.Confidence || f.Reason != b.Reason && !(f.Verdict == Unknown && f.Confidence == None && (wordsClass(f) || wordsClass(b))) {
			t.Fatalf("%s: %v %v %s becomes %v %v %s\n%s", path, b.Verdict, b.Confidence, b.Reason, f.Verdict, f.Confidence, f.Reason, show(h))
		}
	}
}

func wordsClass(f *Finding) bool {
	return f.Reason == "printer-client-unseen" || f.Reason == "controller-client-unseen"
}

// serves reports whether a path is about the host as a server of accounts.
func serves(path string) bool {
	return path == ClientAlways.String() || path == ClientIfServerAgrees.String()
}

func verdicts(h *inventory.Host) map[string]Verdict {
	a := Assess(h)
	m := make(map[string]Verdict, 5)
	for _, p := range Policies {
		m[p.String()] = a.Policies.Of(p).Verdict
	}
	if g := a.Policies.ClientAlways.Guest; g != nil {
		m["guest"] = g.Verdict
	}
	return m
}

// eachRemoval sets each field within v to its zero value, drops each element of
// a list and each part as a whole, one at a time, and calls f in between.
func eachRemoval(v reflect.Value, name string, f func(removed string)) {
	if !v.IsZero() && name != "Host" {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.SetZero()
		f(name)
		v.Set(old)
	}
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		if v.Elem().Kind() == reflect.Struct {
			eachField(v.Elem(), name, f)
		}
	case v.Kind() == reflect.Struct:
		eachField(v, name, f)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		old := v.Interface()
		for i := range v.Len() {
			n := reflect.MakeSlice(v.Type(), 0, v.Len())
			n = reflect.AppendSlice(reflect.AppendSlice(n, v.Slice(0, i)), v.Slice(i+1, v.Len()))
			v.Set(n)
			f(fmt.Sprintf("%s[%d]", name, i))
			v.Set(reflect.ValueOf(old))
			if v.Index(i).Kind() == reflect.Struct {
				eachField(v.Index(i), fmt.Sprintf("%s[%d]", name, i), f)
			}
		}
	}
}

func eachField(v reflect.Value, name string, f func(string)) {
	if v.Type().PkgPath() != "smbready/inventory" {
		return // times and addresses are facts as a whole
	}
	for i := range v.NumField() {
		eachRemoval(v.Field(i), name+"."+v.Type().Field(i).Name, f)
	}
}

// generate makes a host from those of the rule tests.
func generate(r *rand.Rand) inventory.Host {
	h := clone(pick(r, ruleTests).host)
	for range r.Intn(5) {
		other := clone(pick(r, ruleTests).host)
		switch r.Intn(10) {
		case 8:
			if h.Client == nil {
				h.Client = new(inventory.Client)
			}
			h.Client.Contacts = append(h.Client.Contacts, someContact(r))
		case 9:
			h.Served = append(h.Served, someContact(r))
		case 6:
			h.Sessions = append(h.Sessions, other.Sessions...)
		case 7:
			h.Clues = someClues(r)
		case 0:
			h.SMB1 = other.SMB1
		case 1:
			h.SMB2 = other.SMB2
		case 2:
			h.NTLM = other.NTLM
		case 3:
			h.Names = other.Names
		default:
			bend(r, &h)
		}
	}
	return h
}

// bend changes one fact.
func bend(r *rand.Rand, h *inventory.Host) {
	switch r.Intn(9) {
	case 7:
		h.Sessions = append(h.Sessions, someSession(r))
	case 8:
		if len(h.Sessions) > 0 {
			bendSession(r, &h.Sessions[r.Intn(len(h.Sessions))])
		}
	case 0:
		h.State = inventory.State(r.Intn(6))
	case 1:
		h.Detail = inventory.Outcome(r.Intn(18)).String()
	case 2:
		h.Guest = inventory.Guest(r.Intn(4))
	case 3:
		h.Error = "no buffer space"
	case 4:
		h.Observations = append(h.Observations, inventory.Observation{
			Step: pick(r, []inventory.Step{inventory.StepSMB2Negotiate, inventory.StepSMB2NegotiateOld, inventory.StepGuestCheck}), Outcome: inventory.Outcome(r.Intn(18))})
	case 5:
		if h.SMB2 != nil {
			bendSMB2(r, h.SMB2)
		}
	case 6:
		if h.SMB1 != nil {
			bendSMB1(r, h.SMB1)
		}
	}
}

func bendSMB2(r *rand.Rand, s *inventory.SMB2) {
	switch r.Intn(9) {
	case 8:
		s.FullOffer = !s.FullOffer
	case 0:
		s.Dialects = append(s.Dialects, pick(r, []string{"2.0.2", "2.1", "3.0", "3.0.2", "3.1.1", "4.0", "bogus"}))
	case 1:
		s.Offered = !s.Offered
	case 2:
		s.Signing = inventory.Signing(r.Intn(5))
	case 3:
		s.SecurityMode = pick(r, []*uint16{nil, ptr(0), ptr(1), ptr(2), ptr(3), ptr(0x100), ptr(0xffff)})
	case 4:
		s.PreauthIntegrity = pick(r, []string{"", "SHA-512"})
	case 5:
		s.Port = pick(r, []uint16{0, 139, 445, 4450})
	case 6:
		s.ServerGUID = pick(r, []string{"", randomGUID, guidOf("files01"), "not hexadecimal", "41414141414141414141414141414141"})
	case 7:
		s.Mechanisms = pick(r, [][]string{nil, {"NTLMSSP"}, {"Kerberos"}, {"Kerberos", "NTLMSSP"}})
	}
}

func bendSMB1(r *rand.Rand, s *inventory.SMB1) {
	switch r.Intn(6) {
	case 0:
		s.Dialect = pick(r, []string{"", "NT LM 0.12", "LANMAN1.0", "PC NETWORK PROGRAM 1.0", "bogus"})
	case 1:
		s.Signing = inventory.Signing(r.Intn(5))
	case 2:
		s.SecurityMode = pick(r, []*uint16{nil, ptr(0), ptr(1), ptr(2), ptr(3), ptr(5), ptr(7), ptr(0x0f), ptr(0xffff)})
	case 3:
		s.WordCount = pick(r, []uint8{0, 1, 13, 17, 255})
	case 4:
		s.NativeOS = pick(r, []string{"", "Windows 5.1", "VxWorks", "EMC-SNAS:T8", "Windows 6.1"})
	case 5:
		s.NativeLANManager = pick(r, []string{"", "Samba 3.0.37", "NQ 4.32"})
	}
}

var stages = []string{"", "connect", "negotiate", "session-setup", "tree-connect", "done"}

func someSession(r *rand.Rand) inventory.Session {
	s := pick(r, []func(string) inventory.Session{signedSession, unsignedSession, badSession,
		func(d string) inventory.Session {
			return session(encryptedSession(), func(s *inventory.Session) { s.Dialect = d })
		},
		func(string) inventory.Session { return guestSession(inventory.SessionGuest, sessionFlagGuest) },
	})(pick(r, []string{"2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"}))
	for range r.Intn(3) {
		bendSession(r, &s)
	}
	return s
}

func bendSession(r *rand.Rand, s *inventory.Session) {
	count := func() inventory.Signatures { return inventory.Signatures{Signed: r.Intn(3), Unsigned: r.Intn(3)} }
	switch r.Intn(12) {
	case 0:
		s.Result = inventory.SessionResult(r.Intn(14))
	case 1:
		s.Dialect = pick(r, []string{"", "2.0.2", "2.1", "3.0", "3.0.2", "3.1.1", "bogus"})
	case 2:
		s.Stage = pick(r, stages)
	case 3:
		s.SetupSigned = !s.SetupSigned
	case 4:
		s.RequestsSent = count()
	case 5:
		s.Answers = count()
	case 6:
		s.Encrypted = !s.Encrypted
	case 7:
		s.SessionFlags = pick(r, []*uint16{nil, ptr(0), ptr(1), ptr(2), ptr(3), ptr(4), ptr(0xffff)})
	case 8:
		s.Tamper = inventory.Tamper(r.Intn(3))
	case 9:
		s.SetupSignature = inventory.Check(r.Intn(3))
	case 10:
		s.AccountGood = !s.AccountGood
	case 11:
		s.Offered, s.Algorithm, s.Misbehaviour = pick(r, []string{"", "3.0.2"}), pick(r, []string{"", "AES-CMAC"}), pick(r, []string{"", "NextCommand"})
	}
}

// someContact is one of the rule tests, perhaps bent.
func someContact(r *rand.Rand) inventory.Contact {
	for {
		h := clone(pick(r, contactTests).host)
		list := h.Served
		if h.Client != nil {
			list = append(list, h.Client.Contacts...)
		}
		if len(list) == 0 {
			continue
		}
		c := pick(r, list)
		for range r.Intn(4) {
			bendOneContact(r, &c)
		}
		return c
	}
}

// bendOneContact changes one fact of a contact.
func bendOneContact(r *rand.Rand, c *inventory.Contact) {
	count := func() inventory.Signatures { return inventory.Signatures{Signed: r.Intn(3), Unsigned: r.Intn(3)} }
	switch r.Intn(16) {
	case 0:
		c.Source = pick(r, []inventory.Source{inventory.SourceCanary, inventory.SourceCapture, inventory.SourceEvents, inventory.SourcePowerShell, "", "future"})
	case 1:
		c.Dialect = pick(r, []string{"", "2.0.2", "2.10", "3.0", "3.1.1", "NT LM 0.12", "LANMAN1.0", "1.5", "4.0", "bogus"})
	case 2:
		c.Demanded = inventory.Signing(r.Intn(5))
	case 3:
		c.Stage = inventory.Stage(r.Intn(8))
	case 4:
		c.End = inventory.End(r.Intn(9))
	case 5:
		c.Requests = count()
	case 6:
		c.Answers = count()
	case 7:
		c.Failed, c.Encrypted = r.Intn(3), r.Intn(3)
	case 8:
		c.Signature = inventory.Check(r.Intn(3))
	case 9:
		c.Data = !c.Data
	case 10:
		c.Event = pick(r, []*inventory.Event{nil, nil, {ID: 3021}, {ID: 3027, Channel: auditLog}, {ID: 31998}, {ID: 31017}, {ID: 3023}, {ID: 7}})
	case 11:
		c.Audit = pick(r, []*inventory.Audit{nil, {}, auditOneCycle})
	case 12, 13:
		bendLogon(r, c)
	case 14, 15:
		bendOffer(r, c)
	}
}

func bendLogon(r *rand.Rand, c *inventory.Contact) {
	l := inventory.Logon{}
	if c.Logon != nil {
		l = *c.Logon
	}
	c.Logon = &l
	switch r.Intn(6) {
	case 0:
		c.Logon = nil
	case 1:
		l.As = inventory.LogonKind(r.Intn(5))
	case 2:
		l.Mechanism = pick(r, []string{"", "NTLMv2", "NTLMv1", "LM", "Kerberos", "plaintext", "bogus"})
	case 3:
		l.Granted = !l.Granted
	case 4:
		l.KnownKey = !l.KnownKey
	case 5:
		l.Status = pick(r, []string{"", "STATUS_LOGON_FAILURE"})
	}
}

func bendOffer(r *rand.Rand, c *inventory.Contact) {
	o := inventory.Offer{}
	if c.Offer != nil {
		o = *c.Offer
	}
	c.Offer = &o
	switch r.Intn(6) {
	case 0:
		c.Offer = nil
	case 1:
		o.SMB1Dialects = pick(r, [][]string{nil, {"LANMAN1.0"}, {"NT LM 0.12"}, {"NT LM 0.12", "SMB 2.002"}})
	case 2:
		o.SMB2Dialects = pick(r, [][]string{nil, {"2.0.2"}, {"3.1.1"}})
	case 3:
		o.SecurityMode = pick(r, []*uint16{nil, ptr(0), ptr(1), ptr(2), ptr(3)})
	case 4:
		o.SetupSecurityMode = pick(r, []*uint16{nil, ptr(0), ptr(1), ptr(2)})
	case 5:
		o.SetupFlags2 = pick(r, []*uint16{nil, ptr(0), ptr(4), ptr(0x14)})
	}
}

func someClues(r *rand.Rand) *inventory.Clues {
	return pick(r, []*inventory.Clues{nil, {}, {Reverse: []string{"printer.corp.example"}},
		{SNMP: &inventory.SNMP{SysDescr: "HP ETHERNET MULTI-ENVIRONMENT", SysObjectID: "1.3.6.1.4.1.11.2.3.9.1", Printer: "HP LaserJet 4250"}},
		{HTTP: []inventory.HTTP{{Port: 80, Status: 200, Server: "Windows Server 2022", Title: "DiskStation"}}, Open: []uint16{102, 515, 631, 9100}},
		{Services: []inventory.Service{{Type: "_ipp._tcp", Name: "Scanner", Text: map[string]string{"ty": "Copier"}}}}})
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.Intn(len(list))] }

// clone copies a host as deeply as the generator changes it.
func clone(h inventory.Host) inventory.Host {
	if h.SMB1 != nil {
		s := *h.SMB1
		h.SMB1 = &s
	}
	if h.SMB2 != nil {
		s := *h.SMB2
		s.Dialects, s.Mechanisms = slices.Clone(s.Dialects), slices.Clone(s.Mechanisms)
		h.SMB2 = &s
	}
	if h.NTLM != nil {
		n := *h.NTLM
		h.NTLM = &n
	}
	if h.Client != nil {
		c := *h.Client
		c.Contacts = cloneContacts(c.Contacts)
		h.Client = &c
	}
	h.Served = cloneContacts(h.Served)
	h.Sessions = slices.Clone(h.Sessions)
	h.Names.Node, h.Observations = slices.Clone(h.Names.Node), slices.Clone(h.Observations)
	return h
}

func cloneContacts(list []inventory.Contact) []inventory.Contact {
	list = slices.Clone(list)
	for i := range list {
		c := &list[i]
		c.Offer, c.Logon, c.Event, c.Audit = cloneOf(c.Offer), cloneOf(c.Logon), cloneOf(c.Event), cloneOf(c.Audit)
	}
	return list
}

func cloneOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// show writes a host with what its pointers point to.
func show(h *inventory.Host) string {
	s := fmt.Sprintf("%+v", *h)
	if h.SMB1 != nil {
		s += fmt.Sprintf("\nSMB1 %+v", *h.SMB1)
		if h.SMB1.SecurityMode != nil {
			s += fmt.Sprintf(" mode %#x", *h.SMB1.SecurityMode)
		}
	}
	if h.SMB2 != nil {
		s += fmt.Sprintf("\nSMB2 %+v", *h.SMB2)
		if h.SMB2.SecurityMode != nil {
			s += fmt.Sprintf(" mode %#x", *h.SMB2.SecurityMode)
		}
	}
	if h.NTLM != nil {
		s += fmt.Sprintf("\nNTLM %+v", *h.NTLM)
	}
	if h.Client != nil {
		b, _ := json.Marshal(h.Client)
		s += "\nclient " + string(b)
	}
	b, _ := json.Marshal(h.Served)
	s += "\nserved " + string(b)
	return s
}
