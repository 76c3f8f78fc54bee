package diff

import (
	"strings"

	"smbready/inventory"
)

// fact is something that is compared. An empty value means not known.
type fact struct {
	name  string
	value func(*Sight) string
}

// factList are the facts that are compared, in the order of reports. Their names
// are those of the CSV, where it has them.
var factList = []fact{
	{"netbios", func(s *Sight) string { return s.Host.Names.NetBIOS }},
	{"dns", func(s *Sight) string { return s.Host.Names.DNS }},
	{"mac", func(s *Sight) string { return s.Host.Names.MAC }},
	{"server_guid", smb2(func(f *inventory.SMB2) string { return f.ServerGUID })},
	{"state", state},
	{"smb1_dialect", smb1Dialect},
	{"smb1_signing", smb1(func(f *inventory.SMB1) string { return known(f.Signing) })},
	{"smb2_dialect", smb2Dialect},
	{"smb2_signing", smb2(func(f *inventory.SMB2) string { return known(f.Signing) })},
	{"signing_algorithm", smb2(func(f *inventory.SMB2) string { return f.SigningAlgorithm })},
	{"guest", guestFact},
	{"client_dialect", client(func(c *inventory.Client) string { return last(c.Dialects) })},
	{"client_signing", client(func(c *inventory.Client) string { return known(c.Signing) })},
	{"class", class},
	{"model", func(s *Sight) string {
		return strings.TrimSpace(s.Assessment.Device.Vendor + " " + s.Assessment.Device.Model)
	}},
	{"os", func(s *Sight) string { return s.Assessment.Device.OS }},
	{"os_build", build},
	{"native_os", smb1(func(f *inventory.SMB1) string { return f.NativeOS })},
	{"native_lan_manager", smb1(func(f *inventory.SMB1) string { return f.NativeLANManager })},
	{"firmware", firmware},
}

// facts lists those that are known in both and differ.
func facts(old, new *Sight) (list []Fact) {
	for i := range factList {
		f := &factList[i]
		if o, n := f.value(old), f.value(new); o != "" && n != "" && o != n {
			list = append(list, Fact{f.name, o, n})
		}
	}
	return list
}

// none says that a protocol was asked for, and refused.
const none = "none"

func smb1(value func(*inventory.SMB1) string) func(*Sight) string {
	return func(s *Sight) string {
		if s.Host.SMB1 == nil {
			return ""
		}
		return value(s.Host.SMB1)
	}
}

func smb2(value func(*inventory.SMB2) string) func(*Sight) string {
	return func(s *Sight) string {
		if s.Host.SMB2 == nil {
			return ""
		}
		return value(s.Host.SMB2)
	}
}

func client(value func(*inventory.Client) string) func(*Sight) string {
	return func(s *Sight) string {
		if s.Host.Client == nil {
			return ""
		}
		return value(s.Host.Client)
	}
}

func known(s inventory.Signing) string {
	if s == inventory.SigningUnknown {
		return ""
	}
	return s.String()
}

func state(s *Sight) string {
	if s.Host.State == inventory.StateUnknown {
		return ""
	}
	return s.Host.State.String()
}

// smb1Dialect is the dialect, or none where SMB1 was refused while SMB2 was
// answered.
func smb1Dialect(s *Sight) string {
	switch h := s.Host; {
	case h.SMB1 != nil:
		return h.SMB1.Dialect
	case h.SMB2 != nil && refusedAt(h, inventory.StepSMB1Negotiate):
		return none
	}
	return ""
}

// smb2Dialect is the highest dialect, or none where SMB2 was refused while SMB1 was
// answered.
func smb2Dialect(s *Sight) string {
	switch h := s.Host; {
	case h.SMB2 != nil:
		return h.SMB2.MaxDialect()
	case h.SMB1 != nil && refusedAt(h, inventory.StepSMB2Negotiate):
		return none
	}
	return ""
}

// refusedAt reports whether a question was asked, and every time refused: not only
// left without an answer.
func refusedAt(h *inventory.Host, step inventory.Step) bool {
	found := false
	for _, o := range h.Observations {
		if o.Step != step {
			continue
		}
		switch o.Outcome {
		case inventory.OutcomeErrorStatus, inventory.OutcomeNoDialect, inventory.OutcomeResetAfterNegotiate, inventory.OutcomeClosedAfterNegotiate:
			found = true
		default:
			return false
		}
	}
	return found
}

func guestFact(s *Sight) string {
	if s.Host.Guest == inventory.GuestUnknown {
		return ""
	}
	return s.Host.Guest.String()
}

// class is what the device is taken to be; unknown is not known.
func class(s *Sight) string {
	if s.Assessment.Device.Class == 0 {
		return ""
	}
	return s.Assessment.Device.Class.String()
}

func build(s *Sight) string {
	if s.Host.OS.Build != "" || s.Host.NTLM == nil {
		return s.Host.OS.Build
	}
	return s.Host.NTLM.Version
}

// firmware is what the SNMP agent says of the system, where versions stand.
func firmware(s *Sight) string {
	if s.Host.Clues == nil || s.Host.Clues.SNMP == nil {
		return ""
	}
	return s.Host.Clues.SNMP.SysDescr
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
