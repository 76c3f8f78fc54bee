package smbtest

import (
	"slices"
	"testing"

	"smbready/smbproto"
)

// sevenDialects is the list that Windows sends, NT LM 0.12 at index 5.
var sevenDialects = []string{smbproto.DialectCore, smbproto.DialectLANMAN10, smbproto.DialectWfW31a, smbproto.DialectLM12X002,
	smbproto.DialectLANMAN21, smbproto.DialectNTLM012}

func TestSMB1Forms(t *testing.T) {
	t.Parallel()
	speaks := func(dialect string) *Device {
		return &Device{Name: "BOX", Workgroup: "GROUP", SMB1: &SMB1{Dialects: []string{dialect}, SecurityMode: userLevel, MaxMpx: 2, MaxBuffer: 1440}}
	}
	off := server2022()
	off.SMB1Off = RefuseNoDialect
	tests := []struct {
		name     string
		device   *Device
		flags2   uint16
		words    uint8
		index    uint16
		mode     smbproto.SMB1SecurityMode
		extended bool
		domain   string
	}{
		{"extended", machineController(), allFlags2, 17, 5, 0x03, true, ""},
		{"not asked for", machineController(), allFlags2 &^ smbproto.Flags2ExtendedSecurity, 17, 5, 0x03, false, "WORKGROUP"},
		{"OEM text", machineController(), 0, 17, 5, 0x03, false, "WORKGROUP"},
		{"share level", kyocera(), allFlags2, 17, 5, 0x02, false, ""},
		{"LAN Manager 1.0", speaks(smbproto.DialectLANMAN10), allFlags2, 13, 1, 0x03, false, ""},
		{"LAN Manager 2.1", speaks(smbproto.DialectLANMAN21), allFlags2, 13, 4, 0x03, false, "GROUP"},
		{"core", speaks(smbproto.DialectCore), allFlags2, 1, 0, 0, false, ""},
		{"unknown dialect", speaks("XENIX CORE"), allFlags2, 1, smbproto.NoDialect, 0, false, ""},
		{"SMB1 off", off, allFlags2, 1, smbproto.NoDialect, 0, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := dial(t, tt.device, 445).negotiate1(offer1(tt.flags2, sevenDialects...))
			if m.WordCount != tt.words || m.DialectIndex != tt.index || m.SecurityMode != tt.mode ||
				m.ExtendedSecurity() != tt.extended || m.Domain != tt.domain || m.Header.MID != 5 || m.Header.PID != 0x10002 {
				t.Errorf("got %+v", m)
			}
		})
	}
}

func TestSMB1Numbers(t *testing.T) {
	t.Parallel()
	m := dial(t, kyocera(), 445).negotiate1(offer1(allFlags2, sevenDialects...))
	if m.Header.Flags != 0x88 || m.Header.Flags2 != 0 || m.MaxMpx != 2 || m.MaxVcs != 1 || m.MaxBuffer != 32768 ||
		m.MaxRaw != 65536 || m.Capabilities != 0x0200 || len(m.Challenge) != 8 || m.Server != "" {
		t.Errorf("got %+v", m)
	}
}

func TestSMB1SessionSetup(t *testing.T) {
	t.Parallel()
	guests, dos := machineController(), machineController()
	guests.SMB1.Guest = true
	dos.SMB1.Flags2 &^= smbproto.Flags2NTStatus
	tests := []struct {
		name   string
		device *Device
		token  []byte
		status smbproto.Status
		action uint16
	}{
		{"challenge", machineController(), wrapped(ntlmNegotiate), smbproto.StatusMoreProcessingRequired, 0},
		{"unknown user", machineController(), ntlmAuthenticate, smbproto.StatusLogonFailure, 0},
		{"unknown user, DOS status", dos, ntlmAuthenticate, dosBadPassword, 0},
		{"guest", guests, ntlmAuthenticate, 0, smbproto.ActionGuest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, tt.device, 445)
			req := offer1(allFlags2, sevenDialects...)
			c.negotiate1(req)
			m, err := smbproto.ParseSMB1SessionSetupResponse(c.ask(smbproto.SMB1SessionSetupRequest{Header: req.Header, SecurityBlob: tt.token}))
			if err != nil || m.Header.Status != tt.status || m.Action != tt.action {
				t.Fatalf("got %+v, %v", m, err)
			}
			if tt.status == smbproto.StatusMoreProcessingRequired && (m.NativeOS != "Windows 5.1" || m.NativeLANManager != "Windows 2000 LAN Manager" ||
				m.PrimaryDomain != "WORKGROUP" || challenge(t, m.SecurityBlob).NbComputerName != "CX-2F41A7") {
				t.Errorf("got %+v", m)
			}
		})
	}
}

// A 13-word SESSION_SETUP, as a client without extended security sends it:
// an empty password for a named account.
func TestSMB1PlainSessionSetup(t *testing.T) {
	t.Parallel()
	words := slices.Concat([]byte{13, 0xff, 0, 0, 0, 0xff, 0xff, 2, 0, 1, 0}, make([]byte, 16))
	body := "JOE\x00GROUP\x00Unix\x00test\x00"
	for _, tt := range []struct {
		device *Device
		status smbproto.Status
	}{{kyocera(), 0}, {officeJet(), smbproto.StatusLogonFailure}} {
		c := dial(t, tt.device, 445)
		req := offer1(smbproto.Flags2NTStatus, sevenDialects...)
		c.negotiate1(req)
		header := req.Append(nil)[:32]
		header[4] = smbproto.SMB1CommandSessionSetup
		raw := slices.Concat(header, words, []byte{byte(len(body)), 0}, []byte(body))
		m, err := smbproto.ParseSMB1SessionSetupResponse(c.ask(smbproto.Bytes(raw)))
		if err != nil || m.Header.Status != tt.status {
			t.Errorf("%s: got %+v, %v", tt.device.Name, m, err)
		}
	}
}

func TestSMB1Off(t *testing.T) {
	t.Parallel()
	for _, how := range []Refusal{RefuseDefault, RefuseClose, RefuseReset, RefuseSilently, RefuseNotSupported} {
		c := dial(t, &Device{SMB1Off: how, SMB2: &SMB2{}}, 445)
		c.send(smbproto.FrameMessage, offer1(allFlags2, sevenDialects...))
		switch how {
		case RefuseSilently:
			c.wantSilence()
		case RefuseNotSupported:
			if m, err := smbproto.ParseSMB1NegotiateResponse(c.next()); err != nil || m.Header.Status != smbproto.StatusNotSupported {
				t.Errorf("got %+v, %v", m, err)
			}
		default:
			c.wantEnd()
		}
	}
}
