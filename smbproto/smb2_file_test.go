package smbproto

import (
	"bytes"
	"strings"
	"testing"
)

// fileID is a FileID of the tests, and testFileID the same in hexadecimal.
const testFileID = "0102030405060708 1112131415161718"

func fileRequest(command string, rest ...any) []byte {
	return smb2Bytes(command, "00000000", "00000000", rest...)
}

func fileAnswer(command string, rest ...any) []byte {
	return smb2Bytes(command, "00000000", "01000000", rest...)
}

func TestSMB2TreeConnect(t *testing.T) {
	request := smb2TestHeader(SMB2CommandTreeConnect, 0, 0)
	good := fileRequest("0300", "0900 0000 4800 0c00", utf16Text(`\\h\ab`))
	checkBothWays(t, ParseSMB2TreeConnectRequest, []row[SMB2TreeConnectRequest]{
		{"a share", good, SMB2TreeConnectRequest{Header: request, Path: `\\h\ab`}},
		{"cluster reconnect", patched(good, 66, "0100"), SMB2TreeConnectRequest{Header: request, Flags: 1, Path: `\\h\ab`}},
		{"no path", fileRequest("0300", "0900 0000 4800 0000"), SMB2TreeConnectRequest{Header: request}},
	})
	// The extension of 3.1.1: 16 bytes, and the path behind them.
	extended := fileRequest("0300", "0900 0400 1000 0c00", make([]byte, 16), utf16Text(`\\h\ab`))
	if m, err := ParseSMB2TreeConnectRequest(extended); err != nil || m.Path != `\\h\ab` {
		t.Errorf("extended: %q, %v", m.Path, err)
	}
	checkRefused(t, ParseSMB2TreeConnectRequest, []badRow{
		{"a response", patched(good, 16, "01"), "Flags", 16},
		{"another command", patched(good, 12, "0400"), "Command", 12},
		{"StructureSize", patched(good, 64, "0800"), "StructureSize", 64},
		{"path in the fixed part", patched(good, 68, "4700"), "Path", 71},
		{"path past the end", patched(good, 70, "0d00"), "Path", 72},
	})
	answer := smb2TestHeader(SMB2CommandTreeConnect, 0, SMB2FlagResponse)
	checkBothWays(t, ParseSMB2TreeConnectResponse, []row[SMB2TreeConnectResponse]{
		{"IPC$", fileAnswer("0300", "1000 02 00 30000000 00000000 ff011f00"), SMB2TreeConnectResponse{Header: answer,
			ShareType: SharePipe, ShareFlags: 0x30, MaximalAccess: 0x1f01ff}},
		{"error", smb2Bytes("0300", "cc0000c0", "01000000", "0900 0000 00000000 00"),
			SMB2TreeConnectResponse{Header: smb2TestHeader(SMB2CommandTreeConnect, StatusBadNetworkName, SMB2FlagResponse)}},
	})
}

func TestSMB2Create(t *testing.T) {
	request := smb2TestHeader(SMB2CommandCreate, 0, 0)
	fixed := "3900 00 ff 02000000 0000000000000000 0000000000000000 89001200 80000000 07000000 02000000 40000000"
	m := SMB2CreateRequest{Header: request, OplockLevel: 0xff, Impersonation: 2, DesiredAccess: 0x120089, Attributes: 0x80,
		ShareAccess: 7, Disposition: FileCreate, Options: CreateNonDirectory, Name: "a.b"}
	root, withContexts := m, m
	root.Name = ""
	withContexts.Contexts = wire("aabbccdd")
	good := fileRequest("0500", fixed, "7800 0600 00000000 00000000", utf16Text("a.b"))
	checkBothWays(t, ParseSMB2CreateRequest, []row[SMB2CreateRequest]{
		{"a file", good, m},
		{"the root", fileRequest("0500", fixed, "7800 0000 00000000 00000000 00"), root},
		{"with contexts", fileRequest("0500", fixed, "7800 0600 80000000 04000000", utf16Text("a.b"), "0000 aabbccdd"), withContexts},
	})
	checkRefused(t, ParseSMB2CreateRequest, []badRow{
		{"StructureSize", patched(good, 64, "3800"), "StructureSize", 64},
		{"name in the fixed part", patched(good, 108, "7700"), "Name", 119},
		{"name past the end", patched(good, 110, "0700"), "Name", 120},
		{"contexts past the end", patched(good, 112, "78000000 07000000"), "CreateContexts", 120},
		{"contexts that wrap", patched(good, 112, "ffffffff ffffffff"), "CreateContexts", 1<<31 - 1},
		{"contexts in the fixed part", patched(good, 112, "40000000 01000000"), "CreateContexts", 64},
	})
	times := "0100000000000000 0200000000000000 0300000000000000 0400000000000000"
	checkBothWays(t, ParseSMB2CreateResponse, []row[SMB2CreateResponse]{
		{"created", fileAnswer("0500", "5900 01 00 02000000", times, "0010000000000000 0500000000000000 20000000 00000000", testFileID, "0000000000000000"),
			SMB2CreateResponse{Header: smb2TestHeader(SMB2CommandCreate, 0, SMB2FlagResponse), OplockLevel: 1, Action: 2, Times: SMB2FileTimes{1, 2, 3, 4},
				AllocationSize: 4096, EndOfFile: 5, Attributes: AttributeArchive, FileID: FileID(wire(testFileID))}},
	})
}

