package smbproto

import "testing"

// benchRequest is what a scan sends first: all dialects, with their contexts.
func benchRequest() SMB2NegotiateRequest {
	return SMB2NegotiateRequest{
		Header: SMB2Header{Credits: 1}, SecurityMode: SMB2SigningEnabled, Capabilities: 0x7f, Dialects: Dialects,
		Contexts: []NegotiateContext{
			PreauthIntegrity(make([]byte, 32)),
			Encryption(CipherAES128GCM, CipherAES128CCM),
			Signing(SigningAESGMAC, SigningAESCMAC, SigningHMACSHA256),
		},
	}
}

// benchOffer is what a Windows server offers.
var benchOffer = SPNEGO{
	Mechanisms: []Mechanism{MechNEGOEX, MechMSKerberos, MechKerberos, MechU2U, MechNTLMSSP},
	HintName:   "not_defined_in_RFC4178@please_ignore",
}

func BenchmarkAppendNegotiate(b *testing.B) {
	b.ReportAllocs()
	m := benchRequest()
	var buf []byte
	for b.Loop() {
		buf = AppendFrame(buf[:0], FrameMessage, m)
	}
}

func BenchmarkParseNegotiate(b *testing.B) {
	b.ReportAllocs()
	answer := SMB2NegotiateResponse{
		SecurityMode: 3, Dialect: Dialect311, SecurityBuffer: benchOffer.Append(nil),
		Contexts: benchRequest().Contexts,
	}.Append(nil)
	for b.Loop() {
		if _, err := ParseSMB2NegotiateResponse(answer); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseSPNEGO(b *testing.B) {
	b.ReportAllocs()
	token := benchOffer.Append(nil)
	for b.Loop() {
		if _, err := ParseSPNEGO(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseNTLMChallenge(b *testing.B) {
	b.ReportAllocs()
	token := NTLMChallenge{
		Flags: NTLMUnicode | NTLMTargetInfo | NTLMVersionFlag, TargetName: "EXAMPLE", HasVersion: true,
		NbComputerName: "FILES", NbDomainName: "EXAMPLE", DNSComputerName: "files.example.com",
		DNSDomainName: "example.com", DNSTreeName: "example.com", Timestamp: unixEpoch,
	}.Append(nil)
	for b.Loop() {
		if _, err := ParseNTLMChallenge(token); err != nil {
			b.Fatal(err)
		}
	}
}
