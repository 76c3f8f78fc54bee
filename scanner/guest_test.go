package scanner

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// smb1Old returns a server of SMB1 without extended security.
func smb1Old(mode smbproto.SMB1SecurityMode, guest bool) *smbtest.Device {
	d := without2(0)
	d.NTLM = nil
	d.SMB1.SecurityMode, d.SMB1.Guest = mode, guest
	d.SMB1.Flags2 &^= smbproto.Flags2ExtendedSecurity
	return d
}

func guest2(set func(*smbtest.SMB2)) *smbtest.Device {
	d := dual(0)
	set(d.SMB2)
	return d
}

// TestGuestCheck tells the four answers to a stranger apart, over both
// protocols, and asks only where it can.
func TestGuestCheck(t *testing.T) {
	const users = smbproto.SMB1UserSecurity | smbproto.SMB1EncryptPasswords
	guest1, kerberos, noTarget, raw := without2(0), dual(0), guest2(func(s *smbtest.SMB2) { s.Guest = true }), guest2(func(s *smbtest.SMB2) { s.Guest = true })
	guest1.SMB1.Guest = true
	kerberos.SMB2.Mechanisms = []smbproto.Mechanism{smbproto.MechKerberos}
	noTarget.NTLM.NoTargetInfo = true
	raw.NTLM.Raw = true
	beside := dual(0)
	beside.SMB1.Guest = true // SMB2 decides: Windows does not use the other
	tests := []struct {
		name   string
		device *smbtest.Device
		want   inventory.Guest
		logons int // AUTHENTICATE messages and old logons that reached it
	}{
		{"refused", dual(0), inventory.GuestDenied, 1},
		{"guest", guest2(func(s *smbtest.SMB2) { s.Guest = true }), inventory.GuestGranted, 1},
		{"anonymous", guest2(func(s *smbtest.SMB2) { s.Null = true }), inventory.GuestNull, 1},
		{"everybody is let in", guest2(func(s *smbtest.SMB2) { s.AnyUser = true }), inventory.GuestGranted, 1},
		{"no such user", guest2(func(s *smbtest.SMB2) { s.LogonStatus = smbproto.StatusNoSuchUser }), inventory.GuestDenied, 1},
		{"out of resources", guest2(func(s *smbtest.SMB2) { s.LogonStatus = smbproto.StatusInsufficientResources }), inventory.GuestUnknown, 1},
		{"access denied", guest2(func(s *smbtest.SMB2) { s.LogonStatus = smbproto.StatusAccessDenied }), inventory.GuestUnknown, 1},
		{"NTLM is blocked", guest2(func(s *smbtest.SMB2) { s.LogonStatus = smbproto.StatusNTLMBlocked }), inventory.GuestUnknown, 1},
		{"NTLM of version 1", noTarget, inventory.GuestGranted, 1},
		{"without SPNEGO", raw, inventory.GuestGranted, 1},
		{"Kerberos only", kerberos, inventory.GuestUnknown, 0},
		{"guest of SMB1 beside SMB2", beside, inventory.GuestDenied, 1},
		{"SMB1, guest", guest1, inventory.GuestGranted, 1},
		{"SMB1, refused", without2(0), inventory.GuestDenied, 1},
		{"old SMB1, guest", smb1Old(users, true), inventory.GuestGranted, 1},
		{"old SMB1, refused", smb1Old(users, false), inventory.GuestDenied, 1},
		{"old SMB1, clear-text passwords", smb1Old(smbproto.SMB1UserSecurity, true), inventory.GuestUnknown, 0},
		{"old SMB1, share-level", smb1Old(smbproto.SMB1EncryptPasswords, true), inventory.GuestUnknown, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := probeOne(t, tt.device, Options{GuestCheck: true})
			if n := logons(got); got.Guest != tt.want || n != tt.logons {
				t.Errorf("guest %s after %d logons, want %s after %d: %s", got.Guest, n, tt.want, tt.logons, trail(&got.Host))
			}
			if plain := probeOne(t, tt.device, Options{}); logons(plain) != 0 || plain.Guest != inventory.GuestUnknown || plain.stats.Dials != got.stats.Dials {
				t.Errorf("without the check: guest %s, %d logons, %d connections, not %d", plain.Guest, logons(plain), plain.stats.Dials, got.stats.Dials)
			}
		})
	}
}

// logons counts the messages that carry responses to a challenge.
func logons(f found) (n int) {
	for _, r := range f.stats.Requests {
		if bytes.Contains(r.Message, []byte("NTLMSSP\x00\x03")) {
			n++
		}
		if m, err := smbproto.ParseSMB1SessionSetupRequest(r.Message); err == nil && r.Kind == smbtest.KindSMB1SessionSetup && m.WordCount != 12 {
			n++
		}
	}
	return n
}

// TestGuestUser checks that the user is recognisable, random, and no longer
// than a Windows account name, and that the server's own name is the domain.
func TestGuestUser(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		got := probeOne(t, dual(0), Options{GuestCheck: true})
		for _, r := range got.stats.Requests {
			i := bytes.Index(r.Message, []byte("NTLMSSP\x00\x03"))
			if i < 0 {
				continue
			}
			m, err := smbproto.ParseNTLMAuthenticate(r.Message[i:])
			if err != nil || !strings.HasPrefix(m.User, GuestUser) || len(m.User) != 20 || m.Domain != "FS" || m.NTResponseLength <= 24 || m.LMResponseLength != 24 {
				t.Errorf("%+v, %v", m, err)
			}
			seen[m.User] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("users %v: not three", seen)
	}
}

// TestGuestCheckFaults shows that an answer that fails to come, or is no answer,
// says nothing about guests, and that a host is asked only once.
func TestGuestCheckFaults(t *testing.T) {
	for _, f := range smbtest.Faults() {
		d := dual(f)
		d.FaultOn = smbtest.KindSMB2SessionSetup
		got := probeOne(t, d, Options{GuestCheck: true})
		if n := logons(got); n > 1 {
			t.Errorf("%s: %d logons", f, n)
		}
		if last := got.Observations; got.Guest == inventory.GuestDenied && !strings.Contains(trail(&got.Host), "guest-check error-status") {
			t.Errorf("%s: denied after %v", f, last)
		}
	}
}

// TestGuestCheckWaits gives a host the time that current Windows lets pass after
// a failed logon, whatever the time for other answers is.
func TestGuestCheckWaits(t *testing.T) {
	for delay, want := range map[time.Duration]inventory.Guest{2 * time.Second: inventory.GuestDenied, 11 * time.Second: inventory.GuestUnknown} {
		d := guest2(func(s *smbtest.SMB2) { s.LogonDelay = delay })
		if got := probeOne(t, d, Options{GuestCheck: true, ReadTimeout: time.Second}); got.Guest != want {
			t.Errorf("%s: guest %s: %s", delay, got.Guest, trail(&got.Host))
		}
	}
}
