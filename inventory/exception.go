package inventory

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Exception is a device that somebody accepted to lose, or to take care of in
// another way, when a policy is enforced. It is a decision of people, not a
// fact of the network, and it never changes a verdict.
type Exception struct {
	ID       string    `json:"id" yaml:"id"`
	Device   string    `json:"device" yaml:"device"`              // an address, a name or the address of a network card
	Site     string    `json:"site,omitempty" yaml:"site"`        // empty: at that where it was seen, see At
	Policy   string    `json:"policy" yaml:"policy"`              // such as "client-always"
	By       string    `json:"by" yaml:"by"`                      // who accepted it
	Why      string    `json:"why" yaml:"why"`                    // in their words
	Until    time.Time `json:"until,omitzero" yaml:"until"`       // the last day on which it holds, at 00:00 UTC of that day
	Accepted time.Time `json:"accepted,omitzero" yaml:"accepted"` // when

	// Seen is what the device was then; nil where nobody knows.
	Seen *SeenDevice `json:"seen,omitempty" yaml:"seen"`
}

// At returns the site at which alone the exception holds: the one that it names, or else
// that of its device when it was accepted. It is empty where none is known.
func (e *Exception) At() string {
	if e.Site == "" && e.Seen != nil {
		return e.Seen.Site
	}
	return e.Site
}

// Expired reports whether the last day on which the exception holds is over at
// a time. One that names no day is over: to be accepted for good is not what an
// exception is for.
func (e *Exception) Expired(now time.Time) bool {
	return e.Until.IsZero() || !now.Before(e.Until.AddDate(0, 0, 1))
}

// exceptionPolicies are the policies to which there can be exceptions: those
// that break things.
var exceptionPolicies = []string{"client-always", "server-always"}

// maxExceptionText bounds each text of an exception, in bytes.
const maxExceptionText = 1000

// Check reports what an exception lacks, or has wrong. It is in the words of a
// sentence that begins with "it", without a full stop.
func (e *Exception) Check() error {
	for _, f := range e.fields() {
		if err := f.check(); err != nil {
			return err
		}
	}
	if e.Seen != nil {
		if err := e.Seen.check(); err != nil {
			return err
		}
	}
	return e.checkTimes()
}

// Identify gives an exception that has no ID one: it depends on the device, the
// site at which it holds and the policy alone, so that the same thing accepted
// again is the same exception, and the same address at another site is not.
func (e *Exception) Identify() {
	if e.ID != "" {
		return
	}
	key := strings.ToLower(e.Device) + "\x00" + e.At() + "\x00" + e.Policy
	e.ID = fmt.Sprintf("x%x", sha256.Sum256([]byte(key)))[:9]
}

// exceptionField is a text of an exception.
type exceptionField struct {
	key   string
	text  *string
	must  bool // it may not be empty
	names []string
}

func (e *Exception) fields() []exceptionField {
	return []exceptionField{{key: "device", text: &e.Device, must: true}, {key: "policy", text: &e.Policy, must: true, names: exceptionPolicies},
		{key: "by", text: &e.By, must: true}, {key: "why", text: &e.Why, must: true}, {key: "site", text: &e.Site}, {key: "id", text: &e.ID}}
}

func (f *exceptionField) check() error {
	switch v := *f.text; {
	case f.must && strings.TrimSpace(v) == "":
		return fmt.Errorf("has no %s", f.key)
	case len(v) > maxExceptionText:
		return fmt.Errorf("has a %s of more than %d bytes", f.key, maxExceptionText)
	case f.names != nil && !slices.Contains(f.names, v):
		return fmt.Errorf("has the policy %q; there are exceptions to %s", clip(v), strings.Join(f.names, " and "))
	case strings.TrimSpace(v) != v || strings.ContainsFunc(v, isControl):
		return fmt.Errorf("has a %s that begins or ends with a space, or has control characters", f.key)
	}
	return nil
}

func (e *Exception) checkTimes() error {
	switch {
	case e.Until.IsZero():
		return errors.New("has no until: name the last day on which it holds, such as 2027-03-31")
	case !e.Accepted.IsZero() && e.Until.AddDate(0, 0, 1).Before(e.Accepted):
		return errors.New("ends before it was accepted")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