func TestSMB2WriteAndRead(t *testing.T) {
	write := fileRequest("0900", "3100 7000 03000000 0700000000000000", testFileID, "00000000 00000000 00000000 01000000", "aabbcc")
	checkBothWays(t, ParseSMB2WriteRequest, []row[SMB2WriteRequest]{
		{"three bytes", write, SMB2WriteRequest{Header: smb2TestHeader(SMB2CommandWrite, 0, 0), Offset: 7, FileID: FileID(wire(testFileID)), Flags: 1, Data: wire("aabbcc")}},
	})
	checkRefused(t, ParseSMB2WriteRequest, []badRow{
		{"StructureSize", patched(write, 64, "3000"), "StructureSize", 64},
		{"data past the end", patched(write, 68, "04000000"), "Data", 112},
		{"a length that wraps", patched(write, 68, "ffffffff"), "Data", 112},
		{"data in the header", patched(write, 66, "1000"), "Data", 16},
	})
	checkBothWays(t, ParseSMB2WriteResponse, []row[SMB2WriteResponse]{
		{"written", fileAnswer("0900", "1100 0000 03000000 00000000 0000 0000"), SMB2WriteResponse{Header: smb2TestHeader(SMB2CommandWrite, 0, SMB2FlagResponse), Count: 3}},
	})
	checkBothWays(t, ParseSMB2ReadRequest, []row[SMB2ReadRequest]{
		{"read", fileRequest("0800", "3100 50 00 00100000 0800000000000000", testFileID, "01000000 00000000 00000000 0000 0000 00"),
			SMB2ReadRequest{Header: smb2TestHeader(SMB2CommandRead, 0, 0), Length: 4096, Offset: 8, FileID: FileID(wire(testFileID)), Minimum: 1}},
	})
	checkBothWays(t, ParseSMB2OutputResponse, []row[SMB2OutputResponse]{
		{"data", fileAnswer("0800", "1100 50 00 02000000 00000000 00000000 aabb"), SMB2OutputResponse{Header: smb2TestHeader(SMB2CommandRead, 0, SMB2FlagResponse), Output: wire("aabb")}},
		{"cut short", smb2Bytes("1000", "05000080", "01000000", "0900 4800 02000000 aabb"),
			SMB2OutputResponse{Header: smb2TestHeader(SMB2CommandQueryInfo, StatusBufferOverflow, SMB2FlagResponse), Output: wire("aabb")}},
		{"no more", smb2Bytes("0e00", "06000080", "01000000", "0900 0000 00000000 00"),
			SMB2OutputResponse{Header: smb2TestHeader(SMB2CommandQueryDirectory, StatusNoMoreFiles, SMB2FlagResponse)}},
	})
}

