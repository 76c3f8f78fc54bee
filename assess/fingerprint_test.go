package assess

import (
	"bytes"
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

func load(text string) (*Fingerprints, error) {
	return LoadFingerprints("f.yaml", strings.NewReader(text))
}

// ruleText is a file of one rule with these lines besides its name.
func ruleText(lines ...string) string {
	return "rules:\n  - name: r\n    " + strings.Join(lines, "\n    ") + "\n"
}

func TestBadFingerprints(t *testing.T) {
	const ok = "class: printer\n    weight: weak"
	many := func(n int, item string) string { return strings.Repeat(item, n) }
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "f.yaml: lists no rules"},
		{"comment only", "# nothing\n", "f.yaml: lists no rules"},
		{"no rules", "rules: []\n", "f.yaml: lists no rules"},
		{"not a list", "rules: 7\n", "f.yaml: lists no rules"},
		{"not YAML", "rules: [\n", "f.yaml:1: did not find expected node content"},
		{"a list at the top", "- a\n", "f.yaml:1: a rule file is due, with a key and a value"},
		{"unknown key at the top", "rulez: []\n", `f.yaml:1: a rule file has no "rulez"; it has rules`},
		{"second document", ruleText("when: {name: X}", ok) + "---\nrules: []\n", "f.yaml:6: a second document (---); a file holds one"},
		{"a rule that is a text", "rules:\n  - hello\n", "f.yaml:2: a rule is due, with a key and a value"},
		{"no name", "rules:\n  - class: printer\n", "f.yaml:2: a rule has no name"},
		{"long name", "rules:\n  - name: " + many(201, "x") + "\n", `f.yaml:2: rule "` + many(200, "x") + `…": the name is longer than 200 bytes`},
		{"name twice", ruleText("when: {name: X}", ok) + "  - name: r\n    class: nas\n", `f.yaml:6: rule "r": the name occurs twice, the first time in line 2`},
		{"unknown field", ruleText("wen: {name: X}", ok), `f.yaml:3: rule "r": a rule has no "wen"; it has name, when, given, class, weight, vendor, model, os, says, note, source`},
		{"field twice", ruleText("class: nas", ok), `f.yaml:4: rule "r": "class" occurs twice`},
		{"no class", ruleText("when: {name: X}", "weight: weak"), `f.yaml:2: rule "r": has no class`},
		{"no weight", ruleText("when: {name: X}", "class: nas"), `f.yaml:2: rule "r": has no weight`},
		{"unknown class", ruleText("when: {name: X}", "class: toaster", "weight: weak"), `f.yaml:4: rule "r": "toaster" is no class; the classes are unknown, printer, nas, industrial-controller, medical, windows-client, windows-server, domain-controller, samba, macos, storage-appliance, network-device, embedded`},
		{"weight out of range", ruleText("when: {name: X}", "class: nas", "weight: 7"), `f.yaml:5: rule "r": "7" is no weight; the weights are weak, medium, strong`},
		{"no when", ruleText(ok), `f.yaml:2: rule "r": has no when`},
		{"empty when", ruleText("when: {}", ok), `f.yaml:3: rule "r": when has no condition`},
		{"when without a value", ruleText("when:", ok), `f.yaml:3: rule "r": when has no condition`},
		{"empty given", ruleText("when: {name: X}", "given: {}", ok), `f.yaml:4: rule "r": given has no condition`},
		{"empty list", ruleText("when: {name: []}", ok), `f.yaml:3: rule "r": name is empty and would never hold`},
		{"empty text", ruleText(`when: {name: ""}`, ok), `f.yaml:3: rule "r": name: an empty text would never match`},
		{"no value", ruleText("when: {name: }", ok), `f.yaml:3: rule "r": name: a value or a list of values is due`},
		{"list in a list", ruleText("when: {name: [[a]]}", ok), `f.yaml:3: rule "r": name: a value or a list of values is due`},
		{"bad expression", ruleText("when: {native_os: '/(/'}", ok), `f.yaml:3: rule "r": native_os: bad regular expression: missing closing ): "("`},
		{"expression of everything", ruleText("when: {native_os: '/.*/'}", ok), `f.yaml:3: rule "r": native_os: the regular expression would match any text`},
		{"large expression", ruleText("when: {native_os: '/x(abcdefghij){900}/'}", ok), `f.yaml:3: rule "r": native_os: the regular expression is too large`},
		{"star within", ruleText("when: {name: 'A*B'}", ok), `f.yaml:3: rule "r": name: * may only be the first and the last character; write /…/ for more`},
		{"long pattern", ruleText("when: {name: "+many(401, "x")+"}", ok), `f.yaml:3: rule "r": name: longer than 400 bytes`},
		{"number too large", ruleText("when: {smb1_mpx: 0x100000000}", ok), `f.yaml:3: rule "r": smb1_mpx: "0x100000000" is no number of 32 bits`},
		{"port too large", ruleText("when: {open_ports: 65536}", ok), `f.yaml:3: rule "r": open_ports: "65536" is no number of 16 bits`},
		{"unknown word", ruleText("when: {dialect: 3.1}", ok), `f.yaml:3: rule "r": dialect: "3.1" is none of 2.0.2, 2.1, 3.0, 3.0.2, 3.1.1`},
		{"bad prefix", ruleText("when: {mac: 00267}", ok), `f.yaml:3: rule "r": mac: "00267" is no prefix of 6, 7 or 9 hexadecimal digits`},
		{"prefix that is a text", ruleText("when: {mac: Ricoh}", ok), `f.yaml:3: rule "r": mac: "Ricoh" is no prefix of 6, 7 or 9 hexadecimal digits`},
		{"record without keys", ruleText("when: {service_text: x}", ok), `f.yaml:3: rule "r": service_text: keys of the TXT record are due, each with its value`},
		{"group that is missing", ruleText("when: {name: '/^X(.)/'}", "model: $2", ok), `f.yaml:2: rule "r": "$2": not every pattern of the rule has the group 2`},
		{"group of a plain text", ruleText("when: {name: 'X*'}", "model: $1", ok), `f.yaml:2: rule "r": "$1": not every pattern of the rule has the group 1`},
		{"group of one of two", ruleText("when: {name: ['/^X(.)/', Y]}", "model: $1", ok), `f.yaml:2: rule "r": "$1": not every pattern of the rule has the group 1`},
		{"no group", ruleText("when: {name: X}", "model: 5$", ok), `f.yaml:2: rule "r": "5$": after $ a digit is due`},
		{"vendor that is a list", ruleText("when: {name: X}", "vendor: [a]", ok), `f.yaml:4: rule "r": vendor is not a text`},
		{"long vendor", ruleText("when: {name: X}", "vendor: "+many(201, "v"), ok), `f.yaml:4: rule "r": vendor is longer than 200 bytes`},
		{"anchor", ruleText("when: &a {name: X}", ok), `f.yaml:3: rule "r": anchors (&) and aliases (*) are not taken; write the value out, or in quotes`},
		{"alias", ruleText("when: {name: &a X, native_os: *a}", ok), `f.yaml:3: rule "r": anchors (&) and aliases (*) are not taken; write the value out, or in quotes`},
		{"alias of nothing", ruleText("when: *a", ok), "f.yaml: unknown anchor 'a' referenced"},
		{"merge", ruleText("<<: {class: nas}", ok), `f.yaml:3: rule "r": a rule has no "<<"; it has name, when, given, class, weight, vendor, model, os, says, note, source`},
		{"too many values", ruleText("when: {name: ["+many(401, "X,")+"]}", ok), `f.yaml:3: rule "r": name has 401 values; 400 are the most`},
		{"too many rules", "rules:\n" + many(4001, "  - a\n"), "f.yaml: has 4001 rules; 4000 are the most"},
		{"too large", many(1<<20, "#") + "\n", "f.yaml: longer than 1024 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := load(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// unknownKey is apart because the list of conditions is long.
func TestUnknownCondition(t *testing.T) {
	_, err := load(ruleText("when: {nam: X}", "class: nas", "weight: weak"))
	if err == nil || !strings.HasPrefix(err.Error(), `f.yaml:3: rule "r": when has no "nam"; it has certificate_name, `) {
		t.Error(err)
	}
}

// A file of aliases of aliases would hold a text 10^9 times.
func TestYAMLBomb(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	if _, err := load(bomb + "rules: *i\n"); err == nil || !strings.Contains(err.Error(), "anchors (&) and aliases (*) are not taken") {
		t.Error(err)
	}
	if _, err := load("rules: " + strings.Repeat("[", 200_000)); err == nil {
		t.Error("a nest was taken")
	}
}

// The rules of a user go first; one of the same name takes a built-in's place.
func TestOwnFingerprints(t *testing.T) {
	p, err := load(`rules:
  - name: our-scanners
    when: {name: "/^SCAN-(\\d+)$/"}
    class: medical
    weight: strong
    vendor: Ours
    model: Scanner $1
    says: our own $0
  - name: ricoh-name
    when: {name: "NEVER"}
    class: printer
    weight: weak
`)
	if err != nil {
		t.Fatal(err)
	}
	if p.Len() != builtinFingerprints().Len()+1 {
		t.Errorf("%d rules", p.Len())
	}
	j := Judge{Fingerprints: p}
	h := stateHost(inventory.StateClosed, "refused")
	h.Names.NetBIOS = "SCAN-0042"
	d := j.Assess(&h).Device
	if d.Class != Medical || d.Model != "Scanner 0042" || d.Vendor != "Ours" || d.Confidence != Strong || !slices.Equal(d.Evidence, []string{"our own SCAN-0042"}) {
		t.Errorf("%+v", d)
	}
	ricoh := printer(h)
	if d := j.Assess(&ricoh).Device; d.Class != ClassUnknown {
		t.Errorf("the rule was not replaced: %+v", d)
	}
}

func TestOwnMakers(t *testing.T) {
	table, err := LoadOUI("f", strings.NewReader("002673\tOurs\n"))
	if err != nil {
		t.Fatal(err)
	}
	h := printer(stateHost(inventory.StateClosed, "refused"))
	j := Judge{OUI: table}
	a, b := j.Assess(&h), Assess(&h)
	if a.Device.Maker != "Ours" || b.Device.Maker != "RICOH COMPANY,LTD." {
		t.Errorf("%q, %q", a.Device.Maker, b.Device.Maker)
	}
	a.Device.Maker = b.Device.Maker
	if fmt.Sprintf("%+v", a.Device) != fmt.Sprintf("%+v", b.Device) {
		t.Errorf("%+v\n%+v", a.Device, b.Device)
	}
}

// Every condition is explained in the head of the rule file, and every rule
// tells its source.
func TestBuiltinFingerprints(t *testing.T) {
	head, rest, _ := bytes.Cut(builtinFile, []byte("\nrules:\n"))
	for key := range conditionKeys {
		if !regexp.MustCompile(`\b` + key + `\b`).Match(head) {
			t.Errorf("%s is not explained", key)
		}
	}
	for _, rule := range strings.Split(string(rest), "  - name: ")[1:] {
		name, body, _ := strings.Cut(rule, "\n")
		if !strings.Contains(body, "    source: ") {
			t.Errorf("%s has no source", name)
		}
		if strings.Contains(body, "source: from memory") && !strings.Contains(body, "weight: weak") {
			t.Errorf("%s is from memory and not weak", name)
		}
	}
	for _, r := range builtinFingerprints().rules {
		for _, c := range r.when {
			if c.key.card && !slices.ContainsFunc(c.texts, func(p pattern) bool { return len(p.mask) == 6 || len(p.mask) >= 7 }) {
				t.Errorf("%s has no prefix", r.name)
			}
		}
	}
}

// No network card belongs to two rules: the second would never count.
func TestCardsOnce(t *testing.T) {
	seen := map[string]string{}
	for _, r := range builtinFingerprints().rules {
		for _, c := range r.when {
			for _, p := range c.texts {
				if !c.key.card {
					continue
				}
				if other := seen[p.mask]; other != "" {
					t.Errorf("%s is of %s and %s", p.mask, other, r.name)
				}
				seen[p.mask] = r.name
			}
		}
	}
}

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"RNP######", "rnp00aAbB", true},
		{"RNP######", "RNP00AABG", false},
		{"RNP######", "RNP00AABBC", false},
		{"DESKTOP-???????", "desktop-a1b2c3d", true},
		{"DESKTOP-???????", "DESKTOP-A1B2C3-", false},
		{"KMBT*", "kmbt", true},
		{"KMBT*", "kmb", false},
		{"*BOT", "robot", true},
		{"*BOT", "bots", false},
		{"*OO#*", "foo1bar", true},
		{"*OO#*", "fooxbar", false},
		{"*", "x", true},
		{"*", "", false},
		{"#", "#", false},
		{"Océ", "océ", true},
		{"/^ab+c/", "ABBC", true},
		{"/^ab+c/", "xabc", false},
		{"/kelvin$/", "\u212aelvin", true}, // the sign of kelvin folds to k
		{"/x(?:one|two)y/", "xtwoy", true},
	} {
		p, err := parsePattern(tt.pattern)
		if err != nil {
			t.Fatal(tt.pattern, err)
		}
		if got := p.match(tt.text); got != tt.want {
			t.Errorf("%s, %s: %t", tt.pattern, tt.text, got)
		}
		if tt.want && !p.mayStart(tt.text[0]) {
			t.Errorf("%s may not start with %q", tt.pattern, tt.text[0])
		}
	}
}

