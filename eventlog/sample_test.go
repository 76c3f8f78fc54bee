package eventlog

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// sample is an event, to be written in the forms that are read.
type sample struct {
	id       int
	version  int
	log      string // after the slash
	fields   []field
	computer string
	when     time.Time
}

// field is a value of the event's template. Bytes are a binary value.
type field struct {
	name  string
	value any
}

var sampleTime = time.Date(2026, 9, 14, 8, 30, 15, 123456700, time.UTC)

const sampleServer = "FS01.plant.example"

func (s *sample) provider() string {
	if s.id > 30000 {
		return clientProvider
	}
	return serverProvider
}

func (s *sample) channel() string { return s.provider() + "/" + s.log }

// text is a value as Windows shows it in XML.
func (f field) text() string {
	if b, ok := f.value.([]byte); ok {
		return strings.ToUpper(hex.EncodeToString(b))
	}
	return fmt.Sprint(f.value)
}

// property is a value as ConvertTo-Json shows it.
func (f field) property() any {
	if b, ok := f.value.([]byte); ok {
		list := []int{}
		for _, c := range b {
			list = append(list, int(c))
		}
		return list
	}
	return f.value
}

// messages are how Windows could word the event in three languages: what stands
// in them is not read, but for an address.
func (s *sample) messages() []string {
	var values []string
	for _, f := range s.fields {
		if !strings.HasSuffix(f.name, "Length") {
			values = append(values, f.text())
		}
	}
	all := strings.Join(values, "\n")
	return []string{"The SMB server observed something.\n\nClient name: " + all, "Der SMB-Server hat etwas bemerkt; „Name“:\n" + all,
		"SMB サーバーが検出しました。\nクライアント名: " + all}
}

func (s *sample) xml() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='%s' Guid='{d48ce617-33a2-4bc3-a5c7-11aa4f29619e}'/>`+
		`<EventID>%d</EventID><Version>%d</Version><Level>4</Level><TimeCreated SystemTime='%s'/><EventRecordID>7</EventRecordID>`+
		`<Channel>%s</Channel><Computer>%s</Computer><Security UserID='S-1-5-18'/></System><EventData>`,
		s.provider(), s.id, s.version, s.when.Format("2006-01-02T15:04:05.000000000Z"), s.channel(), s.computer)
	s.data(&b)
	b.WriteString("</EventData></Event>")
	return b.String()
}

func (s *sample) data(b *strings.Builder) {
	for _, f := range s.fields {
		fmt.Fprintf(b, `<Data Name='%s'>%s</Data>`, f.name, strings.ReplaceAll(f.text(), "&", "&amp;"))
	}
}

// winEvent is what Get-WinEvent | ConvertTo-Json -Depth 5 writes.
func (s *sample) winEvent(message string, when any) map[string]any {
	properties := []any{}
	for _, f := range s.fields {
		properties = append(properties, map[string]any{"Value": f.property()})
	}
	return map[string]any{"Message": message, "Id": s.id, "Version": s.version, "ProviderName": s.provider(), "LogName": s.channel(),
		"MachineName": s.computer, "TimeCreated": when, "RecordId": 7, "ProcessId": 4, "UserId": map[string]any{"BinaryLength": 12, "Value": "S-1-5-18"},
		"LevelDisplayName": "Informationen", "KeywordsDisplayNames": []string{}, "Properties": properties}
}

// named are the fields by name.
func (s *sample) named() map[string]any {
	m := map[string]any{}
	for _, f := range s.fields {
		m[f.name] = f.text()
	}
	return m
}

func (s *sample) with(more map[string]any) map[string]any {
	m := s.named()
	for k, v := range more {
		m[k] = v
	}
	return m
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// cell writes a cell of CSV.
func cell(v any) string { return `"` + strings.ReplaceAll(fmt.Sprint(v), `"`, `""`) + `"` }

func row(values ...any) string {
	var cells []string
	for _, v := range values {
		cells = append(cells, cell(v))
	}
	return strings.Join(cells, ",") + "\r\n"
}

