package smbproto

// Create dispositions of NT_CREATE_ANDX, [MS-CIFS] 2.2.4.64.1. The older commands
// are told in these too.
const (
	FileSupersede   = 0 // replaced or made
	FileOpen        = 1 // must be there
	FileCreate      = 2 // must not be there
	FileOpenIf      = 3 // opened or made
	FileOverwrite   = 4 // must be there, and loses its content
	FileOverwriteIf = 5 // loses its content or is made
)

// SMB1OpenRequest asks for a file or a folder, by any of NT_CREATE_ANDX,
// OPEN_ANDX, OPEN, CREATE and CREATE_NEW: [MS-CIFS] 2.2.4.64.1, 2.2.4.41.1,
// 2.2.4.3.1, 2.2.4.4.1 and 2.2.4.16.1.
type SMB1OpenRequest struct {
	Disposition uint32 // FileOpen and others
	Options     uint32 // CreateDirectory and others, as SMB2 has them too; 0 with the older commands
	RootFID     uint16 // of the folder that Name is relative to, or 0
	Name        string // in the share
}

// Open reads the command as one that asks for a file.
func (k SMB1Block) Open() (SMB1OpenRequest, error) {
	w := k.words("SMB1 open request")
	var m SMB1OpenRequest
	switch k.Command {
	case SMB1CommandNTCreate:
		return k.ntCreate(&w)
	case SMB1CommandOpenAndX:
		w.skip(12, "Flags")
		m.Disposition = openFunction(w.u16("OpenMode"))
	case SMB1CommandOpen:
		m.Disposition = FileOpen
		w.skip(4, "AccessMode")
	case SMB1CommandCreate:
		m.Disposition = FileOverwriteIf
	case SMB1CommandCreateNew:
		m.Disposition = FileCreate
	default:
		w.fail("Command", 0, "not one that opens")
	}
	r := k.bytes(&w)
	if k.Command != SMB1CommandOpenAndX {
		r.bufferFormat()
	}
	m.Name = k.name(&r)
	return m, r.err
}

// ntCreate reads an NT_CREATE_ANDX request. Its name is counted; clients that
// count wrongly end it with a zero.
func (k SMB1Block) ntCreate(w *reader) (m SMB1OpenRequest, err error) {
	w.skip(1, "Reserved")
	length := int(w.u16("NameLength"))
	w.skip(4, "Flags")
	m.RootFID = uint16(w.u32("RootDirectoryFID"))
	w.skip(4+8+4+4, "DesiredAccess")
	m.Disposition = w.u32("CreateDisposition")
	m.Options = w.u32("CreateOptions")
	r := k.bytes(w)
	if k.unicode && (r.base+r.off)%2 != 0 && len(r.b) > 0 {
		r.skip(1, "Pad")
	}
	left := len(r.b) - r.off
	m.Name, _ = cutText(r.take(min(length, left), "FileName"), k.unicode)
	return m, r.err
}

// openFunction turns the OpenMode of OPEN_ANDX into a disposition, [MS-CIFS]
// 2.2.4.41.1.
func openFunction(mode uint16) uint32 {
	const ifMissing = 0x10
	switch {
	case mode&3 == 2 && mode&ifMissing != 0:
		return FileOverwriteIf
	case mode&3 == 2:
		return FileOverwrite
	case mode&3 == 1 && mode&ifMissing != 0:
		return FileOpenIf
	case mode&ifMissing != 0:
		return FileCreate
	}
	return FileOpen
}

// bufferFormat reads the byte in front of a name of the older commands, [MS-CIFS]
// 2.2.1.1.
func (r *reader) bufferFormat() {
	const ascii = 0x04 // of UTF-16 too
	if f := r.u8("BufferFormat"); r.err == nil && f != ascii {
		r.fail("BufferFormat", r.off-1, "not a name")
	}
}

// SMB1PathRequest is one of the older commands that name files by their paths
// alone, such as DELETE, RENAME and CREATE_DIRECTORY, [MS-CIFS] 2.2.4.1 to
// 2.2.4.17.
type SMB1PathRequest struct {
	Name string
	To   string // of RENAME
}

