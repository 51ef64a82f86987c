package ratelimit_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// used is what an account's caller has used, by the rules' names.
func used(t *testing.T, a *ratelimit.Account) map[string]int64 {
	t.Helper()
	all := make(map[string]int64)
	for _, each := range a.Usage(t.Context()) {
		all[each.Name] = each.Used
	}
	return all
}

// enter is a request at the door of GraphQL that was charged.
func (s *site) enter(t *testing.T) *ratelimit.Account {
	t.Helper()
	a := s.Open(ratelimit.Who{Principal: "7"})
	if err := ratelimit.ChargeForTest(t.Context(), a, ratelimit.Request{Door: ratelimit.DoorGraphQL}); err != nil {
		t.Fatal(err)
	}
	return a
}

func none() ratelimit.Estimate { return ratelimit.Estimate{} }

func TestAnOperationIsChargedByItsNameAndByWhatItMayTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "requests", Limit: per(100, time.Minute)},
			{Name: "exports", Limit: per(1, time.Hour), Operations: []string{"Export"}},
			{Name: "cost", Limit: per(1000, time.Minute), Counts: ratelimit.Cost},
			{Name: "calls", Limit: per(50, time.Minute), Counts: ratelimit.Calls},
			{Name: "keys", Limit: per(500, time.Minute), Counts: ratelimit.Keys},
		}}, nil)
		estimate := func() ratelimit.Estimate { return ratelimit.Estimate{Cost: 400, Calls: 4, Keys: 90} }

		a := s.enter(t)
		if err := a.Operation(t.Context(), http.Header{}, ratelimit.Asked{Operation: "Export"}, estimate); err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{"requests": 1, "exports": 1, "cost": 400, "calls": 4, "keys": 90}
		if diff := cmp.Diff(want, used(t, a)); diff != "" {
			t.Errorf("before it runs: %s", diff)
		}
		a.Actual(t.Context(), ratelimit.Estimate{Cost: 130, Calls: 3, Keys: 95})
		want = map[string]int64{"requests": 1, "exports": 1, "cost": 130, "calls": 3, "keys": 95}
		if diff := cmp.Diff(want, used(t, a)); diff != "" {
			t.Errorf("after it ran: %s", diff)
		}

		// A second export is refused, and costs nothing at all.
		err := s.enter(t).Operation(t.Context(), http.Header{}, ratelimit.Asked{Operation: "Export"}, estimate)
		refused, ok := errors.AsType[*problem.Error](err)
		if !ok || refused.Kind != problem.RateLimited || refused.RetryAfter != time.Hour {
			t.Errorf("a second export: %v", err)
		}
		if diff := cmp.Diff([]string{"exports"}, refused.Policies); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, used(t, a)); diff != "" {
			t.Errorf("after the refusal: %s", diff)
		}
		if err := s.enter(t).Operation(t.Context(), http.Header{}, ratelimit.Asked{Operation: "Home"}, none); err != nil {
			t.Errorf("another operation: %v", err)
		}
	})
}

func TestAnOperationThatCostsMoreThanTheLimitIsNeverTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{{Name: "cost", Limit: per(10, time.Minute), Counts: ratelimit.Cost}}}, nil)
		err := s.enter(t).Operation(t.Context(), http.Header{}, ratelimit.Asked{}, func() ratelimit.Estimate { return ratelimit.Estimate{Cost: 11} })
		refused, ok := errors.AsType[*problem.Error](err)
		if !ok || refused.RetryAfter != 0 || refused.Message == "" {
			t.Errorf("got %v, want a refusal without a time to come back", err)
		}
	})
}

// limitedFields reads limits of fields as a configuration has them.
func limitedFields(t *testing.T, limits map[string][]ratelimit.Limit) *ratelimit.Fields {
	t.Helper()
	fields, err := ratelimit.ReadFields(schema(t, `
		type Query { order: Order }
		type Order { id: ID! payment: String note: String user: String }
	`), limits, anyField)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestAFieldIsGrantedAsFarAsItsLimitGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		weighty := per(10, time.Minute)
		weighty.Cost = 3
		dry := per(1, time.Minute)
		dry.Mode = ratelimit.Measure
		fields := limitedFields(t, map[string][]ratelimit.Limit{
			"Order.payment": {per(5, time.Minute), per(100, time.Hour)}, "Order.note": {weighty}, "Order.user": {dry},
		})
		s := openFields(t, fields)
		wants := []ratelimit.Want{
			{Field: fields.Of("Order", "payment"), Units: 20},
			{Field: fields.Of("Order", "note"), Units: 2},
			{Field: fields.Of("Order", "user"), Units: 4},
		}
		a := s.Open(ratelimit.Who{Principal: "7"})
		a.Take(t.Context(), wants)
		got := []int64{wants[0].Granted, wants[1].Granted, wants[2].Granted}
		if diff := cmp.Diff([]int64{5, 2, 4}, got); diff != "" {
			t.Errorf("granted: %s", diff)
		}
		if wants[0].Wait != time.Minute {
			t.Errorf("more are granted in %s, want in a minute", wants[0].Wait)
		}
		refused, _ := errors.AsType[*problem.Error](wants[0].Err())
		if diff := cmp.Diff([]string{"Order.payment"}, refused.Policies); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Minute)
		a.Take(t.Context(), wants[:1])
		if wants[0].Granted != 5 {
			t.Errorf("%d are granted a minute later, want 5", wants[0].Granted)
		}
	})
}

func TestAMeterGivesBackWhatItTookAheadAndDidNotUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fields := limitedFields(t, map[string][]ratelimit.Limit{"Order.payment": {per(150, time.Minute)}})
		s := openFields(t, fields)
		a := s.Open(ratelimit.Who{Principal: "7"})
		m := a.Meter(fields.Of("Order", "payment"), 100)
		for i := range 120 {
			if !m.Next(t.Context()) {
				t.Fatalf("record %d is refused", i)
			}
		}
		m.Close(t.Context())
		if diff := cmp.Diff(map[string]int64{"Order.payment": 120}, used(t, a)); diff != "" {
			t.Error(diff)
		}
		m = a.Meter(fields.Of("Order", "payment"), 100)
		shown := 0
		for range 50 {
			if m.Next(t.Context()) {
				shown++
			}
		}
		m.Close(t.Context())
		if shown != 30 || !m.Over() {
			t.Errorf("%d of 50 are shown, want the 30 that were left", shown)
		}
	})
}

func TestWithoutAnAccountEverythingIsGranted(t *testing.T) {
	fields := limitedFields(t, map[string][]ratelimit.Limit{"Order.payment": {per(1, time.Minute)}})
	a := ratelimit.From(t.Context())
	wants := []ratelimit.Want{{Field: fields.Of("Order", "payment"), Units: 20}}
	a.Take(t.Context(), wants)
	if wants[0].Granted != 20 || !a.Meter(wants[0].Field, 1).Next(t.Context()) || a.Operation(t.Context(), http.Header{}, ratelimit.Asked{}, none) != nil || a.Plan() != "" {
		t.Error("something is limited")
	}
	if diff := cmp.Diff([]ratelimit.Usage(nil), a.Usage(t.Context()), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}
