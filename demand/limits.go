package demand

import (
	"fmt"
	"strconv"

	"github.com/concierge-gateway/concierge/problem"
)

// measure is one of what is limited.
type measure struct {
	name  string
	limit func(Limits) int
	of    func(Estimate) int64
	says  string // of an operation that is over it
}

// measures are all of them, in the order in which they are held against limits.
func measures() [3]measure {
	return [3]measure{
		{
			"cost", func(l Limits) int { return l.Cost }, func(e Estimate) int64 { return e.Cost },
			"the operation costs %s where %d are allowed",
		},
		{
			"calls", func(l Limits) int { return l.Calls }, func(e Estimate) int64 { return e.Calls },
			"the operation makes up to %s calls to services where %d are allowed",
		},
		{
			"keys", func(l Limits) int { return l.Keys }, func(e Estimate) int64 { return e.Keys },
			"the operation asks services for up to %s records where %d are allowed",
		},
	}
}

// Excess is a measure that an operation is over.
type Excess struct {
	// Measure is cost, calls or keys.
	Measure string

	message string
}

// Problem is what its caller is told. It names no service.
func (e Excess) Problem() error { return problem.New(problem.TooCostly, e.message) }

// Exceeded is the first measure that an operation is over, nil where it is within all. A limit of 0 holds nobody.
func (l Limits) Exceeded(e Estimate) *Excess {
	for _, m := range measures() {
		if limit, n := m.limit(l), m.of(e); limit > 0 && n > int64(limit) {
			return &Excess{Measure: m.name, message: fmt.Sprintf(m.says, spelt(n), limit)}
		}
	}
	return nil
}

// spelt is a number of a message.
func spelt(n int64) string {
	if n >= Countless {
		return fmt.Sprintf("%d or more", Countless)
	}
	return strconv.FormatInt(n, 10)
}
