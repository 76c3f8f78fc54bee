package report

import (
	"archive/zip"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// contentTypes is the part of a workbook that comes first, as Excel has it.
const contentTypes = "[Content_Types].xml"

// writeTo packs the workbook into w. The library packs in memory, and in an order that
// differs from time to time; by way of a file, memory stays flat and one run makes one
// file, byte for byte.
func (x *workbook) writeTo(w io.Writer) (err error) {
	f, err := os.CreateTemp("", "smbready-*.xlsx")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	x.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(f) })
	if _, err := x.file.WriteTo(io.Discard); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	return sortZip(w, f, size)
}

// sortZip copies an archive with its parts in the order of their names, as they are.
func sortZip(w io.Writer, from io.ReaderAt, size int64) error {
	in, err := zip.NewReader(from, size)
	if err != nil {
		return err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int {
		return cmp.Or(cmp.Compare(later(a.Name), later(b.Name)), strings.Compare(a.Name, b.Name))
	})
	out := zip.NewWriter(w)
	for _, part := range in.File {
		if err := out.Copy(part); err != nil {
			return err
		}
	}
	return out.Close()
}

func later(name string) int {
	if name == contentTypes {
		return 0
	}
	return 1
}
