package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/assess/plan"
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
var exceptionTitles = []string{"id", "device", "site", "policy", "until", "holds", "by", "why", "accepted", "bound_to"}

func exceptionCells(e *inventory.Exception, now time.Time) []string {
	accepted := ""
	if !e.Accepted.IsZero() {
		accepted = planDay(e.Accepted)
	}
	return []string{e.ID, e.Device, e.At(), e.Policy, planDay(e.Until), holdsWord(e, now), e.By, e.Why, accepted, boundTo(e)}
}

// boundTo names the device that an exception is bound to; nothing where it is bound to
// no more than the name or the card that it is of. It may hold text from the network.
func boundTo(e *inventory.Exception) string {
	switch _, err := netip.ParseAddr(strings.TrimSpace(e.Device)); {
	case e.Seen.Hard():
		return e.Seen.String()
	case err == nil:
		return "address alone"
	}
	return ""
}

// exceptionUse says what became of an exception in a plan, in words that go on from
// "it".
func exceptionUse(e *plan.ExceptionUse) string {
	if e.Dark && e.Use == plan.InForce {
		return "holds for a device that was not seen again"
	}
	if e.Use != plan.OtherDevice || len(e.Devices) == 0 {
		return planUses[e.Use]
	}
	what := "goes by this name now"
	if _, err := netip.ParseAddr(strings.TrimSpace(e.Device)); err == nil {
		what = "has this address now"
	} else if plan.NamesCard(e.Device) {
		what = "has this card now"
	}
	holds := ""
	if e.Dark {
		holds = "holds for the device that was accepted, which was not seen again, and otherwise "
	}
	return holds + "is used for none: another device " + what + ": " + planDevice(e.Devices[0]) + "; " + clip(Escape(e.Other), maxNote)
}

// exceptionBound says to what an exception is bound that may be in use: to a device, or
// to an address alone.
func exceptionBound(e *plan.ExceptionUse) string {
	switch {
	case e.AddressAlone && e.Seen.Hard():
		return "bound to " + clip(Escape(e.Seen.String()), maxQuote) + ", of which nothing was told this time but the address"
	case e.AddressAlone:
		return "bound to an address alone"
	case e.Seen.Hard():
		return "bound to " + clip(Escape(e.Seen.String()), maxQuote)
	}
	return ""
}

// exceptionNote says once what it means that exceptions are bound to an address alone;
// nothing where none is.
func exceptionNote(list []plan.ExceptionUse) string {
	if !slices.ContainsFunc(list, func(e plan.ExceptionUse) bool { return e.AddressAlone }) {
		return ""
	}
	return "An exception that is bound to an address alone holds for whatever device has that address. Accepted again after a run that tells more of the device, it is bound to that."
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
				row[j] = strings.ToUpper(strings.ReplaceAll(c, "_", " "))
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