// Path reads the command as one that names a path.
func (k SMB1Block) Path() (m SMB1PathRequest, err error) {
	r := reader{b: k.Bytes, base: k.bytesAt, message: "SMB1 path request"}
	m.Name = k.pathAt(&r)
	if k.Command == SMB1CommandRename {
		m.To = k.pathAt(&r)
	}
	return m, r.err
}

// pathAt reads a buffer format and the name behind it, with its end.
func (k SMB1Block) pathAt(r *reader) string {
	r.bufferFormat()
	if k.unicode && (r.base+r.off)%2 != 0 && r.off < len(r.b) {
		r.skip(1, "Pad")
	}
	rest := r.rest()
	name, behind := cutText(rest, k.unicode)
	r.off = len(r.b) - len(behind)
	return name
}

// SMB1File is what a server tells of a file.
type SMB1File struct {
	Name      string // its last part, where an answer tells names
	Size      uint64 // bytes
	Time      Filetime
	Directory bool
	Archive   bool // as files are that were not yet backed up
}

// attributes returns SMB_EXT_FILE_ATTR, [MS-CIFS] 2.2.1.2.3.
func (f SMB1File) attributes() uint32 {
	const directory, archive, normal = 0x10, 0x20, 0x80
	switch {
	case f.Directory:
		return directory
	case f.Archive:
		return archive
	}
	return normal
}

// dosAttributes returns SMB_FILE_ATTRIBUTES, [MS-CIFS] 2.2.1.2.4, in which an
// ordinary file has none.
func (f SMB1File) dosAttributes() uint16 { return uint16(f.attributes() & 0x3f) }

func (f SMB1File) allocation() uint64 { return (f.Size + 4095) &^ 4095 }

// SMB1OpenResponse answers an SMB1OpenRequest: [MS-CIFS] 2.2.4.64.2, 2.2.4.41.2,
// 2.2.4.3.2, 2.2.4.4.2 and 2.2.4.16.2.
type SMB1OpenResponse struct {
	Command uint8 // of the request
	FID     uint16
	Action  uint32 // 0 superseded, 1 opened, 2 made, 3 overwritten
	File    SMB1File
}

// Block returns the message as one command of a chain.
func (m SMB1OpenResponse) Block() SMB1Block {
	k := SMB1Block{Command: m.Command}
	f := m.File
	switch m.Command {
	case SMB1CommandNTCreate:
		k.Words = m.ntCreated()
	case SMB1CommandOpenAndX:
		w := le.AppendUint16(make([]byte, 4, 30), m.FID)
		w = le.AppendUint16(w, f.dosAttributes())
		w = le.AppendUint32(w, uint32(f.Time.unix()))
		w = le.AppendUint32(w, uint32(f.Size))
		w = le.AppendUint16(w, 2)                // GrantedAccess: reading and writing
		w = append(w, 0, 0, 0, 0)                // ResourceType: a file; NMPipeStatus
		w = le.AppendUint16(w, uint16(m.Action)) // the same numbers from 1 on
		k.Words = append(w, 0, 0, 0, 0, 0, 0)
	case SMB1CommandOpen:
		w := le.AppendUint16(nil, m.FID)
		w = le.AppendUint16(w, f.dosAttributes())
		w = le.AppendUint32(w, uint32(f.Time.unix()))
		k.Words = le.AppendUint16(le.AppendUint32(w, uint32(f.Size)), 2)
	default:
		k.Words = le.AppendUint16(nil, m.FID)
	}
	return k
}

func (m SMB1OpenResponse) ntCreated() []byte {
	w := le.AppendUint16(make([]byte, 5, 68), m.FID) // AndX and no oplock before it
	w = le.AppendUint32(w, m.Action)
	for range 4 { // CreateTime, LastAccessTime, LastWriteTime, LastChangeTime
		w = le.AppendUint64(w, uint64(m.File.Time))
	}
	w = le.AppendUint32(w, m.File.attributes())
	w = le.AppendUint64(w, m.File.allocation())
	w = le.AppendUint64(w, m.File.Size)
	w = append(w, 0, 0, 0, 0) // ResourceType: a file or a folder; NMPipeStatus
	return append(w, flag(m.File.Directory))
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// unix returns seconds since 1970, as SMB_TIME and UTIME have them, [MS-CIFS]
// 2.2.1.4.3; 0 for a time before it.
func (f Filetime) unix() int64 { return max(f.Time().Unix(), 0) }
