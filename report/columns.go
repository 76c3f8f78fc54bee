package report

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// column is a column of the CSV.
type column struct {
	name  string
	value func(judged) string
}

// columns are the columns of the CSV in their order. An empty cell means that
// nothing was observed, never that all is well.
var columns = []column{
	{"address", func(j judged) string { return addressWords(j.host) }}, // empty: known by name only
	{"name", func(j judged) string { return hostName(j.host) }},        // the best known
	{"netbios", func(j judged) string { return j.host.Names.NetBIOS }},
	{"dns", func(j judged) string { return j.host.Names.DNS }},
	{"domain", func(j judged) string { return j.host.Names.Domain }}, // DNS domain
	{"workgroup", func(j judged) string { return j.host.Names.Workgroup }},
	{"mac", func(j judged) string { return j.host.Names.MAC }}, // as the node status told it
	{"site", func(j judged) string { return j.host.Site }},

	// What the device is taken to be.
	{"class", func(j judged) string { return j.assessment.Device.Class.String() }},
	{"vendor", func(j judged) string { return j.assessment.Device.Vendor }},
	{"model", func(j judged) string { return j.assessment.Device.Model }},
	{"os", func(j judged) string { return j.assessment.Device.OS }},
	{"support", func(j judged) string { return j.assessment.Device.Support }}, // the vendor's, of that version
	{"era", func(j judged) string { return j.assessment.Device.Era }},         // of the newest protocol it speaks

	// What was observed.
	{"state", func(j judged) string { return j.host.State.String() }},
	{"port", func(j judged) string { return number(uint64(j.host.Port)) }},
	{"detail", func(j judged) string { return j.host.Detail }}, // why state is not smb
	{"smb1_dialect", smb1(func(s *inventory.SMB1) string { return s.Dialect })},
	{"smb1_signing", smb1(func(s *inventory.SMB1) string { return s.Signing.String() })},
	{"smb1_security_mode", smb1(func(s *inventory.SMB1) string { return mode(s.SecurityMode) })},
	{"smb2_dialects", smb2(func(s *inventory.SMB2) string { return strings.Join(s.Dialects, " ") })}, // proven ones
	{"smb2_signing", smb2(func(s *inventory.SMB2) string { return s.Signing.String() })},
	{"smb2_security_mode", smb2(func(s *inventory.SMB2) string { return mode(s.SecurityMode) })},
	{"signing_algorithm", smb2(func(s *inventory.SMB2) string { return s.SigningAlgorithm })},
	{"cipher", smb2(func(s *inventory.SMB2) string { return s.Cipher })},
	{"server_guid", smb2(func(s *inventory.SMB2) string { return guid(s.ServerGUID) })}, // as Windows writes it
	{"guest", guestFact}, // what the guest check or a session saw
	{"native_os", smb1(func(s *inventory.SMB1) string { return s.NativeOS })},
	{"native_lan_manager", smb1(func(s *inventory.SMB1) string { return s.NativeLANManager })},
	{"ntlm_version", ntlmVersion},

	// The findings: for each policy verdict, confidence and reason code.
	{"client_always_verdict", finding(assess.ClientAlways, findingVerdict)}, // for users with an account
	{"client_always_confidence", finding(assess.ClientAlways, findingConfidence)},
	{"client_always_reason", finding(assess.ClientAlways, findingReason)},
	{"client_always_guest_verdict", guest(findingVerdict)}, // empty: no guest path is known of
	{"client_always_guest_reason", guest(findingReason)},
	{"client_if_server_agrees_verdict", finding(assess.ClientIfServerAgrees, findingVerdict)},
	{"client_if_server_agrees_confidence", finding(assess.ClientIfServerAgrees, findingConfidence)},
	{"client_if_server_agrees_reason", finding(assess.ClientIfServerAgrees, findingReason)},
	{"server_always_verdict", finding(assess.ServerAlways, findingVerdict)},
	{"server_always_confidence", finding(assess.ServerAlways, findingConfidence)},
	{"server_always_reason", finding(assess.ServerAlways, findingReason)},
	{"server_if_client_agrees_verdict", finding(assess.ServerIfClientAgrees, findingVerdict)},
	{"server_if_client_agrees_confidence", finding(assess.ServerIfClientAgrees, findingConfidence)},
	{"server_if_client_agrees_reason", finding(assess.ServerIfClientAgrees, findingReason)},

	// In words.
	{"client_always_why", finding(assess.ClientAlways, findingWhy)},
	{"client_always_remedy", finding(assess.ClientAlways, findingRemedy)},
	{"client_always_settle", finding(assess.ClientAlways, findingSettle)}, // what would make it surer
	{"server_always_why", finding(assess.ServerAlways, findingWhy)},
	{"server_always_remedy", finding(assess.ServerAlways, findingRemedy)},
	{"server_always_settle", finding(assess.ServerAlways, findingSettle)},

	{"client_always_guest_settle", guest(findingSettle)},
	{"client_always_evidence", finding(assess.ClientAlways, findingEvidence)}, // the facts it rests on
	{"server_always_evidence", finding(assess.ServerAlways, findingEvidence)},
	{"device_evidence", func(j judged) string { return strings.Join(j.assessment.Device.Evidence, "; ") }},

	{"quirks", func(j judged) string { return strings.Join(j.host.Quirks, ", ") }}, // deviations from the specification
	{"error", func(j judged) string { return j.host.Error }},                       // a fault of the scan, not of the host
	{"time", func(j judged) string { return rfc3339(j.host.Time) }},                // of the observation, UTC

	{"device_maker", func(j judged) string { return j.assessment.Device.Maker }}, // of the network card
	{"also_at", func(j judged) string { return alsoWords(j.also, "; ") }},        // other addresses of the device
	{"session", session},            // with an account: the one that counts most, and its dialect
	{"reverse_names", reverseNames}, // of the address, in the DNS
	{"client_always_guest_why", guest(findingWhy)},
	{"client_always_guest_remedy", guest(findingRemedy)},
	{"client_always_guest_confidence", guest(findingConfidence)},
	{"signing_cost", func(j judged) string { return costWords(j.host.Cost) }}, // in each direction
	{"session_detail", sessionDetails},                                        // of the session that counts most
	{"clues", func(j judged) string { return clueWords(j.host.Clues, "; ") }}, // of other services

	// What was seen of it as a client.
	{"client_sources", client(func(c *inventory.Client) string { return strings.Join(sourceNames(c.Sources), "; ") })},
	{"client_dialects", client(func(c *inventory.Client) string { return strings.Join(c.Dialects, "; ") })}, // that it offered
	{"client_signing", client(func(c *inventory.Client) string { return c.Signing.String() })},              // the weakest that it said
	{"client_last_seen", client(func(c *inventory.Client) string { return rfc3339(c.LastSeen) })},
	{"client_accounts", client(func(c *inventory.Client) string { return strings.Join(c.Accounts, "; ") })},
	{"client_names", client(func(c *inventory.Client) string { return strings.Join(c.Names, "; ") })},
	{"joined_from", func(j judged) string { return joinWords(j.host.Joins) }},                     // the sources, and what joins them
	{"kept_apart", func(j judged) string { return strings.Join(apartWords(j.host.Joins), "; ") }}, // what may be of it, and why it was not taken to be
}

