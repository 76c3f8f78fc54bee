package smbproto

// Session flags of a SESSION_SETUP response, [MS-SMB2] 2.2.6.
const (
	SessionFlagGuest   = 0x0001
	SessionFlagNull    = 0x0002
	SessionFlagEncrypt = 0x0004
)

// Offsets of the fixed parts, from the start of the header.
const (
	sessionSetupRequestFixed  = smb2HeaderSize + 24
	sessionSetupResponseFixed = smb2HeaderSize + 8
)

// SMB2SessionSetupRequest carries one leg of an authentication, [MS-SMB2] 2.2.5.
type SMB2SessionSetupRequest struct {
	Header            SMB2Header
	Flags             uint8
	SecurityMode      SMB2SecurityMode
	Capabilities      uint32
	Channel           uint32
	PreviousSessionID uint64
	SecurityBuffer    []byte
}

// Append appends the message.
func (m SMB2SessionSetupRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandSessionSetup
	b = m.Header.append(b)
	b = le.AppendUint16(b, 25)
	b = append(b, m.Flags, byte(m.SecurityMode))
	b = le.AppendUint32(b, m.Capabilities)
	b = le.AppendUint32(b, m.Channel)
	b = le.AppendUint16(b, sessionSetupRequestFixed)
	b = le.AppendUint16(b, uint16(len(m.SecurityBuffer)))
	b = le.AppendUint64(b, m.PreviousSessionID)
	return append(b, m.SecurityBuffer...)
}

// ParseSMB2SessionSetupRequest parses a SESSION_SETUP request.
func ParseSMB2SessionSetupRequest(b []byte) (SMB2SessionSetupRequest, error) {
	r := reader{b: b, message: "SMB2 SESSION_SETUP request"}
	m := SMB2SessionSetupRequest{Header: r.smb2Command(SMB2CommandSessionSetup, false)}
	r.structureSize(25)
	m.Flags = r.u8("Flags")
	m.SecurityMode = SMB2SecurityMode(r.u8("SecurityMode"))
	m.Capabilities = r.u32("Capabilities")
	m.Channel = r.u32("Channel")
	off, n := r.u16("SecurityBufferOffset"), r.u16("SecurityBufferLength")
	m.PreviousSessionID = r.u64("PreviousSessionId")
	m.SecurityBuffer = r.buffer(off, n, sessionSetupRequestFixed, "SecurityBuffer")
	return m, r.err
}

// SMB2SessionSetupResponse answers one leg, [MS-SMB2] 2.2.6. Only Header is set
// when its Status is an error other than StatusMoreProcessingRequired.
type SMB2SessionSetupResponse struct {
	Header         SMB2Header
	SessionFlags   uint16
	SecurityBuffer []byte
}

// hasBody reports whether the message is more than an error response.
func (m SMB2SessionSetupResponse) hasBody() bool {
	return m.Header.Status == StatusSuccess || m.Header.Status == StatusMoreProcessingRequired
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2SessionSetupResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandSessionSetup
	m.Header.Flags |= SMB2FlagResponse
	if !m.hasBody() {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 9)
	b = le.AppendUint16(b, m.SessionFlags)
	b = le.AppendUint16(b, sessionSetupResponseFixed)
	b = le.AppendUint16(b, uint16(len(m.SecurityBuffer)))
	return append(b, m.SecurityBuffer...)
}

// ParseSMB2SessionSetupResponse parses a SESSION_SETUP response.
func ParseSMB2SessionSetupResponse(b []byte) (SMB2SessionSetupResponse, error) {
	r := reader{b: b, message: "SMB2 SESSION_SETUP response"}
	m := SMB2SessionSetupResponse{Header: r.smb2Command(SMB2CommandSessionSetup, true)}
	if r.err != nil || !m.hasBody() {
		return m, r.err
	}
	r.structureSize(9)
	m.SessionFlags = r.u16("SessionFlags")
	off, n := r.u16("SecurityBufferOffset"), r.u16("SecurityBufferLength")
	m.SecurityBuffer = r.buffer(off, n, sessionSetupResponseFixed, "SecurityBuffer")
	return m, r.err
}
