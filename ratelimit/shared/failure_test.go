package shared

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

func TestOneCallAtMostWaitsForARedisThatHangs(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	settings := patient()
	settings.Timeout, settings.Probe, settings.Heartbeat = time.Second, 50*time.Millisecond, time.Hour
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	rate := per(1000, time.Hour)
	i.take(t, units(100, "key", rate))
	server.Hang()
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			for range 20 {
				if r := i.take(t, units(1, "key", rate)); r.Granted != 1 || r.By != charge.ByLocal {
					t.Errorf("%d were granted by %v", r.Granted, r.By)
				}
			}
		})
	}
	callers.Wait() // which would take 20 s if each of them waited
	if got := i.metric(t, "errors_total", "timeout"); got != 1 {
		t.Errorf("%v calls waited in vain", got)
	}
	if got := i.metric(t, "local_decisions_total", "local"); got != 400 {
		t.Errorf("%v decisions were made alone, want 400", got)
	}
	server.Continue()
	redistest.Await(t, "its return", i.Reachable)
	r := i.take(t, units(0, "key", rate))
	// What Redis was asked or told, and did not answer in time, may have been counted twice.
	if got := r.Charges[0].Remaining; got > 500 || got < 80 || r.By != charge.ByStore {
		t.Errorf("%d remain, by %v, want 500 at most", got, r.By)
	}
	redistest.Await(t, "the log of its return", func() bool { return i.logged("are shared") == 2 })
	if gone := i.logged("cannot be used"); gone != 1 {
		t.Errorf("it was logged %d times that it went:\n%s", gone, i.log)
	}
}

// Whoever makes a request wait until it may not any more must not be let pass for it, nor be refused, while Redis is well.
func TestWhoMayWaitNoLongerHasAPartOfTheLimitWhateverItSays(t *testing.T) {
	t.Parallel() // it mostly waits
	i := together(t, 1, setup{servers: []*redistest.Server{redistest.Start(t)}, settings: patient()})[0]
	i.known.Store(4)
	for _, failing := range []charge.Failing{charge.Local, charge.Open, charge.Closed} {
		one := charge.Charge{Key: "key" + string('0'+rune(failing)), Rate: per(40, time.Hour), Cost: 1, Failing: failing}
		r := &charge.Reservation{Charges: []charge.Charge{one}, Want: 100, Least: 1}
		if err := i.Reserve(t.Context(), 0, r); err != nil || r.Granted != 10 || r.By != charge.ByLocal || r.Charges[0].Failing != failing {
			t.Errorf("of what says %d, %d are granted by %v, %v", failing, r.Granted, r.By, err)
		}
	}
	if !i.Reachable() {
		t.Error("Redis is taken for gone")
	}
}

func TestEachChargeSaysWhatDecidesWithoutRedis(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.Instances = 4
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	i.known.Store(4)
	server.Kill()
	of := func(key string, limit int64, failing charge.Failing) charge.Charge {
		return charge.Charge{Key: key, Rate: per(limit, time.Hour), Cost: 1, Failing: failing}
	}
	local, few := of("local", 40, charge.Local), of("few", 3, charge.Local)
	opened, closed := of("open", 1, charge.Open), of("closed", 100, charge.Closed)
	for name, tt := range map[string]struct {
		charges []charge.Charge
		force   bool
		granted int64
		by      charge.Decider
	}{
		"local shares the limit":          {charges: []charge.Charge{local}, granted: 10, by: charge.ByLocal},
		"at least one is allowed":         {charges: []charge.Charge{few}, granted: 1, by: charge.ByLocal},
		"open grants all":                 {charges: []charge.Charge{opened}, granted: 20, by: charge.ByOpen},
		"closed refuses":                  {charges: []charge.Charge{closed}, granted: 0, by: charge.ByClosed},
		"closed refuses with others":      {charges: []charge.Charge{opened, local, closed}, granted: 0, by: charge.ByClosed},
		"local decides where one is open": {charges: []charge.Charge{opened, few}, granted: 1, by: charge.ByLocal},
		"what has happened is counted":    {charges: []charge.Charge{closed, local}, force: true, granted: 20, by: charge.ByLocal},
	} {
		t.Run(name, func(t *testing.T) {
			r := &charge.Reservation{Want: 20, Least: 1, Force: tt.force}
			for _, each := range tt.charges {
				each.Key += name
				r.Charges = append(r.Charges, each)
			}
			i.take(t, r)
			if r.Granted != tt.granted || r.By != tt.by {
				t.Errorf("%d were granted by %v, want %d by %v", r.Granted, r.By, tt.granted, tt.by)
			}
		})
	}
}

