package eventlog

import "strings"

// The cmdlets whose output is read.
const (
	cmdletConnection = "Get-SmbConnection"          // of a client: one row for each share it uses
	cmdletSession    = "Get-SmbSession"             // of a server: one row for each session
	cmdletServer     = "Get-SmbServerConfiguration" // of a server: one row
)

// takeRow takes in a row of a cmdlet.
func (s *source) takeRow(r *record) {
	s.rows++
	switch r.cmdlet() {
	case cmdletSession:
		s.takeSession(r)
	case cmdletConnection:
		s.takeConnection(r)
	case cmdletServer:
		s.takeConfiguration(r)
	default:
		s.rows--
		s.count(reasonNumber, 1)
	}
}

// takeConnection takes in what a client says of a server.
func (s *source) takeConnection(r *record) {
	server := parsePeer(r.values[slotServerName])
	if !server.known() {
		s.count(reasonPeer, 1)
		return
	}
	when := s.time(r)
	s.used(when)
	d := s.reader.tally.device(server)
	if d == nil {
		s.count(reasonHosts, 1)
		return
	}
	signed, _ := parseBool(r.values[slotSigned])
	encrypted, _ := parseBool(r.values[slotEncrypted])
	share := strings.TrimSpace(r.values[slotShareName])
	s.reader.tally.add(d, contactKey{origin: s.origin, served: true, channel: cmdletConnection, computer: text(r.values[slotComputer]),
		user: text(r.values[slotUserName]), dialect: dialect(r.values[slotDialect]), signed: signed, encrypted: encrypted,
		data: share != "" && !strings.EqualFold(share, "IPC$")}, kind{weight: 2}, when)
}

// takeSession takes in what a server says of a client.
func (s *source) takeSession(r *record) {
	client := parsePeer(r.values[slotClientComputerName])
	if !client.known() {
		s.count(reasonPeer, 1)
		return
	}
	when := s.time(r)
	s.used(when)
	if client.address.IsLoopback() {
		return
	}
	d := s.reader.tally.device(client)
	if d == nil {
		s.count(reasonHosts, 1)
		return
	}
	signed, _ := parseBool(r.values[slotSigned])
	encrypted, _ := parseBool(r.values[slotEncrypted])
	computer, spoken := text(r.values[slotComputer]), dialect(r.values[slotDialect])
	s.reader.tally.add(d, contactKey{origin: s.origin, channel: cmdletSession, computer: computer, user: text(r.values[slotClientUserName]),
		dialect: spoken, signed: signed, encrypted: encrypted}, kind{weight: 2}, when)
	if computer != "" && (strings.HasPrefix(spoken, "2.") || strings.HasPrefix(spoken, "3.")) {
		d.addSession(session{computer: computer, proof: cmdletSession, first: when, last: when, count: 1, origin: s.origin})
	}
}

// takeConfiguration takes in how a server is set up. It is about no other
// device, but shows when auditing of signing was on.
func (s *source) takeConfiguration(r *record) {
	when := s.time(r)
	on, told := parseBool(r.values[slotAuditSigning])
	if told && !when.IsZero() && s.reader.logs.configured(text(r.values[slotComputer]), sign{when, on}) {
		s.used(when)
	}
}

// dialect returns a dialect as this tool calls it: cmdlets of older systems write
// "2.00" for 2.0.2 and "2.10" for 2.1. SMB1 is "1.5" there.
func dialect(s string) string {
	s = text(s)
	switch s {
	case "2.02", "2.002", "2.00":
		return "2.0.2"
	case "2.10":
		return "2.1"
	case "3.00", "3.0":
		return "3.0"
	case "3.02":
		return "3.0.2"
	case "3.11":
		return "3.1.1"
	}
	return s
}