// runColumn is a column that says the same of every host of a run: where the row
// comes from, in case it is parted from the others.
type runColumn struct {
	name  string
	value func(*Run, []field) string
}

// runColumns are the last columns of the CSV. One that is added comes after them.
var runColumns = []runColumn{
	{"run", func(r *Run, _ []field) string { return r.Header.ID }},
	{"run_site", func(r *Run, _ []field) string { return firstOf(r.onlySite, r.Header.Site) }},
	{"run_scope", provenanceOf("Scope")},
	{"run_excluded", func(r *Run, _ []field) string { return strings.Join(r.Header.Excluded, ", ") }},
	{"run_started", func(r *Run, _ []field) string { return rfc3339(r.Header.Started) }},
	{"run_finished", func(r *Run, _ []field) string { return rfc3339(r.Summary.Finished) }}, // empty: no end recorded
	{"run_complete", provenanceOf("Complete")},                                              // "yes", or why not
	{"run_asked_for", provenanceOf("Asked for")},
	{"run_targets", func(r *Run, _ []field) string { return number(r.Header.Targets) }},
	{"run_probed", func(r *Run, _ []field) string { return number(r.Summary.Probed) }},
	{"run_not_reached", provenanceOf("Not reached")},
	{"run_tool", func(r *Run, _ []field) string { return r.Header.Tool }},
	{"rules", func(r *Run, _ []field) string { return assess.RulesVersion() }},
}

