// Package assess turns the facts of a host into a judgement: for each of the
// four signing policies a verdict, how sure it is, why, and what to do.
//
// It is made of pure functions over package inventory. It never touches the
// network. The rules are tables (see rules*.go), and each rule carries a stable
// reason code, the rows of the policy table that it implements, and its source
// in the specifications. What kind of device a host is (device.go, with its data
// in fingerprints.yaml) words and sorts a verdict; a verdict that is fine rests on
// facts alone (recognise.go). A Judge may be given further rules of recognition
// and another list of makers; they change no verdict.
//
// Two promises hold over every host, and are tested over generated ones:
// removing a fact never turns a verdict that is not fine into one that is, unless
// that fact was the bad news itself (a session that went wrong); and without facts
// every verdict is unknown. A verdict is proven only by a session with an account
// (session.go), and by what was counted in it.
package assess
