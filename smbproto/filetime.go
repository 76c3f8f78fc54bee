package smbproto

import "time"

// Filetime counts 100 ns intervals since 1601-01-01 UTC, [MS-DTYP] 2.3.3.
type Filetime uint64

// unixEpoch is 1970-01-01 as a Filetime.
const unixEpoch = 116444736000000000

// maxFiletime is 9999-12-31T23:59:59Z, the last time that RFC 3339 can write.
const maxFiletime = 2650467743990000000

// NewFiletime returns t as a Filetime. The zero time becomes 0, and so do times
// before 1601 and after 9999.
func NewFiletime(t time.Time) Filetime {
	seconds := t.Unix() + unixEpoch/1e7
	if seconds < 0 || seconds > maxFiletime/1e7 {
		return 0
	}
	return Filetime(seconds*1e7 + int64(t.Nanosecond())/100)
}

// Time returns the time in UTC. Zero, which servers send for "not told", and
// times past the year 9999 become the zero time.
func (f Filetime) Time() time.Time {
	if f == 0 || f > maxFiletime {
		return time.Time{}
	}
	n := int64(f) - unixEpoch
	return time.Unix(n/1e7, n%1e7*100).UTC()
}
