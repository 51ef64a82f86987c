package loaders

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// batches notes the keys of every batch that a fake service was asked for.
type batches struct {
	mu   sync.Mutex
	keys [][]int
}

func (b *batches) note(keys []int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = append(b.keys, slices.Sorted(slices.Values(keys)))
}

// squares is a service that knows the squares of even numbers only, and takes a second to look them up.
func (b *batches) squares(ctx context.Context, keys []int) (map[int]int, map[int]error) {
	b.note(keys)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, eachKey(keys, ctx.Err())
	}
	values := make(map[int]int)
	for _, key := range keys {
		if key%2 == 0 {
			values[key] = key * key
		}
	}
	return values, nil
}

// resolve runs resolvers as an executor would: each on its own goroutine, counted by the level.
func resolve(l *level, resolvers ...func()) {
	l.enter(len(resolvers))
	var all sync.WaitGroup
	for _, each := range resolvers {
		all.Go(func() {
			defer l.leave(0)
			each()
		})
	}
	all.Wait()
}

func TestKeysOfALevelLeaveTogetherAndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := new(level), new(batches)
		loader := newLoader(t.Context(), l, asked.squares)
		start := time.Now()
		var resolvers []func()
		for key := range 100 {
			resolvers = append(resolvers, func() {
				time.Sleep(time.Duration(key) * time.Millisecond) // they come at different times; the clock is a fake one
				value, err := loader.Load(t.Context(), key%50)
				want := 0
				if key%2 == 0 {
					want = (key % 50) * (key % 50)
				}
				if err != nil || value != want {
					t.Errorf("Load(%d) = %d, %v, want %d", key%50, value, err, want)
				}
			})
		}
		resolve(l, resolvers...)
		if got, want := time.Since(start), 99*time.Millisecond+time.Second; got != want {
			t.Errorf("all were back after %v, want %v: the last key's time and the service's, and no wait between", got, want)
		}
		if len(asked.keys) != 1 || len(asked.keys[0]) != 50 {
			t.Errorf("the service was asked for %v, want 50 distinct keys once", asked.keys)
		}
	})
}

func TestAKeyIsReadOnceInARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := new(level), new(batches)
		loader := newLoader(t.Context(), l, asked.squares)
		for range 3 {
			resolve(l, func() {
				if value, err := loader.Load(t.Context(), 4); value != 16 || err != nil {
					t.Errorf("Load(4) = %d, %v, want 16", value, err)
				}
			})
		}
		if len(asked.keys) != 1 {
			t.Errorf("the service was asked for %v, want one batch", asked.keys)
		}
		loader.forget()
		resolve(l, func() { _, _ = loader.Load(t.Context(), 4) })
		if len(asked.keys) != 2 {
			t.Errorf("after forgetting the service was asked for %v, want two batches", asked.keys)
		}
	})
}

func TestOneCallersEndDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := new(level), new(batches)
		loader := newLoader(t.Context(), l, asked.squares)
		first, cancel := context.WithCancel(t.Context())
		resolve(l,
			func() {
				_, _ = loader.Load(first, 2)
			},
			func() {
				time.Sleep(time.Millisecond) // the first caller's context is the one that the library would use
				cancel()
				if value, err := loader.Load(t.Context(), 4); value != 16 || err != nil {
					t.Errorf("Load(4) = %d, %v, want 16", value, err)
				}
			},
		)
	})
}

func TestTheRequestsEndStopsTheCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := new(level), new(batches)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		loader := newLoader(ctx, l, asked.squares)
		start := time.Now()
		resolve(l, func() {
			if _, err := loader.Load(ctx, 2); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Load after the deadline = %v, want it to say so", err)
			}
		})
		if got := time.Since(start); got != 100*time.Millisecond {
			t.Errorf("the load ended after %v, want 100ms: it must not outlast its request", got)
		}
	})
}

func TestAFailureIsEachKeysOwn(t *testing.T) {
	broken := errors.New("broken")
	l := new(level)
	loader := newLoader(t.Context(), l, func(_ context.Context, keys []int) (map[int]string, map[int]error) {
		// Answers come in any order, some keys fail and some do not exist.
		return map[int]string{3: "three", 1: "one"}, map[int]error{2: broken}
	})
	want := map[int]struct {
		value string
		err   error
	}{1: {"one", nil}, 2: {"", broken}, 3: {"three", nil}, 4: {"", nil}}
	var resolvers []func()
	for key, want := range want {
		resolvers = append(resolvers, func() {
			if value, err := loader.Load(t.Context(), key); value != want.value || !errors.Is(err, want.err) {
				t.Errorf("Load(%d) = %q, %v, want %q, %v", key, value, err, want.value, want.err)
			}
		})
	}
	resolve(l, resolvers...)
}

