package smbproto_test

import (
	"bytes"
	"errors"
	"fmt"

	"smbready/smbproto"
)

// A server answers the NEGOTIATE of a client.
func Example() {
	request := smbproto.SMB2NegotiateRequest{
		Header:       smbproto.SMB2Header{Credits: 1},
		SecurityMode: smbproto.SMB2SigningEnabled,
		Dialects:     []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210},
	}
	stream := smbproto.AppendFrame(nil, smbproto.FrameMessage, request)

	frames := smbproto.NewFrameReader(bytes.NewReader(stream), nil)
	frame, err := frames.Next()
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := smbproto.ParseSMB2NegotiateRequest(frame.Payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := smbproto.SMB2NegotiateResponse{
		Header:       smbproto.SMB2Header{MessageID: got.Header.MessageID},
		SecurityMode: smbproto.SMB2SigningEnabled | smbproto.SMB2SigningRequired,
		Dialect:      got.Dialects[len(got.Dialects)-1],
	}.Append(nil)

	m, err := smbproto.ParseSMB2NegotiateResponse(answer)
	fmt.Println(m.Dialect, m.SecurityMode&smbproto.SMB2SigningRequired != 0, err)
	// Output: 2.1 true <nil>
}

// An answer is taken for what it is, not for what was asked.
func ExampleProtocolOf() {
	answer := smbproto.SMB1NegotiateResponse{WordCount: 1, DialectIndex: smbproto.NoDialect}.Append(nil)
	fmt.Println(smbproto.ProtocolOf(answer))
	fmt.Println(smbproto.ProtocolOf([]byte("HTTP/1.1 400 Bad Request")))
	// Output:
	// SMB1
	// not SMB
}

// Errors name the field, and the fields before it are still there.
func ExampleParseError() {
	b := smbproto.SMB2NegotiateResponse{
		SecurityMode: smbproto.SMB2SigningEnabled,
		Dialect:      smbproto.Dialect302,
	}.Append(nil)
	b[122] = 40 // SecurityBufferLength, of bytes that are not there

	m, err := smbproto.ParseSMB2NegotiateResponse(b)
	fmt.Println(err)
	var e *smbproto.ParseError
	fmt.Println(errors.As(err, &e) && e.Field == "SecurityBuffer", m.Dialect)
	// Output:
	// SMB2 NEGOTIATE response: SecurityBuffer at offset 128: wants 40 bytes of 128
	// true 3.0.2
}

// A challenge tells a server's names and version without any credential.
func ExampleParseNTLMChallenge() {
	token := smbproto.SPNEGO{Response: true, State: 1, Token: smbproto.NTLMChallenge{
		Flags:          smbproto.NTLMUnicode | smbproto.NTLMTargetInfo | smbproto.NTLMVersionFlag,
		HasVersion:     true,
		Version:        smbproto.NTLMVersion{Major: 10, Build: 20348},
		NbComputerName: "FILES",
	}.Append(nil)}.Append(nil)

	m, err := smbproto.ParseNTLMChallenge(smbproto.FindNTLMChallenge(token))
	fmt.Println(m.NbComputerName, m.Version, err)
	// Output: FILES 10.0.20348 <nil>
}
