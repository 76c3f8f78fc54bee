package eventlog

import "strings"

// The two providers, and the logs of theirs from which any event that names a
// device is kept; of Connectivity only those that tell whether a session was
// signed. The others are traces.
const (
	serverProvider = "Microsoft-Windows-SMBServer"
	clientProvider = "Microsoft-Windows-SMBClient"
)

// Logs of the providers.
const (
	logAudit        = "Audit"
	logSecurity     = "Security"
	logOperational  = "Operational"
	logConnectivity = "Connectivity"
)

// Events that mean something by their number.
const (
	eventSMB1Denied        = 1001
	eventUnencryptedDenied = 1003
	eventNegotiateTampered = 1005
	eventSMB1Access        = 3000
	eventNoSigning         = 3021
	eventNoEncryption      = 3022
	eventGuestLogon        = 3023
	eventNoSigningSMB1     = 3027
	eventShareConnected    = 4000 // of Windows 11 26H1

	eventGuestRejected       = 31017
	eventGuestEnabled        = 31018
	eventGuestAllowed        = 31022
	eventServerGuest         = 31997
	eventServerNoSigning     = 31998
	eventServerNoEncryption  = 31999
	eventServerSMB1Refused   = 32000
	eventServerSMB1Responded = 32002
)

// kind is what is known of an event.
type kind struct {
	client  bool     // of the client's provider: it tells of a server
	log     string   // in which it is written, as far as is known
	guest   bool     // somebody was a guest, or would have been
	granted bool     // and was let in
	session bool     // an SMB2 client came so far that a missing signature would have been noted
	weight  int      // how much it matters where there is no room for all
	layouts [][]slot // of its values by position, the newest first; slotNone are lengths and the like
}

// kinds are the events by number. The values of Get-WinEvent have no names;
// their order is that of the template of the event's version.
var kinds = map[int]kind{
	eventSMB1Denied: {log: logOperational, layouts: [][]slot{{slotNone, slotClientName, slotNone}}},
	eventUnencryptedDenied: {log: logOperational, session: true, weight: 1, layouts: [][]slot{
		{slotNone, slotShareName, slotNone, slotClientName, slotNone, slotUserName, slotNone, slotClientAddress, slotNone},
		{slotNone, slotShareName, slotNone, slotClientName, slotNone, slotUserName}}},
	eventNegotiateTampered: {log: logOperational, weight: 1, layouts: [][]slot{
		{slotStatus, slotNone, slotNone, slotClientName, slotNone, slotUserName, slotNone, slotClientAddress, slotNone},
		{slotNone, slotClientName, slotNone, slotUserName, slotNone, slotClientAddress, slotExpectedDialect, slotNone, slotExpectedSecurityMode,
			slotReceivedDialect, slotNone, slotReceivedSecurityMode, slotNone},
		{slotNone, slotClientName, slotNone, slotUserName}}},
	eventSMB1Access: {log: logAudit, weight: 2, layouts: [][]slot{{slotClientName}}},
	eventNoSigning: {log: logAudit, weight: 3, layouts: [][]slot{
		{slotNone, slotClientName, slotNone, slotUserName, slotServerRequiresSigning},
		{slotNone, slotClientName, slotServerRequiresSigning}}},
	eventNoEncryption: {log: logAudit, session: true, weight: 1, layouts: [][]slot{
		{slotNone, slotClientName, slotServerRequiresEncryption, slotEncryptionType}}},
	eventGuestLogon:    {log: logOperational, guest: true, granted: true, weight: 2, layouts: [][]slot{{slotNone, slotClientName}}},
	eventNoSigningSMB1: {log: logAudit, weight: 3, layouts: [][]slot{{slotNone, slotClientName, slotServerRequiresSigning}}},

	eventShareConnected: {log: logConnectivity, session: true, weight: 1, layouts: [][]slot{{slotNone, slotShareName, slotNone, slotClientAddress, slotNone, slotClientName,
		slotNone, slotNone, slotNone, slotSigningUsed, slotEncryptionUsed, slotNone}}},

	eventGuestRejected: {client: true, log: logSecurity, guest: true, weight: 3, layouts: [][]slot{{slotNone, slotUserName, slotNone, slotServerName}}},
	eventGuestEnabled:  {client: true, log: logSecurity, guest: true, layouts: [][]slot{{slotRegName, slotRegValue}}},
	eventGuestAllowed: {client: true, log: logSecurity, guest: true, granted: true, weight: 3,
		layouts: [][]slot{{slotNone, slotUserName, slotNone, slotServerName}}},
	eventServerGuest:         {client: true, log: logAudit, guest: true, granted: true, weight: 3, layouts: [][]slot{{slotNone, slotServerName}}},
	eventServerNoSigning:     {client: true, log: logAudit, weight: 3, layouts: [][]slot{{slotNone, slotServerName, slotClientRequireSigning}}},
	eventServerNoEncryption:  {client: true, log: logAudit, weight: 1, layouts: [][]slot{{slotNone, slotServerName, slotClientRequireEncryption}}},
	eventServerSMB1Refused:   {client: true, log: logAudit, weight: 2, layouts: [][]slot{{slotReason, slotDialect, slotNone, slotServerName}}},
	eventServerSMB1Responded: {client: true, log: logAudit, weight: 2, layouts: [][]slot{{slotReason, slotDialect, slotSecurityMode, slotNone, slotServerName}}},
}

