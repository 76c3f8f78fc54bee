package report

import (
	"cmp"
	"strings"

	"smbready/inventory"
)

// maxInputs is how many files are told of by name.
const maxInputs = 24

// kindWords say what a record of a kind of file is called.
var kindWords = map[string][2]string{
	"pcap": {"packet", "packets"}, "pcapng": {"packet", "packets"}, "run": {"host", "hosts"}, "listener": {"connection", "connections"},
}

// inputFields says what an import or a listener read.
func inputFields(list []inventory.Input) (fields []field) {
	for i := range list[:min(len(list), maxInputs)] {
		lead := ""
		if i == 0 {
			lead = "Read"
			if list[0].Kind == "listener" {
				lead = "Heard"
			}
		}
		fields = append(fields, field{lead, clip(inputWords(&list[i]), maxProse)})
	}
	if more := len(list) - maxInputs; more > 0 {
		fields = append(fields, field{"", "… and " + count(more, "more file", "more files")})
	}
	return fields
}

func inputWords(in *inventory.Input) string {
	record := kindWords[in.Kind]
	if record[0] == "" {
		record = [2]string{"record", "records"}
	}
	parts := []string{count(in.Records, record[0], record[1])}
	if !in.First.IsZero() {
		parts = append(parts, strings.TrimSuffix(day(in.First)+" to "+day(in.Last), " to "+day(in.First)))
	}
	if in.Used < in.Records && in.Kind != "run" {
		parts = append(parts, "of which "+thousands(in.Used)+" tell of SMB")
	}
	for _, u := range in.Unread {
		parts = append(parts, "not read: "+thousands(u.Count)+" ("+clip(u.Reason, maxNote)+")")
	}
	if in.Error != "" {
		parts = append(parts, "ends early: "+clip(in.Error, maxNote))
	}
	return cmp.Or(clip(in.Name, maxName), "unnamed") + ", " + in.Kind + ": " + strings.Join(parts, "; ")
}
