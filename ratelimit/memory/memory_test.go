package memory_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulule/limiter/v3"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

func rate(limit int64, period time.Duration) limiter.Rate {
	return limiter.Rate{Limit: limit, Period: period}
}

// units is a reservation of so many, or of none, from keys of one rate.
func units(want int64, of limiter.Rate, keys ...string) *charge.Reservation {
	r := &charge.Reservation{Want: want, Least: want}
	for _, key := range keys {
		r.Charges = append(r.Charges, charge.Charge{Key: key, Rate: of, Cost: 1})
	}
	return r
}

func reserve(ctx context.Context, s *memory.Store, r ...*charge.Reservation) {
	if err := s.Reserve(ctx, 0, r...); err != nil {
		panic(err)
	}
}

func store() *memory.Store { return memory.New(memory.Config{Keys: 1000}, nil) }

func TestTheLimitPassesInEachPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store()
		time.Sleep(time.Hour)
		r := units(10, rate(10, time.Minute), "a", "b")
		reserve(t.Context(), s, r)
		if r.Granted != 10 || r.At != time.Hour.Microseconds() || r.Charges[1].Remaining != 0 || r.Charges[1].Wait != time.Minute {
			t.Errorf("the first ten are %+v", r)
		}
		time.Sleep(time.Minute - time.Microsecond)
		r = units(1, rate(10, time.Minute), "b", "c")
		reserve(t.Context(), s, r)
		if r.Granted != 0 || r.Charges[0].Wait != time.Microsecond || r.Charges[1].Remaining != 10 {
			t.Errorf("one more before a minute is over is %+v", r)
		}
		time.Sleep(time.Microsecond)
		reserve(t.Context(), s, r)
		if r.Granted != 1 {
			t.Errorf("one more after a minute is %+v", r)
		}
	})
}

func TestReservationsAreDecidedInTheirOrder(t *testing.T) {
	s, of := store(), rate(10, time.Hour)
	all := []*charge.Reservation{units(6, of, "a"), units(6, of, "a", "b"), units(4, of, "a", "b")}
	reserve(t.Context(), s, all...)
	if all[0].Granted != 6 || all[1].Granted != 0 || all[2].Granted != 4 || all[2].Charges[1].Remaining != 6 {
		t.Errorf("they are %+v, %+v, %+v", all[0], all[1], all[2])
	}
}

// A store says what the same counters say without one, over as many keys as there are.
func TestAStoreDecidesAsItsCountersDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Duration(0)
		s := memory.New(memory.Config{Keys: 8000}, func() time.Duration { return now })
		counters := map[string]*window.Counter{}
		var last *charge.Reservation
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 20_000).Draw(t, "passed")) * time.Microsecond
			if last != nil && rapid.IntRange(0, 4).Draw(t, "refund") == 0 {
				s.Refund(t.Context(), last, 1)
				for i := range last.Charges {
					window.Refund(last, &last.Charges[i], counters[last.Charges[i].Key], 1)
				}
			}
			keys := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 1, 30, rapid.ID).Draw(t, "keys")
			got, of := units(rapid.Int64Range(0, 5).Draw(t, "want"), rate(0, 0)), []*window.Counter{}
			got.Force = rapid.IntRange(0, 5).Draw(t, "force") == 0
			for _, key := range keys {
				name := strconv.Itoa(key)
				if counters[name] == nil {
					counters[name] = new(window.Counter)
				}
				of = append(of, counters[name])
				got.Charges = append(got.Charges, charge.Charge{Key: name, Rate: rate(20+int64(key), 100*time.Millisecond), Cost: 2})
			}
			want := *got
			want.Charges = slices.Clone(got.Charges)
			reserve(t.Context(), s, got)
			window.Reserve(now.Microseconds(), &want, of)
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Fatal(diff)
			}
			last = got
			for key := range 40 {
				name, wait := strconv.Itoa(key), time.Duration(0)
				if c := counters[name]; c != nil {
					wait = c.Wait(rate(20+int64(key), 100*time.Millisecond), now.Microseconds(), 1)
				}
				if got := s.Blocked(name); got != wait {
					t.Fatalf("%s is blocked for %v, want %v", name, got, wait)
				}
			}
		}
	})
}

func TestNoCrowdGetsMoreThanTheLimit(t *testing.T) {
	s, of := store(), rate(1000, 24*time.Hour)
	keys := []string{"a", "b", "c", "d", "e"}
	var passed [5]atomic.Int64
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for range 2000 {
				which := rand.Perm(len(keys))[:3]
				r := units(1+rand.Int64N(3), of, keys[which[0]], keys[which[1]], keys[which[2]])
				r.Least = 1
				reserve(t.Context(), s, r)
				back := rand.Int64N(1 + r.Granted)
				s.Refund(t.Context(), r, back)
				for _, i := range which {
					passed[i].Add(r.Granted - back)
				}
				s.Each(0, func(string, limiter.Rate, int64, int64) bool { return rand.IntN(2) == 0 })
			}
		})
	}
	crowd.Wait()
	for i, key := range keys {
		look := units(0, of, key)
		reserve(t.Context(), s, look)
		if got := passed[i].Load(); got > 1000 || got < 500 || look.Charges[0].Remaining != 1000-got {
			t.Errorf("%d of 1000 passed %s, of which %d remain", got, key, look.Charges[0].Remaining)
		}
	}
}

