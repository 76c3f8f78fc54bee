// Package inventory holds the facts that sources observe on a network, and
// their line format (JSON lines, version 1).
//
// Only facts live here: what was asked, what was answered, when and where.
// What a fact means for a policy is decided by package assess, so that an old
// run can be judged again by newer rules.
//
// The zero value of every type is the honest one: unknown. Absence of a fact
// never reads as good news.
package inventory