// forms writes the event in each form, in which it has to read alike.
func (s *sample) forms() map[string][]byte {
	zoned := s.when.Format(time.RFC3339Nano)
	milliseconds := strconv.FormatInt(s.when.UnixMilli(), 10)
	list := map[string][]byte{"EVTX": encodeEVTX(*s)}
	texts := map[string]string{
		"wevtutil qe /f:xml":  s.xml(),
		"Event Viewer XML":    `<?xml version="1.0" encoding="utf-8" standalone="yes"?>` + "\r\n<Events>" + s.xml() + "</Events>",
		"XML with its text":   strings.Replace(s.xml(), "</Event>", "<RenderingInfo Culture='de-DE'><Message>10.9.9.9</Message><Channel></Channel></RenderingInfo></Event>", 1),
		"winlogbeat":          toJSON(s.beat()) + "\n",
		"Elastic search":      toJSON(map[string]any{"took": 3, "hits": map[string]any{"hits": []any{map[string]any{"_id": "x", "_source": s.beat()}}}}),
		"NXLog":               toJSON(s.with(map[string]any{"EventTime": zoned, "Hostname": s.computer, "EventID": s.id, "SourceName": s.provider(), "Channel": s.channel(), "AccountName": "SYSTEM", "Domain": "NT AUTHORITY"})) + "\n",
		"Splunk JSON":         toJSON(map[string]any{"preview": false, "result": map[string]any{"_time": s.when.Format("2006-01-02T15:04:05.999999999-0700"), "host": s.computer, "source": "XmlWinEventLog:" + s.channel(), "_raw": s.xml()}}) + "\n",
		"Splunk CSV":          "\"_time\",host,EventCode,LogName,ClientName,ClientAddress,UserName,ServerName,ServerRequiresSigning\n" + s.columns(s.when.Format("2006-01-02T15:04:05.999999999-0700"), s.computer, s.id, s.channel()),
		"Azure Monitor":       toJSON([]any{map[string]any{"TimeGenerated": zoned, "Computer": s.computer, "EventID": s.id, "EventLog": s.channel(), "Source": s.provider(), "EventData": s.eventData(), "RenderedDescription": "x"}}),
		"Azure Monitor CSV":   "TimeGenerated [UTC],Computer,EventID,EventLog,Source,EventData\n" + row(zoned, s.computer, s.id, s.channel(), s.provider(), s.eventData()),
		"Graylog":             toJSON(s.with(map[string]any{"timestamp": zoned, "source": s.computer, "winlogbeat_winlog_event_id": 1, "EventID": s.id, "Channel": s.channel(), "Computer": s.computer})) + "\n",
		"XML turned to JSON":  toJSON(map[string]any{"Event": map[string]any{"System": map[string]any{"Provider": map[string]any{"#attributes": map[string]any{"Name": s.provider()}}, "EventID": map[string]any{"#text": s.id}, "TimeCreated": map[string]any{"#attributes": map[string]any{"SystemTime": zoned}}, "Channel": s.channel(), "Computer": s.computer}, "EventData": s.named()}}),
		"data lists in JSON":  toJSON(map[string]any{"Event": map[string]any{"System": map[string]any{"EventID": s.id, "TimeCreated": map[string]any{"@SystemTime": zoned}, "Channel": s.channel(), "Computer": s.computer}, "EventData": map[string]any{"Data": s.dataList()}}}),
		"chosen columns":      "\"Time\",\"Computer\",\"LogName\",\"Id\",\"ClientName\",\"ClientAddress\",\"UserName\",\"ServerName\",\"ServerRequiresSigning\"\r\n" + s.columns(zoned, s.computer, s.channel(), s.id),
		"columns; semicolons": "Time;Computer;Log Name;Id;Client Name;Client Address;User Name;Server Name;Server Signing Required\r\n" + strings.ReplaceAll(s.columns(zoned, s.computer, s.channel(), s.id), `","`, `";"`),
		"columns; tabs":       "Time\tComputer\tLogName\tId\tClientName\tClientAddress\tUserName\tServerName\tServerRequiresSigning\n" + strings.ReplaceAll(s.columns(zoned, s.computer, s.channel(), s.id), `","`, "\"\t\""),
		"columns; bars":       "sep=|\nTime|Computer|LogName|Id|ClientName|ClientAddress|UserName|ServerName|ServerRequiresSigning\n" + strings.ReplaceAll(s.columns(zoned, s.computer, s.channel(), s.id), `","`, `"|"`),
	}
	for i, message := range s.messages() {
		texts[fmt.Sprintf("PowerShell 7 JSON, language %d", i)] = toJSON([]any{s.winEvent(message, zoned)})
	}
	texts["one object"] = toJSON(s.winEvent("", zoned))
	texts["objects one after the other"] = toJSON(map[string]any{"x": 1}) + toJSON(s.winEvent("", zoned)) + "\n" + toJSON(map[string]any{"EventID": 1, "Channel": "System"})
	texts["Windows PowerShell JSON"] = strings.ReplaceAll(toJSON(s.winEvent("", `@@Date(`+milliseconds+`)@@`)), "@@", `\/`)
	texts["Select-Object's JSON"] = strings.ReplaceAll(toJSON(s.winEvent("", map[string]any{"value": `@@Date(` + milliseconds + `)@@`, "DisplayHint": 2, "DateTime": "Montag"})), "@@", `\/`)
	for name, text := range texts {
		list[name] = []byte(text)
	}
	text := texts["chosen columns"]
	list["UTF-8 with a mark"] = []byte("\ufeff" + text)
	list["UTF-16 LE"] = encodeUTF16(binary.LittleEndian, "\ufeff"+text)
	list["UTF-16 BE"] = encodeUTF16(binary.BigEndian, "\ufeff"+text)
	list["UTF-16 without a mark"] = encodeUTF16(binary.LittleEndian, text)
	list["JSON in UTF-16"] = encodeUTF16(binary.LittleEndian, "\ufeff"+texts["PowerShell 7 JSON, language 2"])
	list["XML in UTF-16"] = encodeUTF16(binary.LittleEndian, "\ufeff"+texts["Event Viewer XML"])
	return list
}

