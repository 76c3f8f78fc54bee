package smbproto

import "time"

// PassThrough is where the levels begin that stand for classes of information of
// the file system itself, which SMB2 has too, [MS-SMB] 2.2.2.3.5.
const PassThrough = 1000

// Levels of information below it, [MS-CIFS] 2.2.2.3.
const (
	infoStandard   = 0x0001
	infoEASize     = 0x0002
	infoBasic      = 0x0101
	infoStandardNT = 0x0102
	infoEA         = 0x0103
	infoName       = 0x0104
	infoAll        = 0x0107
	infoAltName    = 0x0108
	infoStream     = 0x0109

	findDirectory = 0x0101
	findFull      = 0x0102
	findBoth      = 0x0104

	fsAllocation = 0x0001
	fsVolume     = 0x0002
	fsVolumeNT   = 0x0102
	fsSize       = 0x0103
	fsDevice     = 0x0104
	fsAttributes = 0x0105
)

// Levels by which SetPath and SetFile change more than times and attributes,
// [MS-CIFS] 2.2.8.4 and [MS-FSCC] 2.4.
const (
	SetDisposition     = 0x0102
	SetEndOfFile       = 0x0104
	SetRenamePass      = PassThrough + ClassRename
	SetDispositionPass = PassThrough + ClassDisposition
	SetEndOfFilePass   = PassThrough + ClassEndOfFile
)

// Information returns what QueryPath and QueryFile answer about a file at a
// level, [MS-CIFS] 2.2.8.3. It reports false for a level that it has not.
func (f SMB1File) Information(level uint16, unicode bool) (b []byte, ok bool) {
	switch level {
	case infoStandard:
		return f.standard(nil), true
	case infoEASize:
		return append(f.standard(nil), 0, 0, 0, 0), true
	case infoBasic:
		return f.basic(nil), true
	case infoStandardNT:
		return f.sizes(nil), true
	case infoEA:
		return make([]byte, 4), true
	case infoName, infoAltName: // the short name is the long one
		return f.counted(nil, unicode), true
	case infoAll:
		return f.counted(append(f.sizes(f.basic(nil)), 0, 0, 0, 0), unicode), true
	case infoStream:
		return nil, true // an empty list, as a folder has
	}
	return nil, false
}

// standard appends SMB_INFO_STANDARD, [MS-CIFS] 2.2.8.3.1.
func (f SMB1File) standard(b []byte) []byte {
	date, clock := dosDateTime(f.Time.Time())
	for range 3 { // created, accessed, written
		b = le.AppendUint16(le.AppendUint16(b, date), clock)
	}
	b = le.AppendUint32(le.AppendUint32(b, uint32(f.Size)), uint32(f.allocation()))
	return le.AppendUint16(b, f.dosAttributes())
}

// times appends when the file was made, read, written and changed.
func (f SMB1File) times(b []byte) []byte {
	for range 4 {
		b = le.AppendUint64(b, uint64(f.Time))
	}
	return b
}

// basic appends SMB_QUERY_FILE_BASIC_INFO, [MS-CIFS] 2.2.8.3.6.
func (f SMB1File) basic(b []byte) []byte {
	return append(le.AppendUint32(f.times(b), f.attributes()), 0, 0, 0, 0)
}

// sizes appends SMB_QUERY_FILE_STANDARD_INFO, [MS-CIFS] 2.2.8.3.7, filled up to a
// multiple of four.
func (f SMB1File) sizes(b []byte) []byte {
	b = le.AppendUint64(le.AppendUint64(b, f.allocation()), f.Size)
	b = le.AppendUint32(b, 1) // links
	return append(b, 0, flag(f.Directory), 0, 0)
}

// counted appends the name behind its length.
func (f SMB1File) counted(b []byte, unicode bool) []byte {
	name := encodeText(f.Name, unicode)
	return append(le.AppendUint32(b, uint32(len(name))), name...)
}

