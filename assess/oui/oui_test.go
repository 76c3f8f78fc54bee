package oui

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestBuiltin(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"00:26:73:aa:bb:cc", "RICOH COMPANY,LTD."},
		{"002673AABBCC", "RICOH COMPANY,LTD."},
		{"00-11-32-01-02-03", "Synology Incorporated"},
		{"7872.644a.0001", "Asustor Inc."},                      // a block of 28 bits
		{"70:b3:d5:20:c0:01", "Siemens Healthcare Diagnostics"}, // of 36 bits
		{"60:3e:ca:00:00:01", "Cambridge Medical Robotics Ltd"}, // not GE Medical
		{"00:00:00:00:00:00", ""},                               // registered to Xerox, sent by Samba
		{"02:26:73:aa:bb:cc", ""},                               // made up locally
		{"01:26:73:aa:bb:cc", ""},                               // a group
		{"00:26:73:aa:bb", ""},
		{"00:26:73:aa:bb:cc:dd", ""},
		{"00:26:73:aa:bb:cg", ""},
		{"", ""},
	} {
		if got := Builtin().Lookup(tt.address); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.address, got, tt.want)
		}
	}
	if n := Builtin().Len(); n < 50_000 {
		t.Errorf("%d prefixes", n)
	}
	if new(Table).Lookup("00:26:73:aa:bb:cc") != "" {
		t.Error("an empty table knows a maker")
	}
}

func TestLoad(t *testing.T) {
	const header = "Registry,Assignment,Organization Name,Organization Address\n"
	for _, tt := range []struct {
		name, text string
		want       string // the maker of 00:26:73:aa:bb:cc, or the error
	}{
		{"registry", header + "MA-L,002673,\"Ricoh, Ltd.\",Tokyo\n", "Ricoh, Ltd."},
		{"registry, CRLF and a mark", byteOrderMark + strings.ReplaceAll(header+"MA-L,002673,Ricoh,\"To\nkyo\"\n", "\n", "\r\n"), "Ricoh"},
		{"plain", "# ours\n\n002673\tRicoh\n", "Ricoh"},
		{"plain, with colons and blanks", "00:26:73   Ricoh  of  Japan", "Ricoh of Japan"},
		{"the longest prefix counts", "002673\tA\n002673A\tB\n002673AAB\tC\n", "C"},
		{"the last line counts", "002673\tA\n002673\tB\n", "B"},
		{"a block that is divided", header + "MA-L,002673,IEEE Registration Authority,\nMA-L,000000,X,\n", ""},
		{"a very long name", "002673\t" + strings.Repeat("é", 300), strings.Repeat("é", 60)},
		{"no text", "", "f: lists no prefix"},
		{"header only", header, "f: lists no prefix"},
		{"no maker", "002673\t \n", "f:1: a prefix and a maker are due, with a tab between them"},
		{"only a prefix", "000000\tX\n002673\n", "f:2: a prefix and a maker are due, with a tab between them"},
		{"no prefix", "hello world\n", `f:1: "hello" is no prefix of 6, 7 or 9 hexadecimal digits`},
		{"wrong length", "00267\tX\n", `f:1: "00267" is no prefix of 6, 7 or 9 hexadecimal digits`},
		{"wrong prefix in CSV", header + "MA-L,002673,Ricoh,\nMA-L,00267G,X,\n", `f:3: "00267G" is no prefix of 6, 7 or 9 hexadecimal digits`},
		{"too few fields", header + "MA-L,002673\n", "f:2: registry, assignment and organisation are due"},
		{"bad quote", header + "MA-L,002673,\"Ricoh\"x,\n", `f:2: extraneous or missing " in quoted-field`},
		{"quote without end", header + "MA-L,002673,\"Ricoh,\n", `f:2: extraneous or missing " in quoted-field`},
		{"long line", "002673\t" + strings.Repeat("x", maxLine), "f:1: longer than 4096 bytes"},
		{"long line of CSV", header + "MA-L,002673," + strings.Repeat("x", maxLine), "f: after 59 bytes: longer than 4096 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			table, err := Load("f", strings.NewReader(tt.text))
			if err != nil {
				got = err.Error()
			} else {
				got = table.Lookup("00:26:73:aa:bb:cc")
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What is written for the built-in table is read back as it was.
func TestWriteTo(t *testing.T) {
	table, err := Load("f", strings.NewReader("002673\tRicoh\n7872644\tAsustor\n70B3D520C\tSiemens\n583879\tRicoh\n"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := table.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if want := "Asustor\t7872644\nRicoh\t002673 583879\nSiemens\t70B3D520C\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
}

func TestMerge(t *testing.T) {
	a, _ := Load("a", strings.NewReader("002673\tA\n000000\tZ"))
	b, _ := Load("b", strings.NewReader("002673\tB\n"))
	m := Merge(a, b)
	if m.Len() != 2 || m.Lookup("00:26:73:aa:bb:cc") != "B" {
		t.Errorf("%d prefixes, %q", m.Len(), m.Lookup("00:26:73:aa:bb:cc"))
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("002673\tRicoh\n"))
	f.Add([]byte("Registry,Assignment,Organization Name,Organization Address\nMA-L,002673,\"Ricoh\",x\n"))
	f.Add([]byte("Registry,Assignment,Organization Name\n\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := Load("f", bytes.NewReader(b))
		if err != nil {
			return
		}
		for i, k := range table.keys {
			digits, n := k>>8, int(k&0xff)
			address := fmt.Sprintf("%09X000", digits)
			if digits>>28&0x03 != 0 || strings.Trim(address, "0") == "" {
				continue
			}
			if got := table.Lookup(address); got == "" || len(got) > maxMaker {
				t.Errorf("%s of %d digits: %q, want %q", address, n, got, table.makers[i])
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	table := Builtin()
	b.ReportAllocs()
	for b.Loop() {
		table.Lookup("70:b3:d5:20:c0:01")
	}
}

func BenchmarkUnpack(b *testing.B) {
	for b.Loop() {
		if _, err := unpack(registry); err != nil {
			b.Fatal(err)
		}
	}
}
