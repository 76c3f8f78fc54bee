package verify

import (
	"net/netip"
	"time"
)

// job is what a worker is to do, as it goes over the pipe: this is the one
// place where the password leaves a Secret.
type job struct {
	Address     netip.AddrPort `json:"address"`
	Name        string         `json:"name,omitempty"`
	User        string         `json:"user"`
	Domain      string         `json:"domain,omitempty"`
	Password    string         `json:"password"`
	Workstation string         `json:"workstation,omitempty"`
	Known       bool           `json:"known,omitempty"`
	Tamper      bool           `json:"tamper,omitempty"`
	Timeout     time.Duration  `json:"timeout"`
	Delay       time.Duration  `json:"delay"`
	Cost        *CostOptions   `json:"cost,omitempty"` // measure that instead of proving a session
}

func (j *job) target() Target { return Target{Address: j.Address, Name: j.Name} }

func (j *job) account() Credentials {
	return Credentials{User: j.User, Domain: j.Domain, Password: Secret(j.Password)}
}

// proof returns the procedure that the job asks for.
func (j *job) proof() *proof {
	return &proof{target: j.target(), account: j.account(), workstation: j.Workstation, known: j.Known, tamper: j.Tamper,
		timeout: j.Timeout, delay: j.Delay}
}

// costLimit is the time that a measurement may take, with all its logons.
func (j *job) costLimit() time.Duration {
	connections := 2 // a host that demands signing is asked a second time
	if j.Cost.UnsignedAsGuest {
		connections += 2 * j.Cost.Rounds
	}
	return min(j.Cost.limit()+time.Duration(connections)*(j.Timeout+j.Delay), longest)
}