// kindOf returns what is known of an event by its number and its log, or its
// provider where the log is not told. It reports false for what is not of the
// two providers, and for their traces.
func kindOf(id int, channel, provider string) (_ kind, log string, ours bool) {
	name, log := channel, ""
	if i := strings.LastIndexByte(channel, '/'); i >= 0 {
		name, log = channel[:i], channel[i+1:]
	}
	client := strings.EqualFold(name, clientProvider)
	if !client && !strings.EqualFold(name, serverProvider) {
		if channel != "" && !strings.EqualFold(channel, "ForwardedEvents") {
			return kind{}, "", false
		}
		client, log = strings.EqualFold(provider, clientProvider), ""
		if !client && !strings.EqualFold(provider, serverProvider) {
			return kind{}, "", false
		}
	}
	k, known := kinds[id]
	if known && k.client == client {
		// Windows has moved some of these between its logs: the provider's number counts.
		return k, canonical(client, first(properLog(log), k.log)), true
	}
	if log = properLog(log); log == "" {
		return kind{}, "", false
	}
	return kind{client: client}, canonical(client, log), true
}

// properLog returns a log's name in its usual writing, or "" for traces.
func properLog(log string) string {
	for _, l := range []string{logAudit, logSecurity, logOperational, logConnectivity} {
		if strings.EqualFold(l, log) {
			return l
		}
	}
	return ""
}

// channels are the full names of the logs, of the server's provider and of the
// client's.
var channels = map[string][2]string{
	logAudit:        {serverProvider + "/" + logAudit, clientProvider + "/" + logAudit},
	logSecurity:     {serverProvider + "/" + logSecurity, clientProvider + "/" + logSecurity},
	logOperational:  {serverProvider + "/" + logOperational, clientProvider + "/" + logOperational},
	logConnectivity: {serverProvider + "/" + logConnectivity, clientProvider + "/" + logConnectivity},
}

func canonical(client bool, log string) string {
	if client {
		return channels[log][1]
	}
	return channels[log][0]
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// place puts the values without names where they belong by the layout of the
// event's version. It reports false when no layout has as many.
func (k *kind) place(r *record) bool {
	for _, layout := range k.layouts {
		if len(layout) != len(r.properties) {
			continue
		}
		for i, s := range layout {
			r.set(place{slot: s}, r.properties[i])
		}
		return true
	}
	return false
}
