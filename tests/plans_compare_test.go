package tests

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// verdict is how a trial went.
type verdict struct {
	byPlans, byGqlgen *outcome
	answers           map[string]answer // that services did not give as usual
	open              bool              // gqlgen itself does not always answer the same
	differs           bool
}

// How often a trial is run once more where the answers differ. What gqlgen does can depend on which of two services answers first:
// a record that a list brings is asked for by its id or not. So services take their time then, and all that plans show must be
// something that gqlgen shows.
const (
	againByPlans  = 4
	againByGqlgen = 40
)

// try runs a trial in both gateways.
func (w *twins) try(ctx context.Context, c trial) (verdict, error) {
	var v verdict
	var err error
	if v.byPlans, v.answers, err = w.run(ctx, w.sides[0], c, c.slow); err != nil {
		return v, fmt.Errorf("by plans: %w", err)
	}
	if v.byGqlgen, _, err = w.run(ctx, w.sides[1], c, c.slow); err != nil {
		return v, fmt.Errorf("by gqlgen: %w", err)
	}
	v.differs = !v.byPlans.equals(v.byGqlgen)
	if !v.differs || c.changes() { // what changes something does not find again what it found
		return v, nil
	}
	return w.tryAgain(ctx, c, v)
}

// tryAgain finds out whether a difference is one that gqlgen leaves open.
func (w *twins) tryAgain(ctx context.Context, c trial, v verdict) (verdict, error) {
	strange := []*outcome{v.byPlans}
	for range againByPlans {
		o, _, err := w.run(ctx, w.sides[0], c, true)
		if err != nil {
			return v, err
		}
		if !o.equals(v.byGqlgen) {
			strange = append(strange, o)
		}
	}
	for range againByGqlgen {
		o, _, err := w.run(ctx, w.sides[1], c, true)
		if err != nil {
			return v, err
		}
		if strange = slices.DeleteFunc(strange, o.equals); len(strange) == 0 {
			v.open, v.differs = true, false
			return v, nil
		}
	}
	v.byPlans = strange[0]
	return v, nil
}

// between is what differs, for reports.
func (v verdict) between() string {
	a, b := v.byPlans.String(), v.byGqlgen.String()
	return fmt.Sprintf("by plans:\n%s\nby gqlgen:\n%s\n-plans +gqlgen:\n%s", a, b, cmp.Diff(strings.Split(a, "\n"), strings.Split(b, "\n")))
}