// FindEntry appends what FindFirst and FindNext tell of a file at a level,
// [MS-CIFS] 2.2.8.1, as the last entry of a list. It reports false for a level
// that it has not.
func (f SMB1File) FindEntry(b []byte, level uint16, unicode bool) ([]byte, bool) {
	name := encodeText(f.Name, unicode)
	switch level {
	case infoStandard:
		b = append(f.standard(b), byte(len(name)))
		return append(append(b, name...), make([]byte, 1+flag(unicode))...), true
	case findDirectory, findFull, findBoth:
	default:
		return b, false
	}
	b = append(b, make([]byte, 8)...) // NextEntryOffset, FileIndex
	b = le.AppendUint64(le.AppendUint64(f.times(b), f.Size), f.allocation())
	b = le.AppendUint32(le.AppendUint32(b, f.attributes()), uint32(len(name)))
	if level != findDirectory {
		b = append(b, 0, 0, 0, 0) // EaSize
	}
	if level == findBoth {
		b = append(b, make([]byte, 26)...) // no short name
	}
	return append(b, name...), true
}

// LinkFindEntry prepares a list for another entry: the last one, at an offset, is
// filled up to a multiple of eight and learns how long it is, where entries at
// this level tell that.
func LinkFindEntry(b []byte, last int, level uint16) []byte {
	if level == infoStandard {
		return b
	}
	return LinkEntry(b, last)
}

// SMB1Volume is what a server tells of the disk behind a share.
type SMB1Volume struct{ SMB2Volume }

// Information returns what QueryFileSystem answers at a level, [MS-CIFS] 2.2.8.2.
// It reports false for a level that it has not.
func (v SMB1Volume) Information(level uint16, unicode bool) (b []byte, ok bool) {
	total, free := v.Total/unitSize, v.Free/unitSize
	switch level {
	case fsAllocation:
		b = le.AppendUint32(le.AppendUint32(nil, 0), unitSize/sectorSize)
		b = le.AppendUint32(le.AppendUint32(b, uint32(total)), uint32(free))
		return le.AppendUint16(b, sectorSize), true
	case fsVolume:
		label := encodeText(v.Label, unicode)
		return append(append(le.AppendUint32(nil, v.Serial), byte(len(label))), label...), true
	case fsVolumeNT:
		label := encodeText(v.Label, unicode)
		b = le.AppendUint32(le.AppendUint64(nil, uint64(v.Created)), v.Serial)
		return append(append(le.AppendUint32(b, uint32(len(label))), 0, 0), label...), true
	case fsSize:
		return v.SMB2Volume.Information(classSize)
	case fsDevice:
		return v.SMB2Volume.Information(classDevice)
	case fsAttributes:
		const casePreserved, unicodeOnDisk, longest = 2, 4, 255
		name := encodeText("NTFS", unicode)
		b = le.AppendUint32(le.AppendUint32(nil, casePreserved|unicodeOnDisk), longest)
		return append(le.AppendUint32(b, uint32(len(name))), name...), true
	}
	if class := level - PassThrough; level >= PassThrough && class <= 0xff {
		return v.SMB2Volume.Information(uint8(class))
	}
	return nil, false
}

// DiskWords returns the words of a QUERY_INFORMATION_DISK answer, [MS-CIFS]
// 2.2.4.57.2. They have no room for more than 2 GiB.
func (v SMB1Volume) DiskWords() []byte {
	const unit, most = 64, 0xffff // 32 KiB in a unit
	var b []byte
	for _, n := range []uint64{min(v.Total/(unit*sectorSize), most), unit, sectorSize, min(v.Free/(unit*sectorSize), most), 0} {
		b = le.AppendUint16(b, uint16(n))
	}
	return b
}

// QueryWords returns the words of a QUERY_INFORMATION answer, [MS-CIFS] 2.2.4.9.2.
func (f SMB1File) QueryWords() []byte {
	b := le.AppendUint16(nil, f.dosAttributes())
	b = le.AppendUint32(le.AppendUint32(b, uint32(f.Time.unix())), uint32(f.Size))
	return append(b, make([]byte, 10)...)
}

// Query2Words returns the words of a QUERY_INFORMATION2 answer, [MS-CIFS]
// 2.2.4.31.2.
func (f SMB1File) Query2Words() []byte { return f.standard(nil) }

// dosDateTime returns the date and time as LAN Manager writes them, [MS-CIFS] 2.2.1.4;
// zeros for what it cannot.
func dosDateTime(t time.Time) (date, clock uint16) {
	if t.Year() < 1980 || t.Year() > 2107 {
		return 0, 0
	}
	date = uint16(t.Year()-1980)<<9 | uint16(t.Month())<<5 | uint16(t.Day())
	return date, uint16(t.Hour())<<11 | uint16(t.Minute())<<5 | uint16(t.Second()/2)
}
