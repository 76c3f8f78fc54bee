package canary

import (
	"encoding/binary"
	"strings"

	"crypto/rand"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// smb2Session is a session of a connection.
type smb2Session struct {
	id       uint64
	login    *login
	preauth  signing.Preauth
	key      []byte // that signs; nil before the logon
	trees    map[uint32]*tree
	lastTree uint32
}

// tree is a share that a session is connected to.
type tree struct {
	id   uint32
	pipe bool // IPC$
}

// setup answers a SESSION_SETUP.
func (s *smb2) setup(r *request) answer {
	s.reached(inventory.StageSessionSetup)
	m, err := smbproto.ParseSMB2SessionSetupRequest(r.b)
	if err != nil {
		return answer{end: inventory.EndMalformed}
	}
	s.offer().AddSMB2Setup(m)
	if !s.attempt() {
		return answer{end: inventory.EndLimit}
	}
	session, status := s.sessionFor(r)
	if session == nil {
		return s.refuse(r, status)
	}
	r.h.SessionID = session.id
	session.preauth.Add(r.b)
	token, status := session.login.step(m.SecurityBuffer)
	response := smbproto.SMB2SessionSetupResponse{Header: s.header(r, status), SecurityBuffer: token}
	switch status {
	case smbproto.StatusMoreProcessingRequired:
		b := response.Append(nil)
		session.preauth.Add(b)
		return answer{b: b}
	case smbproto.StatusSuccess:
		s.logOn(session)
		return answer{b: response.Append(nil), key: session.key}
	}
	delete(s.sessions, session.id)
	return answer{b: response.Append(nil)}
}

// sessionFor returns the session that a SESSION_SETUP is for, which may be a new
// one. One that logs on again begins anew, but for its key, [MS-SMB2] 3.3.5.5.
func (s *smb2) sessionFor(r *request) (*smb2Session, smbproto.Status) {
	if r.h.SessionID != 0 {
		session := s.sessions[r.h.SessionID]
		if session == nil {
			return nil, smbproto.StatusUserSessionDeleted
		}
		if session.key != nil {
			session.preauth = s.preauth
		}
		return session, smbproto.StatusSuccess
	}
	if len(s.sessions) >= maxSessions {
		return nil, smbproto.StatusInsufficientResources
	}
	session := &smb2Session{id: s.newSessionID(), login: newLogin(s.conn), preauth: s.preauth, trees: map[uint32]*tree{}}
	s.sessions[session.id] = session
	return session, smbproto.StatusSuccess
}

// newSessionID returns a random id that is not in use.
func (s *smb2) newSessionID() uint64 {
	for {
		var b [8]byte
		rand.Read(b[:]) // never fails
		if id := binary.LittleEndian.Uint64(b[:]) >> 1; id != 0 && s.sessions[id] == nil {
			return id
		}
	}
}

// logOn begins a session with the key of its logon. One that has logged on again
// keeps its first key, [MS-SMB2] 3.3.5.5.3.
func (s *smb2) logOn(session *smb2Session) {
	if session.key == nil {
		session.key = signing.Key(s.dialect, session.login.key, session.preauth.Sum())
	}
	s.contact.Algorithm = s.algorithm.String()
	s.logon().SetupSigned = true
}

// afterLogon answers a request of a session.
func (s *smb2) afterLogon(r *request) answer {
	r.session = s.sessions[r.h.SessionID]
	if r.session == nil || r.session.key == nil {
		return s.refuse(r, smbproto.StatusUserSessionDeleted)
	}
	signed, refused := s.check(r)
	var a answer
	if refused {
		a = s.refuse(r, smbproto.StatusAccessDenied)
	} else {
		a = s.command(r)
	}
	if a.b == nil {
		return a
	}
	if signed || s.options.Stage == StageRequire {
		a.key = r.session.key
	}
	if countsSMB2(r.h.Command) {
		s.answer(a.key != nil, refused)
	}
	return a
}

// check looks at the signature of a request. It refuses one that is wrong, and
// in StageRequire one that is missing, [MS-SMB2] 3.3.5.2.4.
func (s *smb2) check(r *request) (signed, refused bool) {
	check := inventory.CheckUnknown
	if signed = r.h.Signed(); signed {
		check = inventory.CheckWrong
		if s.algorithm.Verify(r.session.key, r.b) {
			check = inventory.CheckRight
		}
	}
	refused = check == inventory.CheckWrong || check == inventory.CheckUnknown && s.options.Stage == StageRequire
	if !countsSMB2(r.h.Command) {
		return signed, refused
	}
	s.request(check)
	if !signed && r.h.Command == smbproto.SMB2CommandTreeConnect && s.dialect == smbproto.Dialect311 {
		s.quirk("asked for a share at 3.1.1 without a signature, which Windows refuses whatever the policy") // [MS-SMB2] 3.3.5.7
	}
	switch {
	case refused:
		if r.h.Command == smbproto.SMB2CommandTreeConnect {
			s.reached(inventory.StageTreeConnect) // it asked, and came no further
		}
		s.refused, s.refusedBy = true, r.h.Command
	case s.refusedBy == r.h.Command:
		s.refused = false // it got over it
	}
	return signed, refused
}

// countsSMB2 reports whether a command counts for the facts on signatures.
func countsSMB2(command uint16) bool { return command != smbproto.SMB2CommandLogoff }

// command answers a request whose signature is as it should be.
func (s *smb2) command(r *request) answer {
	switch r.h.Command {
	case smbproto.SMB2CommandLogoff:
		delete(s.sessions, r.session.id)
		s.share.closeAll()
		s.disconnected()
		return s.plain(r)
	case smbproto.SMB2CommandEcho:
		return s.plain(r)
	case smbproto.SMB2CommandTreeConnect:
		return s.treeConnect(r)
	}
	if r.tree = r.session.trees[r.h.TreeID]; r.tree == nil {
		return s.refuse(r, smbproto.StatusNetworkNameDeleted)
	}
	if r.h.Command == smbproto.SMB2CommandTreeDisconnect {
		return s.treeDisconnect(r)
	}
	return s.fileCommand(r)
}

// plain is the answer that says nothing but that it is done.
func (s *smb2) plain(r *request) answer {
	return answer{b: smbproto.SMB2Plain{Header: s.header(r, smbproto.StatusSuccess)}.Append(nil)}
}

// allAccess is the right to do everything with a file, [MS-DTYP] 2.4.3.
const allAccess = 0x001f01ff

// noCaching is a flag of a share: clients are not to keep what they write,
// [MS-SMB2] 2.2.10.
const noCaching = 0x30

// treeConnect connects to the share or to IPC$, and to nothing else.
func (s *smb2) treeConnect(r *request) answer {
	s.reached(inventory.StageTreeConnect)
	m, err := smbproto.ParseSMB2TreeConnectRequest(r.b)
	if err != nil {
		return s.refuse(r, smbproto.StatusInvalidParameter)
	}
	name := base(m.Path)
	pipe := strings.EqualFold(name, "IPC$")
	switch {
	case !pipe && !strings.EqualFold(name, s.options.Share):
		s.quirk("asked for the share " + quote(name) + ", which is not here")
		return s.refuse(r, smbproto.StatusBadNetworkName)
	case len(r.session.trees) >= maxSessionTrees:
		return s.refuse(r, smbproto.StatusInsufficientResources)
	}
	r.session.lastTree++
	t := &tree{id: r.session.lastTree, pipe: pipe}
	r.session.trees[t.id] = t
	r.h.TreeID = t.id
	response := smbproto.SMB2TreeConnectResponse{Header: s.header(r, smbproto.StatusSuccess), ShareType: smbproto.ShareDisk,
		ShareFlags: noCaching, MaximalAccess: allAccess}
	if pipe {
		response.ShareType = smbproto.SharePipe
	}
	return answer{b: response.Append(nil)}
}

func (s *smb2) treeDisconnect(r *request) answer {
	delete(r.session.trees, r.tree.id)
	if len(r.session.trees) == 0 {
		s.share.closeAll()
		s.disconnected()
	}
	return s.plain(r)
}
