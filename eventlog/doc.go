// Package eventlog reads what Windows computers wrote down about SMB: the audit
// events of SMB servers and clients, in the forms in which administrators save
// and collect them, and the output of three cmdlets. It turns them into facts
// about the devices that the events name, and judges nothing.
//
//	EVTX ──► worker process ─┐
//	XML  ────────────────────┼─► record ─► knowledge ─► tally ─► Hosts
//	JSON, CSV ───────────────┘   (fields by meaning)     (counts)
//
// Everything in a file is taken to be hostile: each row, object and chunk is
// bounded in size and depth, what is damaged costs only itself, and is counted.
//
// The numbers, channels and fields of the events are those of the providers
// Microsoft-Windows-SMBServer and Microsoft-Windows-SMBClient as Windows 11
// 24H2 (26100.1742) and 26H1 (28000.1) register them; the public collections
// nasbench/EVTX-ETW-Resources and jdu2600/Windows10EtwEvents hold copies. Words
// of a rendered message differ by language and mean nothing here.
package eventlog
