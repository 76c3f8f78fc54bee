// Package diff tells what changed between two runs, device by device rather than
// address by address.
//
// A device is matched by its address together with what it says of itself, or,
// where it moved, by keys that are meant to be unique; never by one weak sign
// (see Match). What both runs know of it is then judged and compared (see
// Compare).
//
// What was not asked is not lost. A device is gone only where the other run
// reached its end, asked for its address and for every other that its own run was to
// ask for, no less of each, and left none without an answer, where it might be now. A verdict is better or worse only by what both runs asked; what
// one of them left out, or did not meet again, makes a device less known, and
// neither worse nor better.
package diff
