package smbproto

// CloseWithAttributes is the flag of a CLOSE request that asks for the file's
// times and sizes, [MS-SMB2] 2.2.15.
const CloseWithAttributes = 0x0001

// SMB2CloseRequest closes a file, [MS-SMB2] 2.2.15.
type SMB2CloseRequest struct {
	Header SMB2Header
	Flags  uint16
	FileID FileID
}

// Append appends the message.
func (m SMB2CloseRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandClose
	return appendFileRequest(b, m.Header, m.Flags, m.FileID)
}

// ParseSMB2CloseRequest parses a CLOSE request.
func ParseSMB2CloseRequest(b []byte) (m SMB2CloseRequest, err error) {
	r := reader{b: b, message: "SMB2 CLOSE request"}
	m.Header = r.smb2Command(SMB2CommandClose, false)
	m.Flags, m.FileID = r.fileRequest("Flags")
	return m, r.err
}

// SMB2FlushRequest asks that a file be written out, [MS-SMB2] 2.2.17.
type SMB2FlushRequest struct {
	Header SMB2Header
	FileID FileID
}

// Append appends the message.
func (m SMB2FlushRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandFlush
	return appendFileRequest(b, m.Header, 0, m.FileID)
}

// ParseSMB2FlushRequest parses a FLUSH request.
func ParseSMB2FlushRequest(b []byte) (m SMB2FlushRequest, err error) {
	r := reader{b: b, message: "SMB2 FLUSH request"}
	m.Header = r.smb2Command(SMB2CommandFlush, false)
	_, m.FileID = r.fileRequest("Reserved1")
	return m, r.err
}

// appendFileRequest appends the form that CLOSE and FLUSH have.
func appendFileRequest(b []byte, h SMB2Header, flags uint16, id FileID) []byte {
	b = h.append(b)
	b = le.AppendUint16(b, 24)
	b = le.AppendUint16(b, flags)
	b = le.AppendUint32(b, 0)
	return append(b, id[:]...)
}

// fileRequest reads it.
func (r *reader) fileRequest(flags string) (uint16, FileID) {
	r.structureSize(24)
	f := r.u16(flags)
	r.skip(4, "Reserved")
	return f, r.fileID()
}

// SMB2CloseResponse answers a CLOSE, [MS-SMB2] 2.2.16. Only Header is set when its
// Status is an error.
type SMB2CloseResponse struct {
	Header         SMB2Header
	Flags          uint16
	Times          SMB2FileTimes
	AllocationSize uint64 // bytes
	EndOfFile      uint64 // bytes
	Attributes     uint32
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2CloseResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandClose
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 60)
	b = le.AppendUint16(b, m.Flags)
	b = le.AppendUint32(b, 0)
	b = m.Times.append(b)
	b = le.AppendUint64(b, m.AllocationSize)
	b = le.AppendUint64(b, m.EndOfFile)
	return le.AppendUint32(b, m.Attributes)
}

// ParseSMB2CloseResponse parses a CLOSE response.
func ParseSMB2CloseResponse(b []byte) (SMB2CloseResponse, error) {
	r := reader{b: b, message: "SMB2 CLOSE response"}
	m := SMB2CloseResponse{Header: r.smb2Command(SMB2CommandClose, true)}
	if r.err != nil || m.Header.Status != StatusSuccess {
		return m, r.err
	}
	r.structureSize(60)
	m.Flags = r.u16("Flags")
	r.skip(4, "Reserved")
	m.Times = r.fileTimes()
	m.AllocationSize, m.EndOfFile = r.u64("AllocationSize"), r.u64("EndofFile")
	m.Attributes = r.u32("FileAttributes")
	return m, r.err
}
