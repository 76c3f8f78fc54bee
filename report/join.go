package report

import (
	"encoding/json"
	"net/netip"
	"strings"

	"smbready/assess"
	"smbready/inventory"
)

// join returns which addresses of the run are one device. It reads the run
// once, the first time.
func (r *Run) join() (*assess.Joined, error) {
	r.joinOnce.Do(func() {
		var j assess.Joiner
		r.joinErr = linesInOrder(r, identity, func(h *inventory.Host) error {
			j.Add(h)
			return nil
		})
		r.joined = j.Join()
	})
	return r.joined, r.joinErr
}

// identity decodes of a line only what tells which device it is of.
func identity(e entry, line []byte) (*inventory.Host, error) {
	var part struct {
		State inventory.State
		Names inventory.Names
		SMB2  struct {
			ServerGUID string `json:"server_guid"`
		}
	}
	if err := json.Unmarshal(line, &part); err != nil {
		return nil, &inventory.LineError{Line: int(e.line), Err: err}
	}
	return &inventory.Host{Address: e.address, State: part.State, Names: part.Names, SMB2: &inventory.SMB2{ServerGUID: part.SMB2.ServerGUID}}, nil
}

// alsoWords writes the other addresses of a device.
func alsoWords(also []netip.Addr, separator string) string {
	words := make([]string, len(also))
	for i, a := range also {
		words[i] = a.String()
	}
	return strings.Join(words, separator)
}
