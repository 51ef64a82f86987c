package ratelimit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/ratelimit"
)

func TestTheStateTellsWhatARequestWasChargedTo(t *testing.T) {
	caller := ratelimit.Rule{Name: "caller", Limit: per(2, time.Hour)}
	caller.By, caller.Cost = ratelimit.ByPrincipal, 2
	watched := ratelimit.Rule{Name: "watched", Limit: per(9, time.Minute)}
	watched.By, watched.Mode = ratelimit.ByPrincipal, ratelimit.Measure
	s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{caller, watched}}, nil)
	a := s.Open(ratelimit.Who{Principal: "7"})
	if got := a.State(); got != nil {
		t.Errorf("before it is charged, it tells %+v", got)
	}
	if err := ratelimit.ChargeForTest(t.Context(), a, ratelimit.Request{}); err != nil {
		t.Fatal(err)
	}
	want := []ratelimit.State{
		{Name: "caller", By: "principal", Counts: "requests", Limit: 2, Per: "1h", Charged: 2},
		{Name: "watched", By: "principal", Counts: "requests", Limit: 9, Per: "1m", Charged: 1, Remaining: 8, Measured: true},
	}
	got := a.State()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ratelimit.State{}, "WaitSeconds")); diff != "" {
		t.Errorf("it tells (-want +got):\n%s", diff)
	}
	if wait := got[0].WaitSeconds; wait < 1 || wait > 3600 || got[1].WaitSeconds != 0 {
		t.Errorf("the waits are %d and %d seconds", wait, got[1].WaitSeconds)
	}
	var nobody *ratelimit.Account
	if nobody.State() != nil {
		t.Error("where nothing is limited, something is told")
	}
}
