package inventory

import "time"

// Input is a file or a listener that observations came from, and how much of it
// could be read.
type Input struct {
	Source  Source    `json:"source"`
	Name    string    `json:"name"`           // file name without its folder, or the listener's address
	Kind    string    `json:"kind"`           // such as "pcap", "pcapng", "evtx", "csv", "json", "run", "listener"
	First   time.Time `json:"first,omitzero"` // of the records that count, by their own clock
	Last    time.Time `json:"last,omitzero"`
	Records uint64    `json:"records"`          // packets, events or rows that were read
	Used    uint64    `json:"used"`             // those that told something
	Unread  []Unread  `json:"unread,omitempty"` // what could not be read, by reason; at most 32
	Error   string    `json:"error,omitempty"`  // why reading ended before the end of the file
}

// Unread counts what could not be read for one reason.
type Unread struct {
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}
