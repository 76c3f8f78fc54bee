package identify

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"smbready/inventory"
)

const portDNS = 53 // of the resolver, not of the host

// maxReverse is how many names of an address are kept.
const maxReverse = 8

// reverse asks the DNS for the names of the address, [RFC 1035] 3.5.
func (d *dialogue) reverse() error {
	if err := d.pace(); err != nil {
		return err
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(d.ctx, d.o.Timeout)
	defer cancel()
	names, err := d.o.Resolver.LookupAddr(ctx, d.addr.WithZone("").String())
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	d.keepReverse(names)
	d.observe(inventory.StepReverseDNS, portDNS, lookupResult(err, len(d.clues.Reverse)), started)
	return nil
}

// keepReverse keeps the first names: whoever runs a zone can put thousands into
// it, with anything in them.
func (d *dialogue) keepReverse(names []string) {
	for _, name := range names[:min(len(names), maxReverse)] {
		if name = text(strings.TrimSuffix(name, ".")); name != "" {
			d.clues.Reverse = append(d.clues.Reverse, name)
		}
	}
}

func lookupResult(err error, names int) result {
	var dns *net.DNSError
	switch {
	case err == nil, names > 0:
		return answered
	case errors.As(err, &dns) && dns.IsNotFound:
		return result{outcome: inventory.OutcomeAnswered, detail: "no name"}
	case isTimeout(err):
		return result{outcome: inventory.OutcomeSilent}
	}
	return result{outcome: inventory.OutcomeErrorStatus, detail: "the resolver failed"}
}
