package demand

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// Running is an operation under way: what it was reckoned to take, and what its answer costs. It is safe for concurrent use.
type Running struct {
	// Estimated is what it was reckoned to take at most. It is not changed while the operation runs.
	Estimated Estimate

	tally *Tally // where gqlgen runs it
	took  atomic.Int64
}

// Took says what the answer cost.
func (r *Running) Took(cost int64) { r.took.Store(cost) }

// Tally counts what gqlgen is about to answer. It must be called before any field runs.
func (r *Running) Tally(costs *Costs, operation *graphql.OperationContext) {
	if r != nil {
		r.tally = costs.Tally(operation)
	}
}

// Add counts the objects that a field of an object led to, where the schema says that they are counted and anybody counts.
func (r *Running) Add(field graphql.CollectedField, value any) {
	if r != nil && r.tally != nil {
		r.tally.Add(field, value)
	}
}

// Cost is what the answer costs so far.
func (r *Running) Cost() int64 {
	if r.tally != nil {
		return r.tally.Cost()
	}
	return r.took.Load()
}

// Key is what a context gives the operation under way for, as a *Running.
type Key struct{}

// From is the operation under way, nil where none is reckoned.
func From(ctx context.Context) *Running {
	r, _ := ctx.Value(Key{}).(*Running)
	return r
}
