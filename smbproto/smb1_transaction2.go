package smbproto

// Subcommands of TRANSACTION2, [MS-CIFS] 2.2.2.2.
const (
	Trans2FindFirst       = 0x0001
	Trans2FindNext        = 0x0002
	Trans2QueryFileSystem = 0x0003
	Trans2QueryPath       = 0x0005
	Trans2SetPath         = 0x0006
	Trans2QueryFile       = 0x0007
	Trans2SetFile         = 0x0008
	Trans2CreateDirectory = 0x000d
)

// SMB1Transaction2Request is TRANSACTION2, which asks for and sets what is known
// of files, [MS-CIFS] 2.2.4.46.1 and 2.2.6. Fields that a subcommand has not are
// zero.
type SMB1Transaction2Request struct {
	Subcommand uint16
	Level      uint16 // InformationLevel
	FID        uint16 // of QueryFile and SetFile
	SearchID   uint16 // of FindNext
	Count      uint16 // most entries that FindFirst and FindNext may return
	Flags      uint16 // of FindFirst and FindNext
	Name       string // of a path, or a pattern
	Data       []byte
	MaxData    int  // most bytes of data that the client takes
	Partial    bool // the rest comes in messages of its own
}

// Transaction2 reads the command as a TRANSACTION2 request.
func (k SMB1Block) Transaction2() (SMB1Transaction2Request, error) {
	w := k.words("SMB1 TRANSACTION2 request")
	var m SMB1Transaction2Request
	total, totalData := w.u16("TotalParameterCount"), w.u16("TotalDataCount")
	w.skip(2, "MaxParameterCount")
	m.MaxData = int(w.u16("MaxDataCount"))
	w.skip(10, "MaxSetupCount")
	n, off := int(w.u16("ParameterCount")), int(w.u16("ParameterOffset"))
	dataCount, dataOff := int(w.u16("DataCount")), int(w.u16("DataOffset"))
	w.skip(2, "SetupCount")
	m.Subcommand = w.u16("Setup")
	m.Partial = int(total) > n || int(totalData) > dataCount
	if dataCount > 0 {
		m.Data = k.at(&w, dataOff, dataCount, "Data")
	}
	if n == 0 || w.err != nil {
		return m, w.err
	}
	p := reader{b: k.at(&w, off, n, "Parameters"), base: off, message: w.message}
	if w.err == nil {
		m.parameters(&p, k.unicode)
	} else {
		p.err = w.err
	}
	return m, p.err
}

// parameters reads the parameters of the subcommands above; of others none.
func (m *SMB1Transaction2Request) parameters(p *reader, unicode bool) {
	switch m.Subcommand {
	case Trans2FindFirst:
		p.skip(2, "SearchAttributes")
		m.Count, m.Flags, m.Level = p.u16("SearchCount"), p.u16("Flags"), p.u16("InformationLevel")
		p.skip(4, "SearchStorageType")
		m.name(p, unicode)
	case Trans2FindNext:
		m.SearchID, m.Count, m.Level = p.u16("SID"), p.u16("SearchCount"), p.u16("InformationLevel")
		p.skip(4, "ResumeKey")
		m.Flags = p.u16("Flags")
	case Trans2QueryFileSystem:
		m.Level = p.u16("InformationLevel")
	case Trans2QueryPath, Trans2SetPath:
		m.Level = p.u16("InformationLevel")
		p.skip(4, "Reserved")
		m.name(p, unicode)
	case Trans2QueryFile, Trans2SetFile:
		m.FID, m.Level = p.u16("FID"), p.u16("InformationLevel")
	case Trans2CreateDirectory:
		p.skip(4, "Reserved")
		m.name(p, unicode)
	}
}

// name reads the rest as a name. It stands where the fields before it end, and
// those are of even length.
func (m *SMB1Transaction2Request) name(p *reader, unicode bool) {
	m.Name, _ = cutText(p.rest(), unicode)
}

// RenameTo reads the data of SetFile at the level SetRenamePass: the new name,
// [MS-SMB] 2.2.8.4 and [MS-FSCC] 2.4.42.1.
func (m SMB1Transaction2Request) RenameTo() (name string, ok bool) {
	r := reader{b: m.Data, message: "SMB1 rename"}
	r.skip(8, "ReplaceIfExists")
	n := r.u32("FileNameLength")
	name = decodeUTF16(r.take(int(min(n, 1<<16)), "FileName"))
	return name, r.err == nil
}

// SMB1Transaction2Response answers TRANSACTION2, [MS-CIFS] 2.2.4.46.2.
type SMB1Transaction2Response struct {
	Parameters []byte
	Data       []byte
}

// Block returns the message as the only command of an answer. Parameters and data
// begin at offsets that are multiples of four.
func (m SMB1Transaction2Response) Block() SMB1Block {
	const bytesAt = smb1HeaderSize + 1 + 20 + 2
	data := []byte{0} // from 55 to 56
	parametersAt := bytesAt + len(data)
	data = append(data, m.Parameters...)
	for (bytesAt+len(data))%4 != 0 {
		data = append(data, 0)
	}
	dataAt := bytesAt + len(data)
	data = append(data, m.Data...)
	w := le.AppendUint16(nil, uint16(len(m.Parameters)))
	w = append(le.AppendUint16(w, uint16(len(m.Data))), 0, 0)
	w = le.AppendUint16(le.AppendUint16(w, uint16(len(m.Parameters))), uint16(parametersAt))
	w = append(w, 0, 0)
	w = le.AppendUint16(le.AppendUint16(w, uint16(len(m.Data))), uint16(dataAt))
	w = append(w, 0, 0, 0, 0) // displacement; no setup words
	return SMB1Block{Command: SMB1CommandTransaction2, Words: w, Bytes: data}
}