func (s *sample) beat() map[string]any {
	return map[string]any{"@timestamp": s.when.Format(time.RFC3339Nano), "@version": "1", "agent": map[string]any{"version": "8.15", "hostname": "collector", "id": "7"},
		"event": map[string]any{"code": strconv.Itoa(s.id), "provider": s.provider(), "created": "2030-01-01T00:00:00Z"}, "host": map[string]any{"name": "collector"},
		"message": "10.8.8.8", "log": map[string]any{"level": "information"}, "user": map[string]any{"name": "nobody"},
		"winlog": map[string]any{"event_id": s.id, "channel": s.channel(), "computer_name": s.computer, "provider_name": s.provider(), "record_id": 7,
			"version": s.version, "event_data": s.named(), "user": map[string]any{"name": "SYSTEM"}, "keywords": []string{"x"}}}
}

func (s *sample) eventData() string {
	var b strings.Builder
	b.WriteString(`<DataItem type="System.XmlData" time="2026-09-14T10:00:00.0000000Z" sourceHealthServiceId="x"><EventData xmlns="http://schemas.microsoft.com/win/2004/08/events/event">`)
	s.data(&b)
	return b.String() + "</EventData></DataItem>"
}

func (s *sample) dataList() (list []any) {
	for _, f := range s.fields {
		list = append(list, map[string]any{"@Name": f.name, "#text": f.text()})
	}
	return list
}

// columns is a row with the fields that matter.
func (s *sample) columns(start ...any) string {
	m := s.named()
	for _, name := range []string{"ClientName", "ClientAddress", "UserName", "ServerName", "ServerRequiresSigning"} {
		v, found := m[name]
		if !found {
			v = ""
		}
		start = append(start, v)
	}
	return row(start...)
}

