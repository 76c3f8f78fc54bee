package inventory

import (
	"strings"
	"testing"
	"time"
)

func TestParseWindow(t *testing.T) {
	for text, want := range map[string]string{
		"Mon-Fri 20:00-06:00": "Mon-Fri 20:00-06:00", "sat,SUNDAY": "Sat,Sun", "22:00-5:00": "22:00-05:00", "Fri-Mon 00:00-24:00": "Mon,Fri-Sun",
		"Mon-Sun": "00:00-24:00", "Mon-Sun 01:00-02:00": "01:00-02:00", " Tue   00:00-00:30 ": "Tue 00:00-00:30", "Wed,Wed 20:00-24:00": "Wed 20:00-24:00", "Sun-Mon": "Mon,Sun",
	} {
		w, err := ParseWindow(text)
		if err != nil || w.String() != want {
			t.Errorf("%q: %q, %v", text, w, err)
		}
		if again, err := ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("%q, written and read: %v, %v", text, again, err)
		}
	}
	for text, want := range map[string]string{
		"": "is not days and hours", "a b c": "is not days and hours", "Mon-Fri 20:00": "have no end", "20:00-20:00": "end where they begin", "24:00-06:00": "begin at 24:00",
		"20:00-25:00": "is not a time of day", "20:00-24:01": "is not a time of day", "20:60-21:00": "is not a time of day", "20:5-21:00": "is not a time of day",
		"20-06": "is not a day of the week", "Mon- 20:00-06:00": "is not a day of the week", "Mon,,Tue": "is not a day of the week", "20:00-06:00 Mon-Fri": "hours twice",
		"-1:00-06:00": "is not a time of day", "20:00-06:00-07:00": "is not a time of day", "Mittwoch": "is not a day of the week",
	} {
		if _, err := ParseWindow(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if w, _ := ParseWindow("20:00-06:00"); w.Length() != 10*time.Hour {
		t.Errorf("%s is %s long", w, w.Length())
	}
}

// FuzzParseWindow: what is taken can be written and read again, and lasts.
func FuzzParseWindow(f *testing.F) {
	for _, text := range []string{"Mon-Fri 20:00-06:00", "Sat,Sun", "22:00-24:00", "Fri-Mon"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWindow(text)
		if err != nil {
			return
		}
		if again, err := ParseWindow(w.String()); err != nil || again != w || w.Length() <= 0 || w.Length() > day || w.Days == 0 {
			t.Errorf("%q: %q %v, %v", text, w, again, err)
		}
	})
}
