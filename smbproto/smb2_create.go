package smbproto

// Offsets of the fixed parts, from the start of the header.
const (
	createRequestFixed  = smb2HeaderSize + 56
	createResponseFixed = smb2HeaderSize + 88
)

// Options of a CREATE request, [MS-SMB2] 2.2.13. SMB1's NT_CREATE_ANDX has the
// same, and the dispositions are named there: FileOpen and others.
const (
	CreateDirectory     = 0x00000001
	CreateNonDirectory  = 0x00000040
	CreateDeleteOnClose = 0x00001000
)

// SMB2CreateRequest opens or creates a file, a folder or a pipe, [MS-SMB2]
// 2.2.13.
type SMB2CreateRequest struct {
	Header        SMB2Header
	OplockLevel   uint8
	Impersonation uint32
	DesiredAccess uint32
	Attributes    uint32
	ShareAccess   uint32
	Disposition   uint32
	Options       uint32
	Name          string // in the share; up to 512 characters of it
	Contexts      []byte // as they came
}

// Append appends the message.
func (m SMB2CreateRequest) Append(b []byte) []byte {
	start := len(b)
	m.Header.Command = SMB2CommandCreate
	name := appendUTF16(nil, m.Name)
	b = m.Header.append(b)
	b = le.AppendUint16(b, 57)
	b = append(b, 0, m.OplockLevel)
	b = le.AppendUint32(b, m.Impersonation)
	b = append(b, make([]byte, 16)...) // SmbCreateFlags, Reserved
	for _, v := range [...]uint32{m.DesiredAccess, m.Attributes, m.ShareAccess, m.Disposition, m.Options} {
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint16(b, createRequestFixed)
	b = le.AppendUint16(b, uint16(len(name)))
	contexts := len(b)
	b = append(b, make([]byte, 8)...)
	b = append(b, name...)
	if len(m.Contexts) > 0 {
		b = pad8(b, start)
		le.PutUint32(b[contexts:], uint32(len(b)-start))
		le.PutUint32(b[contexts+4:], uint32(len(m.Contexts)))
		return append(b, m.Contexts...)
	}
	if len(name) == 0 {
		b = append(b, 0) // the buffer has at least one byte
	}
	return b
}

// ParseSMB2CreateRequest parses a CREATE request.
func ParseSMB2CreateRequest(b []byte) (SMB2CreateRequest, error) {
	r := reader{b: b, message: "SMB2 CREATE request"}
	m := SMB2CreateRequest{Header: r.smb2Command(SMB2CommandCreate, false)}
	r.structureSize(57)
	r.skip(1, "SecurityFlags")
	m.OplockLevel = r.u8("RequestedOplockLevel")
	m.Impersonation = r.u32("ImpersonationLevel")
	r.skip(16, "SmbCreateFlags")
	m.DesiredAccess = r.u32("DesiredAccess")
	m.Attributes = r.u32("FileAttributes")
	m.ShareAccess = r.u32("ShareAccess")
	m.Disposition = r.u32("CreateDisposition")
	m.Options = r.u32("CreateOptions")
	off, n := r.u16("NameOffset"), r.u16("NameLength")
	contextsOff, contexts := r.u32("CreateContextsOffset"), r.u32("CreateContextsLength")
	m.Name = decodeUTF16(r.buffer(off, n, createRequestFixed, "Name"))
	m.Contexts = r.wideBuffer(contextsOff, contexts, createRequestFixed, "CreateContexts")
	return m, r.err
}

// SMB2FileTimes are the times of a file, [MS-SMB2] 2.2.14.
type SMB2FileTimes struct{ Creation, LastAccess, LastWrite, Change Filetime }

func (t SMB2FileTimes) append(b []byte) []byte {
	for _, v := range [...]Filetime{t.Creation, t.LastAccess, t.LastWrite, t.Change} {
		b = le.AppendUint64(b, uint64(v))
	}
	return b
}

func (r *reader) fileTimes() (t SMB2FileTimes) {
	t.Creation, t.LastAccess = Filetime(r.u64("CreationTime")), Filetime(r.u64("LastAccessTime"))
	t.LastWrite, t.Change = Filetime(r.u64("LastWriteTime")), Filetime(r.u64("ChangeTime"))
	return t
}

// SMB2CreateResponse answers it, [MS-SMB2] 2.2.14. Only Header is set when its
// Status is an error.
type SMB2CreateResponse struct {
	Header         SMB2Header
	OplockLevel    uint8
	Action         uint32
	Times          SMB2FileTimes
	AllocationSize uint64 // bytes
	EndOfFile      uint64 // bytes
	Attributes     uint32
	FileID         FileID
	Contexts       []byte // as they came
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2CreateResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandCreate
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 89)
	b = append(b, m.OplockLevel, 0)
	b = le.AppendUint32(b, m.Action)
	b = m.Times.append(b)
	b = le.AppendUint64(b, m.AllocationSize)
	b = le.AppendUint64(b, m.EndOfFile)
	b = le.AppendUint32(b, m.Attributes)
	b = le.AppendUint32(b, 0)
	b = append(b, m.FileID[:]...)
	if len(m.Contexts) == 0 {
		return append(b, make([]byte, 8)...)
	}
	b = le.AppendUint32(b, createResponseFixed)
	b = le.AppendUint32(b, uint32(len(m.Contexts)))
	return append(b, m.Contexts...)
}

// ParseSMB2CreateResponse parses a CREATE response.
func ParseSMB2CreateResponse(b []byte) (SMB2CreateResponse, error) {
	r := reader{b: b, message: "SMB2 CREATE response"}
	m := SMB2CreateResponse{Header: r.smb2Command(SMB2CommandCreate, true)}
	if r.err != nil || m.Header.Status != StatusSuccess {
		return m, r.err
	}
	r.structureSize(89)
	m.OplockLevel = r.u8("OplockLevel")
	r.skip(1, "Flags")
	m.Action = r.u32("CreateAction")
	m.Times = r.fileTimes()
	m.AllocationSize, m.EndOfFile = r.u64("AllocationSize"), r.u64("EndofFile")
	m.Attributes = r.u32("FileAttributes")
	r.skip(4, "Reserved2")
	m.FileID = r.fileID()
	off, n := r.u32("CreateContextsOffset"), r.u32("CreateContextsLength")
	m.Contexts = r.wideBuffer(off, n, createResponseFixed, "CreateContexts")
	return m, r.err
}
