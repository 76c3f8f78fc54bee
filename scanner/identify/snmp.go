package identify

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"smbready/inventory"
)

const portSNMP = 161

// Bounds on the dialogue.
const (
	maxSNMPSent   = 10   // datagrams in all: discovery, two questions, and a repetition of each
	maxSNMPAnswer = 4096 // bytes: a few texts of 255 fit in
	maxMissing    = 3    // objects that a version 1 agent may lack before it is asked no more
)

// The objects that are asked for, with the leading dot that package gosnmp uses.
const (
	oidSysDescr    = ".1.3.6.1.2.1.1.1.0" // [RFC 3418] 2
	oidSysObjectID = ".1.3.6.1.2.1.1.2.0"
	oidSysName     = ".1.3.6.1.2.1.1.5.0"

	oidHrDeviceType     = ".1.3.6.1.2.1.25.3.2.1.2.1" // [RFC 2790] 4.2
	oidHrDeviceDescr    = ".1.3.6.1.2.1.25.3.2.1.3.1"
	oidHrDevicePrinter  = ".1.3.6.1.2.1.25.3.1.5"      // a value of hrDeviceType
	oidPrtGeneralName   = ".1.3.6.1.2.1.43.5.1.1.16.1" // [RFC 3805] 6
	oidPrtGeneralSerial = ".1.3.6.1.2.1.43.5.1.1.17.1"
)

var (
	systemObjects  = []string{oidSysDescr, oidSysObjectID, oidSysName}
	printerObjects = []string{oidHrDeviceType, oidHrDeviceDescr, oidPrtGeneralName, oidPrtGeneralSerial}
)

// snmp asks the agent what the device is, and what printer it is. An agent that
// is silent to the first is not asked the second.
func (d *dialogue) snmp() error {
	c, started, r, err := d.open("udp", portSNMP)
	if err != nil {
		return err
	}
	if c == nil {
		d.observe(inventory.StepSNMP, portSNMP, r, started)
		return nil
	}
	defer c.Close()
	s := &snmpConn{conn: c, d: d}
	client, err := d.o.SNMP.client(d.ctx, s, d.o.Timeout)
	if err != nil {
		d.observe(inventory.StepSNMP, portSNMP, result{detail: "this machine cannot ask"}, started)
		return d.ctx.Err()
	}
	values := map[string]string{}
	for _, objects := range [][]string{systemObjects, printerObjects} {
		started := time.Now()
		r := s.get(client, objects, values)
		if err := s.end(); err != nil {
			return err
		}
		d.observe(inventory.StepSNMP, portSNMP, r, started)
		if r.outcome != inventory.OutcomeAnswered {
			break
		}
	}
	d.keepSNMP(values)
	return nil
}

func (d *dialogue) keepSNMP(v map[string]string) {
	s := inventory.SNMP{
		SysDescr:    v[oidSysDescr],
		SysObjectID: strings.TrimPrefix(v[oidSysObjectID], "."),
		SysName:     v[oidSysName],
		PrinterName: v[oidPrtGeneralName],
		Serial:      v[oidPrtGeneralSerial],
	}
	// The first device of a computer is often its processor.
	kind, known := v[oidHrDeviceType]
	if kind == oidHrDevicePrinter || !known && s.PrinterName+s.Serial != "" {
		s.Printer = v[oidHrDeviceDescr]
	}
	if s != (inventory.SNMP{}) {
		d.clues.SNMP = &s
	}
}

// client returns a client that speaks through s. Package gosnmp makes its buffers only
// when it connects, and connects only by itself. So it gets a socket towards
// this machine, which sends nothing, and ours in exchange.
func (o *SNMPOptions) client(ctx context.Context, s *snmpConn, timeout time.Duration) (*gosnmp.GoSNMP, error) {
	g := &gosnmp.GoSNMP{
		Target: "127.0.0.1", Port: 9, Transport: "udp",
		Context: ctx, Timeout: timeout, Retries: 1, MaxOids: len(systemObjects) + len(printerObjects),
	}
	if err := o.apply(g); err != nil {
		return nil, err
	}
	if err := g.Connect(); err != nil {
		return nil, err
	}
	g.Conn.Close()
	g.Conn = s
	return g, nil
}

// snmpConn is what package gosnmp reads and writes. It keeps pace and time, and
// bounds what is sent and read.
type snmpConn struct {
	*conn
	d       *dialogue
	sent    int
	read    int   // datagrams since the last one of ours
	lastErr error // of the last Read
	paceErr error // ends everything
}

