package tests

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// trials run in gateways of all configurations.
type trials struct {
	trialTally

	sites map[string]*twins
	known known
	mu    sync.Mutex
	found []different
}

// different is a trial that differed, and how.
type different struct {
	trial
	verdict
}

// trialTally is what trials were like.
type trialTally struct {
	Trials, Refused, Amiss, Data, WithErrors, Errors, Mishaps, Calls, Changes, Open, Bytes int
}

func startTrials(t *testing.T) *trials {
	t.Helper()
	run := &trials{sites: make(map[string]*twins)}
	for name, yaml := range planSites() {
		run.sites[name] = startTwins(t, unlimited(yaml)) // which would bite where there are many
	}
	run.known = run.learn(t)
	return run
}

// block is how many trials are run side by side. Those that change something come behind the others of their block, one after the
// other, so that all find the same records each time.
const block = 64

func (r *trials) block(t *testing.T, seed, from, to int) {
	t.Helper()
	var reads, writes []trial
	for number := from; number < to; number++ {
		if c := newTrial(schema(), r.known, seed, number); c.changes() {
			writes = append(writes, c)
		} else {
			reads = append(reads, c)
		}
	}
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, c := range reads {
		group.Go(func() error { return r.one(ctx, c) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, c := range writes {
		if err := r.one(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// wereRunAsTheyShould checks that plans ran where they are on, and only there.
func (r *trials) wereRunAsTheyShould(t *testing.T) {
	t.Helper()
	var planned [2]int
	for _, w := range r.sites {
		for i, s := range w.sides {
			planned[i] += s.byPlans(t)
		}
	}
	t.Logf("by plans: %v", planned)
	if planned[0]*10 < r.Trials*8 || planned[1] > 0 {
		t.Errorf("of %d operations %d ran by plans where they are on, and %d where they are off", r.Trials, planned[0], planned[1])
	}
}

func (r *trials) one(ctx context.Context, c trial) error {
	v, err := r.sites[c.site].try(ctx, c)
	if err != nil {
		return fmt.Errorf("%s\n%w", c, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count(c, v)
	if v.differs {
		r.found = append(r.found, different{c, v})
	}
	return nil
}

func (r *trials) count(c trial, v verdict) {
	o := v.byGqlgen
	for into, by := range map[*int]bool{
		&r.Trials: true, &r.Refused: o.refused && !c.amiss, &r.Amiss: c.amiss, &r.Data: strings.Contains(o.Data, ":"), &r.WithErrors: len(o.Errors) > 0,
		&r.Mishaps: len(v.answers) > 0, &r.Changes: c.changes(), &r.Open: v.open,
	} {
		if by {
			*into++
		}
	}
	r.Calls += len(o.Calls)
	r.Errors += len(o.Errors)
	r.Bytes += len(o.Data)
}

// report is what there is to say of a trial that differs: a small one, as a file, and how it went.
func (r *trials) report(t *testing.T, found different) string {
	t.Helper()
	c := found.trial
	w := r.sites[c.site]
	small, err := w.shrink(t.Context(), c)
	if err != nil {
		return fmt.Sprintf("%s\n%v", c, err)
	}
	v, err := w.try(t.Context(), small)
	if err != nil {
		return fmt.Sprintf("%s\n%v", small, err)
	}
	if !v.differs {
		return fmt.Sprintf("a difference that did not come again:\n\n%s\n%s", c, found.between())
	}
	fixed := small
	fixed.mishaps, fixed.answers = nil, v.answers // so that the file says what was answered, whatever becomes of the mishaps
	if again, err := w.try(t.Context(), fixed); err == nil && again.differs {
		small, v = fixed, again
	}
	return fmt.Sprintf("a difference; to keep it, write into tests/testdata/plans/NAME.txt:\n\n%s\n%s", small, v.between())
}
