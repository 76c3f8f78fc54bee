// Package assess turns the facts of a host into a judgement: for each of the
// four signing policies a verdict, how sure it is, why, and what to do.
//
// It is made of pure functions over package inventory. It never touches the
// network. The rules are tables (see rules*.go), and each rule carries a stable
// reason code, the rows of the policy table that it implements, and its source
// in the specifications. What kind of device a host is (device.go, with its data
// in device_rules.go) words and sorts a verdict; a verdict that is fine rests on
// facts alone (recognise.go).
//
// Two promises hold over every host, and are tested over generated ones:
// removing a fact never turns a verdict that is not fine into one that is, and
// without facts every verdict is unknown.
package assess