// Marks of one network card or of one name are one mark, and a weak one alone
// never decides.
func TestIndependentMarks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		host  inventory.Host
		class Class
	}{
		{"two names", inventory.Host{Names: inventory.Names{NetBIOS: "NPI123456", DNS: "BRN001122334455"}}, ClassUnknown},
		{"name and reverse name", inventory.Host{Names: inventory.Names{NetBIOS: "NPI123456"}, Clues: &inventory.Clues{Reverse: []string{"npi123456.corp.example"}}}, ClassUnknown},
		{"two answers of one agent", inventory.Host{Clues: &inventory.Clues{SNMP: &inventory.SNMP{SysObjectID: "1.3.6.1.4.1.2435.2.3", Printer: "x"}}}, ClassUnknown},
		{"enterprise 110 is not 11", inventory.Host{Clues: &inventory.Clues{SNMP: &inventory.SNMP{SysObjectID: "1.3.6.1.4.1.24350.2"}}}, ClassUnknown},
		{"agent and card", inventory.Host{Names: inventory.Names{MAC: "008077123456"}, Clues: &inventory.Clues{SNMP: &inventory.SNMP{SysObjectID: "1.3.6.1.4.1.2435.2.3"}}}, Printer},
		{"agent and ports", inventory.Host{Clues: &inventory.Clues{SNMP: &inventory.SNMP{SysObjectID: "1.3.6.1.4.1.2435"}, Open: []uint16{515, 80, 9100}}}, Printer},
		{"one port of two", inventory.Host{Clues: &inventory.Clues{SNMP: &inventory.SNMP{SysObjectID: "1.3.6.1.4.1.2435"}, Open: []uint16{515}}}, ClassUnknown},
		{"printer MIB", inventory.Host{Clues: &inventory.Clues{SNMP: &inventory.SNMP{Printer: "TASKalfa 3253ci", Serial: "X1"}}}, Printer},
		{"Synology by its service", inventory.Host{Clues: &inventory.Clues{Services: []inventory.Service{{Type: "_http._tcp", Text: map[string]string{"vendor": "Synology", "model": "DS918+"}}}}}, NAS},
		{"web page and card", inventory.Host{Names: inventory.Names{MAC: "002673123456"}, Clues: &inventory.Clues{HTTP: []inventory.HTTP{{Title: "Web Image Monitor"}}}}, Printer},
		{"weak marks", inventory.Host{Names: inventory.Names{MAC: "000085123456"}, Clues: &inventory.Clues{Open: []uint16{9100}, SNMP: &inventory.SNMP{SysObjectID: "1.3.6.1.4.1.11.2.3.9.1"}}}, ClassUnknown},
	} {
		if d := Assess(&tt.host).Device; d.Class != tt.class {
			t.Errorf("%s: %v, %q", tt.name, d.Class, d.Evidence)
		}
	}
}