func TestWhatPassedAloneIsCountedBeforeRedisDecidesAgain(t *testing.T) {
	for name, saved := range map[string]bool{"with its counters": true, "without its counters": false} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: patient()})
			rate := per(1000, time.Hour)
			for n, i := range all {
				i.take(t, units(int64(100*(n+1)), "key", rate)) // 300
			}
			if saved {
				server.Do("SAVE")
			}
			server.Kill()
			for _, i := range all {
				i.take(t, units(150, "key", rate)) // and 300 more
			}
			server.Start()
			meet(t, all...)
			for _, i := range all {
				if got := i.take(t, units(0, "key", rate)).Charges[0].Remaining; got != 400 {
					t.Errorf("%d remain, want 400", got)
				}
			}
		})
	}
}

func TestARedisThatHasForgottenIsFoundOutByTheFirstWhoAsks(t *testing.T) {
	server := redistest.Start(t)
	settings := patient()
	settings.Heartbeat = time.Hour
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings})[0]
	rate := per(10, time.Hour)
	i.take(t, units(10, "key", rate))
	server.Do("FLUSHALL")
	if r := i.take(t, units(1, "key", rate)); r.Granted != 0 || r.By != charge.ByLocal {
		t.Errorf("%d were granted by %v", r.Granted, r.By)
	}
	if got := i.metric(t, "errors_total", "lost"); got != 1 {
		t.Errorf("it was lost %v times", got)
	}
	redistest.Await(t, "its return", i.Reachable)
	if r := i.take(t, units(1, "key", rate)); r.Granted != 0 || r.By != charge.ByStore {
		t.Errorf("%d were granted by %v", r.Granted, r.By)
	}
}

func TestInstancesThatWereKnownAreReckonedWithUntilTheyHadTimeToReturn(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	settings := patient()
	settings.Heartbeat = 200 * time.Millisecond
	all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: settings})
	server.Kill()
	all[1].stop()
	server.Start()
	redistest.Await(t, "its return", all[0].Reachable)
	if got := all[0].known.Load(); got != 2 {
		t.Errorf("%d instances are known at once, want 2", got)
	}
	redistest.Await(t, "that one is found to be gone", func() bool { return all[0].known.Load() == 1 })
}

func TestOneWhoComesBackFirstWaitsUntilTheOthersHaveSaidWhatPassed(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	settings := patient()
	settings.Probe, settings.Heartbeat = 100*time.Millisecond, 100*time.Millisecond
	all := together(t, 2, setup{servers: []*redistest.Server{server}, settings: settings})
	for round := range 6 {
		key, rate := text(int64(round)), per(10, time.Hour)
		all[0].take(t, units(10, key, rate))
		server.Do("FLUSHALL")
		if r := all[1].take(t, units(10, key, rate)); r.Granted > 5 {
			t.Errorf("%d were granted by %v", r.Granted, r.By)
		}
		redistest.Await(t, "its return", all[1].Reachable)
		if r := all[1].take(t, units(1, key, rate)); r.Granted != 0 {
			t.Errorf("round %d: %d were granted by %v beside all that had passed", round, r.Granted, r.By)
		}
		meet(t, all...)
	}
}

func TestWhoWaitsForARedisThatIsGoneIsLetGo(t *testing.T) {
	t.Parallel() // it mostly waits
	server := redistest.Start(t)
	settings := patient()
	settings.Timeout, settings.Probe, settings.Heartbeat = time.Hour, time.Hour, time.Hour
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: settings, connect: time.Minute})[0]
	server.Hang()
	waits := &waiting{Context: t.Context(), begun: make(chan struct{})}
	r, done := units(1, "key", per(10, time.Hour)), make(chan error, 1)
	go func() { done <- i.Reserve(waits, time.Hour, r) }()
	<-waits.begun
	i.fail(t.Context(), i.health.Load(), context.DeadlineExceeded) // as another finds out
	redistest.Await(t, "a decision", func() bool { return len(done) == 1 })
	if err := <-done; err != nil || r.Granted != 1 || r.By != charge.ByLocal {
		t.Errorf("%d were granted by %v: %v", r.Granted, r.By, err)
	}
}

