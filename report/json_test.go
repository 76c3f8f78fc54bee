package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

// TestRoundTrip: a report in JSON is a run again, with equal facts, and
// reporting it changes nothing any more.
func TestRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			first := openFile(t, file)
			out, second := written(t, first)
			if !reflect.DeepEqual(first.Header, second.Header) {
				t.Errorf("header %+v, then %+v", first.Header, second.Header)
			}
			if first.Interrupted != second.Interrupted {
				t.Errorf("interrupted %v, then %v", first.Interrupted, second.Interrupted)
			}
			first.Summary.Interrupted = first.Interrupted
			if first.Summary != second.Summary {
				t.Errorf("summary %+v, then %+v", first.Summary, second.Summary)
			}
			if a, b := hosts(t, first), hosts(t, second); !reflect.DeepEqual(a, b) {
				t.Error("the facts differ")
			}
			if again, _ := written(t, second); !bytes.Equal(out, again) {
				t.Errorf("the second report differs:\n%s", diff(string(out), string(again)))
			}
		})
	}
}

func written(t *testing.T, r *Run) ([]byte, *Run) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	mustBeVisible(t, b.String())
	back, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), back
}

func hosts(t *testing.T, r *Run) []*inventory.Host {
	t.Helper()
	var all []*inventory.Host
	err := r.Each(func(h *inventory.Host, _ *assess.Assessment) error {
		all = append(all, h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func FuzzEscapeJSON(f *testing.F) {
	f.Add("\u202e \U000e0041 \x7f \u0085 \xff <b>")
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		if _, err := inventory.NewWriter(jsonEscaper{&b}).WriteValue(map[string]string{s: s}); err != nil {
			t.Fatal(err)
		}
		mustBeVisible(t, b.String())
		var got map[string]string
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(map[string]string{s: s})
		var plain map[string]string
		if err := json.Unmarshal(want, &plain); err != nil || !reflect.DeepEqual(got, plain) {
			t.Errorf("%q became %q", plain, got)
		}
	})
}
