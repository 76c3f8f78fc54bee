package eventlog

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// day returns a time some days after the sample's.
func day(n int) time.Time { return sampleTime.AddDate(0, 0, n) }

func noSigning(client string, n int) sample {
	return sample{id: 3021, log: "Audit", computer: sampleServer, when: day(n), fields: []field{{"ClientNameLength", 1}, {"ClientName", client}, {"ServerRequiresSigning", false}}}
}

func noEncryption(client string, n int) sample {
	return sample{id: 3022, log: "Audit", computer: sampleServer, when: day(n), fields: []field{{"ClientNameLength", 1}, {"ClientName", client}, {"ServerRequiresEncryption", false}, {"SmbClientDoesNotSupportEncryptionType", 1}}}
}

func sessions(rows ...string) []byte {
	return []byte("ClientComputerName,ClientUserName,Dialect,PSComputerName,Time\n" + strings.Join(rows, "\n") + "\n")
}

func session7(computer string, n int) []byte {
	return sessions(fmt.Sprintf("10.1.2.7,PLANT\\u7,3.1.1,%s,%s", computer, day(n).Format(time.RFC3339)))
}

func configuration(on bool, n int) []byte {
	return []byte(fmt.Sprintf("AuditClientDoesNotSupportSigning,RequireSecuritySignature,PSComputerName,Time\n%v,False,fs01,%s\n", on, day(n).Format(time.RFC3339)))
}

func logXML(events ...sample) []byte {
	var b bytes.Buffer
	for _, e := range events {
		b.WriteString(e.xml() + "\r\n")
	}
	return b.Bytes()
}

// TestSilence shows when it counts that a server noted nothing of a client, and
// when it does not.
func TestSilence(t *testing.T) {
	month := logXML(noSigning("10.1.2.3", 0), noSigning("10.1.2.3", 40))
	for _, row := range []struct {
		name     string
		files    [][]byte
		from, to int // days; both 0: no silence
	}{
		{"a session within", [][]byte{month, session7("FS01", 20)}, 0, 40},
		{"sessions first", [][]byte{session7("fs01", 20), month}, 0, 40},
		{"by its full name", [][]byte{session7(sampleServer, 20), month}, 0, 40},
		{"another computer", [][]byte{session7("FS02", 20), month}, 0, 0},
		{"another domain", [][]byte{session7("fs01.other.example", 20), month}, 0, 0},
		{"a session before", [][]byte{session7("FS01", -1), month}, 0, 0},
		{"a session after", [][]byte{session7("FS01", 41), month}, 0, 0},
		{"a session of SMB1", [][]byte{sessions("10.1.2.7,x,1.5,FS01," + day(20).Format(time.RFC3339)), month}, 0, 0},
		{"a session without a time", [][]byte{sessions("10.1.2.7,x,3.1.1,FS01,"), month}, 0, 0},
		{"a session by name, events by address", [][]byte{sessions("copier7,x,3.1.1,FS01," + day(20).Format(time.RFC3339)), month}, 0, 0},
		{"noted itself", [][]byte{session7("FS01", 20), logXML(noSigning("10.1.2.3", 0), noSigning("10.1.2.7", 3), noSigning("10.1.2.3", 40))}, 0, 0},
		{"noted in another file", [][]byte{session7("FS01", 20), month, logXML(noSigning("10.1.2.7", 90))}, 0, 0},
		{"other clients by name", [][]byte{session7("FS01", 20), month, logXML(noSigning("COPIER9", 3))}, 0, 0},
		{"event 3022 is a session", [][]byte{logXML(noSigning("10.1.2.3", 0), noEncryption("10.1.2.7", 5), noSigning("10.1.2.3", 40))}, 0, 40},
		{"one event only", [][]byte{session7("FS01", 20), logXML(noSigning("10.1.2.3", 20))}, 0, 0},
		{"no event of signing", [][]byte{session7("FS01", 20), logXML(noEncryption("10.1.2.3", 0), noEncryption("10.1.2.3", 40))}, 0, 0},
		{"two files with a gap", [][]byte{session7("FS01", 20), logXML(noSigning("10.1.2.3", 0), noSigning("10.1.2.3", 10)), logXML(noSigning("10.1.2.3", 30), noSigning("10.1.2.3", 40))}, 0, 0},
		{"switched off between", [][]byte{session7("FS01", 20), month, configuration(false, 10)}, 10, 10},
		{"switched off after", [][]byte{session7("FS01", 20), month, configuration(false, 45)}, 0, 40},
		{"configuration within the log", [][]byte{session7("FS01", 20), logXML(noEncryption("10.1.2.3", 0), noSigning("10.1.2.3", 10), noEncryption("10.1.2.3", 40)), configuration(true, 35)}, 10, 35},
		{"configuration beyond the log", [][]byte{session7("FS01", 20), logXML(noEncryption("10.1.2.3", 0), noSigning("10.1.2.3", 10), noEncryption("10.1.2.3", 40)), configuration(true, -9), configuration(true, 99)}, 0, 40},
		{"a choice of events", [][]byte{session7("FS01", 20), logXML(noEncryption("10.1.2.3", 0), noEncryption("10.1.2.3", 40)), configuration(true, 0), configuration(true, 40)}, 0, 0},
		{"a whole log without", [][]byte{session7("FS01", 20), encodeEVTX(noEncryption("10.1.2.3", 0), sample{id: 3000, log: "Audit", computer: sampleServer, when: day(40), fields: []field{{"ClientName", "10.1.2.3"}}}),
			configuration(true, 0), configuration(true, 40)}, 0, 40},
		{"an event that is damaged", [][]byte{session7("FS01", 20), bytes.Replace(logXML(noEncryption("10.1.2.3", 20), noSigning("10.1.2.3", 0), noSigning("10.1.2.3", 40)), []byte("<EventID>3022</EventID>"), []byte("<EventID>30@@21</EventID>"), 1)}, 0, 0},
		{"an event without a client", [][]byte{session7("FS01", 20), logXML(noSigning("10.1.2.3", 0), noSigning("", 5), noSigning("10.1.2.3", 40))}, 0, 0},
		{"an EVTX that is cut off", [][]byte{session7("FS01", 20), cutOff(encodeEVTX(append([]sample{noSigning("10.1.2.3", 0), noSigning("10.1.2.3", 40)}, many(200)...)...))}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := NewReader(Options{Worker: play("work")})
			for i, b := range row.files {
				if _, err := r.Add(context.Background(), File{fmt.Sprint(i), bytes.NewReader(b), int64(len(b))}); err != nil {
					t.Fatalf("file %d: %v", i, err)
				}
			}
			var found []*inventory.Audit
			for _, h := range r.Hosts() {
				if h.Client == nil {
					continue
				}
				for _, c := range h.Client.Contacts {
					if c.Audit != nil && (h.Address.String() == "10.1.2.7" || h.Target != "") {
						found = append(found, c.Audit)
					}
				}
			}
			switch {
			case row.from == row.to && len(found) > 0:
				t.Errorf("got %s", dump(found))
			case row.from == row.to:
			case len(found) != 1 || found[0].From.Sub(day(row.from)).Abs() > time.Second || found[0].To.Sub(day(row.to)).Abs() > time.Second || found[0].Server != sampleServer || found[0].Proof == "":
				t.Errorf("got %s", dump(found))
			}
		})
	}
}

// cutOff is a file without its last part.
func cutOff(b []byte) []byte { return b[:len(b)-chunkSize] }
