package inventory

import "time"

// Exception is a device that somebody accepted to lose, or to take care of in
// another way, when a policy is enforced. It is a decision of people, not a
// fact of the network, and it never changes a verdict.
type Exception struct {
	ID       string    `json:"id" yaml:"id"`
	Device   string    `json:"device" yaml:"device"`              // an address, a name or the address of a network card
	Site     string    `json:"site,omitempty" yaml:"site"`        // empty: at any site
	Policy   string    `json:"policy" yaml:"policy"`              // such as "client-always"
	By       string    `json:"by" yaml:"by"`                      // who accepted it
	Why      string    `json:"why" yaml:"why"`                    // in their words
	Until    time.Time `json:"until,omitzero" yaml:"until"`       // the last day on which it holds, at 00:00 UTC of that day
	Accepted time.Time `json:"accepted,omitzero" yaml:"accepted"` // when
}
