package eventlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// fromClient is an event of a client of a log.
func fromClient(i int) sample {
	return sample{id: 3021, log: "Audit", computer: sampleServer, when: sampleTime, fields: []field{{"ClientNameLength", 1},
		{"ClientName", fmt.Sprintf("10.1.%d.%d", i/250, 1+i%250)}, {"ServerRequiresSigning", false}}}
}

func many(n int) (list []sample) {
	for i := range n {
		list = append(list, fromClient(i))
	}
	return list
}

// TestDamagedEVTX shows that damage costs the chunk in which it is, and is
// counted.
func TestDamagedEVTX(t *testing.T) {
	whole := encodeEVTX(many(200)...)
	chunks := (len(whole) - fileHeaderSize) / chunkSize
	perChunk := walkRecords(whole[fileHeaderSize:])
	if chunks < 3 {
		t.Fatalf("%d chunks", chunks)
	}
	second := fileHeaderSize + chunkSize
	edit := func(f func(b []byte)) []byte {
		b := bytes.Clone(whole)
		f(b)
		return b
	}
	lost := 200 - perChunk
	for name, row := range map[string]struct {
		b    []byte
		used int
		why  reason
		n    uint64
	}{
		"whole":                   {whole, 200, 0, 0},
		"a byte of a record":      {edit(func(b []byte) { b[second+3000] ^= 1 }), lost, reasonChecksum, uint64(perChunk)},
		"a byte of the header":    {edit(func(b []byte) { b[second+20] ^= 1 }), lost, reasonChecksum, uint64(perChunk)},
		"checksum of an open log": {edit(func(b []byte) { b[second+124] ^= 1; b[120] = 1 }), 200, 0, 0},
		"no chunk":                {edit(func(b []byte) { b[second] = 'X' }), lost, reasonChunk, uint64(perChunk)},
		"zeros":                   {edit(func(b []byte) { clear(b[second : second+chunkSize]) }), lost, 0, 0},
		"end beyond the chunk":    {edit(func(b []byte) { binary.LittleEndian.PutUint32(b[second+48:], 1<<31) }), lost, reasonChecksum, uint64(perChunk)},
		"cut within a chunk":      {whole[:second+chunkSize+700], 2*perChunk + 0, reasonChunk, 1},
		"cut in the header":       {whole[:fileHeaderSize-9], 0, 0, 0},
		"a record of no size": {edit(func(b []byte) {
			binary.LittleEndian.PutUint32(b[second+chunkHeaderSize+4:], 0)
			sum(b[second : second+chunkSize])
		}), lost, 0, 0},
		"a record that is too long": {edit(func(b []byte) {
			binary.LittleEndian.PutUint32(b[second+chunkHeaderSize+4:], 1<<30)
			sum(b[second : second+chunkSize])
		}), lost, 0, 0},
		"numbers of records that lie": {edit(func(b []byte) {
			binary.LittleEndian.PutUint64(b[second+8:], 1<<62)
			binary.LittleEndian.PutUint64(b[second+16:], 3)
			sum(b[second : second+chunkSize])
		}), 200, 0, 0},
		"a header that lies": {edit(func(b []byte) {
			binary.LittleEndian.PutUint64(b[16:], 1<<60)
			binary.LittleEndian.PutUint16(b[42:], 60000)
		}), 200, 0, 0},
		"start beyond the file": {edit(func(b []byte) { binary.LittleEndian.PutUint16(b[40:], 1) }), 200, 0, 0},
		"rubbish in a record": {edit(func(b []byte) {
			clear(b[second+chunkHeaderSize+30 : second+chunkHeaderSize+90])
			sum(b[second : second+chunkSize])
		}), 199, reasonRecord, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, row.b)
			cut := strings.HasPrefix(name, "cut") || name == "a header that lies"
			if int(got.Input.Used) != row.used || (got.Input.Error != "") != cut {
				t.Errorf("%d of %d used, %s", got.Input.Used, row.used, dump(got.Input))
			}
			wantUnread(t, got.Input, reasonTexts[row.why], row.why, row.n)
		})
	}
	old := edit(func(b []byte) { b[38] = 2 })
	if got := read(t, old); got.Input.Error == "" {
		t.Error("another version was read")
	}
	got, err := Read(context.Background(), File{"x", bytes.NewReader(whole), int64(len(whole))}, Options{})
	if err != nil || got.Input.Error == "" {
		t.Errorf("without a worker: %+v, %v", got.Input, err)
	}
}

