package smbproto

// Flags of a QUERY_DIRECTORY request, [MS-SMB2] 2.2.33.
const (
	DirectoryRestart = 0x01
	DirectorySingle  = 0x02
	DirectoryIndex   = 0x04
	DirectoryReopen  = 0x10
)

const queryDirectoryRequestFixed = smb2HeaderSize + 32

// SMB2QueryDirectoryRequest lists a folder, [MS-SMB2] 2.2.33. An
// SMB2OutputResponse answers it.
type SMB2QueryDirectoryRequest struct {
	Header    SMB2Header
	Class     uint8
	Flags     uint8
	Index     uint32
	FileID    FileID
	MaxOutput uint32 // bytes
	Pattern   string // up to 512 characters of it
}

// Append appends the message.
func (m SMB2QueryDirectoryRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandQueryDirectory
	pattern := appendUTF16(nil, m.Pattern)
	b = m.Header.append(b)
	b = le.AppendUint16(b, 33)
	b = append(b, m.Class, m.Flags)
	b = le.AppendUint32(b, m.Index)
	b = append(b, m.FileID[:]...)
	b = le.AppendUint16(b, queryDirectoryRequestFixed)
	b = le.AppendUint16(b, uint16(len(pattern)))
	b = le.AppendUint32(b, m.MaxOutput)
	if len(pattern) == 0 {
		return append(b, 0) // the buffer has at least one byte
	}
	return append(b, pattern...)
}

// ParseSMB2QueryDirectoryRequest parses a QUERY_DIRECTORY request.
func ParseSMB2QueryDirectoryRequest(b []byte) (SMB2QueryDirectoryRequest, error) {
	r := reader{b: b, message: "SMB2 QUERY_DIRECTORY request"}
	m := SMB2QueryDirectoryRequest{Header: r.smb2Command(SMB2CommandQueryDirectory, false)}
	r.structureSize(33)
	m.Class, m.Flags = r.u8("FileInformationClass"), r.u8("Flags")
	m.Index = r.u32("FileIndex")
	m.FileID = r.fileID()
	off, n := r.u16("FileNameOffset"), r.u16("FileNameLength")
	m.MaxOutput = r.u32("OutputBufferLength")
	m.Pattern = decodeUTF16(r.buffer(off, n, queryDirectoryRequestFixed, "FileName"))
	return m, r.err
}
