package shared

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// leased is a reservation of one charge that takes ahead.
func ahead(want int64, key string, limit, lease int64, period time.Duration) *charge.Reservation {
	r := units(want, key, per(limit, period))
	r.Charges[0].Lease = lease
	return r
}

func TestAHotKeyDoesNotAskForEachRequest(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.Heartbeat = time.Second
	all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: settings})
	server.Do("CONFIG", "RESETSTAT")
	got := exhaust(t, all, func() *charge.Reservation { return ahead(1, "key", 4000, 200, time.Hour) }, 750)
	// What the other has in hand when nothing is left passes later, or goes back.
	if got > 4000 || got < 3800 {
		t.Errorf("%d passed of 4000", got)
	}
	if asked := stat(server, "evalsha", "calls"); asked > 200 {
		t.Errorf("Redis was asked %v times for 6000 requests", asked)
	}
}

func TestWhatWasTakenAheadGoesBack(t *testing.T) {
	for name, end := range map[string]func(*instance){
		"when its time is over":       func(*instance) {},
		"when its instance goes away": func(i *instance) { i.stop() },
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			settings := patient()
			settings.LeaseTime = 50 * time.Millisecond
			all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: settings})
			for range 3 {
				all[0].take(t, ahead(1, "key", 1000, 100, time.Hour))
			}
			end(all[0])
			redistest.Await(t, "what was not used", func() bool {
				return all[1].take(t, units(0, "key", per(1000, time.Hour))).Charges[0].Remaining == 997
			})
			look := units(0, "key", per(1000, time.Hour))
			_ = all[0].local.Reserve(t.Context(), 0, look)
			if got := look.Charges[0].Remaining; got != 997 {
				t.Errorf("%d remain as the instance itself counted, want 997", got)
			}
			redistest.Await(t, "the end of the lease", func() bool { return all[0].metric(t, "leases", "") == 0 })
		})
	}
}

func TestWhatALeaseGrantedIsGivenBackIfAnotherCounterRefuses(t *testing.T) {
	server := redistest.Start(t)
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: patient()})[0]
	mixed := func() *charge.Reservation {
		r := ahead(1, "leased", 100, 10, time.Hour)
		r.Charges = append(r.Charges, units(1, "exact", per(2, time.Hour)).Charges...)
		return r
	}
	for n, want := range []int64{1, 1, 0, 0, 0} {
		if got := i.take(t, mixed()).Granted; got != want {
			t.Errorf("%d were granted the time %d, want %d", got, n, want)
		}
	}
	i.leases.mu.Lock()
	one := i.leases.byKey["leased"]
	tokens, held := one.tokens, one.held
	i.leases.mu.Unlock()
	if tokens != 8 || held != 0 {
		t.Errorf("%d are in hand and %d held, want 8 and 0", tokens, held)
	}
	r := i.take(t, mixed())
	i.Refund(t.Context(), r, r.Granted) // nothing
	if wait := i.Blocked("exact"); wait == 0 {
		t.Error("it is not known that the exact counter has nothing left")
	}
}

func TestNobodyAsksAgainWhereNothingIsLeft(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.Heartbeat = time.Hour
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	i.take(t, units(100, "key", per(100, time.Hour)))
	i.take(t, ahead(1, "key", 100, 10, time.Hour))
	server.Do("CONFIG", "RESETSTAT")
	for range 100 {
		if r := i.take(t, ahead(1, "key", 100, 10, time.Hour)); r.Granted != 0 || r.Charges[0].Wait < 59*time.Minute {
			t.Errorf("%d were granted, and the wait is %v", r.Granted, r.Charges[0].Wait)
		}
	}
	if asked := stat(server, "evalsha", "calls"); asked != 0 {
		t.Errorf("Redis was asked %v times", asked)
	}
}

func TestLeasesAreBounded(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.Leases = 2
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	for n := range 10 {
		if r := i.take(t, ahead(1, text(int64(n)), 100, 10, time.Hour)); r.Granted != 1 {
			t.Errorf("%d were granted of key %d", r.Granted, n)
		}
	}
	if got := i.metric(t, "leases", ""); got > 2 {
		t.Errorf("there are %v leases", got)
	}
}

