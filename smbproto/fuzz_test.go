package smbproto

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"testing"
	"testing/iotest"
	"unsafe"
)

// The invariant of all targets: no parser panics, slices of a parsed message
// lie in its input, and what was accepted is the same message after it has been
// encoded and parsed again. Each seed is named for the field that it bends.

// checkStable parses b, and if it is a message, encodes it and parses it again.
// settle, which may be nil, turns a message into what Append can write, and
// returns false where that is not possible.
func checkStable[M Appender](t *testing.T, parse func([]byte) (M, error), b []byte, settle func(*M) bool) {
	t.Helper()
	m, err := parse(b)
	checkWithin(t, reflect.ValueOf(m), b)
	if err != nil {
		return
	}
	if settle != nil && !settle(&m) {
		return
	}
	encoded := m.Append(nil)
	again, err := parse(encoded)
	if err != nil {
		t.Fatalf("%v\nof %+v\nencoded as %x", err, m, encoded)
	}
	if before, after := fmt.Sprintf("%+v", m), fmt.Sprintf("%+v", again); before != after {
		t.Fatalf("not stable:\n%s\n%s\nencoded as %x", before, after, encoded)
	}
}

// checkWithin checks that every byte slice in v lies in b, with its capacity.
func checkWithin(t *testing.T, v reflect.Value, b []byte) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			checkWithin(t, v.Field(i), b)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				checkWithin(t, v.Index(i), b)
			}
			return
		}
		s := v.Bytes()
		if len(s) == 0 {
			return
		}
		start, first := uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(unsafe.Pointer(unsafe.SliceData(s)))
		if first < start || first+uintptr(cap(s)) > start+uintptr(len(b)) {
			t.Fatalf("slice of %d bytes, room for %d, at %d in an input of %d", len(s), cap(s), first-start, len(b))
		}
	}
}

func FuzzFrameReader(f *testing.F) {
	f.Add(wire("00000000"), 0)                      // length of zero: "SMB" of no bytes, panics in go-smb2
	f.Add(wire("00000004 fe534d42"), 3)             // payload shorter than a header, panics in go-smb2
	f.Add(wire("00ffffff fe"), 4)                   // length of 24 bits
	f.Add(wire("00010001"), 8)                      // length one above the limit
	f.Add(wire("00010000"), 8)                      // length at the limit, nothing behind
	f.Add(wire("85000000 85000000 000001"), 1)      // two keepalives, cut length
	f.Add(wire("00000001 aa 00000002 bbcc 83"), 16) // two frames at once, cut type
	f.Add([]byte("HTTP/1.1 400 Bad Request"), 64)   // type 'H'
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		size &= 0xffff
		whole := NewFrameReader(bytes.NewReader(b), make([]byte, size))
		single := NewFrameReader(iotest.OneByteReader(bytes.NewReader(b)), nil)
		for left := len(b); ; {
			f1, err1 := whole.Next()
			f2, err2 := single.Next()
			if err1 != err2 || f1.Type != f2.Type || !bytes.Equal(f1.Payload, f2.Payload) {
				t.Fatalf("at once: %v, %v; one byte at a time: %v, %v", f1, err1, f2, err2)
			}
			if limit := size + 4*(len(b)+frameHeader) + 1024; len(whole.buf) > limit {
				t.Fatalf("buffer of %d for %d bytes", len(whole.buf), len(b))
			}
			if err1 != nil {
				if err1 == io.EOF && len(whole.Buffered()) > 0 {
					t.Fatalf("EOF with %x left", whole.Buffered())
				}
				return
			}
			if left -= frameHeader + len(f1.Payload); left < 0 {
				t.Fatalf("more in the frames than in the stream")
			}
		}
	})
}

// isOEM reports whether s survives being written as OEM text.
func isOEM(s string) bool { return decodeOEM(appendOEM(nil, s)) == s }