func provenanceOf(name string) func(*Run, []field) string {
	return func(_ *Run, fields []field) string { return fieldOf(fields, name) }
}

// runCells returns the cells of runColumns.
func (r *Run) runCells() []string {
	fields := r.provenance()
	cells := make([]string, len(runColumns))
	for i, c := range runColumns {
		cells[i] = cell(clip(c.value(r, fields), maxProse))
	}
	return cells
}

func client(value func(*inventory.Client) string) func(judged) string {
	return func(j judged) string {
		if j.host.Client == nil {
			return ""
		}
		return value(j.host.Client)
	}
}

// sessionDetails says what there is to say of a session besides its result.
func sessionDetails(j judged) string {
	s := assess.Deciding(j.host)
	if s == nil {
		return ""
	}
	var parts []string
	for _, f := range []labelled{{"", s.Status}, {"", sessionDetail(s)}, {"misbehaved: ", s.Misbehaviour}, {"a wrong signature ", tamperWords(s.Tamper)}} {
		if f.text != "" {
			parts = append(parts, f.label+f.text)
		}
	}
	return strings.Join(parts, "; ")
}

func session(j judged) string {
	s := assess.Deciding(j.host)
	if s == nil {
		return ""
	}
	return strings.TrimSpace(s.Result.String() + " " + s.Dialect)
}

func reverseNames(j judged) string {
	if j.host.Clues == nil {
		return ""
	}
	return strings.Join(j.host.Clues.Reverse, "; ")
}

func smb1(value func(*inventory.SMB1) string) func(judged) string {
	return func(j judged) string {
		if j.host.SMB1 == nil {
			return ""
		}
		return value(j.host.SMB1)
	}
}

func smb2(value func(*inventory.SMB2) string) func(judged) string {
	return func(j judged) string {
		if j.host.SMB2 == nil {
			return ""
		}
		return value(j.host.SMB2)
	}
}

func finding(p assess.Policy, value func(*assess.Finding) string) func(judged) string {
	return func(j judged) string { return value(j.assessment.Policies.Of(p)) }
}

func guest(value func(*assess.Finding) string) func(judged) string {
	return func(j judged) string {
		if g := j.assessment.Policies.ClientAlways.Guest; g != nil {
			return value(g)
		}
		return ""
	}
}

func findingVerdict(f *assess.Finding) string    { return f.Verdict.String() }
func findingConfidence(f *assess.Finding) string { return f.Confidence.String() }
func findingReason(f *assess.Finding) string     { return f.Reason }
func findingWhy(f *assess.Finding) string        { return f.Why }
func findingRemedy(f *assess.Finding) string     { return f.Remedy }
func findingSettle(f *assess.Finding) string     { return f.Settle }
func findingEvidence(f *assess.Finding) string   { return strings.Join(f.Evidence, "; ") }

func ntlmVersion(j judged) string {
	if j.host.NTLM == nil {
		return ""
	}
	return j.host.NTLM.Version
}

func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

func mode(m *uint16) string {
	if m == nil {
		return ""
	}
	return strconv.Itoa(int(*m))
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// guid writes the 16 bytes of a GUID, [MS-DTYP] 2.3.4.2, as Windows does: the
// first three fields are little-endian on the wire.
func guid(wire string) string {
	b, err := hex.DecodeString(wire)
	if err != nil || len(b) != 16 {
		return wire
	}
	return fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x",
		b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8:10], b[10:16])
}
