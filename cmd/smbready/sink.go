package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// sink is where a report goes: standard output, a device or pipe that is there
// already, or a file that appears under its name only when it is complete.
type sink struct {
	w     io.Writer
	name  string      // as the user gave it; empty for standard output
	file  *os.File    // nil for standard output
	final string      // name that file gets; empty for a device
	mode  os.FileMode // that the final file had before; 0 for a new one
	kept  bool
	sums  bool    // note its hash in a manifest beside it
	sign  *signer // signs that manifest; nil for nobody
	own   bool    // a manifest or its signature, which take the place of themselves
	more  []*sink // further files of the same report
}

// open makes sure that the output can be written, before a scan begins.
func (o *output) open(stdout io.Writer) (*sink, error) {
	var first *sink
	for _, part := range o.parts() {
		s, err := part.openOne(stdout)
		if err == nil && o.sums {
			s.sums, s.sign = true, o.signer
			err = s.checkManifest()
		}
		if err == nil {
			err = s.mayReplace()
		}
		if first == nil {
			first = s
		} else if s != nil {
			first.more = append(first.more, s)
		}
		if err != nil {
			if first != nil {
				first.discard()
			}
			return nil, err
		}
	}
	return first, nil
}

// part returns where the i-th of the outputs goes.
func (s *sink) part(i int) *sink {
	if i == 0 {
		return s
	}
	return s.more[i-1]
}

// openOne opens the first of the outputs.
func (o *output) openOne(stdout io.Writer) (*sink, error) {
	if o.file == "" {
		return &sink{w: stdout}, nil
	}
	s := &sink{name: o.file, final: o.file}
	if target, err := filepath.EvalSymlinks(o.file); err == nil {
		s.final = target // a link stays one
	} else if target, err := os.Readlink(o.file); err == nil { // to a file that is not there yet
		if s.final = target; !filepath.IsAbs(target) {
			s.final = filepath.Join(filepath.Dir(o.file), target)
		}
	}
	info, err := os.Stat(s.final)
	switch {
	case err != nil: // a new file; if it cannot be, creating it tells why
		s.file, err = createBeside(s.final)
	case info.IsDir():
		return nil, fmt.Errorf("cannot write %s: it is a folder", o.file)
	case info.Mode().IsRegular():
		s.mode = info.Mode().Perm()
		s.file, err = createBeside(s.final)
	default: // to put a file in its place would be the end of /dev/null
		s.final = ""
		s.file, err = os.OpenFile(o.file, os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, hintError{fmt.Errorf("cannot write %s: %w", o.file, reason(err)), "name a file in a folder that exists and that you may write to"}
	}
	s.w = s.file
	return s, nil
}

// createBeside creates a hidden file in the folder of another. Unlike
// os.CreateTemp it leaves the permissions to the user's umask.
func createBeside(name string) (*os.File, error) {
	hidden := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text()[:8])
	return os.OpenFile(hidden, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// reason strips the name from an error of the operating system: that of a
// temporary file means nothing to the user.
func reason(err error) error {
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

// Write names what could not be written.
func (s *sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		err = s.failure(err)
	}
	return n, err
}

func (s *sink) failure(err error) error {
	name := s.name
	if name == "" {
		name = "to standard output"
	}
	return fmt.Errorf("cannot write %s: %w", name, reason(err))
}

// commit gives the complete files their names, and then notes them where that was
// asked for. After an error they may still be kept.
func (s *sink) commit() error {
	all := append([]*sink{s}, s.more...)
	notes, err := notesOf(all)
	if err != nil {
		return err
	}
	for _, part := range all { // what is there now may not have been there at the beginning
		if part.file == nil || part.own {
			continue
		}
		if err := part.mayReplace(); err != nil {
			return err
		}
	}
	for _, part := range all {
		if part.file == nil {
			continue
		}
		if err := part.complete(); err != nil {
			return part.failure(err)
		}
		part.file = nil
	}
	for _, n := range notes {
		if err := n.write(); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) complete() error {
	if s.final == "" {
		return s.file.Close()
	}
	var err error
	if s.mode != 0 {
		err = s.file.Chmod(s.mode)
	}
	err = errors.Join(err, s.file.Sync())
	if err := errors.Join(err, s.file.Close()); err != nil {
		return err
	}
	return os.Rename(s.file.Name(), s.final)
}

// divert gives the file another name than the user did, and reports whether it
// is to get one at all: site.csv becomes site.partial.csv.
func (s *sink) divert() bool {
	if s.file == nil || s.final == "" {
		return false
	}
	end := filepath.Ext(s.final)
	s.final, s.mode = strings.TrimSuffix(s.final, end)+".partial"+end, 0
	return true
}

// keep leaves an incomplete file where it is, and reports whether there is one.
func (s *sink) keep() bool {
	s.kept = s.file != nil && s.final != ""
	return s.kept
}

// discard removes a file that was not completed. After commit it does nothing.
func (s *sink) discard() {
	for _, m := range s.more {
		m.discard()
	}
	if s.file == nil {
		return
	}
	s.file.Close()
	if s.final != "" && !s.kept {
		os.Remove(s.file.Name())
	}
}