func FuzzSMB1Negotiate(f *testing.F) {
	request := smb1Bytes("72", "00000000", "18", "53c8", "00 0c00 02 4e54204c4d20302e3132 00")
	f.Add(request)
	f.Add(patched(request, 32, "ff"))   // WordCount past the end
	f.Add(patched(request, 33, "ffff")) // ByteCount past the end
	f.Add(patched(request, 35, "00"))   // BufferFormat
	f.Add(patched(request, 46, "20"))   // no terminator
	answer := smb1Bytes("72", "00000000", "98", "53c8", words17("07", "fdf30000", "08"), "1600 c1c2c3c4c5c6c7c8", utf16Text("GRP\x00Bü\x00"))
	f.Add(answer)
	f.Add(patched(answer, 66, "ff"))                                 // ChallengeLength past the end
	f.Add(patched(answer, 32, "0d"))                                 // WordCount of another form
	f.Add(patched(answer, 55, "80"))                                 // Capabilities: extended security, names for a GUID
	f.Add(patched(answer, 10, "0140"))                               // Flags2: UTF-16 text without the flag
	f.Add(patched(answer, 66, "00"))                                 // ChallengeLength: challenge read as names
	f.Add(patched(answer, 77, "3cd8"))                               // Domain: half a surrogate pair
	f.Add(answer[:len(answer)-1])                                    // Server: half a terminator
	f.Add(smb1Bytes("72", "00000000", "98", "53c8", "01 ffff 0000")) // DialectIndex: none
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseSMB1NegotiateRequest, b, nil)
		checkStable(t, ParseSMB1NegotiateResponse, b, func(m *SMB1NegotiateResponse) bool {
			// UTF-16 text without the flag may hold what OEM text cannot.
			return m.Header.Unicode() || isOEM(m.Domain) && isOEM(m.Server)
		})
	})
}

func FuzzSMB1SessionSetup(f *testing.F) {
	request := smb1Bytes("73", "00000000", "18", "07c8", "0c", "ff00 0000 0441 3200 0100 00000000 0200 00000000 d4000080",
		"0f00 6000 00", utf16Text("OS\x00LM\x00"))
	f.Add(request)
	f.Add(patched(request, 47, "ffff"))     // SecurityBlobLength past the end
	f.Add(patched(request, 47, "0f00"))     // SecurityBlobLength up to the end
	f.Add(patched(request, 32, "0d"))       // WordCount: passwords for the blob
	f.Add(patched(request, 33, "75"))       // AndXCommand: a chain
	f.Add(patched(request, 57, "0100"))     // ByteCount short of the blob
	f.Add(patched(request, 62, "0000"))     // NativeOS empty, the rest one field early
	f.Add(patched(request, 62, "4f530041")) // NativeOS: zeros not aligned
	answer := smb1Bytes("73", "160000c0", "98", "07c8", "04 ff00 4800 0000 0200 1700 a100 00", utf16Text("OS\x00LM\x00GRP\x00"))
	f.Add(answer)
	f.Add(patched(answer, 39, "ffff")) // SecurityBlobLength past the end
	f.Add(answer[:len(answer)-1])      // PrimaryDomain: half a terminator
	f.Add(patched(answer, 32, "03"))   // WordCount: SecurityBlobLength for the byte count
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseSMB1SessionSetupRequest, b, func(m *SMB1SessionSetupRequest) bool {
			m.Capabilities |= CapExtendedSecurity
			return m.WordCount == 12 // the only form that is written
		})
		checkStable(t, ParseSMB1SessionSetupResponse, b, nil)
	})
}

func FuzzSMB2Negotiate(f *testing.F) {
	request := SMB2NegotiateRequest{
		Dialects: Dialects,
		Contexts: []NegotiateContext{PreauthIntegrity(wire("aabb")), Encryption(CipherAES128GCM), Signing(SigningAESGMAC)},
	}.Append(nil)
	f.Add(request)
	f.Add(patched(request, 20, "ffffff7f")) // NextCommand past the end, panics in go-smb2
	f.Add(patched(request, 20, "68000000")) // NextCommand before the contexts
	f.Add(patched(request, 66, "ffff"))     // DialectCount huge
	f.Add(patched(request, 92, "f8ffffff")) // NegotiateContextOffset: offset + length wraps 32 bits
	f.Add(patched(request, 96, "ffff"))     // NegotiateContextCount huge
	f.Add(patched(request, 114, "ffff"))    // DataLength past the end
	f.Add(patched(request, 114, "0000"))    // DataLength of zero: the next context in the data
	answer := SMB2NegotiateResponse{
		Dialect: Dialect311, SecurityMode: 3, SecurityBuffer: wire("6001"),
		Contexts: []NegotiateContext{PreauthIntegrity(nil), Signing(SigningAESCMAC)},
	}.Append(nil)
	f.Add(answer)
	f.Add(answer[:64])                      // nothing behind the header, panics in go-smb2
	f.Add(patched(answer, 120, "ffffffff")) // SecurityBuffer: offset + length wraps 16 bits, as in go-smb2 and fingerprintx
	f.Add(patched(answer, 120, "0000ff00")) // SecurityBufferOffset in the header
	f.Add(patched(answer, 124, "f8ffffff")) // NegotiateContextOffset wraps 32 bits
	f.Add(patched(answer, 70, "ffff"))      // NegotiateContextCount huge
	f.Add(patched(answer, 68, "ff02"))      // DialectRevision: wildcard with contexts
	f.Add(patched(answer, 8, "bb0000c0"))   // Status: error with a body
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseSMB2NegotiateRequest, b, func(m *SMB2NegotiateRequest) bool {
			checkContexts(m.Contexts)
			m.Header.NextCommand = 0 // a message of a chain is written alone
			return true
		})
		checkStable(t, ParseSMB2NegotiateResponse, b, func(m *SMB2NegotiateResponse) bool {
			checkContexts(m.Contexts)
			m.Header.NextCommand = 0
			return true
		})
	})
}