func TestAskingRemembersNobody(t *testing.T) {
	s, of := store(), rate(10, time.Hour)
	reserve(t.Context(), s, units(0, of, "a"), units(11, of, "b", "c"))
	if _, err := s.Peek(t.Context(), "d", of); err != nil {
		t.Error(err)
	}
	s.Refund(t.Context(), units(1, of, "e"), 1)
	if got := s.Len(); got != 0 {
		t.Errorf("%d keys are remembered", got)
	}
}

func TestEachYieldsWhatStillCounts(t *testing.T) {
	type run struct {
		Key         string
		Limit       int64
		Last, Units int64
	}
	now := time.Duration(0)
	s := memory.New(memory.Config{Keys: 8000}, func() time.Duration { return now })
	for _, at := range []int64{1, 40, 41, 42} {
		now = time.Duration(at) * time.Second
		reserve(t.Context(), s, units(2, rate(1000+at, 32*time.Second), "a"), units(1, rate(20, 30*time.Second), "b"))
		now += time.Microsecond
		reserve(t.Context(), s, units(3, rate(1000+at, 32*time.Second), "a"))
	}
	now = 70 * time.Second
	for _, each := range []struct {
		since time.Duration
		want  []run
	}{
		{0, []run{{"a", 1042, 40e6 + 1, 5}, {"a", 1042, 41e6 + 1, 5}, {"a", 1042, 42e6 + 1, 5}, {"b", 20, 41e6, 1}, {"b", 20, 42e6, 1}}},
		{41 * time.Second, []run{{"a", 1042, 41e6 + 1, 5}, {"a", 1042, 42e6 + 1, 5}, {"b", 20, 41e6, 1}, {"b", 20, 42e6, 1}}},
		{42*time.Second + 1000, []run{{"a", 1042, 42e6 + 1, 5}}},
		{43 * time.Second, nil},
	} {
		var got []run
		s.Each(each.since.Microseconds(), func(key string, rate limiter.Rate, last, units int64) bool {
			reserve(t.Context(), s, units0(key)) // no lock is held
			got = append(got, run{key, rate.Limit, last, units})
			return true
		})
		slices.SortStableFunc(got, func(a, b run) int { return int(a.Key[0]) - int(b.Key[0]) })
		if diff := cmp.Diff(each.want, got); diff != "" {
			t.Errorf("since %s: %s", each.since, diff)
		}
	}
	many := 0
	s.Each(0, func(string, limiter.Rate, int64, int64) bool { many++; return false })
	if many != 1 {
		t.Errorf("%d are yielded after no more are wanted", many)
	}
}

func units0(key string) *charge.Reservation { return units(0, rate(10, time.Minute), key) }

func TestAReservationOfManyKeysIsDecidedToo(t *testing.T) {
	s, of := memory.New(memory.Config{Keys: 8000}, nil), rate(1, time.Hour)
	var keys []string
	for i := range 100 {
		keys = append(keys, strconv.Itoa(i))
	}
	first, second := units(1, of, keys...), units(1, of, keys[99], "another")
	reserve(t.Context(), s, first, second)
	if first.Granted != 1 || second.Granted != 0 || s.Len() != 100 {
		t.Errorf("%d and %d are granted, and %d keys remembered", first.Granted, second.Granted, s.Len())
	}
}

func TestTheConfigIsValidated(t *testing.T) {
	for keys, want := range map[int]string{
		999: "keys must lie between 1000 and 10000000", 10_000_001: "keys must lie between 1000 and 10000000",
		1000: "", 10_000_000: "", memory.DefaultConfig().Keys: "",
	} {
		got := ""
		memory.Config{Keys: keys}.Validate(func(path, message string) { got += path + " " + message })
		if got != want {
			t.Errorf("%d keys: %q, want %q", keys, got, want)
		}
	}
}

// Who is used up is known without the lock: also after what lets a counter have something again, or forgets it.
func TestACounterIsBlockedAsLongAsItHasNothingLeft(t *testing.T) {
	now := time.Duration(0)
	s := memory.New(memory.Config{Keys: 1000}, func() time.Duration { return now })
	of := rate(2, time.Minute)
	blocked := func(want time.Duration) {
		t.Helper()
		if got := s.Blocked("a"); got != want {
			t.Errorf("it is blocked for %v, want %v", got, want)
		}
	}
	blocked(0)
	r := units(2, of, "a", "b")
	reserve(t.Context(), s, r)
	blocked(time.Minute)
	s.Refund(t.Context(), r, 1)
	blocked(0)
	reserve(t.Context(), s, units(1, of, "a"))
	blocked(time.Minute)
	if _, err := s.Reset(t.Context(), "a", of); err != nil {
		t.Error(err)
	}
	blocked(0)
	reserve(t.Context(), s, units(2, of, "a"))
	now = time.Minute
	blocked(0)
	reserve(t.Context(), s, units(2, of, "a"))
	blocked(time.Minute)
}
