// Package demand answers what an operation costs, before it runs and after.
//
// There are three measures. Cost is what the schema says by @cost and @listSize, of the specification of IBM
// (https://ibm.github.io/graphql-specs/cost-spec.html): each object and each field that leads to some has a weight, and each list
// a size. It is the sum of what the specification calls type cost and field cost: who pays by it has one number to watch, and a
// schema can set either to nothing. Calls and keys are what services are asked at most: requests, and the ids and parts of lists
// in them. They come from whoever knows how fields are read, and are what an operation really costs.
//
// What is reckoned before an operation runs is never less than what it takes, as far as its lists are no longer than the schema
// says.
package demand

import "math"

// Countless is where counting stops. Sums and products of any size end there, and do not overflow.
const Countless = math.MaxInt32

// Estimate is how much an operation asks for, of each measure. Numbers end at Countless.
type Estimate struct {
	// Cost is the sum of the weights of what is asked for, rounded up.
	Cost int64
	// Calls are requests to services, retries apart.
	Calls int64
	// Keys are the ids and the parts of lists that services are asked for. A write counts as one.
	Keys int64
}

// Spent is what an operation took, beside what was reckoned before.
type Spent struct {
	Estimated, Actual Estimate
}

// Report is Spent as a caller is told: totals, and no service by name.
type Report struct {
	Estimated int64 `json:"estimated"`
	Actual    int64 `json:"actual"`
	Calls     Pair  `json:"calls"`
	Keys      Pair  `json:"keys"`
}

// Pair is one measure of a Report.
type Pair struct {
	Estimated int64 `json:"estimated"`
	Actual    int64 `json:"actual"`
}

// Report tells it.
func (s Spent) Report() Report {
	return Report{
		Estimated: s.Estimated.Cost, Actual: s.Actual.Cost,
		Calls: Pair{s.Estimated.Calls, s.Actual.Calls}, Keys: Pair{s.Estimated.Keys, s.Actual.Keys},
	}
}
