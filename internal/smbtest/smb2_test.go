package smbtest

import (
	"net"
	"slices"
	"testing"
	"testing/synctest"

	"smbready/smbproto"
)

func server2022() *Device { return windows("SRV", 20348, required, "00155D0A2C01") }

func TestSMB2Negotiate(t *testing.T) {
	t.Parallel()
	all := smbproto.Dialects
	tests := []struct {
		name    string
		device  SMB2
		offer   []smbproto.Dialect
		status  smbproto.Status
		dialect smbproto.Dialect
		caps    uint32
		size    uint32
	}{
		{"highest", SMB2{}, all, 0, smbproto.Dialect311, 0x2f, 8 << 20},
		{"3.0.2 asked", SMB2{}, all[:4], 0, smbproto.Dialect302, 0x6f, 8 << 20},
		{"2.0.2 only", SMB2{Dialects: all[:1]}, all, 0, smbproto.Dialect202, 0x01, 64 << 10},
		{"4 MiB", SMB2{Dialects: all[:2], MaxSize: 4 << 20, Capabilities: 5}, all, 0, smbproto.Dialect210, 0x05, 4 << 20},
		{"none common", SMB2{Dialects: all[3:]}, all[:2], smbproto.StatusNotSupported, 0, 0, 0},
		{"no dialects", SMB2{}, nil, smbproto.StatusInvalidParameter, 0, 0, 0},
		{"unoffered", SMB2{Unoffered: smbproto.Dialect210}, all[4:], 0, smbproto.Dialect210, 0x07, 8 << 20},
		{"chokes on 3.1.1", SMB2{On311: RefuseInsufficientResources}, all, smbproto.StatusInsufficientResources, 0, 0, 0},
		{"refuses 3.1.1", SMB2{On311: RefuseInvalidParameter}, all, smbproto.StatusInvalidParameter, 0, 0, 0},
		{"3.1.1 left out", SMB2{On311: RefuseReset}, all[:4], 0, smbproto.Dialect302, 0x6f, 8 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.device.SecurityMode = 2
			tt.device.GUID = guid(tt.name)
			m := dial(t, &Device{SMB2: &tt.device}, 445).negotiate2(offer2(tt.offer...))
			if m.Header.Status != tt.status || m.Header.MessageID != 3 || m.Dialect != tt.dialect ||
				m.Capabilities != tt.caps || m.MaxRead != tt.size {
				t.Errorf("got %+v", m)
			}
			if tt.status == 0 && (m.SecurityMode != 2 || m.ServerGUID != tt.device.GUID || m.SystemTime == 0 || m.ServerStartTime != 0) {
				t.Errorf("got %+v", m)
			}
		})
	}
}

func TestSMB2Contexts(t *testing.T) {
	t.Parallel()
	full := offer2(smbproto.Dialects...)
	noPreauth, oldHash, few := full, full, full
	noPreauth.Contexts = full.Contexts[1:]
	oldHash.Contexts = []smbproto.NegotiateContext{{Type: smbproto.ContextPreauthIntegrity, Data: []byte{1, 0, 0, 0, 2, 0}}}
	few.Contexts = full.Contexts[:2]
	cmac := SMB2{Signing: []uint16{smbproto.SigningAESCMAC}}
	tests := []struct {
		name   string
		device SMB2
		offer  smbproto.SMB2NegotiateRequest
		status smbproto.Status
		want   []smbproto.ContextType
	}{
		{"all", *server2022().SMB2, full, 0, []smbproto.ContextType{1, 2, 3, 8}},
		{"not offered", *server2022().SMB2, few, 0, []smbproto.ContextType{1, 2}},
		{"signing only", cmac, full, 0, []smbproto.ContextType{1, 8}},
		{"no preauth offered", cmac, noPreauth, smbproto.StatusInvalidParameter, nil},
		{"unknown hash", cmac, oldHash, smbproto.StatusNoPreauthHashOverlap, nil},
		{"no preauth answered", SMB2{NoPreauth: true}, full, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := dial(t, &Device{SMB2: &tt.device}, 445).negotiate2(tt.offer)
			var got []smbproto.ContextType
			for _, c := range m.Contexts {
				got = append(got, c.Type)
			}
			if m.Header.Status != tt.status || !slices.Equal(got, tt.want) {
				t.Errorf("got %v %v", m.Header.Status, got)
			}
			if c, ok := smbproto.FindContext(m.Contexts, smbproto.ContextSigning); ok {
				if ids, err := c.Algorithms(); err != nil || !slices.Equal(ids, tt.device.Signing[:1]) {
					t.Errorf("signing %v %v", ids, err)
				}
			}
		})
	}
}

func TestSMB2EndsConnection(t *testing.T) {
	t.Parallel()
	all := offer2(smbproto.Dialects...)
	multi := offer1(allFlags2, smbproto.DialectNTLM012, smbproto.DialectSMB2002, smbproto.DialectSMB2Any)
	tests := []struct {
		name     string
		device   *Device
		requests []smbproto.Appender // all but the last are answered
	}{
		{"second NEGOTIATE", server2022(), []smbproto.Appender{all, all}},
		{"SMB1 after SMB2", server2022(), []smbproto.Appender{all, multi}},
		{"SESSION_SETUP first", server2022(), []smbproto.Appender{setup2(ntlmNegotiate)}},
		{"SESSION_SETUP after the wildcard", server2022(), []smbproto.Appender{multi, setup2(ntlmNegotiate)}},
		{"reset on 3.1.1", newCopier(), []smbproto.Appender{all}},
		{"dies without 2.0.2", &Device{SMB2: &SMB2{OnWithout202: RefuseReset}}, []smbproto.Appender{offer2(smbproto.Dialects[1:]...)}},
		{"wildcard followed up", &Device{SMB2: &SMB2{DropAfterWildcard: true}}, []smbproto.Appender{multi, all}},
		{"SMB2 off", machineController(), []smbproto.Appender{all}},
		{"SMB1 off", server2022(), []smbproto.Appender{offer1(allFlags2, smbproto.DialectNTLM012)}},
		{"no SMB", &Device{}, []smbproto.Appender{smbproto.Bytes("junk")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, tt.device, 445)
			for i, m := range tt.requests {
				c.send(smbproto.FrameMessage, m)
				if i < len(tt.requests)-1 {
					c.next()
				}
			}
			c.wantEnd()
		})
	}
}

