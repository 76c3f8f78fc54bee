package identify

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"smbready/inventory"
)

const portMDNS = 5353

// Bounds on the dialogue. It costs at most two datagrams and maxTexts.
const (
	maxTexts    = 3    // instances that are asked for their TXT record
	maxStray    = 16   // datagrams that are read after one of ours
	maxDatagram = 9000 // bytes, [RFC 6762] 17
)

// moreWait is how long a further answer may take after the first: a responder
// puts it off by up to 120 ms, [RFC 6762] 6.
const moreWait = 200 * time.Millisecond

// unicastIN is the class of a question whose answer is to come back to us
// alone, [RFC 6762] 5.4.
const unicastIN = dnsmessage.ClassINET | 1<<15

// mdns asks the host itself, and nobody else, what it announces, [RFC 6762] 5.5:
// first which types, then which instances, then those for their texts that
// did not give them along.
func (d *dialogue) mdns() error {
	c, started, r, err := d.open("udp", portMDNS)
	if err != nil {
		return err
	}
	if c == nil {
		d.observe(inventory.StepMDNS, portMDNS, r, started)
		return nil
	}
	defer c.Close()
	var s services
	r, err = d.askMDNS(c, &s, dnsmessage.TypePTR, enumeration)
	if err == nil && r.outcome == inventory.OutcomeAnswered && len(s.types) > 0 {
		err = d.instances(c, &s)
	}
	d.clues.Services = s.found()
	return err
}

// instances asks for the instances of the types, and for the texts that are
// missing then. What stays unanswered was not worth more than its type.
func (d *dialogue) instances(c *conn, s *services) error {
	var domains []string
	for _, t := range s.types {
		domains = append(domains, t+localDomain)
	}
	if err := d.askNext(c, s, dnsmessage.TypePTR, domains...); err != nil {
		return err
	}
	asked := 0
	for _, i := range s.instances {
		if i.Text != nil || asked == maxTexts {
			continue
		}
		asked++
		if err := d.askNext(c, s, dnsmessage.TypeTXT, i.domain); err != nil {
			return err
		}
	}
	return nil
}

// askNext waits for its turn and asks.
func (d *dialogue) askNext(c *conn, s *services, t dnsmessage.Type, domains ...string) error {
	if err := d.pace(); err != nil {
		return err
	}
	_, err := d.askMDNS(c, s, t, domains...)
	return err
}

// askMDNS asks and observes how it went. Its error is the end of the run.
func (d *dialogue) askMDNS(c *conn, s *services, t dnsmessage.Type, domains ...string) (result, error) {
	started := time.Now()
	r := d.ask(c, s, t, domains...)
	if err := d.ctx.Err(); err != nil {
		return r, err
	}
	d.observe(inventory.StepMDNS, portMDNS, r, started)
	return r, nil
}

// ask sends one datagram and takes in what comes back.
func (d *dialogue) ask(c *conn, s *services, t dnsmessage.Type, domains ...string) result {
	id, query, err := mdnsQuery(t, domains)
	if err != nil {
		return result{outcome: inventory.OutcomeMalformed, detail: "announces a name that cannot be asked for"}
	}
	c.allow(d.o.Timeout)
	if _, err := c.Write(query); err != nil {
		return d.failure(err, false)
	}
	r := result{}
	buf := make([]byte, maxDatagram)
	for range maxStray {
		n, err := c.Read(buf)
		if err != nil && r.outcome == inventory.OutcomeUnknown {
			return d.failure(err, false)
		}
		if err != nil {
			return r
		}
		switch err := s.read(buf[:n], id); {
		case err == nil:
			r = answered
			c.allow(min(moreWait, d.o.Timeout))
		case r.outcome == inventory.OutcomeAnswered || errors.Is(err, errNotAnswer):
			// anybody can send it in the host's name
		case errors.Is(err, errRefused):
			r = result{outcome: inventory.OutcomeErrorStatus}
		default:
			r = result{outcome: inventory.OutcomeMalformed, detail: "not a DNS message"}
		}
	}
	if r.outcome == inventory.OutcomeUnknown {
		r = result{outcome: inventory.OutcomeMalformed, detail: "no answer among its datagrams"}
	}
	return r
}

// mdnsQuery returns a query with one question for each domain.
func mdnsQuery(t dnsmessage.Type, domains []string) (id uint16, query []byte, err error) {
	var b [2]byte
	rand.Read(b[:]) // never fails, see its documentation
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: binary.BigEndian.Uint16(b[:])}}
	for _, domain := range domains {
		name, err := dnsmessage.NewName(domain)
		if err != nil {
			return 0, nil, err
		}
		m.Questions = append(m.Questions, dnsmessage.Question{Name: name, Type: t, Class: unicastIN})
	}
	query, err = m.Pack()
	return m.ID, query, err
}