// checkContexts reads the contexts, for the sake of panics.
func checkContexts(contexts []NegotiateContext) {
	for _, c := range contexts {
		_, _ = c.Algorithms()
		_ = c.Text()
	}
}

func FuzzSMB2SessionSetup(f *testing.F) {
	request := SMB2SessionSetupRequest{SecurityMode: 1, SecurityBuffer: wire("6000")}.Append(nil)
	f.Add(request)
	f.Add(patched(request, 20, "59000000")) // NextCommand cuts the token
	f.Add(patched(request, 76, "ffffffff")) // SecurityBuffer: offset + length wraps 16 bits
	f.Add(patched(request, 76, "0000ffff")) // SecurityBufferOffset in the header
	f.Add(patched(request, 78, "0000"))     // SecurityBufferLength of zero with a buffer
	answer := SMB2SessionSetupResponse{Header: SMB2Header{Status: StatusMoreProcessingRequired}, SecurityBuffer: wire("a100")}.Append(nil)
	f.Add(answer)
	f.Add(answer[:64])                     // nothing behind the header
	f.Add(answer[:72])                     // token cut off
	f.Add(patched(answer, 68, "ffffffff")) // SecurityBuffer: offset + length wraps 16 bits
	f.Add(patched(answer, 8, "03010000"))  // Status: pending
	f.Add(patched(answer, 12, "0000"))     // Command: another
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseSMB2SessionSetupRequest, b, func(m *SMB2SessionSetupRequest) bool {
			m.Header.NextCommand = 0 // a message of a chain is written alone
			return true
		})
		checkStable(t, ParseSMB2SessionSetupResponse, b, func(m *SMB2SessionSetupResponse) bool {
			m.Header.NextCommand = 0
			return true
		})
	})
}

func FuzzSPNEGO(f *testing.F) {
	offer := SPNEGO{Mechanisms: []Mechanism{MechKerberos, MechNTLMSSP, "1.3.6.1.5.2.5"}, Token: wire("a1a2"), HintName: "hint"}.Append(nil)
	f.Add(offer)
	f.Add(patched(offer, 1, "84ffffffff"))                                    // length of 4 bytes past the end
	f.Add(patched(offer, 1, "8800000000000000"))                              // length of 8 bytes
	f.Add(patched(offer, 1, "80"))                                            // length without an end
	f.Add(patched(offer, 1, "82"))                                            // length of 2 bytes, which are others
	f.Add(patched(offer, 17, "ff"))                                           // mechTypes past their field
	f.Add(patched(offer, 19, "00"))                                           // mechType empty
	f.Add(wire("60 10 06062b0601050502 a006 3004 a002 3000"))                 // mechTypes empty
	f.Add(wire("60 17 06062b0601050502 a00d 300b a009 3007 0605 8180808001")) // mechType: first number of several bytes
	f.Add(wire("60 13 06062b0601050502 a009 3007 a305 3003 a001 1b"))         // hintName cut off
	f.Add(SPNEGO{Response: true, State: 1, Mechanisms: []Mechanism{MechNTLMSSP}, Token: wire("a1a2"), MIC: wire("b1")}.Append(nil))
	f.Add(wire("a1 07 30 05 a0 03 0a 01 ff"))                            // negState of 255
	f.Add(wire("a1 08 30 06 a0 04 0a 02 0100"))                          // negState of two bytes
	f.Add(wire("a1 10 30 0e a0 03 0a 01 01 a0 03 0a 01 00 a2 02 04 00")) // negState twice
	f.Add([]byte(ntlmSignature))                                         // raw NTLMSSP of nothing
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseSPNEGO, b, nil)
		if c := FindNTLMChallenge(b); c != nil {
			checkWithin(t, reflect.ValueOf(c), b)
		}
	})
}

