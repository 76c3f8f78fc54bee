package canary

import (
	"context"
	"net"
	"strings"
	"testing"

	gosmb2 "github.com/hirochachacha/go-smb2"

	"smbready/inventory"
	"smbready/smbproto"
)

// mount logs on with go-smb2, a client of other authors, at one dialect.
func (b *bench) mount(d smbproto.Dialect, user, password, share string) (net.Conn, *gosmb2.Session, *gosmb2.Share, error) {
	c := b.dial()
	dialer := &gosmb2.Dialer{Negotiator: gosmb2.Negotiator{SpecifiedDialect: uint16(d)},
		Initiator: &gosmb2.NTLMInitiator{User: user, Password: password, Workstation: "COPIER7"}}
	session, err := dialer.DialContext(context.Background(), c)
	if err != nil {
		c.Close()
		return nil, nil, nil, err
	}
	mounted, err := session.Mount(share)
	return c, session, mounted, err
}

// TestScanToFolder lets a client do what a copier does, at each dialect and in
// both stages: the file is written, and what is recorded says that all was signed,
// and rightly.
func TestScanToFolder(t *testing.T) {
	for _, stage := range []Stage{StageObserve, StageRequire} {
		for _, d := range smbproto.Dialects {
			t.Run(stage.Signing().String()+" "+d.String(), func(t *testing.T) {
				b := listen(t, func(o *Options) { o.Stage = stage })
				c, session, share, err := b.mount(d, testUser, testPassword, testShare)
				if err != nil {
					t.Fatal(err)
				}
				work(t, share)
				share.Umount()
				session.Logoff()
				c.Close()
				checkSigned(t, b.contact(), stage, d)
			})
		}
	}
}

// work writes a file and looks at what became of it.
func work(t *testing.T, share *gosmb2.Share) {
	t.Helper()
	for _, err := range []error{
		share.Mkdir("inbox", 0o777),
		share.WriteFile(`inbox\scan.pdf.tmp`, []byte(strings.Repeat("scan", 100_000)), 0o666),
		share.Rename(`inbox\scan.pdf.tmp`, `inbox\scan.pdf`),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := share.ReadDir("inbox")
	if err != nil || len(list) != 1 || list[0].Name() != "scan.pdf" || list[0].Size() != 400_000 {
		t.Errorf("the folder: %v, %v", list, err)
	}
	if _, err := share.Stat(`inbox\scan.pdf.tmp`); err == nil {
		t.Error("the file has its old name too")
	}
	if err := share.Remove(`inbox\scan.pdf`); err != nil {
		t.Error(err)
	}
	if list, err := share.ReadDir("inbox"); err != nil || len(list) != 0 {
		t.Errorf("the folder, after all: %v, %v", list, err)
	}
	if info, err := share.Statfs(""); err != nil || info.FreeBlockCount() == 0 {
		t.Errorf("the disk: %v, %v", info, err)
	}
}

func checkSigned(t *testing.T, c inventory.Contact, stage Stage, d smbproto.Dialect) {
	t.Helper()
	if c.Signature != inventory.CheckRight || c.Requests.Signed == 0 || c.Requests.Unsigned != 0 || c.Answers.Unsigned != 0 {
		t.Errorf("signature %v of %+v; answers %+v", c.Signature, c.Requests, c.Answers)
	}
	if c.Stage != inventory.StageData || c.End != inventory.EndLogoff || !c.Data || c.Failed != 0 {
		t.Errorf("stage %v, end %v, data %v, %d refused", c.Stage, c.End, c.Data, c.Failed)
	}
	if c.Dialect != d.String() || c.Demanded != stage.Signing() || len(c.Quirks) != 0 {
		t.Errorf("dialect %s, demanded %v, quirks %q", c.Dialect, c.Demanded, c.Quirks)
	}
	l := c.Logon
	if l == nil || !l.KnownKey || !l.Granted || !l.SetupSigned || l.As != inventory.LogonAccount || l.Mechanism != "NTLMv2" ||
		l.User != testUser || l.Workstation != "COPIER7" || l.Status != "" {
		t.Errorf("logon %+v", l)
	}
	if o := c.Offer; o == nil || o.SecurityMode == nil || *o.SecurityMode != 1 || o.SetupSecurityMode == nil || len(o.SMB2Dialects) != 1 {
		t.Errorf("offer %+v", o)
	}
}
