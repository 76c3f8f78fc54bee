// Package plan makes the plan of a rollout out of assessed hosts: for each of
// the two "always" policies and each site what would break, what is not known
// and what would settle that, which exceptions were accepted, how many devices
// are ready, and whether the next wave may begin.
//
//	exceptions of no device ─► Binder ◄─ runs, the newest first
//	                              │ bound to what was seen
//	                              ▼
//	hosts, judged ─► Builder ─► Plan of today ─────────────────────────► Recall ─► Plan
//	                  │                      └ Await ─► ┐                  ▲
//	                  ├───────► Plan of an earlier ─────┤ Memory ──────────┘
//	                  │         time, or none           │   what was found, and
//	                  └───────► a Plan of each ─ Take ─►┘   is not settled since
//	                            other run, the oldest first
//
// A Builder makes a [Plan] of hosts that tell of each site once. A [Memory] is
// made with the plan that the one of today is compared with, if there is one,
// and takes in what other runs found, in the order of time. [Plan.Recall] comes
// last: it holds the plan of today against the memory, which can only add to what
// speaks against a site; then it says what changed, since only then is it known
// what was replaced or put right meanwhile. A [Binder] is for the time when
// exceptions are accepted: it finds out what device each was accepted for.
//
// It is pure: hosts and their judgements go in, and a [Plan] comes out. It never
// turns a verdict round. What is unknown is never ready, an exception makes
// nothing ready, and a policy is never a "go" for want of evidence.
package plan
