package smbproto

// SMB2 commands after the logon, [MS-SMB2] 2.2.1.2.
const (
	SMB2CommandLogoff         = 2
	SMB2CommandTreeConnect    = 3
	SMB2CommandTreeDisconnect = 4
	SMB2CommandCreate         = 5
	SMB2CommandClose          = 6
	SMB2CommandFlush          = 7
	SMB2CommandRead           = 8
	SMB2CommandWrite          = 9
	SMB2CommandLock           = 10
	SMB2CommandIOCTL          = 11
	SMB2CommandCancel         = 12
	SMB2CommandEcho           = 13
	SMB2CommandQueryDirectory = 14
	SMB2CommandChangeNotify   = 15
	SMB2CommandQueryInfo      = 16
	SMB2CommandSetInfo        = 17
	SMB2CommandOplockBreak    = 18
)

// FileID names an open file, [MS-SMB2] 2.2.14.1: its persistent and its volatile
// half as they stand on the wire.
type FileID [16]byte

// RelatedFile is the FileID of a request in a compound that means the file of
// the request before it, [MS-SMB2] 3.3.5.2.7.2.
var RelatedFile = FileID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

func (r *reader) fileID() (id FileID) {
	copy(id[:], r.take(len(id), "FileId"))
	return id
}

// wideBuffer is buffer for messages with offsets and lengths of 32 bits.
func (r *reader) wideBuffer(off, n uint32, fixed int, field string) []byte {
	if n == 0 || r.err != nil {
		return nil
	}
	if uint64(off) < uint64(fixed) {
		r.fail(field, int(off), "points into the fixed part")
		return nil
	}
	return r.slice(uint64(off), uint64(n), field)
}

// SMB2Failed reports whether a status stands for a failure, [MS-ERREF] 2.3: an
// answer with one has the body of an SMB2Error.
func SMB2Failed(s Status) bool { return s>>30 == 3 }
