package smbproto

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestFiletime(t *testing.T) {
	tests := []struct {
		f    Filetime
		want string
	}{
		{0, "0001-01-01T00:00:00Z"}, // not told
		{1, "1601-01-01T00:00:00.0000001Z"},
		{unixEpoch, "1970-01-01T00:00:00Z"},
		{unixEpoch - 1, "1969-12-31T23:59:59.9999999Z"},
		{132_000_000_000_000_001, "2019-04-17T18:40:00.0000001Z"},
		{maxFiletime, "9999-12-31T23:59:59Z"},
		{maxFiletime + 1, "0001-01-01T00:00:00Z"}, // nonsense
		{math.MaxInt64, "0001-01-01T00:00:00Z"},
		{math.MaxInt64 + 1, "0001-01-01T00:00:00Z"},
		{math.MaxUint64, "0001-01-01T00:00:00Z"},
	}
	for _, tt := range tests {
		got := tt.f.Time()
		b, err := json.Marshal(got)
		if err != nil || string(b) != `"`+tt.want+`"` {
			t.Errorf("Filetime(%d) = %s, %v, want %s", tt.f, b, err, tt.want)
		}
		if back := NewFiletime(got); !got.IsZero() && back != tt.f {
			t.Errorf("NewFiletime(%v) = %d, want %d", got, back, tt.f)
		}
	}
	for _, at := range []time.Time{{}, time.Date(1600, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(40000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if f := NewFiletime(at); f != 0 {
			t.Errorf("NewFiletime(%v) = %d, want 0", at, f)
		}
	}
	zone := time.FixedZone("", 3600)
	if f := NewFiletime(time.Date(1970, 1, 1, 1, 0, 0, 199, zone)); f != unixEpoch+1 {
		t.Errorf("with a zone: %d, want %d", f, Filetime(unixEpoch+1))
	}
}

func TestGUID(t *testing.T) {
	g := GUID(wire("33221100 5544 7766 8899 aabbccddeeff"))
	if got, want := g.String(), "00112233-4455-6677-8899-aabbccddeeff"; got != want {
		t.Errorf("GUID %s, want %s", got, want)
	}
	if got, want := g.Hex(), "33221100554477668899aabbccddeeff"; got != want {
		t.Errorf("bytes %s, want %s", got, want)
	}
}

func TestParseError(t *testing.T) {
	_, err := ParseSMB2Header(nil)
	if want := "SMB2 header: header at offset 0: wants 64 bytes of 0"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