// TestWorkers shows what becomes of a file whose worker misbehaves, and that no
// process and no goroutine stays.
func TestWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	b := encodeEVTX(many(200)...)
	for part, row := range map[string]struct {
		reason reason
		error  string
	}{
		"sleep":   {reasonChunkTime, ""},
		"eat":     {reasonChunkTime, ""},
		"crash":   {reasonChunkCrash, ""},
		"chatter": {reasonChunkCrash, ""},
		"nowhere": {reasonChunkCrash, "does not start"},
	} {
		t.Run(part, func(t *testing.T) {
			o := Options{Worker: play(part), ChunkTime: 500 * time.Millisecond}
			if part == "eat" || part == "chatter" {
				o.ChunkTime = time.Minute
			}
			if part == "nowhere" {
				o.Worker = func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "/nonexistent/program") }
			}
			got, err := Read(context.Background(), File{"x", bytes.NewReader(b), int64(len(b))}, o)
			if err != nil || got.Input.Used != 0 || len(got.Hosts) > 0 {
				t.Fatalf("got %s, %v", dump(got.Input), err)
			}
			if row.error == "" {
				wantUnread(t, got.Input, part, row.reason, 200)
			} else if !strings.Contains(got.Input.Error, row.error) {
				t.Errorf("error %q", got.Input.Error)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(300*time.Millisecond, cancel)
	if _, err := Read(ctx, File{"x", bytes.NewReader(b), int64(len(b))}, Options{Worker: play("sleep"), ChunkTime: time.Hour}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// good is a row of chosen columns, under its header.
var (
	csvHeader = "Time,Computer,LogName,Id,ClientName,UserName\n"
	csvGood   = "2026-09-14T08:30:15Z,FS01," + serverProvider + "/Audit,3021,10.1.2.3,PLANT\\scan\n"
	jsonGood  = `{"EventID":3021,"Channel":"` + serverProvider + `/Audit","Computer":"FS01","TimeCreated":"2026-09-14T08:30:15Z","ClientName":"10.1.2.3"}`
)

// TestDamagedText shows the same for the other forms.
func TestDamagedText(t *testing.T) {
	event := fromClient(0)
	long := strings.Repeat("x", maxRow+10)
	for name, row := range map[string]struct {
		text   string
		used   uint64
		unread map[reason]uint64
	}{
		"a quote that is not closed":      {csvHeader + csvGood + "\"2026,x\n" + strings.Repeat(csvGood, 20), 21, map[reason]uint64{reasonRow: 1}},
		"a quote that the file ends with": {csvHeader + csvGood + "\"2026,x", 1, map[reason]uint64{reasonRow: 1}},
		"a quote in a bare cell":          {csvHeader + strings.Replace(csvGood, "scan", `sc"an`, 1), 1, nil},
		"text after a quote":              {csvHeader + strings.Replace(csvGood, "FS01", `"FS"01`, 1), 1, nil},
		"a cell of 1 MiB":                 {csvHeader + strings.Replace(csvGood, "FS01", long, 1) + csvGood, 1, map[reason]uint64{reasonLongRow: 1}},
		"a cell of 5 MiB in quotes":       {csvHeader + strings.Replace(csvGood, "FS01", `"`+strings.Repeat(long, 5)+`"`, 1) + csvGood, 1, nil},
		"a cell of half a MiB":            {csvHeader + strings.Replace(csvGood, "FS01", long[:maxRow/2], 1) + csvGood, 2, nil},
		"NUL":                             {csvHeader + strings.Replace(csvGood, "scan", "sc\x00an", 1), 1, nil},
		"too few cells":                   {csvHeader + "x\n2026,FS01\n" + csvGood, 1, map[reason]uint64{reasonNumber: 1}},
		"too many cells":                  {csvHeader + strings.TrimSpace(csvGood) + strings.Repeat(",x", 2000) + "\n" + csvGood, 2, nil},
		"blank lines":                     {csvHeader + "\n\n" + csvGood + "\n", 1, nil},
		"Windows-1252":                    {csvHeader + strings.Replace(csvGood, "scan", "K\xe4se\x80", 1), 1, nil},
		"no log":                          {csvHeader + strings.Replace(csvGood, serverProvider+"/Audit", "", 1), 0, map[reason]uint64{reasonProvider: 1}},
		"another log":                     {csvHeader + strings.Replace(csvGood, serverProvider, "Microsoft-Windows-Other", 1), 0, nil},
		"a connection that failed":        {csvHeader + csvGood + strings.Replace(strings.Replace(csvGood, serverProvider+"/Audit", clientProvider+"/Connectivity", 1), "3021", "30803", 1), 1, nil},
		"a trace":                         {csvHeader + strings.Replace(csvGood, "Audit,3021", "Analytic,500", 1), 0, nil},
		"no number":                       {csvHeader + strings.Replace(csvGood, "3021", "many", 1), 0, map[reason]uint64{reasonNumber: 1}},
		"a huge number":                   {csvHeader + strings.Replace(csvGood, "3021", "3021000000000000000000000", 1), 0, map[reason]uint64{reasonNumber: 1}},
		"a connection to itself":          {csvHeader + strings.Replace(csvGood, "10.1.2.3", "::1", 1), 0, nil},
		"no client":                       {csvHeader + strings.Replace(csvGood, "10.1.2.3", "", 1), 0, map[reason]uint64{reasonPeer: 1}},
		"event 31018": {csvHeader + strings.Replace(strings.Replace(csvGood, serverProvider+"/Audit,3021", clientProvider+"/Security,31018", 1), "10.1.2.3", "", 1), 0,
			map[reason]uint64{reasonSetting: 1}},

		"JSON that ends early":      {jsonGood + "\n" + jsonGood[:60], 1, map[reason]uint64{reasonObject: 1}},
		"a line cut off":            {jsonGood + "\n" + jsonGood[:60] + "\n" + jsonGood + "\n" + jsonGood, 3, map[reason]uint64{reasonObject: 1}},
		"a brace missing":           {jsonGood + "\n" + jsonGood[:len(jsonGood)-1] + "\n" + jsonGood + "\n", 2, map[reason]uint64{reasonObject: 1}},
		"a colon missing":           {jsonGood + "\n" + strings.Replace(jsonGood, ":", " ", 1) + "\n" + jsonGood + "\n", 2, map[reason]uint64{reasonObject: 1}},
		"rubbish between":           {jsonGood + "\nhello ]]] , } 7\n" + jsonGood, 2, nil},
		"an array in several lines": {"[\n" + jsonGood + ",\n" + jsonGood + "\n]\n", 2, nil},
		"depth":                     {jsonGood + "\n" + `{"a":` + strings.Repeat("[", 300_000) + strings.Repeat("]", 300_000) + "}\n" + jsonGood, 2, map[reason]uint64{reasonNumber: 1}},
		"depth of objects":          {jsonGood + "\n" + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + "\n" + jsonGood, 2, map[reason]uint64{reasonNumber: 1}},
		"depth without an end":      {jsonGood + "\n" + strings.Repeat(`[{"a":`, 1_000_000), 1, nil},
		"a long string":             {jsonGood + "\n" + `{"a":"` + strings.Repeat("x", 9*maxRow) + "\"}\n" + jsonGood, 2, nil},
		"a wrapper of any size":     {`{"value":[` + strings.Repeat(jsonGood+",", 20_000) + jsonGood + `],"x":1}` + jsonGood, 20_002, nil},
		"a small wrapper":           {`{"id":7,"value":[` + jsonGood + "," + jsonGood + `],"x":1}` + jsonGood, 3, nil},
		"names that come twice":     {strings.Replace(jsonGood, "{", `{"EventID":3021,"Computer":"FS01",`, 1), 1, nil},
		"a number that is huge":     {jsonGood + strings.Replace(jsonGood, "3021", strings.Repeat("9", 100_000), 1), 1, map[reason]uint64{reasonNumber: 1}},
		"escapes":                   {strings.Replace(jsonGood, "10.1.2.3", `\u0031\u0030.1.2.3\ud83d`, 1) + strings.Replace(jsonGood, "10.1.2.3", `\u00`, 1), 0, map[reason]uint64{reasonPeer: 2}},

		"XML that ends early":   {event.xml() + event.xml()[:300], 1, map[reason]uint64{reasonElement: 1}},
		"an end missing":        {event.xml() + strings.Replace(event.xml(), "</Event>", "", 1) + event.xml(), 2, map[reason]uint64{reasonElement: 1}},
		"tags that do not nest": {event.xml() + "<Event ></b></a></Event>" + event.xml(), 2, map[reason]uint64{reasonElement: 1}},
		"an event of 1 MiB":     {event.xml() + "<Event >" + long + "</Event>" + event.xml(), 2, nil},
		"an event of 9 MiB":     {event.xml() + "<Event >" + strings.Repeat(long, 9) + "</Event>" + event.xml(), 2, nil},
		"depth of elements":     {event.xml() + "<Event >" + strings.Repeat("<a>", 50_000) + "</Event>" + event.xml(), 2, map[reason]uint64{reasonElement: 1}},
		"entities":              {event.xml() + `<Event >&a;<b>&lt;&#0;&#xfffff;</b></Event>` + event.xml(), 2, map[reason]uint64{reasonElement: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, []byte(row.text))
			if got.Input.Used != row.used || got.Input.Error != "" {
				t.Errorf("%d used, want %d: %s", got.Input.Used, row.used, dump(got.Input))
			}
			for r, n := range row.unread {
				wantUnread(t, got.Input, reasonTexts[r], r, n)
			}
			if row.unread == nil && strings.Contains(name, "MiB") && !strings.Contains(name, "half") && len(got.Input.Unread) == 0 {
				t.Error("nothing was counted")
			}
		})
	}
}

// TestBounds shows that floods are kept small and counted, and that they do not
// push out what matters.
func TestBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString(csvHeader)
	for i := range 500 { // many users of one kind of event, before the one that counts
		fmt.Fprintf(&b, "2026-09-14T08:30:15Z,FS01,%s/Audit,3022,10.1.2.3,user%d\n", serverProvider, i)
	}
	b.WriteString(csvGood)
	for i := range maxHosts + 10 {
		fmt.Fprintf(&b, "2026-09-14T08:30:15Z,FS01,%s/Audit,3000,name%d,\n", serverProvider, i)
	}
	got := read(t, []byte(b.String()))
	wantUnread(t, got.Input, "reasonHosts", reasonHosts, 11)
	h := got.Hosts[len(got.Hosts)-1]
	for _, host := range got.Hosts {
		if host.Address.IsValid() {
			h = host
		}
	}
	if len(got.Hosts) != maxHosts || len(h.Client.Contacts) != inventory.MaxContacts || h.Client.More != 501-inventory.MaxContacts || h.Client.Contacts[0].Event.ID != 3021 {
		t.Errorf("%d devices, %d contacts, %d more, first %s", len(got.Hosts), len(h.Client.Contacts), h.Client.More, dump(h.Client.Contacts[0]))
	}
}

// TestCounts shows that alike events are one contact.
func TestCounts(t *testing.T) {
	var b strings.Builder
	b.WriteString(strings.Replace(csvHeader, "UserName", "UserName,ServerRequiresSigning,SecurityMode", 1))
	for i := range 1000 {
		fmt.Fprintf(&b, "%s,FS01,%s/Audit,3021,10.1.2.3,PLANT\\scan,%v,%d\n", day(i%10).Format(time.RFC3339), serverProvider, i%2 == 0, i%3)
	}
	h, _ := readOne(t, []byte(b.String()))
	if len(h.Client.Contacts) != 2 {
		t.Fatalf("got %s", dump(h))
	}
	for _, c := range h.Client.Contacts {
		if c.Count != 500 || c.Last.Sub(c.First) != 8*24*time.Hour || c.Event.Fields["SecurityMode"] != "0; 1; 2" && len(c.Event.Fields["SecurityMode"]) != 7 {
			t.Errorf("got %s", dump(c))
		}
	}
	if h.Client.FirstSeen.IsZero() || !h.Time.Equal(h.Client.LastSeen) || len(h.Client.Accounts) != 1 {
		t.Errorf("got %s", dump(h.Client))
	}
}
