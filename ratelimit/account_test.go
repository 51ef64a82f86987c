package ratelimit_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// impatient is a store that does nothing for who has left, as one does that asks another machine.
type impatient struct{ *memory.Store }

func (s impatient) Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.Reserve(ctx, within, reservations...)
}

func TestWhoHangsUpIsChargedAllTheSame(t *testing.T) {
	fields := limitedFields(t, map[string][]ratelimit.Limit{"Order.payment": {per(3, time.Hour)}})
	l := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce, Rules: []ratelimit.Rule{{Name: "caller", Limit: per(2, time.Hour)}}},
		ratelimit.Parts{
			Store: impatient{memory.New(memory.DefaultConfig(), nil)}, Fields: fields, Within: time.Second,
			Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
		})
	gone, leave := context.WithCancel(t.Context())
	leave()
	for i, wait := range []bool{false, false, true} {
		a := l.Open(ratelimit.Who{Principal: "7"})
		if err := ratelimit.ChargeForTest(gone, a, ratelimit.Request{}); (err != nil) != wait {
			t.Errorf("request %d: %v", i, err)
		}
		wants := []ratelimit.Want{{Field: fields.Of("Order", "payment"), Units: 2}}
		a.Take(gone, wants)
		if wants[0].Granted != max(int64(2-i), 0) {
			t.Errorf("%d records are granted to request %d", wants[0].Granted, i)
		}
	}
}

// Resolvers of one operation run beside each other, and some after it has ended. This test is for the race detector.
func TestAnAccountIsUsedByManyAtTheSameTime(t *testing.T) {
	fields := limitedFields(t, map[string][]ratelimit.Limit{"Order.payment": {per(1000, time.Hour)}})
	a := openFields(t, fields).Open(ratelimit.Who{Principal: "7"})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { a.Take(t.Context(), []ratelimit.Want{{Field: fields.Of("Order", "payment"), Units: 3}}) })
		all.Go(func() { a.Usage(t.Context()) })
		all.Go(func() { a.Showed(t.Context(), 1, 1) })
		all.Go(func() { _ = a.Operation(t.Context(), http.Header{}, ratelimit.Asked{}, none) })
		all.Go(func() {
			m := a.Meter(fields.Of("Order", "payment"), 5)
			m.Next(t.Context())
			m.Close(t.Context())
		})
	}
	all.Wait()
	if got := used(t, a)["Order.payment"]; got != 8*3+8 {
		t.Errorf("%d are counted, want %d", got, 8*3+8)
	}
}

func TestWhatWasGivenBackNeedsNoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "caller", Limit: per(1, time.Hour)}, {Name: "cost", Limit: per(10, time.Minute), Counts: ratelimit.Cost},
		}}, nil)
		header := http.Header{}
		err := s.enter(t).Operation(t.Context(), header, ratelimit.Asked{}, func() ratelimit.Estimate { return ratelimit.Estimate{Cost: 11} })
		if problem.KindOf(err) != problem.RateLimited {
			t.Fatal(err)
		}
		if got, want := header.Get("Ratelimit"), `"caller";r=1, "cost";r=10`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestSeveralLimitsOfAFieldCountApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fields := limitedFields(t, map[string][]ratelimit.Limit{
			"Order.payment": {per(2, time.Minute), per(5, time.Hour), by(ratelimit.ByClient, per(4, time.Hour))},
		})
		l := openFields(t, fields)
		var granted []int64
		for _, client := range []string{"7", "7", "8", "8"} { // a client may be called as a caller is
			wants := []ratelimit.Want{{Field: fields.Of("Order", "payment"), Units: 9}}
			l.Open(ratelimit.Who{Principal: "7", Client: client}).Take(t.Context(), wants)
			granted = append(granted, wants[0].Granted)
			time.Sleep(time.Minute)
		}
		if diff := cmp.Diff([]int64{2, 2, 1, 0}, granted); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMeasuredLimitCountsWhatIsReadAndNotWhatAnotherRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dry := by(ratelimit.ByClient, per(1000, time.Hour))
		dry.Mode = ratelimit.Measure
		fields := limitedFields(t, map[string][]ratelimit.Limit{"Order.payment": {per(20, time.Minute), dry}})
		store := memory.New(memory.DefaultConfig(), nil)
		l := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
			Store: store, Fields: fields, Within: time.Second, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
		})
		a := l.Open(ratelimit.Who{Principal: "7", Client: "app"})
		counted := func() (units int64) {
			store.Each(0, func(key string, _ limiter.Rate, _, n int64) bool {
				if key == "/Order.payment/client/1h/app" {
					units += n
				}
				return true
			})
			return units
		}
		m := a.Meter(fields.Of("Order", "payment"), 50)
		for range 7 {
			m.Next(t.Context())
		}
		m.Close(t.Context())
		m.Close(t.Context())
		if got := counted(); got != 7 {
			t.Errorf("%d are counted of 7 that were shown", got)
		}
		m = a.Meter(fields.Of("Order", "payment"), 50)
		for m.Next(t.Context()) {
		}
		m.Close(t.Context())
		if got := counted(); got != 20 {
			t.Errorf("%d are counted of 20 that were shown by meters", got)
		}
		a.Take(t.Context(), []ratelimit.Want{{Field: fields.Of("Order", "payment"), Units: 100}})
		if got := counted(); got != 20 {
			t.Errorf("%d are counted of 20 that were shown", got)
		}
	})
}

func TestMetricsCountWhatIsRefusedInPartAndEachRuleOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shaped := per(3, time.Minute)
		shaped.Burst = 2
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "caller", Limit: shaped}}}, nil)
		s.ask(user(1))
		time.Sleep(50 * time.Second)
		s.statuses(3, user(1)) // the third is over both
		if diff := cmp.Diff(map[string]float64{"caller allowed": 3, "caller limited": 1}, s.decisions(t)); diff != "" {
			t.Error(diff)
		}
		fields := limitedFields(t, map[string][]ratelimit.Limit{"Order.payment": {per(3, time.Minute)}})
		registry := prometheus.NewRegistry()
		l := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce, Consumers: 1}, ratelimit.Parts{
			Store: memory.New(memory.DefaultConfig(), nil), Fields: fields, Within: time.Second, Registry: registry,
			Log: slog.New(slog.DiscardHandler),
		})
		l.Open(ratelimit.Who{Principal: "7"}).Take(t.Context(), []ratelimit.Want{{Field: fields.Of("Order", "payment"), Units: 5}})
		if diff := cmp.Diff(map[string]float64{"Order.payment limited": 1}, (&site{registry: registry}).decisions(t)); diff != "" {
			t.Error(diff)
		}
		if listed := l.Consumers(); len(listed) != 1 || listed[0].Subject != "7" {
			t.Errorf("the list is %+v", listed)
		}
	})
}

func TestTheLegacyFieldsKnowTheEndOfTheMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its clock begins at midnight, on the first of January 2000
		limit := ratelimit.Limit{By: ratelimit.ByPrincipal, Limit: 1, Per: ratelimit.Period{Unit: "month"}}
		s := open(t, ratelimit.Config{LegacyHeaders: true, Rules: []ratelimit.Rule{{Name: "quota", Limit: limit}}}, nil)
		time.Sleep(30 * 24 * time.Hour)
		if got := s.ask(user(1)).Header().Get("X-Ratelimit-Reset"); got != "86400" {
			t.Errorf("it resets in %s s, want in the day that is left of January", got)
		}
	})
}