// TestClassNeverFlips adds, shuffles and changes what other services say, and
// the rules, and finds every verdict as it was, and as sure.
func TestClassNeverFlips(t *testing.T) {
	own, err := load(ownRules())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(propertySeed + 7))
	judges := []*Judge{{}, {Fingerprints: own}}
	reworded := 0
	for range propertyHosts / 4 {
		h := generate(r)
		h.Clues = nil
		before := Assess(&h)
		h.Clues = randomClues(r)
		for _, j := range judges {
			a := j.Assess(&h)
			checkWording(t, &before, &a, &h)
			for path, f := range paths(&a) {
				if b := paths(&before)[path]; f.Reason != b.Reason {
					reworded++
				}
			}
			if a.Device.Class != ClassUnknown && a.Device.Confidence == None || a.Device.Class == ClassUnknown && a.Device.Confidence != None {
				t.Fatalf("%v with confidence %v", a.Device.Class, a.Device.Confidence)
			}
		}
	}
	if reworded == 0 {
		t.Error("nothing was worded by the class that is shown: the generator no longer tries it")
	}
}

// ownRules takes every host for each class in turn, by whatever is known of it.
func ownRules() string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i, when := range []string{"{name: '*'}", "{server_guid: [zero, name, random]}", "{dialect: [2.0.2, 2.1, 3.0, 3.0.2, 3.1.1]}",
		"{native_os: '*'}", "{native_lan_manager: '*'}", "{mac: ['002673', '001132']}", "{ntlm_version: '*'}", "{snmp_description: '*'}", "{smb1_words: [0, 1, 13, 17]}"} {
		fmt.Fprintf(&b, "  - {name: own-%d, when: %s, class: %s, weight: strong}\n", i, when, classNames[1+i])
	}
	return b.String()
}

