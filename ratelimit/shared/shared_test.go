package shared

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// exhaust takes from all instances at the same time, more often than there is, and is what was granted.
func exhaust(t *testing.T, all []*instance, reservation func() *charge.Reservation, tries int) int64 {
	t.Helper()
	var granted atomic.Int64
	var callers sync.WaitGroup
	for _, i := range all {
		for range 4 {
			callers.Go(func() {
				for range tries {
					r := reservation()
					if err := i.Reserve(context.Background(), time.Minute, r); err != nil {
						t.Error(err)
					}
					granted.Add(r.Granted)
				}
			})
		}
	}
	callers.Wait()
	return granted.Load()
}

func TestInstancesShareOneLimit(t *testing.T) {
	server := redistest.Start(t)
	all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: patient()})
	rate := per(1000, time.Hour)
	if got := exhaust(t, all, func() *charge.Reservation { return units(1, "one", rate) }, 200); got != 1000 {
		t.Errorf("%d passed of 1000", got)
	}
	server.Do("SCRIPT", "FLUSH")
	if got := exhaust(t, all, func() *charge.Reservation { return units(3, "other", rate) }, 100); got != 1000 {
		t.Errorf("%d passed of 1000 after the scripts were forgotten", got)
	}
	for _, i := range all {
		if got := i.metric(t, "errors_total", ""); got != 0 {
			t.Errorf("there were %v failures", got)
		}
	}
}

func TestAReservationTakesOfAllCountersOrNone(t *testing.T) {
	server := redistest.Start(t)
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: patient()})[0]
	r := units(1, "large", per(100, time.Hour))
	r.Charges = append(r.Charges, units(1, "small", per(1, time.Hour)).Charges...)
	for n, want := range []int64{1, 0, 0} {
		if got := i.take(t, r).Granted; got != want {
			t.Errorf("%d were granted the time %d, want %d", got, n, want)
		}
	}
	got := []int64{r.Charges[0].Remaining, r.Charges[1].Remaining}
	if diff := cmp.Diff([]int64{99, 0}, got); diff != "" {
		t.Error(diff)
	}
	if wait := i.Blocked("small"); wait <= 59*time.Minute || wait > time.Hour {
		t.Errorf("the small counter is known to be empty for %v", wait)
	}
	if wait := i.Blocked("large"); wait != 0 {
		t.Errorf("the large counter is thought to be empty for %v", wait)
	}
}

func TestWhatIsGivenBackCanBeTakenAgain(t *testing.T) {
	server := redistest.Start(t)
	all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: patient()})
	for _, limit := range []int64{10, 1000} {
		key, rate := text(limit), per(limit, time.Hour)
		r := all[0].take(t, units(limit, key, rate))
		all[0].Refund(t.Context(), r, 4)
		redistest.Await(t, "a refund", func() bool { return all[1].take(t, units(0, key, rate)).Charges[0].Remaining == 4 })
		look := units(0, key, rate)
		_ = all[0].local.Reserve(t.Context(), 0, look)
		if got := look.Charges[0].Remaining; got != 4 {
			t.Errorf("of %d, %d remain as the instance itself counted, want 4", limit, got)
		}
	}
}

// waiting is a context that says when somebody begins to wait for its end.
type waiting struct {
	context.Context
	once  sync.Once
	begun chan struct{}
}

func (w *waiting) Done() <-chan struct{} {
	w.once.Do(func() { close(w.begun) })
	return w.Context.Done()
}

func TestACallerWhoLeavesIsNoFailureAndGetsNothing(t *testing.T) {
	server := redistest.Start(t)
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: patient()})[0]
	rate := per(10, time.Hour)
	server.Hang()
	ctx, cancel := context.WithCancel(t.Context())
	waits := &waiting{Context: ctx, begun: make(chan struct{})}
	left := make(chan error)
	r := units(10, "key", rate)
	go func() { left <- i.Reserve(waits, time.Minute, r) }()
	<-waits.begun
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) || r.Granted != 0 {
		t.Errorf("the error is %v, and %d are granted", err, r.Granted)
	}
	server.Continue()
	redistest.Await(t, "what was granted after all", func() bool { return i.take(t, units(0, "key", rate)).Charges[0].Remaining == 10 })
	if got := i.metric(t, "errors_total", ""); got != 0 || !i.Reachable() {
		t.Errorf("there were %v failures", got)
	}
}

func TestWhoHasNoTimeIsCountedAllTheSame(t *testing.T) {
	server := redistest.Start(t)
	all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: patient()})
	rate := per(100, time.Hour)
	r := units(10, "key", rate)
	if err := all[0].Reserve(t.Context(), 0, r); err != nil {
		t.Fatal(err)
	}
	if r.Granted != 10 || r.By != charge.ByLocal {
		t.Errorf("%d were granted by %v", r.Granted, r.By)
	}
	redistest.Await(t, "the count of the other", func() bool { return all[1].take(t, units(0, "key", rate)).Charges[0].Remaining == 90 })
}

func TestTheLimiterOfOthersCanUseIt(t *testing.T) {
	server := redistest.Start(t)
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: patient()})[0]
	rate := per(2, time.Hour)
	for n, want := range []bool{false, false, true} {
		got, err := i.Get(t.Context(), "key", rate)
		if err != nil || got.Reached != want || got.Limit != 2 {
			t.Errorf("the time %d: %+v, %v", n, got, err)
		}
	}
	if got, err := i.Reset(t.Context(), "key", rate); err != nil || got.Remaining != 2 {
		t.Errorf("reset: %+v, %v", got, err)
	}
	if got, err := i.Peek(t.Context(), "key", rate); err != nil || got.Remaining != 2 || got.Reached {
		t.Errorf("peek: %+v, %v", got, err)
	}
	if got, err := i.Increment(t.Context(), "key", 3, rate); err != nil || !got.Reached || got.Remaining != 2 {
		t.Errorf("increment: %+v, %v", got, err)
	}
}
