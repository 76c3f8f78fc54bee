package smbproto

// Offsets of the fixed parts, from the start of the header.
const (
	writeRequestFixed = smb2HeaderSize + 48
	readResponseFixed = smb2HeaderSize + 16
)

// SMB2WriteRequest writes to a file or a pipe, [MS-SMB2] 2.2.21.
type SMB2WriteRequest struct {
	Header SMB2Header
	Offset uint64 // bytes
	FileID FileID
	Flags  uint32
	Data   []byte
}

// Append appends the message.
func (m SMB2WriteRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandWrite
	b = m.Header.append(b)
	b = le.AppendUint16(b, 49)
	b = le.AppendUint16(b, writeRequestFixed)
	b = le.AppendUint32(b, uint32(len(m.Data)))
	b = le.AppendUint64(b, m.Offset)
	b = append(b, m.FileID[:]...)
	b = append(b, make([]byte, 12)...) // Channel, RemainingBytes, WriteChannelInfo
	b = le.AppendUint32(b, m.Flags)
	return append(b, m.Data...)
}

// ParseSMB2WriteRequest parses a WRITE request.
func ParseSMB2WriteRequest(b []byte) (SMB2WriteRequest, error) {
	r := reader{b: b, message: "SMB2 WRITE request"}
	m := SMB2WriteRequest{Header: r.smb2Command(SMB2CommandWrite, false)}
	r.structureSize(49)
	off, n := r.u16("DataOffset"), r.u32("Length")
	m.Offset = r.u64("Offset")
	m.FileID = r.fileID()
	r.skip(12, "Channel")
	m.Flags = r.u32("Flags")
	m.Data = r.wideBuffer(uint32(off), n, writeRequestFixed, "Data")
	return m, r.err
}

// SMB2WriteResponse answers it, [MS-SMB2] 2.2.22. Only Header is set when its
// Status is an error.
type SMB2WriteResponse struct {
	Header SMB2Header
	Count  uint32 // bytes that were written
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2WriteResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandWrite
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 17)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, m.Count)
	return append(b, make([]byte, 8)...) // Remaining, WriteChannelInfo
}

// ParseSMB2WriteResponse parses a WRITE response.
func ParseSMB2WriteResponse(b []byte) (SMB2WriteResponse, error) {
	r := reader{b: b, message: "SMB2 WRITE response"}
	m := SMB2WriteResponse{Header: r.smb2Command(SMB2CommandWrite, true)}
	if r.err != nil || m.Header.Status != StatusSuccess {
		return m, r.err
	}
	r.structureSize(17)
	r.skip(2, "Reserved")
	m.Count = r.u32("Count")
	r.skip(8, "Remaining")
	return m, r.err
}

// SMB2ReadRequest reads from a file or a pipe, [MS-SMB2] 2.2.19.
type SMB2ReadRequest struct {
	Header  SMB2Header
	Length  uint32 // bytes
	Offset  uint64 // bytes
	FileID  FileID
	Minimum uint32 // bytes, or else it fails
}

// Append appends the message.
func (m SMB2ReadRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandRead
	b = m.Header.append(b)
	b = le.AppendUint16(b, 49)
	b = append(b, readResponseFixed, 0) // Padding: where the client likes the data to be
	b = le.AppendUint32(b, m.Length)
	b = le.AppendUint64(b, m.Offset)
	b = append(b, m.FileID[:]...)
	b = le.AppendUint32(b, m.Minimum)
	return append(b, make([]byte, 13)...) // Channel, RemainingBytes, ReadChannelInfo, a byte
}

// ParseSMB2ReadRequest parses a READ request.
func ParseSMB2ReadRequest(b []byte) (SMB2ReadRequest, error) {
	r := reader{b: b, message: "SMB2 READ request"}
	m := SMB2ReadRequest{Header: r.smb2Command(SMB2CommandRead, false)}
	r.structureSize(49)
	r.skip(2, "Padding")
	m.Length = r.u32("Length")
	m.Offset = r.u64("Offset")
	m.FileID = r.fileID()
	m.Minimum = r.u32("MinimumCount")
	r.skip(12, "Channel")
	return m, r.err
}
