package assess

import "smbready/inventory"

// What contacts of others show of a host as a server. Like sights of a client,
// each is read by itself.

// servedSight is what one contact shows of its server.
type servedSight uint8

const (
	servedNone        servedSight = iota // nothing about signing
	servedSigned                         // a Windows client says that its connection is signed or encrypted
	servedOnDemand                       // files were used, signed both ways, where one side demanded it
	servedUnsigned                       // a client demanded signing and was answered without
	servedNoSigning                      // an event says that it does not support signing
	servedSMB1Only                       // an event says that it speaks only SMB1
	servedGuestEvent                     // an event tells of guests
	servedGuestAtWork                    // a guest worked with files
	servedGuest                          // a guest was let in
	servedSights
)

// served is the weighed evidence about a host as a server of others.
type served struct {
	present uint32                // one bit for each sight
	top     [servedSights]dialect // the highest with that sight
	seen    bool                  // others were seen to use it by SMB
	spoke2  bool                  // by SMB2
}

func (s *served) has(v servedSight) bool { return s.present&(1<<v) != 0 }

// signs reports whether others were seen to work with it signed.
func (s *served) signs() bool { return s.has(servedSigned) || s.has(servedOnDemand) }

// breaks reports whether others were seen to find that it does not sign.
func (s *served) breaks() bool { return s.has(servedNoSigning) || s.has(servedUnsigned) }

// guests reports whether others were seen to come in as guests, or tried.
func (s *served) guests() bool {
	return s.has(servedGuestEvent) || s.has(servedGuestAtWork) || s.has(servedGuest)
}

func weighServed(contacts []inventory.Contact) (s served) {
	for i := range contacts {
		c := &contacts[i]
		messages, event := servedSightsOf(c)
		s.present |= 1<<messages | 1<<event
		s.top[messages] = max(s.top[messages], contactDialect(c))
		spoke2 := contactDialect(c) != noDialect
		s.seen = s.seen || spoke2 || isSMB1(c.Dialect) || c.Logon != nil && c.Logon.Granted
		s.spoke2 = s.spoke2 || spoke2
	}
	s.seen = s.seen || s.guests() || s.signs()
	return s
}

// servedSightsOf reads one contact: what was seen of its messages, and beside
// that what an event says.
func servedSightsOf(c *inventory.Contact) (messages, event servedSight) {
	return servedSightOf(c), servedSightOfEvent(c.Event)
}

// servedSightOf reads the messages of one contact.
func servedSightOf(c *inventory.Contact) servedSight {
	switch {
	case c.Source == inventory.SourcePowerShell:
		return servedConnection(c)
	case c.Source != inventory.SourceCapture: // events speak for themselves
		return servedNone
	case withoutAccount(c):
		return servedGuestOf(c)
	case !modernLogon(c) || !c.Logon.Granted || contactDialect(c) == noDialect:
		return servedNone
	case !demandsItself(c) && c.Demanded != inventory.SigningRequired || c.Requests.Signed == 0:
		return servedNone
	case c.Requests.Unsigned == 0 && answersSigned(c) && setupSigned(c) && c.Data && succeeded(c):
		return servedOnDemand
	case demandsItself(c) && c.Answers.Signed == 0 && c.Answers.Unsigned > 0 && c.Encrypted == 0:
		return servedUnsigned
	}
	return servedNone
}

// setupSigned reports whether a client that requires signing takes the answer to
// the logon, which at 3.1.1 has to be signed too, [MS-SMB2] 3.2.5.3.1.
func setupSigned(c *inventory.Contact) bool {
	return contactDialect(c) != dialect311 || c.Logon.SetupSigned
}

// servedGuestOf reads a guest's contact. Anonymous sessions that open no file are
// common, and a client does not sign them even when it demands signing.
func servedGuestOf(c *inventory.Contact) servedSight {
	switch {
	case !c.Logon.Granted:
		return servedNone
	case c.Data:
		return servedGuestAtWork
	case c.Logon.As == inventory.LogonGuest:
		return servedGuest
	}
	return servedNone
}

// servedConnection reads a row of Get-SmbConnection, by which a Windows client
// tells that it has signing or encryption on. It does not tell of guests, who
// have neither.
func servedConnection(c *inventory.Contact) servedSight {
	signed := c.Requests.Signed > 0 && c.Requests.Unsigned == 0 && c.Answers.Unsigned == 0
	if contactDialect(c) != noDialect && (signed || c.Encrypted > 0) {
		return servedSigned
	}
	return servedNone
}

// servedSightOfEvent reads an event of a client's log. 31998 is about signing and
// 31999, of which nothing is concluded, about encryption: Microsoft's
// documentation names them together, and the manifest of the provider (Windows
// 11 24H2, Microsoft-Windows-SMBClient) calls the first
// ServerDoesNotSupportSigning.
func servedSightOfEvent(e *inventory.Event) servedSight {
	switch {
	case e == nil:
		return servedNone
	case eventIs(e, 31998, "Audit"):
		return servedNoSigning
	case eventIs(e, 31017, "Security"), eventIs(e, 31018, "Security"), eventIs(e, 31022, "Security"), eventIs(e, 31997, "Audit"):
		return servedGuestEvent
	case eventIs(e, 32000, "Audit", "Security"), eventIs(e, 32002, "Audit", "Security"):
		return servedSMB1Only
	}
	return servedNone
}
