package smbproto

// Classes of information about a file that SET_INFO changes, [MS-FSCC] 2.4.
const (
	ClassBasic       = 4
	ClassRename      = 10
	ClassDisposition = 13
	ClassAllocation  = 19
	ClassEndOfFile   = 20

	ClassDispositionEx = 64
	ClassRenameEx      = 65
)

// Other classes, [MS-FSCC] 2.4 and 2.5.
const (
	classDirectory       = 1
	classFullDirectory   = 2
	classBothDirectory   = 3
	classStandard        = 5
	classInternal        = 6
	classEA              = 7
	classAccess          = 8
	className            = 9
	classNames           = 12
	classPosition        = 14
	classMode            = 16
	classAlignment       = 17
	classAll             = 18
	classAlternateName   = 21
	classStream          = 22
	classCompression     = 28
	classNetworkOpen     = 34
	classAttributeTag    = 35
	classIDBothDirectory = 37
	classIDFullDirectory = 38
	classNormalizedName  = 48
	classID              = 59

	classVolume     = 1
	classSize       = 3
	classDevice     = 4
	classAttribute  = 5
	classFullSize   = 7
	classObjectID   = 8
	classSectorSize = 11
)

// File attributes, [MS-FSCC] 2.6.
const (
	AttributeDirectory = 0x00000010
	AttributeArchive   = 0x00000020
)

// SMB2File is what a server tells of a file or a folder.
type SMB2File struct {
	Path      string // in the share
	Name      string // in its folder
	Number    uint64 // that no other file of the share has
	Times     SMB2FileTimes
	Size      uint64 // bytes
	Allocated uint64 // bytes
	Directory bool
	Deleted   bool   // it is deleted when it is closed
	Access    uint32 // that it was opened with
}

// Attributes returns the file's attributes.
func (f SMB2File) Attributes() uint32 {
	if f.Directory {
		return AttributeDirectory
	}
	return AttributeArchive
}

// Information returns what QUERY_INFO answers about a file in a class, [MS-FSCC]
// 2.4. It reports false for a class that it has not.
func (f SMB2File) Information(class uint8) (b []byte, ok bool) {
	switch class {
	case ClassBasic:
		return f.basic(nil), true
	case classStandard:
		return f.standard(nil), true
	case classInternal:
		return le.AppendUint64(nil, f.Number), true
	case classEA, classMode, classAlignment:
		return make([]byte, 4), true
	case classAccess:
		return le.AppendUint32(nil, f.Access), true
	case className, classNormalizedName:
		return appendCountedName(nil, f.Path), true
	case classAlternateName:
		return appendCountedName(nil, f.Name), true
	case classPosition:
		return make([]byte, 8), true
	case classAll:
		return f.all(), true
	case classStream:
		return f.stream(), true
	case classCompression:
		return append(le.AppendUint64(nil, f.Size), make([]byte, 8)...), true
	case classNetworkOpen:
		b = f.Times.append(nil)
		b = le.AppendUint64(le.AppendUint64(b, f.Allocated), f.Size)
		return le.AppendUint32(le.AppendUint32(b, f.Attributes()), 0), true
	case classAttributeTag:
		return le.AppendUint32(le.AppendUint32(nil, f.Attributes()), 0), true
	case classID:
		return append(le.AppendUint64(make([]byte, 8, 24), f.Number), make([]byte, 8)...), true
	}
	return nil, false
}

// basic appends FileBasicInformation, [MS-FSCC] 2.4.7.
func (f SMB2File) basic(b []byte) []byte {
	return le.AppendUint32(le.AppendUint32(f.Times.append(b), f.Attributes()), 0)
}

// standard appends FileStandardInformation, [MS-FSCC] 2.4.47.
func (f SMB2File) standard(b []byte) []byte {
	b = le.AppendUint64(le.AppendUint64(b, f.Allocated), f.Size)
	b = le.AppendUint32(b, 1) // links
	return append(b, flag(f.Deleted), flag(f.Directory), 0, 0)
}

// all returns FileAllInformation, [MS-FSCC] 2.4.2.
func (f SMB2File) all() []byte {
	b := f.standard(f.basic(nil))
	b = le.AppendUint64(b, f.Number)
	b = le.AppendUint32(b, 0) // extended attributes
	b = le.AppendUint32(b, f.Access)
	b = append(b, make([]byte, 16)...) // position, mode, alignment
	return appendCountedName(b, f.Path)
}

// stream returns FileStreamInformation, [MS-FSCC] 2.4.49: of a file its one
// stream, and of a folder nothing.
func (f SMB2File) stream() []byte {
	if f.Directory {
		return nil
	}
	name := appendUTF16(nil, "::$DATA")
	b := le.AppendUint32(le.AppendUint32(nil, 0), uint32(len(name)))
	b = le.AppendUint64(le.AppendUint64(b, f.Size), f.Allocated)
	return append(b, name...)
}

