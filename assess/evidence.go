package assess

import (
	"strconv"

	"smbready/inventory"
)

// The evidence of a finding is a list of short facts, worded as the
// specification words them. Text from the network stays as it came; whoever
// prints it escapes it.

func evidenceSMB2(f *facts) []string {
	e := make([]string, 0, 3)
	if f.dialect != noDialect {
		e = append(e, "SMB2 dialect "+dialectNames[f.dialect])
	}
	if f.SMB2.SecurityMode != nil {
		e = append(e, "SMB2 SecurityMode "+hexByte(*f.SMB2.SecurityMode))
	}
	if f.SMB2.Port != 0 && f.SMB2.Port != 445 {
		e = append(e, "SMB2 on port "+strconv.Itoa(int(f.SMB2.Port)))
	}
	return e
}

// evidenceSMB2Missing adds what is missing of a judgeable answer.
func evidenceSMB2Missing(f *facts) []string {
	e := evidenceSMB2(f)
	if f.State != inventory.StateSMB {
		e = append(e, "not known: state of the port")
	}
	if f.SMB2.Port == 0 {
		e = append(e, "not known: port of SMB2")
	}
	if f.dialect == noDialect {
		e = append(e, "not known: SMB2 dialect")
	}
	if f.SMB2.SecurityMode == nil {
		e = append(e, "not known: SMB2 SecurityMode")
	}
	if f.SMB2.Signing == inventory.SigningUnknown {
		e = append(e, "not known: SMB2 signing")
	}
	if f.SMB2.SigningAlgorithm == "" {
		e = append(e, "not known: SMB2 signing algorithm")
	}
	if f.SMB2.MaxTransact == 0 || f.SMB2.MaxRead == 0 || f.SMB2.MaxWrite == 0 {
		e = append(e, "not known: SMB2 sizes")
	}
	return e
}

func evidenceSMB1(f *facts) []string {
	e := make([]string, 0, 4)
	if f.SMB1 == nil {
		return e
	}
	if f.SMB1.Dialect == "" {
		e = append(e, "SMB1 without a dialect")
	} else {
		e = append(e, "SMB1 dialect "+f.SMB1.Dialect)
	}
	if mode, ok := f.smb1Mode(); ok {
		e = append(e, "SMB1 SecurityMode "+hexByte(mode))
	}
	if f.SMB1.Signing != inventory.SigningUnknown {
		e = append(e, "SMB1 signing "+f.SMB1.Signing.String())
	}
	if f.SMB2 == nil {
		e = append(e, "no SMB2 answer")
	}
	return e
}

func evidenceState(f *facts) []string {
	e := "SMB ports " + f.State.String()
	if f.Port != 0 {
		e = "port " + strconv.Itoa(int(f.Port)) + " " + f.State.String()
	}
	if f.Detail != "" {
		e += ": " + f.Detail
	}
	return []string{e}
}

// evidenceAll is for findings that rest on several sources at once.
func evidenceAll(f *facts) []string {
	e := evidenceState(f)
	if f.SMB1 != nil {
		e = append(e, evidenceSMB1(f)...)
	}
	if f.SMB2 != nil {
		e = append(e, evidenceSMB2(f)...)
	}
	if f.NTLM != nil {
		e = append(e, "an NTLM challenge")
	}
	if f.Guest != inventory.GuestUnknown {
		e = append(e, evidenceGuest(f)...)
	}
	if f.announcesFiles() {
		e = append(e, "NetBIOS file service (suffix 20)")
	}
	return e
}

func evidenceGuest(f *facts) []string {
	switch f.Guest {
	case inventory.GuestGranted:
		return []string{"an unknown user was logged on as guest"}
	case inventory.GuestNull:
		return []string{"an unknown user was given an anonymous session"}
	case inventory.GuestDenied:
		return []string{"an unknown user was refused"}
	}
	return nil
}

func evidenceDevice(f *facts) []string { return append([]string(nil), f.device.Evidence...) }

func evidenceError(f *facts) []string { return []string{f.Error} }

// hexByte writes a SecurityMode the way the specifications do: 0x0f.
func hexByte(n uint16) string {
	const digits = "0123456789abcdef"
	if n < 0x10 {
		return "0x0" + digits[n:n+1]
	}
	return "0x" + strconv.FormatUint(uint64(n), 16)
}
