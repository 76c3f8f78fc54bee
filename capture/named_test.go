package capture

import (
	"encoding/json"
	"os"
	"testing"
)

// TestNamed reads the file that the environment names, for measurements from
// outside of the process.
func TestNamed(t *testing.T) {
	name := os.Getenv("SMBREADY_CAPTURE")
	if name == "" {
		t.Skip("SMBREADY_CAPTURE names no file")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Read(t.Context(), f, Options{Name: "named"})
	if err != nil {
		t.Fatal(err)
	}
	var sum struct {
		Hosts, Clients int
		Records        uint64
		Signed         int
		Unread         unread
		Error          string
	}
	sum.Hosts, sum.Records, sum.Unread, sum.Error = len(r.Hosts), r.Input.Records, r.Input.Unread, r.Input.Error
	for _, h := range r.Hosts {
		if h.Client != nil {
			sum.Clients++
			for _, c := range h.Client.Contacts {
				sum.Signed += c.Requests.Signed
			}
		}
	}
	text, err := json.Marshal(sum)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("result: %s", text)
}
