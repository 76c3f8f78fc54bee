package assess

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"smbready/inventory"
)

var updateDevices = flag.Bool("update-devices", false, "write what testdata/devices.jsonl is taken for into it")

// known is a device of testdata/devices.jsonl: recorded or documented evidence,
// what the device is in truth (any of these), and what it is taken for.
type known struct {
	Source     string          `json:"source"`
	Is         []string        `json:"is"`
	Class      string          `json:"class"`
	Vendor     string          `json:"vendor"`
	Model      string          `json:"model,omitempty"`
	Confidence string          `json:"confidence"`
	Host       json.RawMessage `json:"host"`
}

func (k *known) device(t *testing.T) Device {
	var h inventory.Host
	if err := json.Unmarshal(k.Host, &h); err != nil {
		t.Fatalf("%s: %v", k.Source, err)
	}
	return Assess(&h).Device
}

func knownDevices(t *testing.T) (list []known) {
	b, err := os.ReadFile("testdata/devices.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var k known
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			t.Fatal(err)
		}
		list = append(list, k)
	}
	return list
}

// TestClassification takes each known device for what it was found to be taken
// for, and none for what it is not.
func TestClassification(t *testing.T) {
	devices := knownDevices(t)
	right, unknown, wrong := 0, 0, 0
	for i := range devices {
		k := &devices[i]
		d := k.device(t)
		if *updateDevices {
			k.Class, k.Vendor, k.Model, k.Confidence = d.Class.String(), d.Vendor, d.Model, d.Confidence.String()
		}
		if d.Class.String() != k.Class || d.Vendor != k.Vendor || d.Model != k.Model || d.Confidence.String() != k.Confidence {
			t.Errorf("%s: %v %q %q %v, want %s %q %q %s\n%q", k.Source, d.Class, d.Vendor, d.Model, d.Confidence,
				k.Class, k.Vendor, k.Model, k.Confidence, d.Evidence)
		}
		switch {
		case slices.Contains(k.Is, d.Class.String()):
			right++
		case d.Class == ClassUnknown:
			unknown++
		default:
			wrong++
			t.Errorf("%s: %v, but it is %q: %q", k.Source, d.Class, k.Is, d.Evidence)
		}
	}
	fmt.Printf("classification: %d devices, %d right, %d unknown, %d wrong\n", len(devices), right, unknown, wrong)
	if len(devices) < 60 {
		t.Errorf("only %d devices", len(devices))
	}
	if *updateDevices {
		writeDevices(t, devices)
	}
}

func writeDevices(t *testing.T, devices []known) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	for i := range devices {
		if err := out.Encode(devices[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("testdata/devices.jsonl", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