func TestARedisThatRefusesIsGone(t *testing.T) {
	server := redistest.Start(t)
	i := together(t, 1, setup{servers: []*redistest.Server{server}, settings: patient()})[0]
	server.Do("REPLICAOF", "127.0.0.1", "1")
	if r := i.take(t, units(1, "key", per(10, time.Hour))); r.Granted != 1 || r.By != charge.ByLocal {
		t.Errorf("%d were granted by %v of a replica", r.Granted, r.By)
	}
	server.Do("REPLICAOF", "NO", "ONE")
	redistest.Await(t, "its return", i.Reachable)
}

func TestAWrongPasswordIsLikeNoRedis(t *testing.T) {
	server := redistest.Start(t)
	server.Do("CONFIG", "SET", "requirepass", "right")
	i := open(t, setup{servers: []*redistest.Server{server}, settings: patient(), password: "wrong"})
	redistest.Await(t, "the log", func() bool { return i.logged("cannot be used") == 1 })
	if r := i.take(t, units(1, "key", per(10, time.Hour))); r.Granted != 1 || r.By != charge.ByLocal {
		t.Errorf("%d were granted by %v", r.Granted, r.By)
	}
	if i.logged("wrong") != 0 || i.logged("WRONGPASS") == 0 {
		t.Errorf("the log is\n%s", i.log)
	}
}

func TestRedisMayComeLater(t *testing.T) {
	server := redistest.Reserve(t)
	i := open(t, setup{servers: []*redistest.Server{server}, settings: patient()})
	rate := per(10, time.Hour)
	i.take(t, units(4, "key", rate))
	server.Start()
	redistest.Await(t, "Redis", i.Reachable)
	if r := i.take(t, units(10, "key", rate)); r.Granted != 6 || r.By != charge.ByStore {
		t.Errorf("%d were granted by %v", r.Granted, r.By)
	}
}

// Whatever happens to Redis, at most twice the limit passes in any interval, by a clock that the test sets.
func TestAtMostTwiceTheLimitPassesWhateverHappensToRedis(t *testing.T) {
	t.Parallel() // it mostly waits
	const limit, instances = 60, 3
	period := 10 * time.Second
	for _, seed := range []uint64{1, 2, 3} {
		random := rand.New(rand.NewPCG(seed, 0))
		server, clock := redistest.Start(t), newClock()
		settings := patient()
		settings.Timeout, settings.Heartbeat, settings.Instances = 500*time.Millisecond, 200*time.Millisecond, instances
		all := together(t, instances, setup{servers: []*redistest.Server{server}, settings: settings, clock: clock})
		var passed passes
		use := func(steps int) {
			for range steps {
				clock.pass(time.Duration(random.Int64N(int64(period / 50))))
				for range 1 + random.IntN(10) {
					r := all[random.IntN(instances)].take(t, units(1+random.Int64N(5), "key", per(limit, period)))
					passed.add(clock.Load(), r.Granted)
				}
			}
		}
		use(30)
		for range 4 {
			back := server.Continue
			switch random.IntN(3) {
			case 0:
				server.Do("SAVE")
				server.Kill()
				back = server.Start
			case 1:
				server.Kill()
				back = server.Start
			default:
				server.Hang()
			}
			use(20 + random.IntN(60))
			back()
			use(10)
			meet(t, all...)
			use(30)
		}
		most := passed.most(period)
		t.Logf("seed %d: at most %d passed of a limit of %d", seed, most, limit)
		if most > 2*limit {
			t.Errorf("seed %d: %d passed in an interval, of a limit of %d", seed, most, limit)
		}
		use(60) // all is as ever
		clock.pass(period)
		passed = passes{}
		failures := all[0].failures(t) + all[1].failures(t) + all[2].failures(t)
		use(100)
		failures -= all[0].failures(t) + all[1].failures(t) + all[2].failures(t)
		if most := passed.most(period); most > limit && failures == 0 {
			t.Errorf("seed %d: %d passed in an interval with a Redis that is well, of a limit of %d", seed, most, limit)
		}
		for _, i := range all {
			i.stop()
		}
		server.Kill()
	}
}
