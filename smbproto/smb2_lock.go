package smbproto

// SMB2LockRequest locks or unlocks ranges of a file, [MS-SMB2] 2.2.26. An
// SMB2Plain answers it. The ranges are not kept.
type SMB2LockRequest struct {
	Header SMB2Header
	Count  uint16 // of the ranges
	FileID FileID
}

// lockElement is the size of a range, in bytes, [MS-SMB2] 2.2.26.1.
const lockElement = 24

// Append appends the message, with ranges of no length.
func (m SMB2LockRequest) Append(b []byte) []byte {
	m.Header.Command = SMB2CommandLock
	b = m.Header.append(b)
	b = le.AppendUint16(b, 48)
	b = le.AppendUint16(b, m.Count)
	b = le.AppendUint32(b, 0)
	b = append(b, m.FileID[:]...)
	return append(b, make([]byte, lockElement*int(m.Count))...)
}

// ParseSMB2LockRequest parses a LOCK request.
func ParseSMB2LockRequest(b []byte) (SMB2LockRequest, error) {
	r := reader{b: b, message: "SMB2 LOCK request"}
	m := SMB2LockRequest{Header: r.smb2Command(SMB2CommandLock, false)}
	r.structureSize(48)
	m.Count = r.u16("LockCount")
	r.skip(4, "LockSequence")
	m.FileID = r.fileID()
	r.skip(lockElement*int(m.Count), "Locks")
	return m, r.err
}
