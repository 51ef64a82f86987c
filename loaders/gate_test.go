package loaders

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// slowly is a store that takes a second, and notes when it was asked for how much.
type slowly struct {
	*memory.Store

	instead func() // what it does, where it is set
	start   time.Time
	asked   []question
}

type question struct {
	after time.Duration
	wants []int64
}

func (s *slowly) Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error {
	if s.instead != nil {
		s.instead()
	}
	q := question{after: time.Since(s.start)}
	for _, r := range reservations {
		q.wants = append(q.wants, r.Want)
	}
	s.asked = append(s.asked, q)
	time.Sleep(time.Second)
	return s.Store.Reserve(ctx, within, reservations...)
}

const limitedSchema = `type Query { order: Order page: Page } type Order { id: ID payment: Order email: String total: Money } type Money { amount: String }
	type Page { nodes: [Order] edges: [Edge] } type Edge { node: Order } type Mutation { pay: Order }`

// limits are those of a schema's fields: so many in an hour.
func limits(t *testing.T, schema *ast.Schema, each int, names ...string) *ratelimit.Fields {
	t.Helper()
	configured := make(map[string][]ratelimit.Limit)
	for _, name := range names {
		configured[name] = []ratelimit.Limit{{By: ratelimit.ByAll, Limit: each, Per: ratelimit.Period{Length: time.Hour}}}
	}
	fields, err := ratelimit.ReadFields(schema, configured, func(*ast.Definition, *ast.FieldDefinition) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// gated is a level with gates before a slow store.
func gated(t *testing.T, each int) (*level, *ratelimit.Fields, *slowly) {
	t.Helper()
	fields := limits(t, parse(t, limitedSchema), each, "Order.payment", "Order.email", "Mutation.pay")
	store := &slowly{Store: memory.New(memory.DefaultConfig(), nil), start: time.Now()}
	limiter := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
		Store: store, Fields: fields, Within: time.Minute, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
	})
	l := new(level)
	l.tolls = newTolls(t.Context(), l, fields, limiter.Open(ratelimit.Who{}))
	return l, fields, store
}

// asking is the context of a field.
func asking(ctx context.Context, object, field string) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: object, Field: graphql.CollectedField{Field: &ast.Field{Name: field}}})
}

func TestValuesAreChargedBeforeKeysAndKeysBeforeTheyLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, fields, store := gated(t, 2)
		var left []record.ID
		var leftAfter time.Duration
		loader := newLoader(t.Context(), l, func(_ context.Context, keys []record.ID) (map[record.ID]int, map[record.ID]error) {
			left, leftAfter = slices.Sorted(slices.Values(keys)), time.Since(store.start)
			return nil, nil
		})
		email, payment := fields.Of("Order", "email"), fields.Of("Order", "payment")
		var mu sync.Mutex
		refused := make(map[record.ID]bool)
		load := func(field string, key record.ID) func() {
			return func() {
				_, err := loader.Load(asking(t.Context(), "Order", field), key)
				mu.Lock()
				defer mu.Unlock()
				refused[key] = err != nil
			}
		}
		resolve(
			l, load("payment", 3), load("payment", 1), load("payment", 2), load("payment", 3), load("id", 9), load("payment", 0),
			func() {
				l.tolls.values.pass(toll.Unit{Field: email, ID: 1}, toll.Unit{Field: email, ID: 2})
				load("payment", 4)()
			},
			func() { l.tolls.values.pass(toll.Unit{Field: email, ID: 1}, toll.Unit{Field: email, ID: 3}) },
		)
		want := []question{{0, []int64{3}}, {time.Second, []int64{4}}}
		if diff := cmp.Diff(want, store.asked, cmp.AllowUnexported(question{})); diff != "" {
			t.Errorf("the questions (-want +got):\n%s", diff)
		}
		if !slices.Equal(left, []record.ID{0, 1, 2, 9}) || leftAfter != 2*time.Second {
			t.Errorf("%v left after %v, want what was granted and what is not limited, after both questions", left, leftAfter)
		}
		if diff := cmp.Diff(map[record.ID]bool{0: false, 1: false, 2: false, 3: true, 4: true, 9: false}, refused); diff != "" {
			t.Errorf("refused (-want +got):\n%s", diff)
		}
		if l.tolls.values.refused(toll.Unit{Field: email, ID: 3}) == nil || l.tolls.values.refused(toll.Unit{Field: email, ID: 1}) != nil {
			t.Error("of three values not the first two are granted")
		}
		if err := l.tolls.values.refused(toll.Unit{Field: payment, ID: 1}); problem.KindOf(err) != problem.Internal {
			t.Errorf("what nobody was charged for is %v, want an error", err)
		}
	})
}

