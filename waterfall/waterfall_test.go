package waterfall_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/waterfall"
)

func recorded(t *testing.T, most int) (context.Context, *waterfall.Recorder) {
	t.Helper()
	r := waterfall.New(time.Now(), most)
	return waterfall.With(t.Context(), r), r
}

func TestWhatNobodyAskedForIsNotNoted(t *testing.T) {
	ctx, call := waterfall.Begin(t.Context(), "user", "GET", "/users", 1)
	if call != nil || ctx != t.Context() || waterfall.Reading(ctx, "User") != ctx || waterfall.From(ctx) != nil ||
		waterfall.Step(ctx) != ctx {
		t.Error("something is noted")
	}
	if with := waterfall.With(ctx, nil); with != ctx {
		t.Error("a context without a recorder is made anew")
	}
	allocs := testing.AllocsPerRun(100, func() {
		waterfall.From(waterfall.Step(ctx)).Next()
		_, call := waterfall.Begin(waterfall.Reading(ctx, "User"), "user", "GET", "/users/7", 1)
		waterfall.Kept(ctx, "user", "GET", "/users", 1, 0)
		waterfall.Of(ctx).Cached(waterfall.Hit)
		waterfall.Of(ctx).Withheld("open")
		call.Attempt("10.0.0.7:80", false).End("200")
		call.End(waterfall.End{Status: 200})
	})
	if allocs > 0 {
		t.Errorf("it takes %v pieces of memory, want none", allocs)
	}
}

// TestCallsAreToldWithTheirStepsAndTimes makes the calls of a small operation on a fake clock.
func TestCallsAreToldWithTheirStepsAndTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, r := recorded(t, 10)
		time.Sleep(time.Millisecond)
		r.Next()
		_, list := waterfall.Begin(waterfall.Reading(ctx, "Orders"), "order", "GET", "/orders", 1)
		first := list.Attempt("10.0.0.7:80", false)
		time.Sleep(2 * time.Millisecond)
		first.End("503")
		again := list.Attempt("10.0.0.8:80", false)
		time.Sleep(time.Millisecond)
		again.End("200")
		list.End(waterfall.End{Status: 200, Bytes: 7})
		r.Next()
		users := waterfall.Reading(ctx, "User")
		waterfall.Kept(users, "user", "GET", "/users", 3, 0)
		within, one := waterfall.Begin(users, "user", "GET", "/users/7", 1)
		waterfall.Of(within).Cached(waterfall.Shared)
		time.Sleep(time.Millisecond)
		one.End(waterfall.End{Status: 200, Bytes: 2})
		time.Sleep(time.Millisecond)

		want := waterfall.Report{TookUS: 6000, GatewayUS: 2000, Calls: []waterfall.Told{
			{
				Service: "order", Method: "GET", Path: "/orders", Read: "Orders", Level: 1, Batch: 1, Keys: 1, StartUS: 1000, TookUS: 3000,
				End: waterfall.End{Status: 200, Bytes: 7}, Retries: 1, Attempts: []waterfall.ToldAttempt{
					{Endpoint: 1, StartUS: 1000, TookUS: 2000, Code: "503"}, {Endpoint: 2, StartUS: 3000, TookUS: 1000, Code: "200"},
				},
			},
			{
				Service: "user", Method: "GET", Path: "/users", Read: "User", Level: 2, Batch: 2, Keys: 3, Cache: waterfall.Hit, Records: true,
				StartUS: 4000,
			},
			{
				Service: "user", Method: "GET", Path: "/users/{id}", Read: "User", Level: 2, Batch: 2, Keys: 1, Cache: waterfall.Shared,
				StartUS: 4000, TookUS: 1000, End: waterfall.End{Status: 200, Bytes: 2},
			},
		}}
		if diff := cmp.Diff(want, r.Report()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestAHedgeIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, r := recorded(t, 1)
		_, call := waterfall.Begin(ctx, "user", "GET", "/users", 1)
		slow := call.Attempt("a:80", false)
		time.Sleep(4 * time.Millisecond)
		hedge := call.Attempt("b:80", true)
		time.Sleep(time.Millisecond)
		hedge.End("200")
		call.End(waterfall.End{Status: 200})
		time.Sleep(time.Millisecond) // and nobody waits for the slow one any more
		got := r.Report()
		slow.End("cancelled")
		if c := got.Calls[0]; c.Hedges != 1 || c.Retries != 0 || c.TookUS != 5000 || !c.Attempts[1].Hedge {
			t.Errorf("told of %+v", c)
		}
		if got.Calls[0].Attempts[0].Code != "" {
			t.Error("what came after the report is in it")
		}
	})
}

