package assess

// Policy is one of the four Windows signing policies.
type Policy uint8

// The four policies. The client policies are about the host as a server of our
// managed clients; the server policies about the host as a client of our
// managed servers, such as a copier that scans to a folder.
const (
	ClientAlways         Policy = iota // Microsoft network client: Digitally sign communications (always)
	ClientIfServerAgrees               // Microsoft network client: Digitally sign communications (if server agrees)
	ServerAlways                       // Microsoft network server: Digitally sign communications (always)
	ServerIfClientAgrees               // Microsoft network server: Digitally sign communications (if client agrees)
)

// Policies lists the four policies in report order.
var Policies = [4]Policy{ClientAlways, ClientIfServerAgrees, ServerAlways, ServerIfClientAgrees}

var policyNames = [4]string{"client-always", "client-if-server-agrees", "server-always", "server-if-client-agrees"}

var policyTitles = [4]string{
	"Microsoft network client: Digitally sign communications (always)",
	"Microsoft network client: Digitally sign communications (if server agrees)",
	"Microsoft network server: Digitally sign communications (always)",
	"Microsoft network server: Digitally sign communications (if client agrees)",
}

func (p Policy) String() string { return policyNames[p] }

// Title returns the policy's name as Windows shows it.
func (p Policy) Title() string { return policyTitles[p] }

// ParsePolicy returns the policy of that name.
func ParsePolicy(name string) (Policy, bool) {
	for i, n := range policyNames {
		if n == name {
			return Policy(i), true
		}
	}
	return 0, false
}
