package smbproto

// SMB1WriteRequest writes to a file, by any of WRITE_ANDX, WRITE and
// WRITE_AND_CLOSE: [MS-SMB] 2.2.4.3.1 and [MS-CIFS] 2.2.4.43.1, 2.2.4.12.1 and
// 2.2.4.40.1.
type SMB1WriteRequest struct {
	FID    uint16
	Offset uint64
	Data   []byte // none with WRITE: the file ends at Offset from now on
}

// Write reads the command as one that writes.
func (k SMB1Block) Write() (SMB1WriteRequest, error) {
	w := k.words("SMB1 write request")
	m := SMB1WriteRequest{FID: w.u16("FID")}
	switch k.Command {
	case SMB1CommandWriteAndX:
		m.writeAndX(k, &w)
		return m, w.err
	case SMB1CommandWrite, SMB1CommandWriteAndClose:
	default:
		w.fail("Command", 0, "not one that writes")
	}
	count := int(w.u16("CountOfBytesToWrite"))
	m.Offset = uint64(w.u32("WriteOffsetInBytes"))
	r := k.bytes(&w)
	if k.Command == SMB1CommandWrite {
		r.skip(3, "BufferFormat") // and the count once more
	} else {
		r.skip(1, "Pad")
	}
	m.Data = r.take(count, "Data")
	return m, r.err
}

// writeAndX reads what follows the FID of WRITE_ANDX. Its data is told by an
// offset, and can be longer than ByteCount can say.
func (m *SMB1WriteRequest) writeAndX(k SMB1Block, w *reader) {
	m.Offset = uint64(w.u32("Offset"))
	w.skip(8, "Timeout")
	n := int(w.u16("DataLengthHigh")) << 16
	n |= int(w.u16("DataLength"))
	off := int(w.u16("DataOffset"))
	if len(k.Words) >= 28 {
		m.Offset |= uint64(w.u32("OffsetHigh")) << 32
	}
	if n > 0 {
		m.Data = k.at(w, off, n, "Data")
	}
}

// Written returns the answer to a request that wrote n bytes: [MS-SMB] 2.2.4.3.2
// and [MS-CIFS] 2.2.4.12.2 and 2.2.4.40.2.
func (k SMB1Block) Written(n int) SMB1Block {
	if k.Command != SMB1CommandWriteAndX {
		return SMB1Block{Command: k.Command, Words: le.AppendUint16(nil, uint16(n))}
	}
	w := le.AppendUint16(make([]byte, 4, 12), uint16(n))
	w = append(w, 0, 0) // Available
	return SMB1Block{Command: k.Command, Words: append(le.AppendUint16(w, uint16(n>>16)), 0, 0)}
}

// FID returns the file that the command names first, as all do that need no more
// of it than that: READ_ANDX, READ, CLOSE, FLUSH, SEEK, LOCKING_ANDX,
// QUERY_INFORMATION2, SET_INFORMATION2.
func (k SMB1Block) FID() (uint16, error) {
	w := k.words("SMB1 file request")
	fid := w.u16("FID")
	return fid, w.err
}

// ReadNothing returns the answer of a file that has no more bytes, to READ_ANDX or
// READ, [MS-CIFS] 2.2.4.42.2 and 2.2.4.11.2.
func (k SMB1Block) ReadNothing() SMB1Block {
	if k.Command != SMB1CommandReadAndX {
		const dataBuffer = 1
		return SMB1Block{Command: k.Command, Words: make([]byte, 10), Bytes: []byte{dataBuffer, 0, 0}}
	}
	w := append(make([]byte, 4, 24), 0xff, 0xff, 0, 0, 0, 0, 0, 0) // Available: -1, as files have it
	w = le.AppendUint16(w, smb1HeaderSize+1+24+2)                  // DataOffset, where it stands alone
	return SMB1Block{Command: k.Command, Words: append(w, make([]byte, 10)...)}
}