func randomClues(r *rand.Rand) *inventory.Clues {
	text := func(list ...string) string { return pick(r, append(list, "", "x")) }
	c := &inventory.Clues{
		SNMP: &inventory.SNMP{SysDescr: text("RICOH IM C3000 1.10 / RICOH Network Printer C model", "Data ONTAP Release 8", "Allen-Bradley 1756-ENET"),
			SysObjectID: text("1.3.6.1.4.1.367.1", "1.3.6.1.4.1.6574.1"), Serial: text("A1"), SysName: text("NPI123456", "DESKTOP-ABCDEFG")},
		HTTP:     []inventory.HTTP{{Server: text("KM-MFP-http/V0.0.1", "CANON HTTP Server"), Title: text("TopAccess"), CertOrg: text("Synology Inc.")}},
		Services: []inventory.Service{{Type: text("_ipp._tcp", "_device-info._tcp"), Text: map[string]string{"ty": text("HP X"), "model": text("MacBookPro17,1")}}},
		Open:     []uint16{9100, 515, 102, 104},
		Reverse:  []string{text("diskstation.corp.example", "win-abcdefghijk.corp.example")},
	}
	r.Shuffle(len(c.Open), func(i, j int) { c.Open[i], c.Open[j] = c.Open[j], c.Open[i] })
	c.Open = c.Open[:r.Intn(5)]
	return c
}

