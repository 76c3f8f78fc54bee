// Package pgtest starts private PostgreSQL servers for tests, of the programs
// that Debian's package postgresql installs. Each listens on a free port of
// loopback, behind a random password, with its files in a folder of its own that
// is gone afterwards, and ends with the test; if the test's process is killed, it
// ends with that. It gives up safety for speed (fsync=off): what a test needs to
// survive is the end of the server, never that of the machine.
package pgtest
