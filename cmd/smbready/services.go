package main

import (
	"fmt"
	"strings"
	"sync"

	"smbready/inventory"
	"smbready/scanner/identify"
)

// servicePorts says which ports of other services a scan contacts.
func servicePorts(o *identify.Options) string {
	if o == nil {
		return ""
	}
	var list []string
	for _, s := range []struct {
		wanted bool
		words  string
	}{
		{o.Ports, "TCP ports " + portList(identify.ConnectPorts()) + " (nothing is sent there)"},
		{o.HTTP, "the web on TCP ports 80 and 443"},
		{o.MDNS, "UDP port 5353"},
		{o.SNMP != nil, "UDP port 161"},
		{o.ReverseDNS, "your name server for their names"},
	} {
		if s.wanted {
			list = append(list, s.words)
		}
	}
	return strings.Join(list, ", ")
}

func portList(ports []uint16) string {
	var b strings.Builder
	for i, p := range ports {
		if i > 0 {
			b.WriteString(" ")
		}
		fmt.Fprint(&b, p)
	}
	return b.String()
}

// serviceSteps are the questions to other services, in the order in which they
// are put.
var serviceSteps = []inventory.Step{inventory.StepReverseDNS, inventory.StepTCPConnect, inventory.StepHTTP, inventory.StepMDNS, inventory.StepSNMP}

// serviceNames names what is asked of other services.
func serviceNames(o *identify.Options) (list []string) {
	if o == nil {
		return nil
	}
	wanted := []bool{o.ReverseDNS, o.Ports, o.HTTP, o.MDNS, o.SNMP != nil}
	for i, step := range serviceSteps {
		if wanted[i] {
			list = append(list, string(step))
		}
	}
	return list
}

// serviceTally counts hosts by what came of each question. Without it a name
// server that is down would look like a network without names.
type serviceTally struct {
	mu              sync.Mutex // guards the rest
	asked, answered map[inventory.Step]int
}

func newServiceTally() *serviceTally {
	return &serviceTally{asked: map[inventory.Step]int{}, answered: map[inventory.Step]int{}}
}

// add counts a host. It may be called from many goroutines at once.
func (t *serviceTally) add(h *inventory.Host) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, step := range serviceSteps {
		asked, answered := 0, 0
		for _, o := range h.Observations {
			if o.Step == step {
				asked = 1
				if o.Outcome == inventory.OutcomeAnswered {
					answered = 1
				}
			}
		}
		t.asked[step] += asked
		t.answered[step] += answered
	}
}

// String returns the counts in words, or "" if nothing was asked.
func (t *serviceTally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []string
	for _, step := range serviceSteps {
		if n := t.asked[step]; n > 0 {
			list = append(list, fmt.Sprintf("%s %d of %d", step, t.answered[step], n))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "other services that answered: " + strings.Join(list, ", ")
}
