package footprint_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/footprint"
)

type holder struct{ of footprint.Footprint }

func (h *holder) Footprint() *footprint.Footprint { return &h.of }

func call(f *footprint.Footprint, service string, took time.Duration, failed bool) {
	f.Begin(time.Now())
	time.Sleep(took)
	f.End(service, took, failed, false)
}

func TestCallsAtTheSameTimeAreWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(footprint.Footprint)
		call(f, "order", 10*time.Millisecond, false)
		time.Sleep(time.Second) // the gateway's own time
		var both sync.WaitGroup
		both.Go(func() { call(f, "user", 30*time.Millisecond, true) })
		both.Go(func() { call(f, "product", 20*time.Millisecond, false); f.Retried("product") })
		both.Wait()
		f.Begin(time.Now())
		f.End("payment", time.Millisecond, true, true) // its breaker is open
		got := f.Report(true)
		want := footprint.Report{
			Calls: 3, Retries: 1, Waited: 40 * time.Millisecond, Services: []footprint.Service{
				{Name: "order", Calls: 1, Longest: 10 * time.Millisecond, Total: 10 * time.Millisecond},
				{Name: "product", Calls: 1, Retries: 1, Longest: 20 * time.Millisecond, Total: 20 * time.Millisecond},
				{Name: "user", Calls: 1, Failed: 1, Longest: 30 * time.Millisecond, Total: 30 * time.Millisecond},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhatIsUnderWayCountsAsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(footprint.Footprint)
		f.Begin(time.Now())
		time.Sleep(time.Second)
		if got := f.Report(false); got.Waited != time.Second || got.Calls != 0 {
			t.Errorf("it reports %+v", got)
		}
	})
}

func TestManyServicesAreNotAllToldApart(t *testing.T) {
	f := new(footprint.Footprint)
	for i := range 40 {
		f.Begin(time.Now())
		f.End("service-"+strconv.Itoa(i), time.Millisecond, false, false)
	}
	got := f.Report(true)
	if got.Calls != 40 || len(got.Services) != 16 {
		t.Fatalf("%d calls of %d services", got.Calls, len(got.Services))
	}
	if last := got.Services[15]; last.Name != footprint.Others || last.Calls != 25 {
		t.Errorf("the last is %+v", last)
	}
}

func TestCachesAreToldInAWord(t *testing.T) {
	for want, all := range map[string][]string{"": nil, "hit": {"hit", "hit"}, footprint.Mixed: {"hit", "miss", "hit"}} {
		f := new(footprint.Footprint)
		for _, what := range all {
			f.Cached(what, what == "hit")
		}
		if got := f.Report(false); got.Cache != want || got.Known != min(len(all), 2) {
			t.Errorf("%q is told as %+v", all, got)
		}
	}
}

func TestItIsFoundInAContextOrCountsNothing(t *testing.T) {
	h := new(holder)
	ctx := context.WithValue(t.Context(), footprint.Key{}, h)
	if footprint.From(ctx) != &h.of {
		t.Error("it is not found")
	}
	none := footprint.From(t.Context())
	none.Begin(time.Now())
	none.Retried("user")
	none.Cached("hit", true)
	none.End("user", 0, false, false)
	if diff := cmp.Diff(footprint.Report{}, none.Report(true)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkCall(b *testing.B) {
	ctx := context.WithValue(b.Context(), footprint.Key{}, new(holder))
	b.ReportAllocs()
	for b.Loop() {
		f := footprint.From(ctx)
		now := time.Now()
		f.Begin(now)
		f.End("user", time.Since(now), false, false)
	}
}