func TestAPanicInAClientIsAFailureAndNotTheEnd(t *testing.T) {
	l := new(level)
	loader := newLoader(t.Context(), l, func(context.Context, []int) (map[int]string, map[int]error) { panic("of all things") })
	resolve(l, func() {
		if _, err := loader.Load(t.Context(), 1); problem.KindOf(err) != problem.Internal {
			t.Errorf("Load = %v, want a problem of kind Internal", err)
		}
	})
}

func TestBatchesOfTheNextLevelWaitForAllAnswersOfThisOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, asked := new(level), new(batches)
		fast := newLoader(t.Context(), l, func(_ context.Context, keys []int) (map[int]int, map[int]error) { return nil, nil })
		slow := newLoader(t.Context(), l, new(batches).squares)
		next := newLoader(t.Context(), l, asked.squares)
		var below sync.WaitGroup
		resolver := func(load func(), key int) func() {
			return func() {
				load()
				l.enter(1) // what this one returned leads to another edge
				below.Go(func() {
					defer l.leave(0)
					_, _ = next.Load(t.Context(), key)
				})
			}
		}
		resolve(l,
			resolver(func() { _, _ = fast.Load(t.Context(), 1) }, 10),
			resolver(func() { _, _ = slow.Load(t.Context(), 1) }, 20),
		)
		below.Wait()
		if len(asked.keys) != 1 || !slices.Equal(asked.keys[0], []int{10, 20}) {
			t.Errorf("the next level asked for %v, want both keys in one batch", asked.keys)
		}
	})
}

// TestRandomTreesMakeOneBatchForEachLoaderAndLevel lets trees of resolvers, each waiting for a random time before and after its
// load, run against the count that promise 1 states.
func TestRandomTreesMakeOneBatchForEachLoaderAndLevel(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, seed))
			l := new(level)
			const kinds = 3
			asked := [kinds]*batches{}
			loaders := [kinds]*Loader[int, int]{}
			for i := range kinds {
				asked[i] = new(batches)
				loaders[i] = newLoader(t.Context(), l, func(ctx context.Context, keys []int) (map[int]int, map[int]error) {
					asked[i].note(keys)
					time.Sleep(time.Duration(len(keys)) * time.Millisecond)
					return nil, nil
				})
			}
			want := [kinds]map[int]bool{{}, {}, {}}
			key := 0
			var grow func(depth int) node
			grow = func(depth int) node {
				key++
				n := node{key: key, kind: random.IntN(kinds), before: jitter(random), after: jitter(random)}
				want[n.kind][depth] = true
				if depth < 5 {
					for range random.IntN(4) {
						n.below = append(n.below, grow(depth+1))
					}
				}
				return n
			}
			roots := []node{grow(0), grow(0)}
			l.enter(len(roots))
			var running sync.WaitGroup
			var run func(node)
			run = func(n node) {
				running.Go(func() {
					time.Sleep(n.before)
					_, _ = loaders[n.kind].Load(t.Context(), n.key)
					time.Sleep(n.after)
					l.leave(len(n.below))
					for _, each := range n.below {
						run(each)
					}
				})
			}
			for _, each := range roots {
				run(each)
			}
			running.Wait()
			for i := range kinds {
				if len(asked[i].keys) != len(want[i]) {
					t.Errorf("seed %d: loader %d made %d batches, want one for each of its %d levels",
						seed, i, len(asked[i].keys), len(want[i]))
				}
			}
		})
	}
}

type node struct {
	key, kind     int
	before, after time.Duration
	below         []node
}

func jitter(random *rand.Rand) time.Duration {
	return time.Duration(random.IntN(5)) * time.Millisecond
}

func TestABatchOfOneKeyIsSmall(t *testing.T) {
	const loads, most = 500, 4 << 10
	fetch := func(context.Context, []int) (map[int]int, map[int]error) { return nil, nil }
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range loads {
		l := new(level)
		loader := newLoader(t.Context(), l, fetch)
		resolve(l, func() { _, _ = loader.Load(t.Context(), i) })
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / loads; got > most {
		t.Errorf("a batch of one key takes %d bytes, want at most %d: the library's default queue takes 8 KiB", got, most)
	}
}

func BenchmarkLoadOfALevel(b *testing.B) {
	fetch := func(context.Context, []int) (map[int]int, map[int]error) { return nil, nil }
	for _, keys := range []int{1, 20, 100} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l := new(level)
				loader := newLoader(b.Context(), l, fetch)
				resolvers := make([]func(), keys)
				for key := range resolvers {
					resolvers[key] = func() { _, _ = loader.Load(b.Context(), key) }
				}
				resolve(l, resolvers...)
			}
		})
	}
}
