// Package report renders a run for people and for other tools: text, CSV, JSON
// lines, a page of HTML, a workbook, and Markdown for a ticket.
//
// It never decides anything: facts come from package inventory, every judgement
// from package assess. A run is read from its file host by host, in address
// order, so that memory stays flat however large the network was.
//
// Names, banners and whole files come from the network or from strangers.
// Nothing of them reaches a terminal, a spreadsheet, a browser or a ticket
// unescaped: see [Escape], [WriteCSV], [WriteHTML] and [Quoted].
package report
