package smbproto

// Control codes of an IOCTL, [MS-SMB2] 2.2.31.
const (
	FSCTLDFSGetReferrals   = 0x00060194
	FSCTLValidateNegotiate = 0x00140204
	FSCTLDFSGetReferralsEx = 0x000601b0
)

// Offsets of the fixed parts, from the start of the header.
const (
	ioctlRequestFixed  = smb2HeaderSize + 56
	ioctlResponseFixed = smb2HeaderSize + 48
)

// SMB2IOCTLRequest sends a control code, [MS-SMB2] 2.2.31.
type SMB2IOCTLRequest struct {
	Header    SMB2Header
	Code      uint32
	FileID    FileID
	MaxInput  uint32 // bytes
	MaxOutput uint32 // bytes
	Flags     uint32
	Input     []byte
}

// Append appends the message.
func (m SMB2IOCTLRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandIOCTL
	b = m.Header.append(b)
	b = le.AppendUint16(b, 57)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, m.Code)
	b = append(b, m.FileID[:]...)
	for _, v := range [...]uint32{ioctlRequestFixed, uint32(len(m.Input)), m.MaxInput, 0, 0, m.MaxOutput, m.Flags, 0} {
		b = le.AppendUint32(b, v)
	}
	return append(b, m.Input...)
}

// ParseSMB2IOCTLRequest parses an IOCTL request.
func ParseSMB2IOCTLRequest(b []byte) (SMB2IOCTLRequest, error) {
	r := reader{b: b, message: "SMB2 IOCTL request"}
	m := SMB2IOCTLRequest{Header: r.smb2Command(SMB2CommandIOCTL, false)}
	r.structureSize(57)
	r.skip(2, "Reserved")
	m.Code = r.u32("CtlCode")
	m.FileID = r.fileID()
	off, n := r.u32("InputOffset"), r.u32("InputCount")
	m.MaxInput = r.u32("MaxInputResponse")
	r.skip(8, "OutputOffset")
	m.MaxOutput = r.u32("MaxOutputResponse")
	m.Flags = r.u32("Flags")
	r.skip(4, "Reserved2")
	m.Input = r.wideBuffer(off, n, ioctlRequestFixed, "Input")
	return m, r.err
}

// SMB2IOCTLResponse answers it, [MS-SMB2] 2.2.32. Only Header is set when its
// Status is an error.
type SMB2IOCTLResponse struct {
	Header SMB2Header
	Code   uint32
	FileID FileID
	Output []byte
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2IOCTLResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandIOCTL
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 49)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, m.Code)
	b = append(b, m.FileID[:]...)
	for _, v := range [...]uint32{ioctlResponseFixed, 0, ioctlResponseFixed, uint32(len(m.Output)), 0, 0} {
		b = le.AppendUint32(b, v)
	}
	return append(b, m.Output...)
}

// ParseSMB2IOCTLResponse parses an IOCTL response.
func ParseSMB2IOCTLResponse(b []byte) (SMB2IOCTLResponse, error) {
	r := reader{b: b, message: "SMB2 IOCTL response"}
	m := SMB2IOCTLResponse{Header: r.smb2Command(SMB2CommandIOCTL, true)}
	if r.err != nil || m.Header.Status != StatusSuccess {
		return m, r.err
	}
	r.structureSize(49)
	r.skip(2, "Reserved")
	m.Code = r.u32("CtlCode")
	m.FileID = r.fileID()
	r.skip(8, "InputOffset")
	off, n := r.u32("OutputOffset"), r.u32("OutputCount")
	r.skip(8, "Flags")
	m.Output = r.wideBuffer(off, n, ioctlResponseFixed, "Output")
	return m, r.err
}

// ValidateNegotiateRequest is what a client repeats of its NEGOTIATE, to be sure
// that nobody changed it: the input of FSCTLValidateNegotiate, [MS-SMB2]
// 2.2.31.4.
type ValidateNegotiateRequest struct {
	Capabilities uint32
	ClientGUID   GUID
	SecurityMode SMB2SecurityMode
	Dialects     []Dialect
}

// Append appends it.
func (m ValidateNegotiateRequest) Append(b []byte) []byte {
	b = le.AppendUint32(b, m.Capabilities)
	b = append(b, m.ClientGUID[:]...)
	b = le.AppendUint16(b, uint16(m.SecurityMode))
	b = le.AppendUint16(b, uint16(len(m.Dialects)))
	for _, d := range m.Dialects {
		b = le.AppendUint16(b, uint16(d))
	}
	return b
}

// ParseValidateNegotiateRequest parses it.
func ParseValidateNegotiateRequest(b []byte) (ValidateNegotiateRequest, error) {
	r := reader{b: b, message: "validate negotiate request"}
	var m ValidateNegotiateRequest
	m.Capabilities = r.u32("Capabilities")
	m.ClientGUID = r.guid("Guid")
	m.SecurityMode = SMB2SecurityMode(r.u16("SecurityMode"))
	dialects := r.take(2*int(r.u16("DialectCount")), "Dialects")
	for ; len(dialects) > 0; dialects = dialects[2:] {
		m.Dialects = append(m.Dialects, Dialect(le.Uint16(dialects)))
	}
	return m, r.err
}

// ValidateNegotiateResponse is what a server repeats of its own: the output of
// FSCTLValidateNegotiate, [MS-SMB2] 2.2.32.6.
type ValidateNegotiateResponse struct {
	Capabilities uint32
	ServerGUID   GUID
	SecurityMode SMB2SecurityMode
	Dialect      Dialect
}

// Append appends it.
func (m ValidateNegotiateResponse) Append(b []byte) []byte {
	b = le.AppendUint32(b, m.Capabilities)
	b = append(b, m.ServerGUID[:]...)
	b = le.AppendUint16(b, uint16(m.SecurityMode))
	return le.AppendUint16(b, uint16(m.Dialect))
}

// ParseValidateNegotiateResponse parses it.
func ParseValidateNegotiateResponse(b []byte) (ValidateNegotiateResponse, error) {
	r := reader{b: b, message: "validate negotiate response"}
	var m ValidateNegotiateResponse
	m.Capabilities = r.u32("Capabilities")
	m.ServerGUID = r.guid("Guid")
	m.SecurityMode = SMB2SecurityMode(r.u16("SecurityMode"))
	m.Dialect = Dialect(r.u16("Dialect"))
	return m, r.err
}
