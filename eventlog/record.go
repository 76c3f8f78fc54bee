package eventlog

import "strings"

// slot is what a value of a record means, however the file calls it.
type slot uint8

// Slots. Those up to slotRow describe the event, or the row; the rest are its
// own fields, under the names of the providers' templates.
const (
	slotNone slot = iota
	slotID
	slotChannel
	slotProvider
	slotComputer
	slotTime
	slotMessage
	slotXML      // a part of the event in XML, in one value
	slotProperty // one of the values without names; a record has many
	slotRow      // no slot: the end of the above

	slotClientName
	slotClientAddress
	slotUserName
	slotServerName
	slotAddress // of the other end
	slotServerRequiresSigning
	slotServerRequiresEncryption
	slotEncryptionType
	slotClientRequireSigning
	slotClientRequireEncryption
	slotShareName
	slotDialect
	slotSecurityMode
	slotReason
	slotStatus
	slotExpectedDialect
	slotExpectedSecurityMode
	slotReceivedDialect
	slotReceivedSecurityMode
	slotSigningUsed
	slotEncryptionUsed
	slotRegName
	slotRegValue
	slotFields // no slot: the end of an event's fields

	// Columns of cmdlets.
	slotSigned
	slotEncrypted
	slotClientComputerName
	slotClientUserName
	slotNumOpens
	slotAuditSigning
	slotRequireSignature
	slots // how many there are
)

// slotNames are the names under which fields are kept.
var slotNames = [slots]string{
	slotID: "EventID", slotChannel: "Channel", slotProvider: "ProviderName", slotComputer: "Computer", slotTime: "TimeCreated",
	slotMessage:    "Message",
	slotClientName: "ClientName", slotClientAddress: "ClientAddress", slotUserName: "UserName", slotServerName: "ServerName", slotAddress: "Address",
	slotServerRequiresSigning: "ServerRequiresSigning", slotServerRequiresEncryption: "ServerRequiresEncryption",
	slotEncryptionType:       "SmbClientDoesNotSupportEncryptionType",
	slotClientRequireSigning: "ClientRequireSigning", slotClientRequireEncryption: "ClientRequireEncryption",
	slotShareName: "ShareName", slotDialect: "Dialect", slotSecurityMode: "SecurityMode", slotReason: "Reason", slotStatus: "Status",
	slotExpectedDialect: "ExpectedDialect", slotExpectedSecurityMode: "ExpectedSecurityMode",
	slotReceivedDialect: "ReceivedDialect", slotReceivedSecurityMode: "ReceivedSecurityMode",
	slotSigningUsed: "SigningUsed", slotEncryptionUsed: "EncryptionUsed", slotRegName: "RegName", slotRegValue: "RegValue",
	slotSigned: "Signed", slotEncrypted: "Encrypted", slotClientComputerName: "ClientComputerName", slotClientUserName: "ClientUserName",
	slotNumOpens: "NumOpens", slotAuditSigning: "AuditClientDoesNotSupportSigning", slotRequireSignature: "RequireSecuritySignature",
}

// place is what a name in a file means: a slot, and how good a source of it the
// name is, 0 being best.
type place struct {
	slot slot
	rank uint8
}

// places are the names of the forms that are read, without the case, marks and
// blanks in which they differ. A name stands for itself wherever it is nested,
// but for those with a dot, which need the name above theirs, and those in tops.
var places = map[string]place{
	// Get-WinEvent, Event Viewer, Windows XML, Winlogbeat, NXLog, Splunk, Azure Monitor.
	"eventid": {slotID, 0}, "eventcode": {slotID, 0}, "eventidentifier": {slotID, 1}, "event.code": {slotID, 1}, "id": {slotID, 2},
	"channel": {slotChannel, 0}, "logname": {slotChannel, 1}, "eventlog": {slotChannel, 1}, "channelname": {slotChannel, 1}, "log": {slotChannel, 2},
	"providername": {slotProvider, 0}, "provider.name": {slotProvider, 0}, "sourcename": {slotProvider, 1}, "eventsourcename": {slotProvider, 1},
	"source": {slotProvider, 2}, "event.provider": {slotProvider, 1},
	"computername": {slotComputer, 0}, "computer": {slotComputer, 0}, "machinename": {slotComputer, 0}, "pscomputername": {slotComputer, 1},
	"cimsystemproperties.servername": {slotComputer, 2}, "hostname": {slotComputer, 2}, "host": {slotComputer, 3}, "host.name": {slotComputer, 3},
	"systemtime": {slotTime, 0}, "timecreated": {slotTime, 0}, "eventtime": {slotTime, 1}, "timegenerated": {slotTime, 1}, "timegeneratedutc": {slotTime, 1},
	"timecreated.value": {slotTime, 0}, "timecreated.systemtime": {slotTime, 0}, "dateandtime": {slotTime, 2}, "time": {slotTime, 3}, "timestamp": {slotTime, 4},
	"message": {slotMessage, 0}, "eventmessage": {slotMessage, 1}, "rendereddescription": {slotMessage, 1},
	"eventdata": {slotXML, 0}, "eventxml": {slotXML, 0}, "xml": {slotXML, 1}, "raw": {slotXML, 2}, "userdata": {slotXML, 1},
	"properties": {slotProperty, 0},

	"clientname": {slotClientName, 0}, "clientaddress": {slotClientAddress, 0}, "clientip": {slotClientAddress, 1}, "clientsocketaddress": {slotClientAddress, 1},
	"username": {slotUserName, 0}, "servername": {slotServerName, 0}, "address": {slotAddress, 0}, "remoteaddress": {slotAddress, 0},
	"serverrequiressigning": {slotServerRequiresSigning, 0}, "serversigningrequired": {slotServerRequiresSigning, 0},
	"serverrequiresigning": {slotServerRequiresSigning, 0}, "serverrequiresencryption": {slotServerRequiresEncryption, 0},
	"smbclientdoesnotsupportencryptiontype": {slotEncryptionType, 0},
	"clientrequiresigning":                  {slotClientRequireSigning, 0}, "clientrequiressigning": {slotClientRequireSigning, 0},
	"clientrequireencryption": {slotClientRequireEncryption, 0}, "clientrequiresencryption": {slotClientRequireEncryption, 0},
	"sharename": {slotShareName, 0}, "dialect": {slotDialect, 0}, "securitymode": {slotSecurityMode, 0}, "reason": {slotReason, 0}, "status": {slotStatus, 0},
	"expecteddialect": {slotExpectedDialect, 0}, "expectedsecuritymode": {slotExpectedSecurityMode, 0},
	"receiveddialect": {slotReceivedDialect, 0}, "receivedsecuritymode": {slotReceivedSecurityMode, 0},
	"signingused": {slotSigningUsed, 0}, "encryptionused": {slotEncryptionUsed, 0}, "encyptionused": {slotEncryptionUsed, 0},
	"regname": {slotRegName, 0}, "regvalue": {slotRegValue, 0},

	"signed": {slotSigned, 0}, "encrypted": {slotEncrypted, 0}, "clientcomputername": {slotClientComputerName, 0},
	"clientusername": {slotClientUserName, 0}, "numopens": {slotNumOpens, 0},
	"auditclientdoesnotsupportsigning": {slotAuditSigning, 0}, "requiresecuritysignature": {slotRequireSignature, 0},
}

