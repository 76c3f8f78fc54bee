package identify

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"smbready/inventory"
)

// Bounds on what a host announces.
const (
	maxRecords   = 128 // of one message
	maxInstances = 16
)

const (
	enumeration = "_services._dns-sd._udp.local." // [RFC 6763] 9
	localDomain = ".local."
)

// serviceTypes are those that tell what kind of device it is, or that it speaks
// SMB.
var serviceTypes = []string{
	"_ipp._tcp", "_ipps._tcp", "_printer._tcp", "_pdl-datastream._tcp", // printers
	"_scanner._tcp", "_uscan._tcp", "_uscans._tcp", // scanners
	"_smb._tcp", "_adisk._tcp", "_afpovertcp._tcp", "_nfs._tcp", // file servers
	"_device-info._tcp", "_http._tcp", "_https._tcp", "_airplay._tcp", "_workstation._tcp",
}

// textKeys are the keys of TXT records that are kept: they name the device, its
// maker, its place, or the page where it is administered. Those of printers are in
// the Bonjour Printing Specification 1.2.1.
var textKeys = []string{
	"ty", "product", "usb_mfg", "usb_mdl", "model", "vendor", "manufacturer", "displaymodel", "note", "pdl", "adminurl", "serial",
}

var (
	errNotAnswer = errors.New("not an answer to the query")
	errRefused   = errors.New("the answer carries an error")
)

// services are what a host announces.
type services struct {
	types     []string // of serviceTypes
	instances []*instance
}

// instance is one service under its name.
type instance struct {
	domain string // of its records, as on the wire
	inventory.Service
}

// read takes in a message. Records that make no sense are passed over; an error
// says that the message is no answer, and errNotAnswer that it is somebody
// else's.
func (s *services) read(msg []byte, id uint16) error {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	switch {
	case err != nil:
		return err
	case !h.Response || h.ID != id && h.ID != 0: // a multicast answer carries no ID, [RFC 6762] 18.1
		return errNotAnswer
	case h.RCode != dnsmessage.RCodeSuccess:
		return errRefused
	}
	if err := p.SkipAllQuestions(); err != nil {
		return err
	}
	left := maxRecords
	if err := s.section(&p, p.AnswerHeader, p.SkipAnswer, &left); err != nil {
		return err
	}
	if p.SkipAllAuthorities() != nil {
		return nil // what stands before is good
	}
	s.section(&p, p.AdditionalHeader, p.SkipAdditional, &left) // TXT comes here unasked, [RFC 6763] 12.1
	return nil
}

// section takes in the records of one section. A record whose name cannot be
// read is passed over: dnsmessage knows no names with a dot inside a label.
func (s *services) section(p *dnsmessage.Parser, next func() (dnsmessage.ResourceHeader, error), skip func() error, left *int) error {
	for ; *left > 0; *left-- {
		h, err := next()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err == nil && s.record(p, h) {
			continue
		}
		if err := skip(); err != nil {
			return err
		}
	}
	return nil
}

// record takes in the record that h begins, and reports whether it has read it.
func (s *services) record(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) bool {
	owner := strings.ToLower(h.Name.String())
	switch h.Type {
	case dnsmessage.TypePTR:
		r, err := p.PTRResource()
		if err != nil {
			return false
		}
		s.pointer(owner, r.PTR.String())
		return true
	case dnsmessage.TypeTXT:
		r, err := p.TXTResource()
		if err != nil {
			return false
		}
		if i := s.instance(h.Name.String()); i != nil && i.Text == nil {
			i.Text = keepText(r.TXT)
		}
		return true
	}
	return false
}

// pointer takes in what a name points to: a type, or an instance of one.
func (s *services) pointer(owner, to string) {
	if owner != enumeration {
		if serviceType(owner) != "" {
			s.instance(to)
		}
		return
	}
	if t := serviceType(strings.ToLower(to)); t != "" && !slices.Contains(s.types, t) {
		s.types = append(s.types, t)
	}
}

// serviceType returns the type that a domain in lower case stands for, or "".
func serviceType(domain string) string {
	t, local := strings.CutSuffix(domain, localDomain)
	if !local || !slices.Contains(serviceTypes, t) {
		return ""
	}
	return t
}

// instance returns the instance of that domain, a new one if need be. It is nil
// for a domain that is none, and when there are too many.
func (s *services) instance(domain string) *instance {
	for _, i := range s.instances {
		if strings.EqualFold(i.domain, domain) {
			return i
		}
	}
	label, rest, _ := strings.Cut(domain, ".")
	t := serviceType(strings.ToLower(rest))
	if t == "" || len(s.instances) == maxInstances {
		return nil
	}
	i := &instance{domain: domain, Service: inventory.Service{Type: t, Name: text(label)}}
	s.instances = append(s.instances, i)
	return i
}

// keepText returns the keys that matter, [RFC 6763] 6.4: without regard to case,
// and the first of several alike. The result is never nil.
func keepText(pairs []string) map[string]string {
	m := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		key = strings.ToLower(key)
		if value = text(value); !ok || value == "" || !slices.Contains(textKeys, key) {
			continue
		}
		if _, known := m[key]; !known {
			m[key] = value
		}
	}
	return m
}

// found returns what was learned: the instances, and the types that have none.
func (s *services) found() (list []inventory.Service) {
	for _, i := range s.instances {
		if len(i.Text) == 0 {
			i.Text = nil
		}
		list = append(list, i.Service)
	}
	for _, t := range s.types {
		if !slices.ContainsFunc(s.instances, func(i *instance) bool { return i.Type == t }) {
			list = append(list, inventory.Service{Type: t})
		}
	}
	return list
}
