package smbproto

// Share types of a TREE_CONNECT response, [MS-SMB2] 2.2.10.
const (
	ShareDisk  = 1
	SharePipe  = 2
	SharePrint = 3
)

// Offsets of the fixed parts, from the start of the header.
const (
	treeConnectRequestFixed = smb2HeaderSize + 8
	treeConnectExtension    = 0x0004 // a flag: the path stands behind an extension, [MS-SMB2] 2.2.9.1
)

// SMB2TreeConnectRequest asks for a share, [MS-SMB2] 2.2.9.
type SMB2TreeConnectRequest struct {
	Header SMB2Header
	Flags  uint16 // only 3.1.1
	Path   string // such as `\\server\share`
}

// Append appends the message.
func (m SMB2TreeConnectRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandTreeConnect
	path := appendUTF16(nil, m.Path)
	b = m.Header.append(b)
	b = le.AppendUint16(b, 9)
	b = le.AppendUint16(b, m.Flags)
	b = le.AppendUint16(b, treeConnectRequestFixed)
	b = le.AppendUint16(b, uint16(len(path)))
	return append(b, path...)
}

// ParseSMB2TreeConnectRequest parses a TREE_CONNECT request. With an extension
// the path's offset counts from the extension on.
func ParseSMB2TreeConnectRequest(b []byte) (SMB2TreeConnectRequest, error) {
	r := reader{b: b, message: "SMB2 TREE_CONNECT request"}
	m := SMB2TreeConnectRequest{Header: r.smb2Command(SMB2CommandTreeConnect, false)}
	r.structureSize(9)
	m.Flags = r.u16("Flags")
	off, n := r.u16("PathOffset"), r.u16("PathLength")
	if m.Flags&treeConnectExtension != 0 && off < treeConnectRequestFixed {
		off += treeConnectRequestFixed
	}
	m.Flags &^= treeConnectExtension // which Append does not write
	m.Path = decodeUTF16(r.buffer(off, n, treeConnectRequestFixed, "Path"))
	return m, r.err
}

// SMB2TreeConnectResponse answers it, [MS-SMB2] 2.2.10. Only Header is set when
// its Status is an error.
type SMB2TreeConnectResponse struct {
	Header        SMB2Header
	ShareType     uint8
	ShareFlags    uint32
	Capabilities  uint32
	MaximalAccess uint32
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2TreeConnectResponse) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandTreeConnect
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 16)
	b = append(b, m.ShareType, 0)
	b = le.AppendUint32(b, m.ShareFlags)
	b = le.AppendUint32(b, m.Capabilities)
	return le.AppendUint32(b, m.MaximalAccess)
}

// ParseSMB2TreeConnectResponse parses a TREE_CONNECT response.
func ParseSMB2TreeConnectResponse(b []byte) (SMB2TreeConnectResponse, error) {
	r := reader{b: b, message: "SMB2 TREE_CONNECT response"}
	m := SMB2TreeConnectResponse{Header: r.smb2Command(SMB2CommandTreeConnect, true)}
	if r.err != nil || m.Header.Status != StatusSuccess {
		return m, r.err
	}
	r.structureSize(16)
	m.ShareType = r.u8("ShareType")
	r.skip(1, "Reserved")
	m.ShareFlags = r.u32("ShareFlags")
	m.Capabilities = r.u32("Capabilities")
	m.MaximalAccess = r.u32("MaximalAccess")
	return m, r.err
}
