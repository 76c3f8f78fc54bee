package identify

import (
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gosnmp/gosnmp"

	"smbready/inventory"
)

const engineID = "\x80\x00\x1f\x88\x80device"

// agent is an SNMP agent with one user or community.
type agent struct {
	version   gosnmp.SnmpVersion
	community string
	user      *SNMPOptions // of version 3
	objects   map[string]gosnmp.SnmpPDU
	spoil     func([]byte) []byte // what is done to each answer
	asked     atomic.Int32
}

func newAgent() *agent {
	a := &agent{version: gosnmp.Version2c, community: "public", objects: map[string]gosnmp.SnmpPDU{}}
	for oid, value := range map[string]string{
		oidSysDescr: "RICOH MP C4504\r\nUnix\x00", oidSysName: "RNP\xff", oidHrDeviceDescr: "RICOH MP C4504",
		oidPrtGeneralName: "copier", oidPrtGeneralSerial: "G1234", ".1.3.6.1.2.1.1.6.0": "not asked for",
	} {
		a.objects[oid] = gosnmp.SnmpPDU{Name: oid, Type: gosnmp.OctetString, Value: value}
	}
	a.objects[oidSysObjectID] = gosnmp.SnmpPDU{Name: oidSysObjectID, Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.4.1.367.1.1"}
	a.objects[oidHrDeviceType] = gosnmp.SnmpPDU{Name: oidHrDeviceType, Type: gosnmp.ObjectIdentifier, Value: oidHrDevicePrinter}
	return a
}

func (a *agent) serve(c net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		a.asked.Add(1)
		answer := a.answer(b[:n])
		if a.spoil != nil {
			answer = a.spoil(answer)
		}
		if answer == nil {
			continue
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// answer returns nil where a real agent is silent.
func (a *agent) answer(query []byte) []byte {
	if a.version == gosnmp.Version3 {
		return a.answerUser(query)
	}
	var g gosnmp.GoSNMP
	q, err := g.SnmpDecodePacket(slices.Clone(query))
	if err != nil || q.Version != a.version || q.Community != a.community {
		return nil
	}
	return marshal(a.fill(&gosnmp.SnmpPacket{Version: q.Version, Community: q.Community}, q))
}

func (a *agent) fill(p, q *gosnmp.SnmpPacket) *gosnmp.SnmpPacket {
	p.PDUType, p.RequestID, p.MsgID = gosnmp.GetResponse, q.RequestID, q.MsgID
	for i, v := range q.Variables {
		o, ok := a.objects[v.Name]
		switch {
		case !ok && q.Version == gosnmp.Version1:
			p.Error, p.ErrorIndex, p.Variables = gosnmp.NoSuchName, uint8(i+1), q.Variables
			return p
		case !ok:
			o = gosnmp.SnmpPDU{Name: v.Name, Type: gosnmp.NoSuchInstance}
		}
		p.Variables = append(p.Variables, o)
	}
	return p
}

// answerUser tells an unknown engine its ID, and answers the rest as its user.
func (a *agent) answerUser(query []byte) []byte {
	g := &gosnmp.GoSNMP{Version: gosnmp.Version3}
	if a.user.apply(g) != nil {
		panic("bad options")
	}
	own := g.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	own.AuthoritativeEngineID, own.AuthoritativeEngineBoots, own.AuthoritativeEngineTime = engineID, 3, 77
	if own.InitSecurityKeys() != nil {
		panic("no keys")
	}
	q, err := g.SnmpDecodePacket(slices.Clone(query))
	if err != nil {
		return nil
	}
	p := &gosnmp.SnmpPacket{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, ContextEngineID: engineID}
	usm := q.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	report := ""
	switch {
	case usm.AuthoritativeEngineID == "":
		report = ".1.3.6.1.6.3.15.1.1.4.0" // usmStatsUnknownEngineIDs, [RFC 3414] 5
	case usm.UserName != a.user.User:
		report = ".1.3.6.1.6.3.15.1.1.3.0" // usmStatsUnknownUserNames
	}
	if report != "" {
		p.SecurityParameters = &gosnmp.UsmSecurityParameters{AuthoritativeEngineID: engineID, AuthoritativeEngineBoots: 3, AuthoritativeEngineTime: 77}
		p.PDUType, p.RequestID, p.MsgID = gosnmp.Report, q.RequestID, q.MsgID
		p.Variables = []gosnmp.SnmpPDU{{Name: report, Type: gosnmp.Counter32, Value: uint32(1)}}
		return marshal(p)
	}
	p.SecurityParameters, p.MsgFlags = own, g.MsgFlags&gosnmp.AuthPriv
	if own.InitPacket(p) != nil {
		panic("no salt")
	}
	return marshal(a.fill(p, q))
}

func marshal(p *gosnmp.SnmpPacket) []byte {
	b, err := p.MarshalMsg()
	if err != nil {
		panic(err)
	}
	return b
}

var copierSNMP = inventory.SNMP{SysDescr: "RICOH MP C4504\r\nUnix", SysObjectID: "1.3.6.1.4.1.367.1.1", SysName: "RNP\ufffd",
	Printer: "RICOH MP C4504", PrinterName: "copier", Serial: "G1234"}

func TestSNMP(t *testing.T) {
	user := func(auth, priv string) *SNMPOptions {
		o := &SNMPOptions{User: "monitor", Auth: auth, Priv: priv}
		if auth != "" {
			o.AuthPassword = "authpassword"
		}
		if priv != "" {
			o.PrivPassword = "privpassword"
		}
		return o
	}
	type row struct {
		name    string
		options *SNMPOptions
		change  func(*agent)
		want    inventory.SNMP
		trail   string
		asked   int // datagrams
	}
	system := copierSNMP
	system.Printer, system.PrinterName, system.Serial = "", "", ""
	table := []row{
		{"version 2c", &SNMPOptions{Community: "public"}, nil, copierSNMP, "answered, answered", 2},
		{"version 1", &SNMPOptions{Version: "1", Community: "public"}, func(a *agent) { a.version = gosnmp.Version1 }, copierSNMP, "answered, answered", 2},
		{"version 1 without a name of the printer", &SNMPOptions{Version: "1", Community: "public"}, func(a *agent) {
			a.version = gosnmp.Version1
			delete(a.objects, oidPrtGeneralName)
		}, without(copierSNMP, func(s *inventory.SNMP) { s.PrinterName = "" }), "answered, answered", 3},
		{"version 1 and no printer", &SNMPOptions{Version: "1", Community: "public"}, func(a *agent) {
			a.version = gosnmp.Version1
			for _, o := range printerObjects {
				delete(a.objects, o)
			}
		}, system, "answered, answered (no such object)", 5},
		{"a computer", &SNMPOptions{Community: "public"}, func(a *agent) {
			delete(a.objects, oidPrtGeneralName)
			delete(a.objects, oidPrtGeneralSerial)
			a.objects[oidHrDeviceType] = gosnmp.SnmpPDU{Name: oidHrDeviceType, Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.2.1.25.3.1.3"}
		}, system, "answered, answered", 2},
		{"wrong community", &SNMPOptions{Community: "secret"}, nil, inventory.SNMP{}, "silent", 2},
		{"endless text", &SNMPOptions{Community: "public"}, func(a *agent) {
			a.objects[oidSysDescr] = gosnmp.SnmpPDU{Name: oidSysDescr, Type: gosnmp.OctetString, Value: strings.Repeat("x", 2000)}
		}, without(copierSNMP, func(s *inventory.SNMP) { s.SysDescr = strings.Repeat("x", 256) }), "answered, answered", 2},
		{"longer than we read", &SNMPOptions{Community: "public"}, func(a *agent) {
			a.objects[oidSysDescr] = gosnmp.SnmpPDU{Name: oidSysDescr, Type: gosnmp.OctetString, Value: strings.Repeat("x", 60000)}
		}, inventory.SNMP{}, "malformed (no SNMP answer that can be read)", -1},
		{"echo", &SNMPOptions{Community: "public"}, func(a *agent) {
			a.spoil = func(b []byte) []byte {
				return []byte(strings.Replace(string(b), "public\xa2", "public\xa0", 1))
			}
		}, inventory.SNMP{}, "malformed (not an answer to the question)", 1},
		{"garbage", &SNMPOptions{Community: "public"}, func(a *agent) { a.spoil = func([]byte) []byte { return []byte("garbage") } }, inventory.SNMP{}, "malformed (no SNMP answer that can be read)", 2},
		{"empty", &SNMPOptions{Community: "public"}, func(a *agent) { a.spoil = func(b []byte) []byte { return b[:2] } }, inventory.SNMP{}, "malformed (no SNMP answer that can be read)", 2},
		{"unknown user", &SNMPOptions{User: "other"}, func(a *agent) { a.version, a.user = gosnmp.Version3, user("", "") }, inventory.SNMP{}, "error-status (SNMP report: unknown username)", 2},
		{"wrong password", user("SHA", "AES"), func(a *agent) {
			a.version, a.user = gosnmp.Version3, user("SHA", "AES")
			a.user.AuthPassword = "anotherpassword"
		}, inventory.SNMP{}, "malformed (no SNMP answer that can be read)", -1},
	}
	for _, v := range []string{" ", "MD5 ", "SHA DES", "SHA AES", "SHA224 AES", "SHA256 AES192", "SHA384 AES256", "SHA512 AES256C", "SHA AES192C"} {
		auth, priv, _ := strings.Cut(v, " ")
		table = append(table, row{"version 3 " + v, user(auth, priv), func(a *agent) { a.version, a.user = gosnmp.Version3, user(auth, priv) }, copierSNMP, "answered, answered", 3})
	}
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAgent()
				if c.change != nil {
					c.change(a)
				}
				f := &fakes{udp: map[uint16]func(net.Conn){portSNMP: a.serve}}
				clues, got := f.ask(t, func(o *Options) { o.SNMP = c.options })
				time.Sleep(time.Second)
				if want := "snmp@161 " + strings.ReplaceAll(c.trail, ", ", ", snmp@161 "); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				if empty := c.want == (inventory.SNMP{}); empty != (clues == nil) || !empty && *clues.SNMP != c.want {
					t.Errorf("got %+v, want %+v", clues, c.want)
				}
				if n := int(a.asked.Load()); n > maxSNMPSent || c.asked >= 0 && n != c.asked {
					t.Errorf("%d datagrams, want %d", n, c.asked)
				}
			})
		})
	}
}

func without(s inventory.SNMP, change func(*inventory.SNMP)) inventory.SNMP {
	change(&s)
	return s
}

// TestRefusedSNMP checks that a host without an agent is not asked again.
func TestRefusedSNMP(t *testing.T) {
	f := &fakes{}
	if _, got := f.ask(t, func(o *Options) { o.SNMP = &SNMPOptions{Community: "public"} }); got != "snmp@161 refused" {
		t.Errorf("got %s", got)
	}
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close() // now an ICMP message comes back
	o := f.options()
	o.SNMP, o.Timeout, o.Dial = &SNMPOptions{Community: "public"}, 10*time.Second, nil
	d := &dialogue{o: o.withDefaults(), ctx: t.Context(), addr: device}
	c, err := net.Dial("udp", closed.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := &snmpConn{conn: newConn(d.ctx, c), d: d}
	defer s.Close()
	g, err := o.SNMP.client(d.ctx, s, o.Timeout)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.get(g, systemObjects, map[string]string{}); r.outcome == inventory.OutcomeAnswered || s.sent != 1 {
		t.Errorf("%s after %d datagrams", r.outcome, s.sent)
	}
}