func TestWindowsAreToldInWholeSecondsAndNeverTooShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := per(10, 1500*time.Millisecond)
		shaped := per(100, 250*time.Second)
		shaped.Burst = 1
		fast := per(100, 10*time.Second)
		fast.Burst = 9
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "odd", Limit: odd}, {Name: "shaped", Limit: shaped}, {Name: "fast", Limit: fast},
		}}, nil)
		want := `"odd";q=10;w=2, "shaped";q=100;w=250, "shaped-burst";q=1;w=3, "fast";q=100;w=10, "fast-burst";q=9`
		if got := s.ask(user(1)).Header().Get("Ratelimit-Policy"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// Of several credentials that are looked at together, each counts.
func TestWhatCannotBeRefusedAnyMoreCountsBeyondTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "address", Limit: by(ratelimit.ByIP, per(2, time.Minute))}}}, nil)
		release := make(chan struct{})
		s.denied = func() { <-release }
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { s.ask(caller{addr: "192.0.2.1", denied: true}) })
		}
		synctest.Wait()
		close(release)
		all.Wait()
		if diff := cmp.Diff(map[string]float64{"address allowed": 5}, s.decisions(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLimitsThatMakeNoSenseAreReported(t *testing.T) {
	shaped := per(10, time.Minute)
	shaped.Burst, shaped.Cost = 3, 4
	shapedWell := per(10, time.Minute)
	shapedWell.Burst = 3
	c := ratelimit.Config{
		Mode: ratelimit.Enforce,
		Rules: []ratelimit.Rule{
			{Name: "a", Limit: shaped},
			{Name: "b", Limit: shapedWell},
			{Name: "b-burst", Limit: per(1, time.Minute)},
			{Name: "c", Limit: by(ratelimit.ByPlan, per(1, time.Minute))},
		},
		Fields: map[string][]ratelimit.Limit{"Order.payment": {per(1, time.Minute), per(1, time.Hour), per(9, 60*time.Second)}},
	}
	var got []string
	fail := func(path, _ string) { got = append(got, path) }
	c.Validate(nil, fail)
	ratelimit.ValidateRules("plans.free.rules", []ratelimit.Rule{{Name: "c", Limit: per(1, time.Minute)}}, fail, c.Rules...)
	want := []string{"rules[0].cost", "rules[2].name", "rules[3].by", "fields.Order.payment[2].per", "plans.free.rules[0].name"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err := ratelimit.ReadFields(schema(t, `type Query { a: Int @rateLimit(limit: 1, per: "1m") @rateLimit(limit: 9, per: "60s") }`), nil, anyField)
	if _, ok := errors.AsType[*ratelimit.Mistake](err); !ok {
		t.Errorf("a field that counts the same twice: %v", err)
	}
}

// slow is a store that takes a while, and notes how long it could have.
type slow struct {
	*memory.Store

	within *[]time.Duration
}

func (s slow) Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error {
	*s.within = append(*s.within, within)
	time.Sleep(min(within, 10*time.Millisecond))
	return s.Store.Reserve(ctx, within, reservations...)
}

func TestLookingAtWhatWasUsedTakesNoTimeFromCharging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var within []time.Duration
		l := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce, Rules: []ratelimit.Rule{{Name: "caller", Limit: per(9, time.Hour)}}},
			ratelimit.Parts{
				Store: slow{memory.New(memory.DefaultConfig(), nil), &within}, Within: 25 * time.Millisecond,
				Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
			})
		a := l.Open(ratelimit.Who{Principal: "7"})
		for range 4 {
			a.Usage(t.Context())
		}
		if err := ratelimit.ChargeForTest(t.Context(), a, ratelimit.Request{}); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{25 * time.Millisecond, 15 * time.Millisecond, 5 * time.Millisecond, 0, 25 * time.Millisecond}
		if diff := cmp.Diff(want, within); diff != "" {
			t.Error(diff)
		}
	})
}

func TestARefusalNamesThePolicyAsTheHeaderDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shaped := per(60, time.Minute)
		shaped.Burst = 1
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "caller", Limit: shaped}}}, nil)
		s.ask(user(1))
		if got := s.ask(user(1)).Body.String(); !strings.Contains(got, `"violated-policies":["caller-burst"]`) {
			t.Error(got)
		}
	})
}
