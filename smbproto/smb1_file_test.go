package smbproto

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// smb1Header0 is the header of a request with a command, with UTF-16 text and
// NTSTATUS.
func smb1Header0(command string) []byte {
	return wire("ff534d42", command, "00000000 18 07c8 0000 0000000000000000 0000 0100 feff 0008 0300")
}

func TestSMB1MessageBothWays(t *testing.T) {
	echo := wire(smb1Header0("2b"), "01 0100 0200 aabb")
	chain := wire(smb1Header0("74"), "02 75002800 0000", "00", // LOGOFF_ANDX, padded
		"04 ff000000 0800 0100 0000")
	for name, b := range map[string][]byte{"one command": echo, "a chain": chain} {
		m, err := ParseSMB1Message(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := m.Append([]byte{0xaa}); !bytes.Equal(got[1:], b) {
			t.Errorf("%s: encoded\n%x, want\n%x", name, got[1:], b)
		}
		for n := range b {
			ParseSMB1Message(slices.Clip(b[:n]))
		}
	}
	m, _ := ParseSMB1Message(chain)
	if k, found := m.Find(SMB1CommandTreeConnect); len(m.Blocks) != 2 || !found || !bytes.Equal(k.Words[4:], wire("0800 0100")) {
		t.Errorf("parsed %+v", m)
	}
	checkRefused(t, ParseSMB1Message, []badRow{
		{"no word count", smb1Header0("2b"), "WordCount", 32},
		{"words past the end", patched(echo, 32, "ff"), "Words", 33},
		{"a chain to itself", patched(chain, 35, "2000"), "AndXOffset", 35},
		{"a chain into the header", patched(chain, 35, "0000"), "AndXOffset", 35},
		{"a chain past the end", patched(chain, 35, "ffff"), "WordCount", 65535},
		{"too long a chain", longChain(9), "AndXCommand", 32 + 8*8},
	})
	if m, err := ParseSMB1Message(patched(chain, 35, "ffff")); err == nil || len(m.Blocks) != 1 {
		t.Errorf("before the error: %+v, %v", m.Blocks, err)
	}
}

// longChain is a message of so many LOGOFF_ANDX.
func longChain(n int) []byte {
	b := smb1Header0("74")
	for i := range n {
		b = wire(b, "02", []byte{0x74, 0}, le.AppendUint16(nil, uint16(32+8*(i+1))), "0000 00")
	}
	return b
}

func TestSMB1TreeConnectRequest(t *testing.T) {
	header := smb1TestHeader(SMB1CommandTreeConnect, 0, 0x18, 0xc807)
	oem := smb1TestHeader(SMB1CommandTreeConnect, 0, 0x18, 0x4801)
	request := func(flags2 string, rest ...any) []byte { return smb1Bytes("75", "00000000", "18", flags2, rest...) }
	good := request("07c8", "04 ff000000 0800 0100", "1900", "00", utf16Text("\\\\a\\scans\x00"), []byte("?????\x00"))
	good[41] = byte(len(good) - 43)
	oemForm := request("0148", "04 ff000000 0000 0000", "0800", []byte("\\\\a\\IPC$\x00"), []byte("IPC\x00"))
	oemForm[41] = byte(len(oemForm) - 43)
	checkBothWays(t, ParseSMB1TreeConnectRequest, []row[SMB1TreeConnectRequest]{
		{"UTF-16", good, SMB1TreeConnectRequest{header, 8, 1, `\\a\scans`, "?????"}},
		{"OEM text", oemForm, SMB1TreeConnectRequest{oem, 0, 0, `\\a\IPC$`, "IPC"}},
	})
	checkRefused(t, ParseSMB1TreeConnectRequest, []badRow{
		{"another command", patched(good, 4, "2b"), "Command", 4},
		{"a reply", patched(good, 9, "98"), "Flags", 9},
		{"password past the end", patched(good, 39, "ffff"), "Password", 43},
		{"short header", good[:31], "header", 0},
		{"too few words", request("07c8", "02 ff000000 0000"), "Flags", 37},
	})
	for path, want := range map[string]string{`\\a\scans`: "scans", `scans`: "scans", `\\a\b\`: "", "": ""} {
		if got := (SMB1TreeConnectRequest{Path: path}).Share(); got != want {
			t.Errorf("the share of %s is %q, want %q", path, got, want)
		}
	}
}

// TestSMB1TreeConnectChained finds the command behind a SESSION_SETUP_ANDX, as
// Windows NT and curl send it.
func TestSMB1TreeConnectChained(t *testing.T) {
	setup := SMB1Logon{SMB1SessionSetupRequest: SMB1SessionSetupRequest{Header: SMB1Header{Flags2: 0xc001}, Account: "u"}}
	first, err := ParseSMB1Message(setup.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := SMB1TreeConnectRequest{Header: SMB1Header{Flags2: 0xc001}, Path: `\\srv\pub`, Service: "A:"}
	second, err := ParseSMB1Message(want.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	first.Blocks = append(first.Blocks, second.Blocks...)
	b := first.Append(nil)
	got, err := ParseSMB1TreeConnectRequest(b)
	want.Header.Command = SMB1CommandSessionSetup
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if m, err := ParseSMB1Logon(b); err != nil || m.Account != "u" {
		t.Errorf("the logon before it: %+v, %v", m, err)
	}
	if _, err := ParseSMB1Logon(SMB1SessionSetupRequest{}.Append(nil)); err == nil {
		t.Error("extended security has no responses")
	}
}

func TestSMB1TreeConnectResponse(t *testing.T) {
	header := smb1TestHeader(SMB1CommandTreeConnect, 0, 0x98, 0xc807)
	oem := smb1TestHeader(SMB1CommandTreeConnect, 0, 0x98, 0x4801)
	refused := smb1TestHeader(SMB1CommandTreeConnect, StatusBadNetworkName, 0x98, 0xc807)
	answer := func(flags2 string, rest ...any) []byte { return smb1Bytes("75", "00000000", "98", flags2, rest...) }
	checkBothWays(t, ParseSMB1TreeConnectResponse, []row[SMB1TreeConnectResponse]{
		{"a disk", answer("07c8", "03 ff000000 0100 0d00", "413a00", utf16Text("NTFS\x00")), SMB1TreeConnectResponse{header, 1, "A:", "NTFS"}},
		{"pipes, padded", answer("07c8", "03 ff000000 0000 0700", "49504300 00", "0000"), SMB1TreeConnectResponse{header, 0, "IPC", ""}},
		{"OEM text", answer("0148", "03 ff000000 0100 0700", "413a00", []byte("FAT\x00")), SMB1TreeConnectResponse{oem, 1, "A:", "FAT"}},
		{"refused", patched(answer("07c8", "00 0000"), 5, "cc0000c0"), SMB1TreeConnectResponse{Header: refused}},
	})
	for name, b := range map[string][]byte{
		"LAN Manager":     answer("0100", "02 ff000000 0300", "413a00"),
		"Windows, rights": answer("07c8", "07 ff000000 0100 ff011f00 00000000 0d00", "413a00", utf16Text("NTFS\x00")),
	} {
		if m, err := ParseSMB1TreeConnectResponse(b); err != nil || m.Service != "A:" {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	checkRefused(t, ParseSMB1TreeConnectResponse, []badRow{
		{"cut in the header", answer("07c8", "00 0000")[:9], "header", 0},
		{"another command", patched(answer("07c8", "00 0000"), 4, "2b"), "Command", 4},
		{"a request", patched(answer("07c8", "00 0000"), 9, "18"), "Flags", 9},
		{"1 word of chain", answer("07c8", "01 ff00 0000"), "AndX", 33},
	})
}

// block parses a message of one command.
func block(t *testing.T, b []byte) SMB1Block {
	t.Helper()
	m, err := ParseSMB1Message(b)
	if err != nil || len(m.Blocks) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	return m.Blocks[0]
}

// sized fills in the byte count of a message of one command.
func sized(parts ...any) []byte {
	b := wire(parts...)
	at := 33 + 2*int(b[32])
	le.PutUint16(b[at:], uint16(len(b)-at-2))
	return b
}

func TestSMB1Open(t *testing.T) {
	ntCreate := func(length, root, disposition, options string, name ...any) []byte {
		return sized(append([]any{smb1Header0("a2"), "18 ff000000 00", length, "16000000", root, "9f011200 0000000000000000 80000000 03000000",
			disposition, options, "02000000 00", "0000"}, name...)...)
	}
	name := utf16Text(`\d\Ä.pdf`)
	tests := []struct {
		name string
		b    []byte
		want SMB1OpenRequest
	}{
		{"NT_CREATE_ANDX", ntCreate("1000", "00000000", "05000000", "40000000", "00", name), SMB1OpenRequest{FileOverwriteIf, 0x40, 0, `\d\Ä.pdf`}},
		{"NT_CREATE_ANDX with its end counted", ntCreate("1200", "07000000", "02000000", "01000000", "00", name, "0000"), SMB1OpenRequest{FileCreate, 1, 7, `\d\Ä.pdf`}},
		{"NT_CREATE_ANDX, length past the end", ntCreate("ffff", "00000000", "01000000", "00000000", "00", name), SMB1OpenRequest{FileOpen, 0, 0, `\d\Ä.pdf`}},
		{"NT_CREATE_ANDX, no name", ntCreate("0000", "00000000", "01000000", "01000000"), SMB1OpenRequest{FileOpen, 1, 0, ""}},
		{"OPEN_ANDX", sized(smb1Header0("2d"), "0f ff000000 0000 4200 0600 0000 00000000 1200 00000000 00000000 00000000", "0000", "00", name, "0000"), SMB1OpenRequest{Disposition: FileOverwriteIf, Name: `\d\Ä.pdf`}},
		{"OPEN", sized(smb1Header0("02"), "02 4200 0600", "0000", "04", name, "0000"), SMB1OpenRequest{Disposition: FileOpen, Name: `\d\Ä.pdf`}},
		{"CREATE", sized(smb1Header0("03"), "03 0000 00000000", "0000", "04", name, "0000"), SMB1OpenRequest{Disposition: FileOverwriteIf, Name: `\d\Ä.pdf`}},
		{"CREATE_NEW, no end", sized(smb1Header0("0f"), "03 0000 00000000", "0000", "04", name), SMB1OpenRequest{Disposition: FileCreate, Name: `\d\Ä.pdf`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := block(t, tt.b).Open(); err != nil || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
	for mode, want := range map[uint16]uint32{0x01: FileOpen, 0x10: FileCreate, 0x11: FileOpenIf, 0x02: FileOverwrite, 0x12: FileOverwriteIf, 0: FileOpen} {
		if got := openFunction(mode); got != want {
			t.Errorf("OpenMode %#x: disposition %d, want %d", mode, got, want)
		}
	}
	for what, b := range map[string][]byte{
		"no buffer format": sized(smb1Header0("02"), "02 4200 0600", "0000", "05", name),
		"no words":         sized(smb1Header0("a2"), "00", "0000"),
		"another command":  sized(smb1Header0("2b"), "01 0100", "0000"),
	} {
		if got, err := block(t, b).Open(); err == nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

// TestSMB1OpenResponse holds the words of each form against [MS-CIFS].
func TestSMB1OpenResponse(t *testing.T) {
	f := SMB1File{Size: 4097, Time: unixEpoch + 5e7, Archive: true}
	for command, want := range map[uint8]string{
		SMB1CommandNTCreate: "00000000 00 0200 02000000" +
			strings.Repeat(fmt.Sprintf("%x", le.AppendUint64(nil, unixEpoch+5e7)), 4) + "20000000 0020000000000000 0110000000000000 0000 0000 00",
		SMB1CommandOpenAndX: "00000000 0200 2000 05000000 01100000 0200 0000 0000 0200 00000000 0000",
		SMB1CommandOpen:     "0200 2000 05000000 01100000 0200",
		SMB1CommandCreate:   "0200",
	} {
		k := SMB1OpenResponse{Command: command, FID: 2, Action: 2, File: f}.Block()
		if !bytes.Equal(k.Words, wire(want)) || k.Command != command {
			t.Errorf("command %02x:\n%x, want\n%x", command, k.Words, wire(want))
		}
	}
}

func TestSMB1Write(t *testing.T) {
	andX := func(words, length, offset, more string) []byte {
		return sized(smb1Header0("2f"), words, "ff000000 0500 10000000 00000000 0000 0000 0000", length, offset, more, "0000", "00", "616263")
	}
	tests := []struct {
		name string
		b    []byte
		want SMB1WriteRequest
	}{
		{"WRITE_ANDX", andX("0c", "0300", "3c00", ""), SMB1WriteRequest{5, 16, []byte("abc")}},
		{"WRITE_ANDX beyond 4 GiB", andX("0e", "0300", "4000", "01000000"), SMB1WriteRequest{5, 1<<32 + 16, []byte("abc")}},
		{"WRITE_ANDX of nothing", andX("0c", "0000", "ffff", ""), SMB1WriteRequest{5, 16, nil}},
		{"WRITE", sized(smb1Header0("0b"), "05 0500 0300 10000000 0000", "0000", "01 0300 616263"), SMB1WriteRequest{5, 16, []byte("abc")}},
		{"WRITE of nothing", sized(smb1Header0("0b"), "05 0500 0000 10000000 0000", "0000", "01 0000"), SMB1WriteRequest{5, 16, []byte{}}},
		{"WRITE_AND_CLOSE", sized(smb1Header0("2c"), "06 0500 0300 10000000 00000000", "0000", "00 616263"), SMB1WriteRequest{5, 16, []byte("abc")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := block(t, tt.b).Write()
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
	for what, b := range map[string][]byte{
		"data past the end":   andX("0c", "0400", "3c00", ""),
		"an offset that lies": andX("0c", "0300", "ffff", ""),
		"a length that lies":  sized(smb1Header0("0b"), "05 0500 ffff 10000000 0000", "0000", "01 ffff 616263"),
		"no words":            sized(smb1Header0("2c"), "00", "0000"),
		"another command":     sized(smb1Header0("2b"), "01 0100", "0000"),
	} {
		if got, err := block(t, b).Write(); err == nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
	k := block(t, tests[0].b)
	if got := k.Written(0x12345).Words; !bytes.Equal(got, wire("00000000 4523 0000 0100 0000")) {
		t.Errorf("the answer of WRITE_ANDX: %x", got)
	}
	if fid, err := k.FID(); fid != 5 || err != nil {
		t.Errorf("FID %d, %v", fid, err)
	}
	if got := (SMB1Block{Command: SMB1CommandReadAndX}).ReadNothing(); len(got.Words) != 24 || len(got.Bytes) != 0 {
		t.Errorf("the end of the file: %+v", got)
	}
}

func TestSMB1Path(t *testing.T) {
	one := sized(smb1Header0("06"), "01 0600", "0000", "04", utf16Text("\\a\x00"))
	if got, err := block(t, one).Path(); err != nil || got != (SMB1PathRequest{Name: `\a`}) {
		t.Errorf("got %+v, %v", got, err)
	}
	two := sized(smb1Header0("07"), "01 0600", "0000", "04", utf16Text("\\a\x00"), "04 00", utf16Text("\\b\x00"))
	if got, err := block(t, two).Path(); err != nil || got != (SMB1PathRequest{`\a`, `\b`}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := block(t, sized(smb1Header0("07"), "01 0600", "0000", "04", utf16Text("\\a\x00"))).Path(); err == nil {
		t.Errorf("one name of two: %+v", got)
	}
}

func TestSMB1Transaction2(t *testing.T) {
	request := func(subcommand string, parameters []byte, data []byte) []byte {
		n, m := le.AppendUint16(nil, uint16(len(parameters))), le.AppendUint16(nil, uint16(len(data)))
		at := 32 + 1 + 30 + 2 + 3
		return sized(smb1Header0("32"), "0f", n, m, "0200 0004 00 00 0000 00000000 0000", n, le.AppendUint16(nil, uint16(at)),
			m, le.AppendUint16(nil, uint16(at+len(parameters))), "01 00", subcommand, "0000", "000000", parameters, data)
	}
	name := append(utf16Text(`\a`), 0, 0)
	tests := []struct {
		name string
		b    []byte
		want SMB1Transaction2Request
	}{
		{"find first", request("0100", wire("1600 0200 0600 0401 00000000", name), nil), SMB1Transaction2Request{Subcommand: 1, Count: 2, Flags: 6, Level: 0x104, Name: `\a`}},
		{"find next", request("0200", wire("0100 0200 0401 00000000 0a00", name), nil), SMB1Transaction2Request{Subcommand: 2, SearchID: 1, Count: 2, Level: 0x104, Flags: 10}},
		{"query file system", request("0300", wire("0301"), nil), SMB1Transaction2Request{Subcommand: 3, Level: 0x103}},
		{"query path", request("0500", wire("0701 00000000", name), nil), SMB1Transaction2Request{Subcommand: 5, Level: 0x107, Name: `\a`}},
		{"set file", request("0800", wire("0500 fc03 0000"), []byte("data")), SMB1Transaction2Request{Subcommand: 8, FID: 5, Level: 1020, Data: []byte("data")}},
		{"create a folder", request("0d00", wire("00000000", name), nil), SMB1Transaction2Request{Subcommand: 13, Name: `\a`}},
		{"another", request("1000", wire("0000"), nil), SMB1Transaction2Request{Subcommand: 16}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.MaxData = 1024
			got, err := block(t, tt.b).Transaction2()
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
	good := tests[0].b
	if got, err := block(t, patched(good, 33, "ff00")).Transaction2(); err != nil || !got.Partial {
		t.Errorf("more to come: %+v, %v", got, err)
	}
	for what, b := range map[string][]byte{
		"parameters past the end": patched(good, 53, "ffff"),
		"cut parameters":          patched(good, 51, "0300"),
		"data past the end":       patched(tests[4].b, 57, "ffff"),
		"no setup":                sized(smb1Header0("32"), "0e", make([]byte, 28), "0000"),
	} {
		if got, err := block(t, b).Transaction2(); err == nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
	rename := SMB1Transaction2Request{Data: wire("01000000 00000000 04000000", utf16Text(`\b`))}
	if to, ok := rename.RenameTo(); !ok || to != `\b` {
		t.Errorf("renamed to %q, %v", to, ok)
	}
	rename.Data[8] = 0xff
	if to, ok := rename.RenameTo(); ok {
		t.Errorf("renamed to %q", to)
	}
	k := SMB1Transaction2Response{Parameters: wire("0000"), Data: wire("aabb")}.Block()
	if want := wire("0200 0200 0000 0200 3800 0000 0200 3c00 0000 0000"); !bytes.Equal(k.Words, want) {
		t.Errorf("the answer's words:\n%x, want\n%x", k.Words, want)
	}
	whole := SMB1Message{Blocks: []SMB1Block{k}}.Append(nil)
	if !bytes.Equal(whole[0x38:0x3a], wire("0000")) || !bytes.Equal(whole[0x3c:], wire("aabb")) {
		t.Errorf("the answer's offsets: %x", whole)
	}
}

// TestSMB1Information: each level has the length that [MS-CIFS] 2.2.8 gives it,
// and unknown ones have none.
func TestSMB1Information(t *testing.T) {
	f := SMB1File{Name: "ab", Size: 10, Time: unixEpoch}
	for level, want := range map[uint16]int{1: 22, 2: 26, 0x101: 40, 0x102: 24, 0x103: 4, 0x104: 8, 0x107: 76, 0x108: 8, 0x109: 0} {
		if b, ok := f.Information(level, true); !ok || len(b) != want {
			t.Errorf("file, level %#x: %d bytes, %v, want %d", level, len(b), ok, want)
		}
	}
	for level, want := range map[uint16]int{1: 18, 2: 9, 0x102: 22, 0x103: 24, 0x104: 8, 0x105: 20, 1001: 22, 1003: 24, 1007: 32} {
		if b, ok := (SMB1Volume{SMB2Volume{Label: "ab", Total: 1 << 40}}).Information(level, true); !ok || len(b) != want {
			t.Errorf("volume, level %#x: %d bytes, %v, want %d", level, len(b), ok, want)
		}
	}
	for level, want := range map[uint16]int{1: 29, 0x101: 68, 0x102: 72, 0x104: 98} {
		if b, ok := f.FindEntry(nil, level, true); !ok || len(b) != want {
			t.Errorf("entry, level %#x: %d bytes, %v, want %d", level, len(b), ok, want)
		}
	}
	_, file := f.Information(0x200, true)
	_, volume := SMB1Volume{}.Information(0x200, true)
	_, entry := f.FindEntry(nil, 0x200, true)
	if file || volume || entry {
		t.Error("a level that nobody has is answered")
	}
	list, _ := f.FindEntry(nil, 0x104, true)
	if list = LinkFindEntry(list, 0, 0x104); len(list) != 104 || le.Uint32(list) != 104 {
		t.Errorf("a linked entry of %d bytes that says %d", len(list), le.Uint32(list))
	}
	if n := len(f.QueryWords()); n != 20 {
		t.Errorf("QUERY_INFORMATION: %d bytes", n)
	}
	if got := (SMB1Volume{SMB2Volume{Total: 1 << 40, Free: 1 << 20}}).DiskWords(); !bytes.Equal(got, wire("ffff 4000 0002 2000 0000")) {
		t.Errorf("QUERY_INFORMATION_DISK: %x", got)
	}
}

func TestDOSError(t *testing.T) {
	for status, want := range map[Status]Status{StatusSuccess: 0, StatusLogonFailure: 0x0002_0002, StatusAccessDenied: 0x0005_0001, StatusInternalError: 0x001f_0003} {
		if got := status.DOS(); got != want {
			t.Errorf("%v: %#x, want %#x", status, uint32(got), uint32(want))
		}
	}
}

// FuzzSMB1Message reads a message as every command that has a form of its own.
func FuzzSMB1Message(f *testing.F) {
	request := SMB1TreeConnectRequest{Header: SMB1Header{Flags2: 0xc807}, PasswordLength: 1, Path: `\\a\b`, Service: "?????"}.Append(nil)
	f.Add(request)
	f.Add(patched(request, 33, "7528"))     // AndXOffset: a chain to itself
	f.Add(patched(request, 33, "7500ffff")) // AndXOffset past the end
	f.Add(patched(request, 39, "ffff"))     // PasswordLength past the end
	f.Add(patched(request, 9, "98"))        // Flags: a reply
	f.Add(longChain(8))
	f.Add(longChain(9))
	f.Add(sized(smb1Header0("2f"), "0e ff000000 0500 10000000 00000000 0000 0000 ffff ffff ffff ffffffff", "0000", "00"))         // DataLengthHigh
	f.Add(sized(smb1Header0("32"), "0f ffff ffff 0000 0000 0000 0000 00000000 0000 ffff ffff ffff ffff 0100 0500", "0000", "00")) // ParameterOffset
	f.Add(sized(smb1Header0("07"), "01 0600", "0000", "04", "6100 0000 04"))                                                      // no second name
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseSMB1Message(b)
		for _, k := range m.Blocks {
			checkSlices(t, b, k.Words, k.Bytes)
			_, _ = k.TreeConnect()
			_, _ = k.Open()
			_, _ = k.Path()
			_, _ = k.FID()
			if w, err := k.Write(); err == nil {
				checkSlices(t, b, w.Data)
			}
			if tr, err := k.Transaction2(); err == nil {
				checkSlices(t, b, tr.Data)
				_, _ = tr.RenameTo()
			}
		}
		_, _ = ParseSMB1Logon(b)
		if err != nil {
			return
		}
		again, err := ParseSMB1Message(m.Append(nil))
		if err != nil || len(again.Blocks) != len(m.Blocks) {
			t.Fatalf("%d blocks became %d: %v", len(m.Blocks), len(again.Blocks), err)
		}
	})
}

// checkSlices is checkWithin for slices that a message does not export.
func checkSlices(t *testing.T, b []byte, slices ...[]byte) {
	t.Helper()
	for _, s := range slices {
		if len(s) > len(b) || len(s) > 0 && !bytes.Contains(b, s) {
			t.Fatalf("%d bytes that are not in the input of %d", len(s), len(b))
		}
	}
}

func FuzzSMB1TreeConnect(f *testing.F) {
	request := SMB1TreeConnectRequest{Header: SMB1Header{Flags2: 0xc807}, PasswordLength: 1, Path: `\\a\b`, Service: "?????"}.Append(nil)
	f.Add(request)
	f.Add(patched(request, 39, "ffff")) // PasswordLength past the end
	f.Add(patched(request, 10, "0148")) // Flags2: UTF-16 text without the flag
	answer := SMB1TreeConnectResponse{Header: SMB1Header{Flags: 0x98, Flags2: 0xc807}, Support: 1, Service: "A:", FileSystem: "NTFS"}.Append(nil)
	f.Add(answer)
	f.Add(answer[:len(answer)-1])
	f.Add(patched(answer, 32, "02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseSMB1TreeConnectRequest, b, func(m *SMB1TreeConnectRequest) bool {
			m.PasswordLength = min(m.PasswordLength, 256)
			m.Header.Command = SMB1CommandTreeConnect // alone
			return (m.Header.Unicode() && !looksOEM(appendText(nil, m.Path, true)) || isOEM(m.Path)) && isOEM(m.Service)
		})
		checkStable(t, ParseSMB1TreeConnectResponse, b, func(m *SMB1TreeConnectResponse) bool {
			m.Header.Command = SMB1CommandTreeConnect
			if m.Header.Status != StatusSuccess {
				*m = SMB1TreeConnectResponse{Header: m.Header}
			}
			return (m.Header.Unicode() || isOEM(m.FileSystem)) && isOEM(m.Service)
		})
	})
}