// A field of a mutation is charged when it runs. What its resolver reads then is no further charge.
func TestWhatAMutationReadsIsNotChargedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, store := gated(t, 1)
		loader := newLoader(t.Context(), l, func(context.Context, []record.ID) (map[record.ID]int, map[record.ID]error) { return nil, nil })
		resolve(l, func() {
			for key := range record.ID(3) {
				if _, err := loader.Load(asking(t.Context(), "Mutation", "pay"), key+1); err != nil {
					t.Errorf("Load = %v", err)
				}
			}
		})
		if len(store.asked) > 0 {
			t.Errorf("the counters were asked for %v", store.asked)
		}
	})
}

// TestRandomTreesMakeOneBatchForEachLevelWithGates is promise 1 for resolvers that wait at gates before their loads and behind them.
func TestRandomTreesMakeOneBatchForEachLevelWithGates(t *testing.T) {
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, seed))
			l, fields, _ := gated(t, 1000)
			asked := new(batches)
			loader := newLoader(t.Context(), l, func(_ context.Context, keys []record.ID) (map[record.ID]int, map[record.ID]error) {
				asked.note([]int{len(keys)})
				time.Sleep(time.Millisecond)
				return nil, nil
			})
			nodes, levels := 0, 0
			var grow func(depth int) node
			grow = func(depth int) node {
				nodes++
				levels = max(levels, depth+1)
				n := node{key: nodes, kind: random.IntN(4), before: jitter(random), after: jitter(random)}
				for range random.IntN(4) {
					if depth < 4 {
						n.below = append(n.below, grow(depth+1))
					}
				}
				return n
			}
			root := grow(0)
			var running sync.WaitGroup
			var run func(node)
			run = func(n node) {
				running.Go(func() {
					time.Sleep(n.before)
					field := []string{"id", "payment"}[n.kind%2]
					if _, err := loader.Load(asking(t.Context(), "Order", field), record.ID(n.key)); err != nil {
						t.Errorf("Load = %v", err)
					}
					time.Sleep(n.after)
					if n.kind > 1 {
						l.tolls.values.pass(toll.Unit{Field: fields.Of("Order", "email"), ID: record.ID(n.key)})
					}
					l.leave(len(n.below))
					for _, each := range n.below {
						run(each)
					}
				})
			}
			l.enter(1)
			run(root)
			running.Wait()
			if len(asked.keys) != levels {
				t.Errorf("seed %d: there were %d batches, want one for each of %d levels", seed, len(asked.keys), levels)
			}
		})
	}
}

func TestTheRequestsEndLetsNobodyWaitAtAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, fields, store := gated(t, 1)
		unit := toll.Unit{Field: fields.Of("Order", "email"), ID: 1}
		l.enter(1) // it never waits, and never ends
		done := make(chan struct{})
		go func() {
			resolve(l, func() { l.tolls.values.pass(unit) })
			close(done)
		}()
		synctest.Wait()
		l.end()
		<-done
		if len(store.asked) != 1 || l.tolls.values.refused(unit) != nil {
			t.Errorf("the counters were asked %d times, want once also at the end", len(store.asked))
		}
	})
}

func TestAPanicOfTheCountersRefusesAndIsNotTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, store := gated(t, 9)
		store.instead = func() { panic("of all things") }
		loader := newLoader(t.Context(), l, func(context.Context, []record.ID) (map[record.ID]int, map[record.ID]error) {
			t.Error("a key left")
			return nil, nil
		})
		resolve(l, func() {
			if _, err := loader.Load(asking(t.Context(), "Order", "payment"), 1); problem.KindOf(err) != problem.Internal {
				t.Errorf("Load = %v, want a problem of kind Internal", err)
			}
		})
	})
}