func TestSMB2CloseFlushLock(t *testing.T) {
	id := FileID(wire(testFileID))
	checkBothWays(t, ParseSMB2CloseRequest, []row[SMB2CloseRequest]{
		{"close", fileRequest("0600", "1800 0100 00000000", testFileID), SMB2CloseRequest{smb2TestHeader(SMB2CommandClose, 0, 0), CloseWithAttributes, id}}})
	checkBothWays(t, ParseSMB2FlushRequest, []row[SMB2FlushRequest]{
		{"flush", fileRequest("0700", "1800 0000 00000000", testFileID), SMB2FlushRequest{smb2TestHeader(SMB2CommandFlush, 0, 0), id}}})
	times := "0100000000000000 0200000000000000 0300000000000000 0400000000000000"
	checkBothWays(t, ParseSMB2CloseResponse, []row[SMB2CloseResponse]{
		{"closed", fileAnswer("0600", "3c00 0100 00000000", times, "0010000000000000 0500000000000000 10000000"),
			SMB2CloseResponse{smb2TestHeader(SMB2CommandClose, 0, SMB2FlagResponse), 1, SMB2FileTimes{1, 2, 3, 4}, 4096, 5, AttributeDirectory}}})
	lock := fileRequest("0a00", "3000 0100 00000000", testFileID, make([]byte, 24))
	checkBothWays(t, ParseSMB2LockRequest, []row[SMB2LockRequest]{{"lock", lock, SMB2LockRequest{smb2TestHeader(SMB2CommandLock, 0, 0), 1, id}}})
	checkRefused(t, ParseSMB2LockRequest, []badRow{{"a lock too many", patched(lock, 66, "0200"), "Locks", 88}, {"65535 locks", patched(lock, 66, "ffff"), "Locks", 88}})
	checkBothWays(t, ParseSMB2Plain, []row[SMB2Plain]{
		{"echo", fileRequest("0d00", "0400 0000"), SMB2Plain{smb2TestHeader(SMB2CommandEcho, 0, 0)}},
		{"an error", smb2Bytes("0200", "220000c0", "01000000", "0900 0000 00000000 00"), SMB2Plain{smb2TestHeader(SMB2CommandLogoff, StatusAccessDenied, SMB2FlagResponse)}},
	})
}

func TestSMB2QueryAndSet(t *testing.T) {
	id := FileID(wire(testFileID))
	query := fileRequest("1000", "2900 02 05 00010000 6800 0000 02000000 03000000 04000000", testFileID, "aabb")
	checkBothWays(t, ParseSMB2QueryInfoRequest, []row[SMB2QueryInfoRequest]{
		{"with input", query, SMB2QueryInfoRequest{smb2TestHeader(SMB2CommandQueryInfo, 0, 0), InfoFileSystem, 5, 256, 3, 4, id, wire("aabb")}},
		{"without", fileRequest("1000", "2900 01 12 00010000 6800 0000 00000000 00000000 00000000", testFileID, "00"),
			SMB2QueryInfoRequest{Header: smb2TestHeader(SMB2CommandQueryInfo, 0, 0), Type: InfoFile, Class: 18, MaxOutput: 256, FileID: id}},
	})
	checkRefused(t, ParseSMB2QueryInfoRequest, []badRow{{"input past the end", patched(query, 76, "03000000"), "InputBuffer", 104}})
	set := fileRequest("1100", "2100 01 14 08000000 6000 0000 00000000", testFileID, "0900000000000000")
	checkBothWays(t, ParseSMB2SetInfoRequest, []row[SMB2SetInfoRequest]{
		{"size", set, SMB2SetInfoRequest{Header: smb2TestHeader(SMB2CommandSetInfo, 0, 0), Type: InfoFile, Class: ClassEndOfFile, FileID: id, Input: wire("0900000000000000")}}})
	checkRefused(t, ParseSMB2SetInfoRequest, []badRow{{"input past the end", patched(set, 68, "09000000"), "Buffer", 96}})
	done := SMB2SetInfoResponse{smb2TestHeader(SMB2CommandSetInfo, 0, SMB2FlagResponse)}.Append(nil)
	if !bytes.Equal(done, fileAnswer("1100", "0200")) {
		t.Errorf("SET_INFO response %x", done)
	}
	list := fileRequest("0e00", "2100 25 01 00000000", testFileID, "6000 0200 00000100", utf16Text("*"))
	checkBothWays(t, ParseSMB2QueryDirectoryRequest, []row[SMB2QueryDirectoryRequest]{
		{"all", list, SMB2QueryDirectoryRequest{smb2TestHeader(SMB2CommandQueryDirectory, 0, 0), 37, DirectoryRestart, 0, id, 65536, "*"}},
		{"the rest", fileRequest("0e00", "2100 25 00 00000000", testFileID, "6000 0000 00000100 00"),
			SMB2QueryDirectoryRequest{Header: smb2TestHeader(SMB2CommandQueryDirectory, 0, 0), Class: 37, FileID: id, MaxOutput: 65536}},
	})
	checkRefused(t, ParseSMB2QueryDirectoryRequest, []badRow{{"pattern past the end", patched(list, 90, "0300"), "FileName", 96}})
}