// By a clock that the test sets: what is in hand when an interval begins passes in it, and all that Redis grants in it.
func TestAtMostTheLeasesMoreThanTheLimitPassInAnInterval(t *testing.T) {
	const limit, lease, instances = 100, 10, 3
	period := 10 * time.Second
	server, clock := redistest.Start(t), newClock()
	settings := patient()
	settings.LeaseTime = time.Minute
	all := together(t, instances, setup{servers: []*redistest.Server{server}, settings: settings, clock: clock})
	random := rand.New(rand.NewPCG(1, 2))
	var passed passes
	for range 1500 {
		clock.pass(time.Duration(random.Int64N(int64(period / 100))))
		i := all[random.IntN(instances)]
		r := i.take(t, ahead(1+random.Int64N(4), "key", limit, lease, period))
		passed.add(clock.Load(), r.Granted)
		if random.IntN(10) == 0 {
			i.Refund(t.Context(), r, r.Granted)
			if r.Granted > 0 {
				passed.at, passed.units = passed.at[:len(passed.at)-1], passed.units[:len(passed.units)-1]
			}
		}
		i.leases.mu.Lock()
		if one := i.leases.byKey["key"]; one != nil && (one.room() < 0 || one.tokens < 0 || one.held != 0) {
			t.Fatalf("the lease is %+v", one)
		}
		i.leases.mu.Unlock()
	}
	most := passed.most(period)
	t.Logf("at most %d passed of a limit of %d", most, limit)
	if most > limit+lease*instances {
		t.Errorf("%d passed in an interval", most)
	}
	if most < limit/2 {
		t.Errorf("only %d passed in an interval", most)
	}
}

func TestWhatIsInHandPassesBesideTheLimit(t *testing.T) {
	const limit, lease, instances = 100, 10, 3
	period := 10 * time.Second
	server, clock := redistest.Start(t), newClock()
	settings := patient()
	settings.LeaseTime = time.Minute
	all := together(t, instances, setup{servers: []*redistest.Server{server}, settings: settings, clock: clock})
	for _, i := range all {
		i.take(t, ahead(lease/2, "key", limit, lease, period))
		redistest.Await(t, "a full hand", func() bool {
			i.leases.mu.Lock()
			defer i.leases.mu.Unlock()
			return i.leases.byKey["key"].tokens >= lease && i.leases.byKey["key"].coming == 0
		})
	}
	clock.pass(period)
	passed := int64(0)
	for range limit {
		for _, i := range all {
			passed += i.take(t, ahead(1, "key", limit, lease, period)).Granted
		}
	}
	if want := int64(limit + instances*lease); passed != want {
		t.Errorf("%d passed in one interval, want %d", passed, want)
	}
}

func TestMoreLeasesThanCanWaitAllGoBack(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.LeaseTime, settings.Probe, settings.Heartbeat = time.Minute, 10*time.Second, 10*time.Second
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	const keys, each = mostCorrections + 96, 131
	for from := 0; from < keys; from += each {
		all := make([]*charge.Reservation, each)
		for n := range all {
			all[n] = ahead(1, text(int64(from+n)), 1000, 100, time.Hour)
		}
		if err := i.Reserve(t.Context(), time.Minute, all...); err != nil {
			t.Fatal(err)
		}
	}
	i.stop()
	if got := i.metric(t, "corrections_dropped_total", ""); got != 0 {
		t.Errorf("%v of %d were not given back", got, keys)
	}
}

func TestWhatIsAskedForWhenAnInstanceGoesAwayGoesBackToo(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.Probe, settings.Heartbeat = 10*time.Second, 10*time.Second // the first is also how long an instance takes to end
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	server.Hang()
	r := ahead(1, "key", 1000, 100, time.Hour)
	if err := i.Reserve(t.Context(), time.Millisecond, r); err != nil { // which has not the time to wait for the answer
		t.Fatal(err)
	}
	go server.Continue()
	i.stop()
	another := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	if got := another.take(t, units(0, "key", per(1000, time.Hour))).Charges[0].Remaining; got != 999 {
		t.Errorf("%d remain, want 999", got)
	}
}
