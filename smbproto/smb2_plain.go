package smbproto

// SMB2Plain is a message whose body says nothing: a request or a response of
// LOGOFF, TREE_DISCONNECT, ECHO and CANCEL, and a response of FLUSH and LOCK,
// [MS-SMB2] 2.2.7 to 2.2.12, 2.2.18, 2.2.27 to 2.2.30. The header tells which.
type SMB2Plain struct{ Header SMB2Header }

// Append appends the message, or an error response when its Status is an error.
func (m SMB2Plain) Append(b []byte) []byte {
	if m.Header.Response() && m.Header.Status != StatusSuccess {
		return SMB2Error(m).Append(b)
	}
	return append(m.Header.append(b), 4, 0, 0, 0)
}

// ParseSMB2Plain parses a message of one of these commands.
func ParseSMB2Plain(b []byte) (SMB2Plain, error) {
	r := reader{b: b, message: "SMB2 message"}
	m := SMB2Plain{r.smb2Header()}
	if r.err != nil || m.Header.Response() && m.Header.Status != StatusSuccess {
		return m, r.err
	}
	r.structureSize(4)
	r.skip(2, "Reserved")
	return m, r.err
}