func encodeUTF16(order binary.AppendByteOrder, s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// encodeEVTX writes a log, in chunks of as many events as they hold. Its records
// have no templates: each element stands there with its name.
func encodeEVTX(events ...sample) []byte {
	var chunks [][]byte
	c := newChunkWriter()
	for i := range events {
		if !c.add(&events[i]) {
			chunks = append(chunks, c.finish())
			c = newChunkWriter()
			c.add(&events[i])
		}
	}
	chunks = append(chunks, c.finish())
	file := make([]byte, fileHeaderSize)
	copy(file, fileMagic)
	binary.LittleEndian.PutUint64(file[16:], uint64(len(chunks)-1))
	binary.LittleEndian.PutUint32(file[32:], 128)
	binary.LittleEndian.PutUint16(file[36:], 1)
	binary.LittleEndian.PutUint16(file[38:], 3)
	binary.LittleEndian.PutUint16(file[40:], fileHeaderSize)
	binary.LittleEndian.PutUint16(file[42:], uint16(len(chunks)))
	return append(file, bytes.Join(chunks, nil)...)
}

// chunkWriter writes a chunk.
type chunkWriter struct {
	b []byte
	n uint64
}

func newChunkWriter() *chunkWriter { return &chunkWriter{b: make([]byte, chunkHeaderSize, chunkSize)} }

func (c *chunkWriter) finish() []byte {
	end := len(c.b)
	b := append(c.b, make([]byte, chunkSize-end)...)
	copy(b, chunkMagic)
	for at, v := range map[int]uint64{8: 1, 16: c.n, 24: 1, 32: c.n} {
		binary.LittleEndian.PutUint64(b[at:], v)
	}
	binary.LittleEndian.PutUint32(b[40:], 128)
	binary.LittleEndian.PutUint32(b[48:], uint32(end))
	sum(b)
	return b
}

// sum writes the checksums of a chunk.
func sum(b []byte) {
	binary.LittleEndian.PutUint32(b[52:], crc32.ChecksumIEEE(b[chunkHeaderSize:binary.LittleEndian.Uint32(b[48:])]))
	binary.LittleEndian.PutUint32(b[124:], crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeaderSize]))
}

// add adds a record, if there is room.
func (c *chunkWriter) add(s *sample) bool {
	start := len(c.b)
	c.n++
	filetime := uint64(s.when.Unix())*1e7 + uint64(s.when.Nanosecond())/100 + filetimeEpoch
	c.u32(recordMagic)
	c.u32(0)
	c.u64(c.n)
	c.u64(filetime)
	c.b = append(c.b, 0x0f, 1, 1, 0)
	c.open("Event", false)
	c.b = append(c.b, 2)
	c.open("System", false)
	c.b = append(c.b, 2)
	c.open("Provider", true)
	c.attribute("Name", s.provider())
	c.b = append(c.b, 3)
	for _, e := range [][2]string{{"EventID", strconv.Itoa(s.id)}, {"Version", strconv.Itoa(s.version)}, {"Channel", s.channel()}, {"Computer", s.computer}} {
		c.open(e[0], false)
		c.b = append(c.b, 2)
		c.value(e[1])
		c.b = append(c.b, 4)
	}
	c.b = append(c.b, 4)
	c.open("EventData", false)
	c.b = append(c.b, 2)
	for _, f := range s.fields {
		c.open("Data", true)
		c.attribute("Name", f.name)
		c.b = append(c.b, 2)
		c.value(f.text())
		c.b = append(c.b, 4)
	}
	c.b = append(c.b, 4, 4, 0)
	for len(c.b)%8 != 4 {
		c.b = append(c.b, 0)
	}
	c.u32(uint32(len(c.b) - start + recordTrailer))
	binary.LittleEndian.PutUint32(c.b[start+4:], uint32(len(c.b)-start))
	if len(c.b) <= chunkSize {
		return true
	}
	c.b, c.n = c.b[:start], c.n-1
	return false
}

func (c *chunkWriter) u16(v uint16) { c.b = binary.LittleEndian.AppendUint16(c.b, v) }
func (c *chunkWriter) u32(v uint32) { c.b = binary.LittleEndian.AppendUint32(c.b, v) }
func (c *chunkWriter) u64(v uint64) { c.b = binary.LittleEndian.AppendUint64(c.b, v) }

// name writes a name where it stands: offset, next, hash, length, letters, NUL.
func (c *chunkWriter) name(s string) {
	c.u32(uint32(len(c.b) + 4))
	c.u32(0)
	c.u16(0)
	c.u16(uint16(len(s)))
	c.b = append(c.b, encodeUTF16(binary.LittleEndian, s+"\x00")...)
}

func (c *chunkWriter) open(name string, attributes bool) {
	c.b = append(c.b, map[bool]byte{false: 0x01, true: 0x41}[attributes])
	c.u32(0)
	c.name(name)
	if attributes {
		c.u32(0)
	}
}

func (c *chunkWriter) attribute(name, value string) {
	c.b = append(c.b, 0x06)
	c.name(name)
	c.value(value)
}

func (c *chunkWriter) value(s string) {
	units := encodeUTF16(binary.LittleEndian, s)
	c.b = append(c.b, 0x05, 0x01)
	c.u16(uint16(len(units) / 2))
	c.b = append(c.b, units...)
}