// Every text of a hostile host may be long and anything.
func TestHostileClues(t *testing.T) {
	long := strings.Repeat("RICOH \x00\xff$1 /", 20_000)
	h := printer(stateHost(inventory.StateClosed, "refused"))
	h.Names.NetBIOS = "KMBT" + long
	h.SMB1 = &inventory.SMB1{NativeOS: "QTS" + long, NativeLANManager: "Samba" + long}
	h.Clues = &inventory.Clues{SNMP: &inventory.SNMP{SysDescr: "RICOH " + long, Printer: long, Serial: long},
		HTTP: slices.Repeat([]inventory.HTTP{{Title: long}}, 1000), Services: slices.Repeat([]inventory.Service{{Type: long}}, 1000),
		Reverse: slices.Repeat([]string{long}, 1000), Open: make([]uint16, 65535)}
	d := Assess(&h).Device
	for _, s := range append(d.Evidence, d.Vendor, d.Model, d.OS) {
		if len(s) > 3*maxWords {
			t.Errorf("%d bytes", len(s))
		}
	}
}

func FuzzLoadFingerprints(f *testing.F) {
	f.Add([]byte(ruleText("when: {name: 'X*'}", "class: nas", "weight: weak")))
	f.Add([]byte(ownRules()))
	f.Add([]byte("rules: &a [*a]\n"))
	f.Add([]byte(ruleText("when: {name: '/^X(.)/', service_text: {a: b}}", "model: $1", "class: nas", "weight: strong")))
	h := printer(windowsHost("10.0.26100", "3.1.1", 0x01))
	h.SMB1 = ntlmSMB1(3)
	h.Clues = randomClues(rand.New(rand.NewSource(1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		rules, err := readFingerprints("f.yaml", bytes.NewReader(b))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("error %q", err)
			}
			return
		}
		p := &Fingerprints{rules: rules}
		p.compile()
		(&Judge{Fingerprints: p}).Assess(&h)
	})
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"RNP######", "*a*", "/^x(y)+/", "/k[sS]/", "?", "/(a|b){3}c/"} {
		f.Add(s, "RNP00aabb")
	}
	f.Fuzz(func(t *testing.T, text, subject string) {
		p, err := parsePattern(text)
		if err != nil || !p.match(subject) {
			return
		}
		if subject == "" || !p.mayStart(subject[0]) {
			t.Errorf("%q fits %q, and may not start so", subject, text)
		}
		if p.re != nil && !p.re.MatchString(subject[:min(len(subject), maxMatchedText)]) {
			t.Errorf("%q fits %q", subject, text)
		}
	})
}

func BenchmarkReadFingerprints(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readFingerprints(builtinName, bytes.NewReader(builtinFile)); err != nil {
			b.Fatal(err)
		}
	}
}
