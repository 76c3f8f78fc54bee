package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"smbready/inventory"
)

// WriteExceptions lists exceptions as text, CSV or JSON lines. Which hold depends
// on the time.
func WriteExceptions(w io.Writer, list []inventory.Exception, now time.Time, f Format) error {
	buf := bufio.NewWriter(w)
	var err error
	switch f {
	case CSV:
		err = exceptionsCSV(buf, list, now)
	case JSON:
		err = exceptionsJSON(buf, list, now)
	default:
		exceptionsText(buf, list, now)
	}
	if err != nil {
		return err
	}
	return buf.Flush()
}

// exceptionTitles are the columns of the list.
var exceptionTitles = []string{"id", "device", "site", "policy", "until", "holds", "by", "why", "accepted"}

func exceptionCells(e *inventory.Exception, now time.Time) []string {
	accepted := ""
	if !e.Accepted.IsZero() {
		accepted = planDay(e.Accepted)
	}
	return []string{e.ID, e.Device, e.Site, e.Policy, planDay(e.Until), holdsWord(e, now), e.By, e.Why, accepted}
}

func holdsWord(e *inventory.Exception, now time.Time) string {
	switch {
	case e.Expired(now):
		return "expired"
	case e.Accepted.After(now):
		return "not yet"
	}
	return "yes"
}

func exceptionsText(w *bufio.Writer, list []inventory.Exception, now time.Time) {
	rows := [][]string{}
	widths := make([]int, len(exceptionTitles))
	for i := -1; i < len(list); i++ {
		cells := exceptionTitles
		if i >= 0 {
			cells = exceptionCells(&list[i], now)
		}
		row := make([]string, len(cells))
		for j, c := range cells {
			if row[j] = clip(Escape(firstOf(c, "-")), maxName); i < 0 {
				row[j] = strings.ToUpper(c)
			}
			widths[j] = max(widths[j], width(row[j]))
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		line := ""
		for j, c := range row {
			line += pad(c, widths[j]+gap)
		}
		w.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func exceptionsCSV(w io.Writer, list []inventory.Exception, now time.Time) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(exceptionTitles); err != nil {
		return err
	}
	for i := range list {
		cells := exceptionCells(&list[i], now)
		for j, c := range cells {
			cells[j] = cell(c)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func exceptionsJSON(w io.Writer, list []inventory.Exception, now time.Time) error {
	e := json.NewEncoder(jsonEscaper{w})
	e.SetEscapeHTML(false)
	for i := range list {
		line := struct {
			Type string `json:"type"`
			*inventory.Exception
			Holds string `json:"holds"`
		}{"exception", &list[i], holdsWord(&list[i], now)}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