func TestCallsBeyondTheMostAreCounted(t *testing.T) {
	ctx, r := recorded(t, 2)
	for range 5 {
		within, call := waterfall.Begin(ctx, "user", "GET", "/users", 1)
		waterfall.Of(within).Cached(waterfall.Miss)
		call.Attempt("a:80", false).End("200")
		call.End(waterfall.End{Status: 200})
	}
	if got := r.Report(); len(got.Calls) != 2 || got.LeftOut != 3 {
		t.Errorf("told of %d calls, and %d were left out, want 2 and 3", len(got.Calls), got.LeftOut)
	}
}

func TestWorkThatOutlivesTheAnswerIsNotNoted(t *testing.T) {
	ctx, r := recorded(t, 2)
	if _, call := waterfall.Begin(waterfall.With(ctx, nil), "user", "GET", "/users", 1); call != nil {
		t.Error("it is noted")
	}
	before := r.Report()
	if _, late := waterfall.Begin(ctx, "user", "GET", "/users", 1); late != nil || len(before.Calls) != 0 {
		t.Error("a call after the report is noted")
	}
}

// TestNothingOfAValueIsTold looks for what paths and endpoints hold in all that is told.
func TestNothingOfAValueIsTold(t *testing.T) {
	ctx, r := recorded(t, 9)
	for _, path := range []string{"/users/4711", "/users/4711/orders", "/users/u-4711", "/v4711/users"} {
		_, call := waterfall.Begin(ctx, "user", "GET", path, 1)
		call.Attempt("db.internal:4711", false).End("200")
	}
	text, _ := json.Marshal(r.Report())
	if strings.Contains(string(text), "4711") || strings.Contains(string(text), "internal") {
		t.Errorf("it tells %s", text)
	}
}

func TestARecorderIsForManyAtOnce(t *testing.T) {
	ctx, r := recorded(t, 50)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				r.Next()
				within, call := waterfall.Begin(waterfall.Reading(ctx, "User"), "user", "GET", "/users", 1)
				waterfall.Of(within).Attempt("a:80", false).End("200")
				call.End(waterfall.End{Status: 200})
			}
		})
	}
	r.Report()
	all.Wait()
}

func TestSettingsAreBounded(t *testing.T) {
	for calls, ok := range map[int]bool{0: false, 1: true, 1000: true, 10_000: true, 10_001: false} {
		c := waterfall.DefaultConfig()
		c.Calls = calls
		valid := true
		c.Validate(func(string, string) { valid = false })
		if valid != ok {
			t.Errorf("%d calls: valid is %t, want %t", calls, valid, ok)
		}
	}
}

// TestStepsBesideEachOtherKeepTheirCalls begins two steps before either of them makes its call.
func TestStepsBesideEachOtherKeepTheirCalls(t *testing.T) {
	ctx, r := recorded(t, 10)
	one, two := waterfall.Step(ctx), waterfall.Step(ctx)
	for _, each := range []context.Context{two, one} {
		_, call := waterfall.Begin(waterfall.Reading(each, "User"), "user", "GET", "/users", 1)
		call.End(waterfall.End{Status: 200})
	}
	var levels []int
	for _, each := range r.Report().Calls {
		levels = append(levels, each.Level)
	}
	if diff := cmp.Diff([]int{2, 1}, levels); diff != "" {
		t.Errorf("their steps (-want +got):\n%s", diff)
	}
}
