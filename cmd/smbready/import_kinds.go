package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"smbready/capture"
	"smbready/eventlog"
	"smbready/inventory"
)

// fileKind is what a file holds.
type fileKind int

// Kinds of files.
const (
	fileUnknown fileKind = iota
	fileCapture
	fileCaptureGzip
	fileRun
	fileEvents
)

// sniffed is how much of a file is looked at to tell its kind, in bytes.
const sniffed = 64 << 10

// recognise tells what a file holds by its beginning, and goes back there.
func recognise(f *os.File) (fileKind, error) {
	head, err := io.ReadAll(io.LimitReader(f, sniffed))
	if err != nil {
		return fileUnknown, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fileUnknown, err
	}
	switch {
	case isCapture(head):
		return fileCapture, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzipKind(head), nil
	case isRun(head):
		return fileRun, nil
	case eventlog.Recognise(head):
		return fileEvents, nil
	}
	return fileUnknown, nil
}

// captureMagics begin captures: pcap with micro- and nanoseconds, and the section
// header of pcapng, which reads the same in both byte orders.
var captureMagics = []uint32{0xa1b2c3d4, 0xa1b23c4d, 0x0a0d0d0a}

func isCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	return slices.Contains(captureMagics, binary.BigEndian.Uint32(head)) || slices.Contains(captureMagics, binary.LittleEndian.Uint32(head))
}

// gzipKind looks into a compressed file.
func gzipKind(head []byte) fileKind {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return fileUnknown
	}
	var magic [4]byte
	if _, err := io.ReadFull(z, magic[:]); err == nil && isCapture(magic[:]) {
		return fileCaptureGzip
	}
	return fileUnknown
}

// isRun reports whether a file begins as a run of this tool does.
func isRun(head []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte{'\n'})
	if bytes.HasPrefix(line, []byte(`{"type":"run"`)) {
		return true // also one that is longer than what was looked at
	}
	l, err := inventory.NewReader(bytes.NewReader(line)).Next()
	return errors.Is(err, inventory.ErrVersion) || err == nil && l.Run != nil
}

// capture takes in a packet capture.
func (im *importer) capture(ctx context.Context, name string, r io.Reader) error {
	base := filepath.Base(name)
	result, err := capture.Read(ctx, r, capture.Options{Name: base})
	if err != nil {
		return err
	}
	im.input(result.Input)
	im.add(inventory.SourceCapture, base, result.Hosts)
	return nil
}

// captureGzip takes in a compressed one.
func (im *importer) captureGzip(ctx context.Context, name string, r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	defer z.Close()
	return im.capture(ctx, name, damaged{z})
}

// damaged is a compressed file of which what comes before the damage counts: there
// it ends, as one does that was cut off.
type damaged struct{ z *gzip.Reader }

func (d damaged) Read(b []byte) (int, error) {
	n, err := d.z.Read(b)
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
