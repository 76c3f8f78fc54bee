package eventlog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// benchVariable has the test binary write or read a large file, in a process of
// its own, for a benchmark elsewhere: "write FORM COUNT", "read FILE", "plain
// FILE".
const benchVariable = "EVENTLOG_TEST_BENCH"

// runBench does one part of a benchmark, and returns the exit code.
func runBench(what string) int {
	var part, name string
	var n int
	fmt.Sscan(what, &part, &name, &n)
	var err error
	switch part {
	case "write":
		err = writeBench(os.Stdout, name, n)
	case "read":
		err = readBench(name)
	default:
		err = readPlain(name)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Of these the events of a benchmark are.
const (
	benchClients   = 5000
	benchComputers = 20
	benchUsers     = 50
)

// benchEvent is one of them.
func benchEvent(i int) sample {
	ids := []int{3021, 3021, 3022, 3000}
	s := sample{id: ids[i%len(ids)], log: "Audit", computer: fmt.Sprintf("FS%02d.plant.example", i%benchComputers), when: sampleTime.Add(time.Duration(i) * time.Second)}
	client := fmt.Sprintf("10.1.%d.%d", i*7%benchClients/250, 1+i*7%benchClients%250)
	switch s.id {
	case 3021:
		s.version = 1
		s.fields = []field{{"ClientNameLength", len(client)}, {"ClientName", client}, {"UserNameLength", 10}, {"UserName", `PLANT\u` + strconv.Itoa(i%benchUsers)}, {"ServerRequiresSigning", false}}
	case 3022:
		s.fields = []field{{"ClientNameLength", len(client)}, {"ClientName", client}, {"ServerRequiresEncryption", false}, {"SmbClientDoesNotSupportEncryptionType", 1}}
	default:
		s.fields = []field{{"ClientName", client}}
	}
	return s
}

func writeBench(w io.Writer, form string, n int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	switch form {
	case "evtx":
		events := make([]sample, n)
		for i := range events {
			events[i] = benchEvent(i)
		}
		out.Write(encodeEVTX(events...))
	case "csv":
		out.WriteString("\"Time\",\"Computer\",\"LogName\",\"Id\",\"ClientName\",\"ClientAddress\",\"UserName\",\"ServerName\",\"ServerRequiresSigning\"\r\n")
	case "xml":
		out.WriteString("<Events>")
	}
	for i := range n {
		if form == "evtx" {
			break
		}
		s := benchEvent(i)
		switch form {
		case "csv":
			out.WriteString(s.columns(s.when.Format(time.RFC3339Nano), s.computer, s.channel(), s.id))
		case "xml":
			out.WriteString(s.xml() + "\r\n")
		default:
			out.WriteString(toJSON(s.winEvent(s.messages()[0], s.when.Format(time.RFC3339Nano))) + "\n")
		}
	}
	return out.Flush()
}

func readBench(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	got, err := Read(context.Background(), File{name, f, info.Size()}, Options{Worker: play("work")})
	if err != nil {
		return err
	}
	fmt.Println(got.Input.Used, len(got.Hosts), len(got.Input.Unread), got.Input.Error)
	return nil
}

// readPlain reads the same file with the standard library, into maps and rows
// that are thrown away.
func readPlain(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	n := 0
	if head, _ := in.Peek(1); bytes.Equal(head, []byte("{")) {
		for d := json.NewDecoder(in); ; n++ {
			v := map[string]any{}
			if err := d.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
		}
	} else {
		c := csv.NewReader(in)
		for c.ReuseRecord = true; ; n++ {
			if _, err := c.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
		}
	}
	fmt.Println(n)
	return nil
}