func TestSMB2IOCTL(t *testing.T) {
	id := FileID(wire(testFileID))
	input := ValidateNegotiateRequest{CapLargeMTU, GUID(wire(testGUID)), SMB2SigningEnabled, []Dialect{Dialect202, Dialect302}}
	raw := wire("04000000", testGUID, "0100 0200 0202 0203")
	if got := input.Append(nil); !bytes.Equal(got, raw) {
		t.Errorf("encoded %x, want %x", got, raw)
	}
	request := fileRequest("0b00", "3900 0000 04021400", testFileID, "78000000 1c000000 00000000 00000000 00000000 18000000 01000000 00000000", raw)
	checkBothWays(t, ParseSMB2IOCTLRequest, []row[SMB2IOCTLRequest]{
		{"validate", request, SMB2IOCTLRequest{smb2TestHeader(SMB2CommandIOCTL, 0, 0), FSCTLValidateNegotiate, id, 0, 24, 1, raw}}})
	checkRefused(t, ParseSMB2IOCTLRequest, []badRow{
		{"input past the end", patched(request, 92, "1d000000"), "Input", 120},
		{"input in the fixed part", patched(request, 88, "40000000"), "Input", 64},
	})
	checkBothWays(t, ParseValidateNegotiateRequest, []row[ValidateNegotiateRequest]{{"request", raw, input}})
	checkRefused(t, ParseValidateNegotiateRequest, []badRow{{"a dialect too many", patched(raw, 22, "0300"), "Dialects", 24}})
	output := ValidateNegotiateResponse{CapLargeMTU, GUID(wire(testGUID)), SMB2SigningEnabled, Dialect302}
	checkBothWays(t, ParseValidateNegotiateResponse, []row[ValidateNegotiateResponse]{{"response", wire("04000000", testGUID, "0100 0203"), output}})
	checkBothWays(t, ParseSMB2IOCTLResponse, []row[SMB2IOCTLResponse]{
		{"validated", fileAnswer("0b00", "3100 0000 04021400", testFileID, "70000000 00000000 70000000 02000000 00000000 00000000 aabb"),
			SMB2IOCTLResponse{smb2TestHeader(SMB2CommandIOCTL, 0, SMB2FlagResponse), FSCTLValidateNegotiate, id, wire("aabb")}}})
}

// TestSMB2Information: each class has the size that [MS-FSCC] gives it, and an
// unknown one none.
func TestSMB2Information(t *testing.T) {
	f := SMB2File{Path: `d\ab`, Name: "ab", Number: 9, Size: 5, Allocated: 4096, Access: 7, Times: SMB2FileTimes{1, 2, 3, 4}}
	for class, want := range map[uint8]int{4: 40, 5: 24, 6: 8, 7: 4, 8: 4, 9: 12, 14: 8, 16: 4, 17: 4, 18: 96 + 4 + 8, 21: 8, 22: 24 + 14, 28: 16, 34: 56, 35: 8, 48: 12, 59: 24, 99: 0} {
		if b, ok := f.Information(class); len(b) != want || ok != (want > 0) {
			t.Errorf("file class %d: %d bytes, %v; want %d", class, len(b), ok, want)
		}
	}
	for class, want := range map[uint8]int{1: 64, 2: 68, 3: 94, 12: 12, 37: 104, 38: 80} {
		if b, ok := f.DirectoryEntry(nil, class); len(b) != want+4 || !ok || !strings.HasSuffix(string(b), "a\x00b\x00") {
			t.Errorf("directory class %d: %d bytes, %v; want %d", class, len(b), ok, want+4)
		}
	}
	if _, ok := f.DirectoryEntry(nil, 99); ok {
		t.Error("directory class 99 is known")
	}
	v := SMB2Volume{Label: "ab", Serial: 1, Total: 1 << 20, Free: 1 << 19}
	for class, want := range map[uint8]int{1: 18 + 4, 3: 24, 4: 8, 5: 12 + 8, 7: 32, 8: 64, 11: 28, 99: 0} {
		if b, ok := v.Information(class); len(b) != want || ok != (want > 0) {
			t.Errorf("volume class %d: %d bytes, %v; want %d", class, len(b), ok, want)
		}
	}
	if basic, _ := f.Information(ClassBasic); !bytes.Equal(basic, wire("0100000000000000 0200000000000000 0300000000000000 0400000000000000 20000000 00000000")) {
		t.Errorf("basic %x", basic)
	}
	list, _ := f.DirectoryEntry([]byte{}, 12)
	list = LinkEntry(list, 0)
	if len(list) != 16 || list[0] != 16 {
		t.Errorf("a list of %x", list)
	}
}

