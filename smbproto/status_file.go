package smbproto

// Statuses that servers answer to requests for shares and files.
const (
	StatusBufferOverflow       Status = 0x80000005
	StatusNoMoreFiles          Status = 0x80000006
	StatusInvalidInfoClass     Status = 0xC0000003
	StatusInfoLengthMismatch   Status = 0xC0000004
	StatusInvalidHandle        Status = 0xC0000008
	StatusNoSuchFile           Status = 0xC000000F
	StatusInvalidDeviceRequest Status = 0xC0000010
	StatusEndOfFile            Status = 0xC0000011
	StatusBufferTooSmall       Status = 0xC0000023
	StatusObjectNameInvalid    Status = 0xC0000033
	StatusObjectNameNotFound   Status = 0xC0000034
	StatusObjectNameCollision  Status = 0xC0000035
	StatusObjectPathNotFound   Status = 0xC000003A
	StatusDiskFull             Status = 0xC000007F
	StatusFileIsADirectory     Status = 0xC00000BA
	StatusDirectoryNotEmpty    Status = 0xC0000101
	StatusNotADirectory        Status = 0xC0000103
	StatusTooManyOpenedFiles   Status = 0xC000011F
	StatusFileClosed           Status = 0xC0000128
	StatusFSDriverRequired     Status = 0xC000019C
)