var errEnough = errors.New("enough of this host")

// Write sends a datagram when it is its turn. The first had its turn when the
// connection was opened.
func (s *snmpConn) Write(b []byte) (int, error) {
	if s.sent == maxSNMPSent || s.lastErr != nil && !isTimeout(s.lastErr) {
		return 0, errEnough
	}
	if s.sent > 0 && s.paceErr == nil {
		s.paceErr = s.d.pace()
	}
	if s.paceErr != nil {
		return 0, s.paceErr
	}
	s.sent++
	s.read = 0
	s.allow(s.d.o.Timeout)
	return s.conn.Write(b)
}

// Read reads a datagram. What is longer than maxSNMPAnswer is cut off, and makes no
// sense then.
func (s *snmpConn) Read(b []byte) (int, error) {
	if s.read == maxStray {
		return 0, errEnough
	}
	n, err := s.conn.Read(b[:min(len(b), maxSNMPAnswer)])
	if s.lastErr = err; err == nil {
		s.read++
	}
	return n, err
}

// Deadlines are set when something is sent.

func (s *snmpConn) SetDeadline(time.Time) error      { return nil }
func (s *snmpConn) SetReadDeadline(time.Time) error  { return nil }
func (s *snmpConn) SetWriteDeadline(time.Time) error { return nil }

// end returns the error that ends everything.
func (s *snmpConn) end() error {
	if s.paceErr != nil {
		return s.paceErr
	}
	return s.d.ctx.Err()
}

// get asks for objects in one request and puts their values into values. A
// version 1 agent answers nothing at all when it lacks one, and is asked again
// without it, [RFC 1157] 4.1.2.
func (s *snmpConn) get(g *gosnmp.GoSNMP, objects []string, values map[string]string) result {
	objects = slices.Clone(objects)
	for range maxMissing + 1 {
		before := s.got
		p, err := g.Get(objects)
		if err != nil {
			return s.failure(err, s.got > before)
		}
		if p.PDUType != gosnmp.GetResponse || p.Version != g.Version {
			return result{outcome: inventory.OutcomeMalformed, detail: "not an answer to the question"}
		}
		i := int(p.ErrorIndex) - 1
		switch {
		case p.Error == gosnmp.NoError:
			keepValues(p.Variables, objects, values)
			return answered
		case p.Error != gosnmp.NoSuchName:
			return result{outcome: inventory.OutcomeErrorStatus, detail: "SNMP error"}
		case i < 0 || i >= len(objects) || len(objects) == 1:
			return result{outcome: inventory.OutcomeAnswered, detail: "no such object"}
		}
		objects = slices.Delete(objects, i, i+1)
	}
	return result{outcome: inventory.OutcomeAnswered, detail: "no such object"}
}

// reports are the ways in which an agent refuses a user, [RFC 3414] 3.2.
var reports = []error{
	gosnmp.ErrUnknownUsername, gosnmp.ErrWrongDigest, gosnmp.ErrDecryption, gosnmp.ErrUnknownSecurityLevel,
	gosnmp.ErrNotInTimeWindow, gosnmp.ErrUnknownEngineID, gosnmp.ErrUnknownSecurityModels,
	gosnmp.ErrInvalidMsgs, gosnmp.ErrUnknownPDUHandlers, gosnmp.ErrUnknownReportPDU,
}

// failure names the way in which a request failed. The text of an error of
// package gosnmp is never kept: it may quote the packet, or the stack.
func (s *snmpConn) failure(err error, heard bool) result {
	for _, report := range reports {
		if errors.Is(err, report) {
			return result{outcome: inventory.OutcomeErrorStatus, detail: "SNMP report: " + report.Error()}
		}
	}
	switch {
	case heard:
		return result{outcome: inventory.OutcomeMalformed, detail: "no SNMP answer that can be read"}
	case s.lastErr != nil:
		return s.d.failure(s.lastErr, false)
	}
	return s.d.failure(err, false)
}

// keepValues keeps the texts and names among the values of the objects that
// were asked for.
func keepValues(list []gosnmp.SnmpPDU, asked []string, values map[string]string) {
	for _, v := range list[:min(len(list), len(asked))] {
		var t string
		switch value := v.Value.(type) {
		case []byte:
			t = text(string(value))
		case string: // an object identifier
			if v.Type == gosnmp.ObjectIdentifier {
				t = text(value)
			}
		}
		if t != "" && slices.Contains(asked, v.Name) {
			values[v.Name] = t
		}
	}
}

var _ net.Conn = (*snmpConn)(nil)