func TestSMB2Wildcard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		known   []smbproto.Dialect
		strings []string
		want    smbproto.Dialect
	}{
		{nil, []string{smbproto.DialectSMB2002, smbproto.DialectSMB2Any}, smbproto.DialectWildcard},
		{nil, []string{smbproto.DialectSMB2002}, smbproto.Dialect202},
		{smbproto.Dialects[:1], []string{smbproto.DialectSMB2002, smbproto.DialectSMB2Any}, smbproto.Dialect202},
	} {
		c := dial(t, &Device{SMB1: &SMB1{}, SMB2: &SMB2{Dialects: tt.known}}, 445)
		m, err := smbproto.ParseSMB2NegotiateResponse(c.ask(offer1(allFlags2, tt.strings...)))
		if err != nil || m.Dialect != tt.want {
			t.Errorf("%v: got %v, %v", tt.strings, m.Dialect, err)
		}
		if tt.want == smbproto.DialectWildcard {
			if m := c.negotiate2(offer2(smbproto.Dialects...)); m.Dialect != smbproto.Dialect311 {
				t.Errorf("after the wildcard: %v", m.Dialect)
			}
		}
	}
}

func TestSMB2SessionSetup(t *testing.T) {
	t.Parallel()
	guests, raw := server2022(), server2022()
	guests.SMB2.Guest = true
	raw.NTLM.Raw = true
	tests := []struct {
		name   string
		device *Device
		token  []byte
		status smbproto.Status
		flags  uint16
	}{
		{"challenge", server2022(), wrapped(ntlmNegotiate), smbproto.StatusMoreProcessingRequired, 0},
		{"raw token", raw, ntlmNegotiate, smbproto.StatusMoreProcessingRequired, 0},
		{"unknown user", server2022(), ntlmAuthenticate, smbproto.StatusLogonFailure, 0},
		{"guest", guests, ntlmAuthenticate, 0, smbproto.SessionFlagGuest},
		{"no NTLM", &Device{SMB2: &SMB2{}}, ntlmNegotiate, smbproto.StatusNotSupported, 0},
		{"no token", server2022(), nil, smbproto.StatusInvalidParameter, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, tt.device, 445)
			c.negotiate2(offer2(smbproto.Dialects...))
			m, err := smbproto.ParseSMB2SessionSetupResponse(c.ask(setup2(tt.token)))
			if err != nil || m.Header.Status != tt.status || m.SessionFlags != tt.flags {
				t.Fatalf("got %+v, %v", m, err)
			}
			if tt.status != smbproto.StatusMoreProcessingRequired {
				return
			}
			if got := challenge(t, m.SecurityBuffer); got.NbComputerName != "SRV" || got.NbDomainName != siteGroup ||
				got.DNSComputerName != "srv."+siteDomain || got.DNSDomainName != siteDomain || got.Version.Build != 20348 {
				t.Errorf("challenge %+v", got)
			}
			if isRaw := m.SecurityBuffer[0] == 'N'; isRaw != tt.device.NTLM.Raw {
				t.Errorf("raw %v", isRaw)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	ask := func(d *Device) smbproto.NTLMChallenge {
		c := dial(t, d, 445)
		c.negotiate2(offer2(smbproto.Dialects...))
		m, err := smbproto.ParseSMB2SessionSetupResponse(c.ask(setup2(wrapped(ntlmNegotiate))))
		if err != nil {
			t.Fatal(err)
		}
		return challenge(t, m.SecurityBuffer)
	}
	old := ask(&Device{Name: "OLD", SMB2: &SMB2{}, NTLM: &NTLM{NoTargetInfo: true, NoSign: true}})
	if old.Flags&(smbproto.NTLMTargetInfo|smbproto.NTLMSign) != 0 || old.HasVersion || old.NbComputerName != "" || old.TargetName != "OLD" {
		t.Errorf("got %+v", old)
	}
	alone := ask(diskStation())
	if alone.NbDomainName != "DISKSTATION" || alone.Flags&smbproto.NTLMTargetTypeServer == 0 || alone.DNSDomainName != "" {
		t.Errorf("got %+v", alone)
	}
	member := ask(server2022())
	if member.TargetName != siteGroup || member.Flags&smbproto.NTLMTargetTypeDomain == 0 || member.Timestamp == 0 {
		t.Errorf("got %+v", member)
	}
}

// A device needs no more than a net.Conn, and its pauses take no time in a bubble.
func TestServeConnPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := server2022()
		d.Fault = FaultLate
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() { d.ServeConn(theirs, 445); close(done) }()
		c := &client{t, ours, smbproto.NewFrameReader(ours, make([]byte, 4096))}
		if m := c.negotiate2(offer2(smbproto.Dialects...)); m.Dialect != smbproto.Dialect311 {
			t.Errorf("got %v", m.Dialect)
		}
		ours.Close()
		<-done
	})
}
