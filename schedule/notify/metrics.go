package notify

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SiteMetrics are the numbers of a site. What is not known is left out of the
// file: a number that is missing is not 0.
type SiteMetrics struct {
	Site         string
	Started      time.Time                    // of the last run
	Ended        time.Time                    // of the last run; zero while it is unfinished
	LastComplete time.Time                    // end of the last complete run
	Next         time.Time                    // when the next run is due
	Failed       bool                         // the last attempt failed
	Targets      uint64                       // addresses in scope of the last complete run; 0: not known
	States       map[string]uint64            // addresses by state, such as "smb"
	Verdicts     map[string]map[string]uint64 // devices by policy and verdict
}

// metric is a name, what it means, and its samples.
type metric struct {
	name, help string
	samples    func(s *SiteMetrics) []sample
}

// sample is a value with labels besides the site: names and values in turn.
type sample struct {
	value  float64
	labels []string
}

func since(t time.Time) []sample {
	if t.IsZero() {
		return nil
	}
	return []sample{{value: float64(t.UnixMilli()) / 1000}}
}

// siteMetrics are the metrics of a site, which all have the label site.
var siteMetrics = []metric{
	{"smbready_run_started_timestamp_seconds", "When the last run began, as Unix time.",
		func(s *SiteMetrics) []sample { return since(s.Started) }},
	{"smbready_run_ended_timestamp_seconds", "When the last run ended, as Unix time; missing while it is unfinished.",
		func(s *SiteMetrics) []sample { return since(s.Ended) }},
	{"smbready_run_last_complete_timestamp_seconds", "When the last complete run ended, as Unix time: alert on its age.",
		func(s *SiteMetrics) []sample { return since(s.LastComplete) }},
	{"smbready_run_next_timestamp_seconds", "When the next run is due, as Unix time.",
		func(s *SiteMetrics) []sample { return since(s.Next) }},
	{"smbready_run_failed", "1 if the last attempt at a run failed, 0 otherwise.",
		func(s *SiteMetrics) []sample {
			if s.Failed {
				return []sample{{value: 1}}
			}
			return []sample{{value: 0}}
		}},
	{"smbready_targets", "Addresses in scope of the last complete run.",
		func(s *SiteMetrics) []sample {
			if s.Targets == 0 {
				return nil
			}
			return []sample{{value: float64(s.Targets)}}
		}},
	{"smbready_addresses", "Addresses of the last complete run by state (label state).",
		func(s *SiteMetrics) (list []sample) {
			for _, state := range slices.Sorted(maps.Keys(s.States)) {
				list = append(list, sample{float64(s.States[state]), []string{"state", state}})
			}
			return list
		}},
	{"smbready_devices", "Devices of the last complete run by policy and verdict (labels policy, verdict).",
		func(s *SiteMetrics) (list []sample) {
			for _, policy := range slices.Sorted(maps.Keys(s.Verdicts)) {
				for _, verdict := range slices.Sorted(maps.Keys(s.Verdicts[policy])) {
					list = append(list, sample{float64(s.Verdicts[policy][verdict]), []string{"policy", policy, "verdict", verdict}})
				}
			}
			return list
		}},
}

// AppendMetrics appends the metrics of sites in the text format of Prometheus
// (version 0.0.4), each metric with what it means. Version is that of the
// program.
func AppendMetrics(b []byte, version string, sites []SiteMetrics) []byte {
	sites = slices.SortedFunc(slices.Values(sites), func(a, b SiteMetrics) int { return cmp.Compare(a.Site, b.Site) })
	b = append(b, "# HELP smbready_build_info The version of the program, always 1.\n# TYPE smbready_build_info gauge\n"...)
	b = appendSample(b, "smbready_build_info", sample{1, []string{"version", version}})
	for _, m := range siteMetrics {
		before := len(b)
		b = fmt.Appendf(b, "# HELP %s %s\n# TYPE %s gauge\n", m.name, m.help, m.name)
		empty := len(b)
		for i := range sites {
			for _, s := range m.samples(&sites[i]) {
				s.labels = append([]string{"site", sites[i].Site}, s.labels...)
				b = appendSample(b, m.name, s)
			}
		}
		if len(b) == empty {
			b = b[:before]
		}
	}
	return b
}

// labelEscaper writes out what would end a label's value.
var labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func appendSample(b []byte, name string, s sample) []byte {
	b = append(append(b, name...), '{')
	for i := 0; i+1 < len(s.labels); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, s.labels[i]...), `="`...)
		b = append(append(b, labelEscaper.Replace(strings.ToValidUTF8(s.labels[i+1], "?"))...), '"')
	}
	b = append(b, "} "...)
	return append(strconv.AppendFloat(b, s.value, 'f', -1, 64), '\n')
}

// CheckMetrics refuses a file that WriteMetrics could not write, or that is of
// something else: it would be lost.
func CheckMetrics(path string) error {
	switch found, err := firstBytesOf(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("cannot write the metrics to %s: %w", path, bareError(err))
	case len(found) > 0 && !strings.HasPrefix(found, ownStart):
		return fmt.Errorf("%s is there already, and has no metrics of smbready in it: it would be lost", path)
	}
	hidden := hiddenName(path)
	err := errors.Join(writeWhole(hidden, nil), os.Remove(hidden))
	if err != nil {
		return fmt.Errorf("cannot write the metrics to the folder %s: %w", filepath.Dir(path), bareError(err))
	}
	return nil
}

// ownStart is how a file of metrics begins.
const ownStart = "# HELP smbready_"

// firstBytesOf returns the beginning of a file, which has to be one: a pipe would keep
// the program waiting.
func firstBytesOf(path string) (string, error) {
	if info, err := os.Stat(path); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", errors.New("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(len(ownStart))))
	return string(b), err
}

func hiddenName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8])
}

// WriteMetrics puts the metrics in a file, such as one that ends in .prom for the
// text file collector of node_exporter. The file changes as a whole or not at
// all, and everybody on this machine may read it.
func WriteMetrics(path, version string, sites []SiteMetrics) error {
	hidden := hiddenName(path)
	err := writeWhole(hidden, AppendMetrics(nil, version, sites))
	if err == nil {
		err = os.Rename(hidden, path)
	}
	if err != nil {
		os.Remove(hidden)
		return fmt.Errorf("cannot write the metrics to %s: %w", path, bareError(err))
	}
	return nil
}

func writeWhole(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, readable(f), f.Sync(), f.Close())
}

// readable lets everybody read a file, whatever the umask: who collects it is another
// user. Windows has no such bits.
func readable(f *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return f.Chmod(0o644)
}

// bareError takes the name of the hidden file out of an error.
func bareError(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