// appendCountedName appends a name behind its length in bytes.
func appendCountedName(b []byte, name string) []byte {
	text := appendUTF16(nil, name)
	return append(le.AppendUint32(b, uint32(len(text))), text...)
}

// DirectoryEntry appends what QUERY_DIRECTORY tells of a file in a class, as the
// last entry of a list, [MS-FSCC] 2.4. It reports false for a class that it has
// not.
func (f SMB2File) DirectoryEntry(b []byte, class uint8) (_ []byte, ok bool) {
	name := appendUTF16(nil, f.Name)
	b = append(b, make([]byte, 8)...) // NextEntryOffset, FileIndex
	if class == classNames {
		return append(le.AppendUint32(b, uint32(len(name))), name...), true
	}
	b = f.Times.append(b)
	b = le.AppendUint64(le.AppendUint64(b, f.Size), f.Allocated)
	b = le.AppendUint32(le.AppendUint32(b, f.Attributes()), uint32(len(name)))
	const shortName = 26 // its length and itself: none
	switch class {
	case classDirectory:
	case classFullDirectory:
		b = le.AppendUint32(b, 0) // extended attributes
	case classBothDirectory:
		b = append(b, make([]byte, 4+shortName)...)
	case classIDBothDirectory:
		b = append(b, make([]byte, 4+shortName+2)...)
		b = le.AppendUint64(b, f.Number)
	case classIDFullDirectory:
		b = le.AppendUint64(append(b, make([]byte, 8)...), f.Number)
	default:
		return b, false
	}
	return append(b, name...), true
}

// LinkEntry writes into an entry of a directory's list where the next begins,
// and pads the list up to there: at a multiple of 8 bytes, [MS-FSCC] 2.4.
func LinkEntry(list []byte, entry int) []byte {
	list = pad8(list, entry) // entries begin at multiples of 8
	le.PutUint32(list[entry:], uint32(len(list)-entry))
	return list
}

// SMB2Volume is what a server tells of the volume that a share is on.
type SMB2Volume struct {
	Label       string
	Serial      uint32
	Created     Filetime
	Total, Free uint64 // bytes
}

// Sizes that a volume claims, in bytes.
const (
	sectorSize = 512
	unitSize   = 4096
)

// Information returns what QUERY_INFO answers about a volume in a class,
// [MS-FSCC] 2.5. It reports false for a class that it has not.
func (v SMB2Volume) Information(class uint8) (b []byte, ok bool) {
	const (
		disk     = 7      // FILE_DEVICE_DISK
		features = 0x0007 // searches and keeps upper and lower case, has Unicode
		longest  = 255    // letters of a name
	)
	total, free := v.Total/unitSize, v.Free/unitSize
	switch class {
	case classVolume:
		label := appendUTF16(nil, v.Label)
		b = le.AppendUint32(le.AppendUint64(nil, uint64(v.Created)), v.Serial)
		return append(append(le.AppendUint32(b, uint32(len(label))), 0, 0), label...), true
	case classSize:
		b = le.AppendUint64(le.AppendUint64(nil, total), free)
		return le.AppendUint32(le.AppendUint32(b, unitSize/sectorSize), sectorSize), true
	case classDevice:
		return le.AppendUint32(le.AppendUint32(nil, disk), 0), true
	case classAttribute:
		return appendCountedName(le.AppendUint32(le.AppendUint32(nil, features), longest), "NTFS"), true
	case classFullSize:
		b = le.AppendUint64(le.AppendUint64(le.AppendUint64(nil, total), free), free)
		return le.AppendUint32(le.AppendUint32(b, unitSize/sectorSize), sectorSize), true
	case classObjectID:
		return append(le.AppendUint32(nil, v.Serial), make([]byte, 60)...), true
	case classSectorSize:
		for range 4 {
			b = le.AppendUint32(b, sectorSize)
		}
		return append(b, make([]byte, 12)...), true // flags, offsets
	}
	return nil, false
}

// NullSecurity is a security descriptor that lets everyone do everything,
// [MS-DTYP] 2.4.6: self-relative, with no access list.
var NullSecurity = []byte{1, 0, 0x04, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// ParseRename parses what SET_INFO gives a file a new name with: its path in
// the share, and whether a file of that name may be replaced, [MS-FSCC] 2.4.43.2.
func ParseRename(b []byte) (path string, replace bool, err error) {
	r := reader{b: b, message: "FileRenameInformation"}
	replace = r.u8("ReplaceIfExists") != 0
	r.skip(15, "RootDirectory")
	path = decodeUTF16(r.take(int(min(r.u32("FileNameLength"), uint32(len(b)+1))), "FileName"))
	return path, replace, r.err
}

// ParseEndOfFile parses what SET_INFO gives a file another size with, in bytes,
// [MS-FSCC] 2.4.14.
func ParseEndOfFile(b []byte) (uint64, error) {
	r := reader{b: b, message: "FileEndOfFileInformation"}
	n := r.u64("EndOfFile")
	return n, r.err
}
