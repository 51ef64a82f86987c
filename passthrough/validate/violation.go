package validate

import (
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// Violation is one way in which a request is not as the contract says.
type Violation struct {
	// Where is a parameter or a part of the body: "query limit", "path id", "header X-Kind", "cookie kind", "body /address/zip".
	// What the client called a member is in it, clipped and without what cannot be printed.
	Where string
	// What is said of it, in words of the gateway and the contract, such as "must be at most 100". It never repeats a value.
	What string
	// Fault is the same for programs. Its field is the way in the body, or query.limit, path.id, header.X-Kind, cookie.kind.
	Fault problem.Fault
}

// The codes of faults. The sample services have the same.
const (
	missing = "REQUIRED"
	invalid = "INVALID"
	tooLong = "TOO_LONG"
	unknown = "UNKNOWN_MEMBER"
)

// String is the violation as a part of a sentence.
func (v Violation) String() string { return v.Where + " " + v.What }

// Violations are all that were found, at most 20: parameters first, in the contract's order, then the body from its begin to its
// end. They are found in the error of Check by errors.As.
type Violations []Violation

// most is how many violations are looked for.
const most = 20

// Error lists them.
func (v Violations) Error() string {
	var list strings.Builder
	for i, each := range v {
		if i > 0 {
			list.WriteString("; ")
		}
		list.WriteString(each.String())
	}
	return list.String()
}

// problem is what the caller gets to know of them: all.
func (v Violations) problem() *problem.Error {
	known := problem.Wrap(problem.BadInput, v, "the request is not as the service takes it: "+v.Error())
	for _, each := range v {
		known.Faults = append(known.Faults, each.Fault)
	}
	return known
}
