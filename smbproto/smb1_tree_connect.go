package smbproto

import "strings"

// ServiceDisk and the others are the Service of TREE_CONNECT_ANDX, [MS-CIFS]
// 2.2.4.55.1.
const (
	ServiceAny  = "?????"
	ServiceDisk = "A:"
	ServiceIPC  = "IPC"
)

// SMB1TreeConnectRequest is TREE_CONNECT_ANDX: a client asks for a share,
// [MS-CIFS] 2.2.4.55.1.
type SMB1TreeConnectRequest struct {
	Header         SMB1Header
	Flags          uint16
	PasswordLength int    // of the share's password, which is not kept, in bytes
	Path           string // such as \\server\share
	Service        string // ServiceAny and others
}

// ParseSMB1TreeConnectRequest parses a TREE_CONNECT_ANDX request, which may also
// stand behind a SESSION_SETUP_ANDX in the same message.
func ParseSMB1TreeConnectRequest(b []byte) (SMB1TreeConnectRequest, error) {
	chain, err := ParseSMB1Message(b)
	m := SMB1TreeConnectRequest{Header: chain.Header}
	k, err := chain.only(SMB1CommandTreeConnect, false, err, "SMB1 TREE_CONNECT_ANDX request")
	if err != nil {
		return m, err
	}
	m, err = k.TreeConnect()
	m.Header = chain.Header
	return m, err
}

// TreeConnect reads the command as a TREE_CONNECT_ANDX request, without a Header.
func (k SMB1Block) TreeConnect() (SMB1TreeConnectRequest, error) {
	var m SMB1TreeConnectRequest
	w := k.words("SMB1 TREE_CONNECT_ANDX request")
	m.Flags = w.u16("Flags")
	m.PasswordLength = int(w.u16("PasswordLength"))
	r := k.bytes(&w)
	r.skip(m.PasswordLength, "Password")
	if k.unicode && (r.base+r.off)%2 != 0 && r.off < len(r.b) {
		r.skip(1, "Pad")
	}
	rest := r.rest()
	m.Path, rest = cutText(rest, k.unicode && !looksOEM(rest))
	m.Service, _ = cutText(rest, false) // OEM text whatever Flags2 says
	return m, r.err
}

// Append appends the message alone, with a password of PasswordLength zeros.
func (m SMB1TreeConnectRequest) Append(b []byte) []byte {
	words := le.AppendUint16(make([]byte, 4, 8), m.Flags)
	words = le.AppendUint16(words, uint16(m.PasswordLength))
	data := make([]byte, m.PasswordLength)
	if m.Header.Unicode() && len(data)%2 == 0 { // Bytes begin at an odd offset
		data = append(data, 0)
	}
	data = append(appendOEM(appendText(data, m.Path, m.Header.Unicode()), m.Service), 0)
	return SMB1Message{m.Header, []SMB1Block{{Command: SMB1CommandTreeConnect, Words: words, Bytes: data}}}.Append(b)
}

// Share returns the share's name: what stands behind the server's in a path
// such as \\server\share.
func (m SMB1TreeConnectRequest) Share() string { return m.Path[strings.LastIndexByte(m.Path, '\\')+1:] }

// SMB1TreeConnectResponse answers TREE_CONNECT_ANDX; the share's id is the
// Header's TID, [MS-CIFS] 2.2.4.55.2 and [MS-SMB] 2.2.4.7.2. With an error it has
// nothing but a Header.
type SMB1TreeConnectResponse struct {
	Header     SMB1Header
	Support    uint16 // OptionalSupport
	Service    string // ServiceDisk and others
	FileSystem string // NativeFileSystem
}

// Block returns the message as one command of a chain.
func (m SMB1TreeConnectResponse) Block() SMB1Block {
	if m.Header.Status != StatusSuccess {
		return SMB1Block{Command: SMB1CommandTreeConnect}
	}
	data := append(appendOEM(nil, m.Service), 0)
	if m.Header.Unicode() && len(data)%2 == 0 { // Bytes begin at an odd offset
		data = append(data, 0)
	}
	return SMB1Block{Command: SMB1CommandTreeConnect, Words: le.AppendUint16(make([]byte, 4, 6), m.Support),
		Bytes: appendText(data, m.FileSystem, m.Header.Unicode())}
}

// Append appends the message alone.
func (m SMB1TreeConnectResponse) Append(b []byte) []byte {
	return SMB1Message{m.Header, []SMB1Block{m.Block()}}.Append(b)
}

// ParseSMB1TreeConnectResponse parses a TREE_CONNECT_ANDX response, which may
// also stand behind a SESSION_SETUP_ANDX in the same message. Forms with more or
// fewer words than Append writes are read too.
func ParseSMB1TreeConnectResponse(b []byte) (SMB1TreeConnectResponse, error) {
	chain, err := ParseSMB1Message(b)
	m := SMB1TreeConnectResponse{Header: chain.Header}
	k, err := chain.only(SMB1CommandTreeConnect, true, err, "SMB1 TREE_CONNECT_ANDX response")
	if err != nil || len(k.Words) == 0 {
		return m, err
	}
	w := k.words("SMB1 TREE_CONNECT_ANDX response")
	if len(k.Words) > 4 { // LAN Manager sends the words of the chain alone
		m.Support = w.u16("OptionalSupport")
	}
	data := k.bytes(&w)
	rest := data.rest()
	before := len(rest)
	m.Service, rest = cutText(rest, false)
	if k.unicode && (k.bytesAt+before-len(rest))%2 != 0 && len(rest) > 0 {
		rest = rest[1:]
	}
	m.FileSystem, _ = cutText(rest, k.unicode && !looksOEM(rest))
	return m, data.err
}