// tops are names that mean what they say only at the top of a record, or below
// one of these: "host.id" and "agent.version" are something else.
var tops = map[string][]string{
	"id":       {"", "result", "source"},
	"source":   {"", "result"},
	"log":      {"", "result"},
	"host":     {"", "result"},
	"hostname": {"", "result"},
	"time":     {"", "result"},
	"raw":      {"", "result"},
	"status":   {"", "result", "eventdata", "userdata"},
	"reason":   {"", "result", "eventdata", "userdata"},
	"address":  {"", "result", "eventdata", "userdata"},
}

// locate returns what a name means below another, which is empty at the top.
// Both are plain.
func locate(above, name string) place {
	if p, found := places[above+"."+name]; found {
		return p
	}
	if _, limited := tops[above]; !limited && (name == "value" || name == "text") {
		return places[above] // {"EventID": {"#text": 3021, "Qualifiers": 0}}
	}
	if wanted, limited := tops[name]; limited {
		for _, w := range wanted {
			if w == above {
				return places[name]
			}
		}
		return place{}
	}
	return places[name]
}

// locatePath returns what a name means that may hold the names above it, with
// dots between, as "winlog.event_data.ClientName" does. Above is what stands
// above all of them.
func locatePath(above, path string) place {
	if len(path) > maxPath {
		return place{}
	}
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		above = path[:i]
		if j := strings.LastIndexByte(above, '.'); j >= 0 {
			above = above[j+1:]
		}
		above, path = plain(above), path[i+1:]
	}
	return locate(above, plain(path))
}

// maxPath and maxName bound a name that is looked at, with the names above it
// and without, in bytes; longer ones mean nothing.
const (
	maxPath = 256
	maxName = 64
)

// plain strips a name of case, marks and blanks.
func plain(name string) string {
	if len(name) > maxName {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// maxProperties bounds the values without names of one record; the events of
// interest have 14 at most.
const maxProperties = 32

// record is one event, or one row of a cmdlet, by meaning. It is filled anew
// for each.
type record struct {
	values     [slots]string
	ranks      [slots]uint8
	properties []string
}

func (r *record) reset() {
	r.values = [slots]string{}
	r.properties = r.properties[:0]
}

// set takes in a value. The best name counts, and of equals the first.
func (r *record) set(p place, value string) {
	switch {
	case p.slot == slotNone || value == "":
	case p.slot == slotProperty:
		r.property(value)
	case r.values[p.slot] == "" || p.rank < r.ranks[p.slot]:
		r.values[p.slot], r.ranks[p.slot] = value, p.rank
	}
}

// property takes in a value without a name, which may be empty.
func (r *record) property(value string) {
	if len(r.properties) < maxProperties {
		r.properties = append(r.properties, value)
	}
}

// field is set for an event's own field by its name.
func (r *record) field(name, value string) {
	if p := places[plain(name)]; p.slot > slotRow {
		r.set(p, value)
	}
}

// tells reports whether the record is an event or the row of a cmdlet, and not
// something around them.
func (r *record) tells() bool {
	v := &r.values
	return v[slotID] != "" && (v[slotChannel] != "" || v[slotProvider] != "") || r.cmdlet() != ""
}

// cmdlet returns which cmdlet's row the record is, by its columns.
func (r *record) cmdlet() string {
	v := &r.values
	switch {
	case v[slotClientComputerName] != "":
		return cmdletSession
	case v[slotServerName] != "" && (v[slotSigned] != "" || v[slotEncrypted] != "" || v[slotNumOpens] != "" && v[slotDialect] != ""):
		return cmdletConnection
	case v[slotAuditSigning] != "" && v[slotRequireSignature] != "":
		return cmdletServer
	}
	return ""
}
