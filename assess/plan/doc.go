// Package plan makes the plan of a rollout out of assessed hosts: for each of
// the two "always" policies and each site what would break, what is not known
// and what would settle that, which exceptions were accepted, how many devices
// are ready, and whether the next wave may begin.
//
// It is pure: hosts and their judgements go in, and a [Plan] comes out. It never
// turns a verdict round. What is unknown is never ready, an exception makes
// nothing ready, and a policy is never a "go" for want of evidence.
package plan
