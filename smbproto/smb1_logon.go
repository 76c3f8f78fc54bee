package smbproto

// ParseSMB1Logon parses a SESSION_SETUP_ANDX request without extended security
// together with its responses, which SMB1SessionSetupRequest leaves out: they can
// be cracked, and are for whoever checks them, at once.
func ParseSMB1Logon(b []byte) (SMB1Logon, error) {
	req, err := ParseSMB1SessionSetupRequest(b)
	m := SMB1Logon{SMB1SessionSetupRequest: req}
	r := reader{b: b, message: "SMB1 SESSION_SETUP_ANDX request", err: err}
	if err == nil && req.WordCount == 12 {
		r.fail("WordCount", smb1HeaderSize, "12: extended security, which has no responses")
	}
	if r.err != nil {
		return m, r.err
	}
	r.off = smb1HeaderSize
	_, body := r.smb1Body()
	m.OEMResponse = body.take(req.OEMLength, "OEMPassword")
	m.UnicodeResponse = body.take(req.UnicodeLength, "UnicodePassword")
	return m, body.err
}
