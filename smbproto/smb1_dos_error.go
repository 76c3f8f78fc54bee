package smbproto

// Error classes, [MS-CIFS] 2.2.2.4.
const (
	dosClassDOS    = 1
	dosClassServer = 2
	dosClassHard   = 3
)

// dosErrors are the class and the code that stand for a status, [MS-CIFS] 2.2.2.4.
var dosErrors = map[Status][2]uint16{
	StatusMoreProcessingRequired: {dosClassDOS, 234},
	StatusNoMoreFiles:            {dosClassDOS, 18},
	StatusObjectNameNotFound:     {dosClassDOS, 2},
	StatusNoSuchFile:             {dosClassDOS, 2},
	StatusObjectPathNotFound:     {dosClassDOS, 3},
	StatusTooManyOpenedFiles:     {dosClassDOS, 4},
	StatusAccessDenied:           {dosClassDOS, 5},
	StatusFileIsADirectory:       {dosClassDOS, 5},
	StatusNotADirectory:          {dosClassDOS, 3},
	StatusInvalidHandle:          {dosClassDOS, 6},
	StatusDirectoryNotEmpty:      {dosClassDOS, 145},
	StatusNotSupported:           {dosClassDOS, 50},
	StatusObjectNameCollision:    {dosClassDOS, 80},
	StatusInvalidParameter:       {dosClassDOS, 87},
	StatusDiskFull:               {dosClassDOS, 112},
	StatusInvalidInfoClass:       {dosClassDOS, 124},
	StatusLogonFailure:           {dosClassServer, 2},
	StatusSMBBadTID:              {dosClassServer, 5},
	StatusBadNetworkName:         {dosClassServer, 6},
	StatusSMBBadUID:              {dosClassServer, 91},
}

// Statuses of SMB1 alone: a class and a code put into an NTSTATUS, [MS-CIFS]
// 2.2.2.4.
const (
	StatusSMBBadTID Status = 0x00050002
	StatusSMBBadUID Status = 0x005B0002
)

// DOS returns the status as a client has it that has not asked for NTSTATUS: its
// lowest byte is the class, and its upper half the code. What has no error of its
// own there is a general failure.
func (s Status) DOS() Status {
	if s == StatusSuccess {
		return s
	}
	e, found := dosErrors[s]
	if !found {
		e = [2]uint16{dosClassHard, 31}
	}
	return Status(e[0]) | Status(e[1])<<16
}
