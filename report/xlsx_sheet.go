package report

import (
	"github.com/xuri/excelize/v2"

	"smbready/assess"
)

// xlsxStyles are the looks of cells, by number. Each verdict differs from the others
// by its words, its font and the darkness of its ground, so that a print in grey
// tells them apart.
type xlsxStyles struct {
	title, head, name, text, wrapped, count int
	verdicts                                [len(assess.Verdicts)]int
}

// textFormat is the number format "@", [ECMA-376] part 1, 18.8.30: a cell that has it
// holds text, whatever is typed into it.
const textFormat = 49

// verdictLooks are font and ground by verdict.
var verdictLooks = [len(assess.Verdicts)]struct {
	ground, ink  string
	bold, italic bool
}{
	assess.Breaks:        {ground: "8A0F0F", ink: "FFFFFF", bold: true},
	assess.AlreadyBroken: {ground: "E8A87C", ink: "000000", bold: true},
	assess.Unknown:       {ground: "FFE08A", ink: "000000", italic: true},
	assess.Works:         {ground: "DFF3E3", ink: "000000"},
	assess.NoChange:      {ground: "EEF5FA", ink: "000000"},
	assess.NotApplicable: {ground: "FFFFFF", ink: "444444", italic: true},
}

func newXLSXStyles(f *excelize.File) (s xlsxStyles, err error) {
	top := &excelize.Alignment{Vertical: "top"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	make := func(to *int, style excelize.Style) {
		if err == nil {
			*to, err = f.NewStyle(&style)
		}
	}
	make(&s.title, excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true, Size: 16}})
	make(&s.head, excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true}, Alignment: wrap,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E3E6EA"}}, Border: []excelize.Border{{Type: "bottom", Color: "000000", Style: 2}}})
	make(&s.name, excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Bold: true}, Alignment: top})
	make(&s.text, excelize.Style{NumFmt: textFormat, Alignment: top})
	make(&s.wrapped, excelize.Style{NumFmt: textFormat, Alignment: wrap})
	make(&s.count, excelize.Style{NumFmt: 3, Alignment: top}) // #,##0
	for v, look := range verdictLooks {
		make(&s.verdicts[v], excelize.Style{NumFmt: textFormat, Alignment: top, Font: &excelize.Font{Color: look.ink, Bold: look.bold, Italic: look.italic},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{look.ground}}})
	}
	return s, err
}

// sheet is a sheet that is written row by row.
type sheet struct {
	out *excelize.StreamWriter
	row int
}

// cells are a row of a sheet.
type cells []any

func (x *workbook) sheet(name string) (*sheet, error) {
	if name != summarySheet {
		if _, err := x.file.NewSheet(name); err != nil {
			return nil, err
		}
	}
	out, err := x.file.NewStreamWriter(name)
	return &sheet{out: out}, err
}

// columnLook is the title of a column, how wide it is in letters, and whether its
// text is broken into lines.
type columnLook struct {
	title string
	width float64
	wrap  bool
}

// table begins a table of rows rows: its header stays in view, and has filters.
func (x *workbook) table(s *sheet, name string, looks []columnLook, rows int) error {
	for i, l := range looks {
		if err := s.out.SetColWidth(i+1, i+1, l.width); err != nil {
			return err
		}
	}
	err := s.out.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"})
	if err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(looks), rows+1)
	if err != nil {
		return err
	}
	if err := x.file.AutoFilter(name, "A1:"+last, nil); err != nil {
		return err
	}
	head := make(cells, len(looks))
	for i, l := range looks {
		head[i] = x.cell(x.styles.head, l.title)
	}
	return s.add(head)
}

// add writes a row.
func (s *sheet) add(row cells) error {
	s.row++
	at, err := excelize.CoordinatesToCellName(1, s.row)
	if err != nil {
		return err
	}
	return s.out.SetRow(at, row)
}

// cell is a cell of text: guarded, escaped and bounded as in the CSV. An empty one
// is left out.
func (x *workbook) cell(style int, text string) any {
	if text == "" {
		return nil
	}
	return excelize.Cell{StyleID: style, Value: cell(text)}
}

// guarded is a cell of text that is guarded already.
func (x *workbook) guarded(text string) any {
	return excelize.Cell{StyleID: x.styles.text, Value: text}
}

func (x *workbook) count(n int) any { return excelize.Cell{StyleID: x.styles.count, Value: n} }

func (x *workbook) verdict(v assess.Verdict) any {
	return excelize.Cell{StyleID: x.styles.verdicts[v], Value: v.String()}
}
