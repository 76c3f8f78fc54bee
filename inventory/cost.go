package inventory

// Cost is what signing cost when one file was written to a share and read back,
// in interleaved rounds.
type Cost struct {
	Share     string    `json:"share"`
	Bytes     int64     `json:"bytes"`               // size of the file
	Dialect   string    `json:"dialect,omitempty"`   // that was negotiated
	Algorithm string    `json:"algorithm,omitempty"` // "HMAC-SHA256", "AES-CMAC" or "AES-GMAC"
	Runs      []CostRun `json:"runs,omitempty"`
	Unsigned  string    `json:"unsigned,omitempty"` // why there are no unsigned runs, where there are none
	Error     string    `json:"error,omitempty"`    // what ended the measurement early
}

// CostRun is one transfer of the file in one direction.
type CostRun struct {
	Round      int     `json:"round"`
	Direction  string  `json:"direction"` // "write" or "read"
	Signed     bool    `json:"signed"`    // as seen on the wire
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"` // of this machine, user and system
}
