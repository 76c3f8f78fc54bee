// Package store keeps runs in SQL, in a SQLite file or on a PostgreSQL server,
// by one schema and one set of queries. It keeps facts only: the lines of a run
// as they were given, byte for byte, to be judged when they are read.
//
// A scan is stored as it happens:
//
//	Line, Done ──► pending batch ──► writer ──► one transaction a batch
//	(many goroutines)  (bounded)   (one goroutine)   (lines, positions, counts)
//
// A batch is committed every second or every 500 hosts, and a committed batch
// survives the end of the process and of the machine. Batches are numbered, so
// that one whose commit was cut off is neither lost nor stored twice. The order
// of things within a store comes from counters, never from a clock.
//
// A run has at most one writer. It leaves signs of life in the run's row, and
// each batch is committed only if the row still names it as the owner: a process
// that took over a run which seemed abandoned cannot be disturbed by one that
// wakes up late. LockSite keeps processes apart before: two at one site would send
// it everything twice, each into a run of its own.
package store