func TestSMB2Rename(t *testing.T) {
	path, replace, err := ParseRename(wire("01 00000000000000 0000000000000000 06000000", utf16Text(`d\x`), "ffff"))
	if path != `d\x` || !replace || err != nil {
		t.Errorf("%q, %v, %v", path, replace, err)
	}
	for _, b := range []string{"", "01", "01 00000000000000 0000000000000000 06000000 6400", "01 00000000000000 0000000000000000 ffffffff 6400"} {
		if _, _, err := ParseRename(wire(b)); err == nil {
			t.Errorf("%q: no error", b)
		}
	}
	if n, err := ParseEndOfFile(wire("0900000000000000")); n != 9 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := ParseEndOfFile(wire("09000000")); err == nil {
		t.Error("four bytes are a size")
	}
}

func TestSPNEGOMechList(t *testing.T) {
	list := SPNEGO{Mechanisms: []Mechanism{MechNTLMSSP}}.MechList()
	if !bytes.Equal(list, wire("300c 060a 2b06010401823702020a")) {
		t.Errorf("%x", list)
	}
}

// FuzzSMB2File parses bytes as every message about files.
func FuzzSMB2File(f *testing.F) {
	f.Add(fileRequest("0300", "0900 0000 4800 0c00", utf16Text(`\\h\ab`)))
	f.Add(fileRequest("0300", "0900 0400 1000 0c00", make([]byte, 16), utf16Text(`\\h\ab`)))                                  // Flags: an extension
	f.Add(fileRequest("0300", "0900 0400 ffff 0c00", make([]byte, 16), utf16Text(`\\h\ab`)))                                  // PathOffset wraps with the extension
	f.Add(fileRequest("0900", "3100 7000 ffffffff 0700000000000000", testFileID, make([]byte, 16)))                           // Length of a WRITE
	f.Add(fileRequest("0a00", "3000 ffff 00000000", testFileID, make([]byte, 24)))                                            // LockCount
	f.Add(fileRequest("0500", "3900", make([]byte, 42), "7800 0200 7a000000 04000000 6100 aabbccdd"))                         // contexts behind the name without padding
	f.Add(fileRequest("1000", "2900 02 05 00010000 0000 0000 02000000 03000000 04000000", testFileID, "aabb"))                // InputBufferOffset 0
	f.Add(fileAnswer("0b00", "3100 0000 04021400", testFileID, "70000000 ffffffff 70000000 02000000 00000000 00000000 aabb")) // InputCount
	f.Add(fileAnswer("0800", "1100 ff 00 02000000 00000000 00000000 aabb"))                                                   // DataOffset past the end
	f.Add(fileAnswer("0500", "5900 01 00 02000000", make([]byte, 56), testFileID, "ffffffff 01000000"))                       // CreateContextsOffset
	f.Add(fileRequest("0e00", "2100 25 01 00000000", testFileID, "6000 0100 00000100", "6100"))                               // FileNameLength: odd
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= smb2HeaderSize {
			b = bytes.Clone(b)
			clear(b[20:24]) // NextCommand: a message of a chain is written alone
		}
		checkStable(t, ParseSMB2TreeConnectRequest, b, nil)
		checkStable(t, ParseSMB2TreeConnectResponse, b, nil)
		checkStable(t, ParseSMB2CreateRequest, b, nil)
		checkStable(t, ParseSMB2CreateResponse, b, nil)
		checkStable(t, ParseSMB2CloseRequest, b, nil)
		checkStable(t, ParseSMB2CloseResponse, b, nil)
		checkStable(t, ParseSMB2FlushRequest, b, nil)
		checkStable(t, ParseSMB2LockRequest, b, nil)
		checkStable(t, ParseSMB2WriteRequest, b, nil)
		checkStable(t, ParseSMB2WriteResponse, b, nil)
		checkStable(t, ParseSMB2ReadRequest, b, nil)
		checkStable(t, ParseSMB2OutputResponse, b, nil)
		checkStable(t, ParseSMB2QueryInfoRequest, b, nil)
		checkStable(t, ParseSMB2SetInfoRequest, b, nil)
		checkStable(t, ParseSMB2QueryDirectoryRequest, b, nil)
		checkStable(t, ParseSMB2IOCTLRequest, b, nil)
		checkStable(t, ParseSMB2IOCTLResponse, b, nil)
		checkStable(t, ParseValidateNegotiateRequest, b, nil)
		checkStable(t, ParseValidateNegotiateResponse, b, nil)
		checkStable(t, ParseSMB2Plain, b, nil)
		ParseRename(b)
		ParseEndOfFile(b)
	})
}