func FuzzNTLM(f *testing.F) {
	negotiate := NTLMNegotiate{Flags: NTLMVersionFlag, Domain: "GRP", Workstation: "PC", Version: NTLMVersion{10, 0, 26100, 15}}.Append(nil)
	f.Add(negotiate)
	f.Add(patched(negotiate, 20, "fdffffff")) // DomainName: offset + length wraps 32 bits
	f.Add(patched(negotiate, 28, "20000000")) // Workstation in the place of the version
	f.Add(negotiate[:16])                     // nothing behind the flags
	challenge := NTLMChallenge{
		Flags: NTLMUnicode | NTLMTargetInfo | NTLMVersionFlag, TargetName: "GRP", HasVersion: true,
		NbComputerName: "SRV", DNSTreeName: "a.b", AVFlags: 1, Timestamp: unixEpoch,
	}.Append(nil)
	f.Add(challenge)
	f.Add(patched(challenge, 16, "00000000")) // TargetName in the header: it moves and the version with it
	f.Add(patched(challenge, 12, "01000100")) // TargetName of an odd length
	f.Add(patched(challenge, 44, "f0ffffff")) // TargetInfo: offset + length wraps 32 bits
	f.Add(patched(challenge, 44, "00000000")) // TargetInfo in the header
	f.Add(patched(challenge, 62, "0500ffff")) // AvLen past the end
	f.Add(patched(challenge, 62, "07000200")) // AvLen of a time of two bytes
	f.Add(patched(challenge, 20, "02000000")) // NegotiateFlags: nothing is Unicode, nothing is there
	f.Add(challenge[:48])                     // TargetInfo and version cut off
	authenticate := wire(signature, "03000000 0000000040000000 1800180040000000 0000000040000000 0000000040000000 0000000040000000",
		"0000000040000000 01000002", make([]byte, 24))
	f.Add(authenticate)
	f.Add(patched(authenticate, 24, "f0ffffff")) // NtChallengeResponse: offset + length wraps 32 bits
	f.Add(authenticate[:52])                     // nothing behind the fields
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseNTLMNegotiate, b, nil)
		_ = TargetInfoOf(b)
		checkStable(t, ParseNTLMChallenge, b, nil)
		_, _ = ParseNTLMAuthenticate(b)
	})
}

func FuzzNBNS(f *testing.F) {
	query := NodeStatusRequest{ID: 1, Name: NetBIOSName{Name: "*"}}.Append(nil)
	f.Add(query)
	f.Add(patched(query, 12, "c00c")) // QUESTION_NAME: a pointer to itself
	f.Add(patched(query, 13, "60"))   // QUESTION_NAME: a letter below 'A'
	f.Add(patched(query, 45, "3f"))   // QUESTION_NAME: scope past the end
	answer := NodeStatusResponse{
		Name: NetBIOSName{Name: "*"}, Names: []NodeName{{NetBIOSName{"PC", 0x20}, 0x0400}}, UnitID: [6]byte{1, 2, 3, 4, 5, 6},
	}.Append(nil)
	f.Add(answer)
	f.Add(patched(answer, 56, "ff"))   // NUM_NAMES past the end
	f.Add(answer[:len(answer)-41])     // STATISTICS of 5 bytes
	f.Add(patched(answer, 57, "2000")) // NODE_NAME begins with a blank and a zero
	f.Add(patched(answer, 2, "8583"))  // flags: name error
	f.Add(SessionRequest{AnyServer, NetBIOSName{"PC", 0}}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkStable(t, ParseNodeStatusRequest, b, nil)
		checkStable(t, ParseNodeStatusResponse, b, nil)
		checkStable(t, ParseSessionRequest, b, nil)
	})
}
