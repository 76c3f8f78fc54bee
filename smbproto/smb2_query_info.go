package smbproto

// What QUERY_INFO and SET_INFO are about, [MS-SMB2] 2.2.37.
const (
	InfoFile       = 1
	InfoFileSystem = 2
	InfoSecurity   = 3
	InfoQuota      = 4
)

// Offsets of the fixed parts, from the start of the header.
const (
	queryInfoRequestFixed = smb2HeaderSize + 40
	outputResponseFixed   = smb2HeaderSize + 8
	setInfoRequestFixed   = smb2HeaderSize + 32
)

// SMB2QueryInfoRequest asks about a file or its file system, [MS-SMB2] 2.2.37.
type SMB2QueryInfoRequest struct {
	Header     SMB2Header
	Type       uint8
	Class      uint8
	MaxOutput  uint32 // bytes
	Additional uint32
	Flags      uint32
	FileID     FileID
	Input      []byte
}

// Append appends the message.
func (m SMB2QueryInfoRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandQueryInfo
	b = m.Header.append(b)
	b = le.AppendUint16(b, 41)
	b = append(b, m.Type, m.Class)
	b = le.AppendUint32(b, m.MaxOutput)
	b = le.AppendUint32(b, queryInfoRequestFixed) // InputBufferOffset, Reserved
	b = le.AppendUint32(b, uint32(len(m.Input)))
	b = le.AppendUint32(b, m.Additional)
	b = le.AppendUint32(b, m.Flags)
	b = append(b, m.FileID[:]...)
	if len(m.Input) == 0 {
		return append(b, 0) // the buffer has at least one byte
	}
	return append(b, m.Input...)
}

// ParseSMB2QueryInfoRequest parses a QUERY_INFO request.
func ParseSMB2QueryInfoRequest(b []byte) (SMB2QueryInfoRequest, error) {
	r := reader{b: b, message: "SMB2 QUERY_INFO request"}
	m := SMB2QueryInfoRequest{Header: r.smb2Command(SMB2CommandQueryInfo, false)}
	r.structureSize(41)
	m.Type, m.Class = r.u8("InfoType"), r.u8("FileInfoClass")
	m.MaxOutput = r.u32("OutputBufferLength")
	off := r.u16("InputBufferOffset")
	r.skip(2, "Reserved")
	n := r.u32("InputBufferLength")
	m.Additional, m.Flags = r.u32("AdditionalInformation"), r.u32("Flags")
	m.FileID = r.fileID()
	m.Input = r.wideBuffer(uint32(off), n, queryInfoRequestFixed, "InputBuffer")
	return m, r.err
}

// SMB2OutputResponse answers QUERY_INFO and QUERY_DIRECTORY, and READ, which
// have all the same form but for READ's; the header's Command tells, [MS-SMB2]
// 2.2.38, 2.2.34 and 2.2.20. Only Header is set when its Status is an error.
type SMB2OutputResponse struct {
	Header SMB2Header
	Output []byte
}

// hasOutput reports whether the message is more than an error response.
func (m SMB2OutputResponse) hasOutput() bool {
	return m.Header.Status == StatusSuccess || m.Header.Status == StatusBufferOverflow
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2OutputResponse) Append(b []byte) []byte {
	m.Header.Flags |= SMB2FlagResponse
	if !m.hasOutput() {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	if m.Header.Command == SMB2CommandRead {
		b = le.AppendUint16(b, 17)
		b = append(b, readResponseFixed, 0)
		b = le.AppendUint32(b, uint32(len(m.Output)))
		b = append(b, make([]byte, 8)...) // DataRemaining, Reserved2
		return append(b, m.Output...)
	}
	b = le.AppendUint16(b, 9)
	b = le.AppendUint16(b, outputResponseFixed)
	b = le.AppendUint32(b, uint32(len(m.Output)))
	return append(b, m.Output...)
}

// ParseSMB2OutputResponse parses a response of QUERY_INFO, QUERY_DIRECTORY or
// READ.
func ParseSMB2OutputResponse(b []byte) (SMB2OutputResponse, error) {
	r := reader{b: b, message: "SMB2 response with output"}
	m := SMB2OutputResponse{Header: r.smb2Header()}
	if r.err == nil && !m.Header.Response() {
		r.fail("Flags", 16, "wrong direction: a request for a response")
	}
	if r.err != nil || !m.hasOutput() {
		return m, r.err
	}
	if m.Header.Command == SMB2CommandRead {
		r.structureSize(17)
		off := uint32(r.u8("DataOffset"))
		r.skip(1, "Reserved")
		n := r.u32("DataLength")
		r.skip(8, "DataRemaining")
		m.Output = r.wideBuffer(off, n, readResponseFixed, "Data")
		return m, r.err
	}
	r.structureSize(9)
	off, n := r.u16("OutputBufferOffset"), r.u32("OutputBufferLength")
	m.Output = r.wideBuffer(uint32(off), n, outputResponseFixed, "OutputBuffer")
	return m, r.err
}

// SMB2SetInfoRequest changes what a file says of itself, [MS-SMB2] 2.2.39.
type SMB2SetInfoRequest struct {
	Header     SMB2Header
	Type       uint8
	Class      uint8
	Additional uint32
	FileID     FileID
	Input      []byte
}

// Append appends the message.
func (m SMB2SetInfoRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandSetInfo
	b = m.Header.append(b)
	b = le.AppendUint16(b, 33)
	b = append(b, m.Type, m.Class)
	b = le.AppendUint32(b, uint32(len(m.Input)))
	b = le.AppendUint32(b, setInfoRequestFixed) // BufferOffset, Reserved
	b = le.AppendUint32(b, m.Additional)
	b = append(b, m.FileID[:]...)
	return append(b, m.Input...)
}

// ParseSMB2SetInfoRequest parses a SET_INFO request.
func ParseSMB2SetInfoRequest(b []byte) (SMB2SetInfoRequest, error) {
	r := reader{b: b, message: "SMB2 SET_INFO request"}
	m := SMB2SetInfoRequest{Header: r.smb2Command(SMB2CommandSetInfo, false)}
	r.structureSize(33)
	m.Type, m.Class = r.u8("InfoType"), r.u8("FileInfoClass")
	n, off := r.u32("BufferLength"), r.u16("BufferOffset")
	r.skip(2, "Reserved")
	m.Additional = r.u32("AdditionalInformation")
	m.FileID = r.fileID()
	m.Input = r.wideBuffer(uint32(off), n, setInfoRequestFixed, "Buffer")
	return m, r.err
}

// SMB2SetInfoResponse answers it, [MS-SMB2] 2.2.40.
type SMB2SetInfoResponse struct{ Header SMB2Header }

// Append appends the message, or an error response when its Status is an error.
func (m SMB2SetInfoResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandSetInfo
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error(m).Append(b)
	}
	return append(m.Header.append(b), 2, 0)
}
