package window_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

const second = int64(time.Second / time.Microsecond)

func rate(limit int64, period time.Duration) limiter.Rate {
	return limiter.Rate{Limit: limit, Period: period}
}

// one is a reservation of one charge.
func one(of limiter.Rate, cost, want, least int64) *charge.Reservation {
	return &charge.Reservation{Charges: []charge.Charge{{Key: "k", Rate: of, Cost: cost}}, Want: want, Least: least}
}

// outcome is what a reservation of one charge came to.
type outcome struct {
	Granted, At, Remaining int64
	Wait                   time.Duration
}

func reserve(now int64, r *charge.Reservation, c *window.Counter) outcome {
	window.Reserve(now, r, []*window.Counter{c})
	return outcome{r.Granted, r.At, r.Charges[0].Remaining, r.Charges[0].Wait}
}

func TestAReservationTakesAsMuchAsMakesSense(t *testing.T) {
	for _, each := range []struct {
		name              string
		passed            int64 // a second ago, of ten a minute
		cost, want, least int64
		force             bool
		want0             outcome
	}{
		{"all of it", 0, 1, 4, 4, false, outcome{4, 2 * second, 6, 0}},
		{"all that there is", 0, 1, 10, 10, false, outcome{10, 2 * second, 0, time.Minute}},
		{"as much as there is", 7, 1, 10, 1, false, outcome{3, 2 * second, 0, 59 * time.Second}},
		{"whole units", 3, 2, 9, 1, false, outcome{3, 2 * second, 1, 59 * time.Second}},
		{"nothing, if the least is not there", 7, 1, 10, 4, false, outcome{0, 0, 3, 59 * time.Second}},
		{"nothing, if all is gone", 10, 1, 1, 1, false, outcome{0, 0, 0, 59 * time.Second}},
		{"nothing, if the least is more than the limit", 0, 1, 20, 11, false, outcome{0, 0, 10, charge.Never}},
		{"nothing, if a unit is more than the limit", 0, 11, 1, 1, false, outcome{0, 0, 10, charge.Never}},
		{"nothing, if nothing is wanted", 7, 1, 0, 0, false, outcome{0, 0, 3, 0}},
		{"nothing, if less than nothing is wanted", 7, 1, -5, 0, false, outcome{0, 0, 3, 0}},
		{"nothing, and says when there is one", 10, 1, 0, 0, false, outcome{0, 0, 0, 59 * time.Second}},
		{"all of it, if it is forced", 7, 2, 9, 9, true, outcome{9, 2 * second, 0, charge.Never}},
		{"a cost of nothing as one", 7, 0, 2, 2, false, outcome{2, 2 * second, 1, 59 * time.Second}},
		{"no more than can be counted", 0, 1e9, 1 << 62, 1, true, outcome{1 << 62, 2 * second, 0, charge.Never}},
	} {
		t.Run(each.name, func(t *testing.T) {
			var c window.Counter
			if each.passed > 0 {
				c.Charge(rate(10, time.Minute), second, each.passed)
			}
			r := one(rate(10, time.Minute), each.cost, each.want, each.least)
			r.Force = each.force
			if diff := cmp.Diff(each.want0, reserve(2*second, r, &c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatPassedCountsForOnePeriodFromTheEndOfItsRun(t *testing.T) {
	of := rate(3200, 32*time.Second) // runs of a second
	var c window.Counter
	for _, at := range []int64{10 * second, 10*second + 999_999, 11 * second, 40 * second} {
		c.Charge(of, at, 5)
	}
	for _, each := range []struct {
		now  int64
		want []window.Run
	}{
		{40 * second, []window.Run{{10*second + 999_999, 10}, {11 * second, 5}, {40 * second, 5}}},
		{42*second + 999_998, []window.Run{{10*second + 999_999, 10}, {11 * second, 5}, {40 * second, 5}}},
		{42*second + 999_999, []window.Run{{11 * second, 5}, {40 * second, 5}}},
		{43 * second, []window.Run{{40 * second, 5}}},
		{72 * second, []window.Run{}},
	} {
		if diff := cmp.Diff(each.want, c.Runs(of, each.now)); diff != "" {
			t.Errorf("at %d: %s", each.now, diff)
		}
	}
}

func TestTheRunsOfASmallLimitAreMicroseconds(t *testing.T) {
	for _, each := range []struct {
		rate limiter.Rate
		want int64
	}{
		{rate(1, time.Hour), 1},
		{rate(32, time.Hour), 1},
		{rate(33, time.Hour), 3600 * second / 32},
		{rate(1e9, time.Millisecond), 31},
		{rate(1e9, 0), 1},
	} {
		if got := window.Quantum(each.rate); got != each.want {
			t.Errorf("the runs of %+v are %d µs, want %d", each.rate, got, each.want)
		}
	}
}

func TestAClockThatWasSetBackMakesNobodyWaitLongerThanAPeriod(t *testing.T) {
	of := rate(10, time.Minute)
	var c window.Counter
	c.Charge(of, 500*second, 4)
	c.Charge(of, 1000*second, 3)
	c.Charge(of, 1001*second, 3)
	// The first is forgotten, as at any time that is a period later; the others have passed now.
	if diff := cmp.Diff(outcome{0, 0, 4, time.Minute}, reserve(900*second, one(of, 1, 5, 5), &c)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]window.Run{{900 * second, 6}}, c.Runs(of, 901*second)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(outcome{5, 960 * second, 5, 0}, reserve(960*second, one(of, 1, 5, 5), &c)); diff != "" {
		t.Error(diff)
	}
}

func TestARefundIsTakenOffTheRunThatHoldsIt(t *testing.T) {
	of := rate(3200, 32*time.Second)
	for _, each := range []struct {
		name      string
		at, units int64
		want      []window.Run
	}{
		{"a part", 10 * second, 3, []window.Run{{10*second + 500, 7}, {12 * second, 5}}},
		{"all of it", 10 * second, 10, []window.Run{{12 * second, 5}}},
		{"more than there is", 10 * second, 99, []window.Run{{12 * second, 5}}},
		{"of the newest", 12*second + 7, 1, []window.Run{{10*second + 500, 10}, {12 * second, 4}}},
		{"of a run that is gone", 11 * second, 9, []window.Run{{10*second + 500, 10}, {12 * second, 5}}},
	} {
		t.Run(each.name, func(t *testing.T) {
			var c window.Counter
			c.Charge(of, 10*second, 5)
			c.Charge(of, 10*second+500, 5)
			c.Charge(of, 12*second, 5)
			c.Refund(of, each.at, each.units)
			if diff := cmp.Diff(each.want, c.Runs(of, 13*second)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoMoreIsRefundedThanWasGranted(t *testing.T) {
	of := rate(100, time.Minute)
	var c window.Counter
	c.Charge(of, second, 50)
	r := one(of, 3, 4, 4)
	reserve(second, r, &c)
	for _, units := range []int64{-1, 0, 99} {
		window.Refund(r, &r.Charges[0], &c, units)
	}
	if got := c.Left(of, second); got != 50 {
		t.Errorf("%d are left, want the 50 that the others left", got)
	}
}

func TestACounterHasABoundWhateverIsForced(t *testing.T) {
	for _, limit := range []int64{1, 32, 33, 1e9} {
		of := rate(limit, time.Hour)
		var c window.Counter
		for now := range int64(10_000) {
			r := one(of, 1e9, 1<<62, 1)
			r.Force = true
			reserve(now*now, r, &c)
			c.Charge(of, now*now, 1<<62)
		}
		if got := len(c.Runs(of, 1e8)); got > window.MaxRuns {
			t.Errorf("%d of an hour: it has %d runs", limit, got)
		}
		if left := c.Left(of, 1e8); left >= 0 || left < -window.MaxRuns*window.MaxUnits {
			t.Errorf("%d of an hour: %d are left", limit, left)
		}
	}
}

func TestACounterTellsAllPartsOfAPeriodApart(t *testing.T) {
	for _, each := range []struct {
		of    limiter.Rate
		every int64 // microseconds
		want  int
	}{
		{rate(32, time.Hour), 1, 32},
		{rate(1000, 32*time.Millisecond), 1000, 32},
		{rate(1000, time.Millisecond), 31, 33}, // of 31 µs
		{rate(1000, 63*time.Microsecond), 1, 63},
	} {
		var c window.Counter
		most := 0
		for now := range int64(100) {
			reserve(now*each.every, one(each.of, 1, 1, 1), &c)
			most = max(most, len(c.Runs(each.of, now*each.every)))
		}
		if most != each.want {
			t.Errorf("%+v has %d runs, want %d", each.of, most, each.want)
		}
	}
}

func TestRunsThatBecomeOneLoseNothing(t *testing.T) {
	var c window.Counter
	for now := range int64(100) {
		c.Charge(rate(1, time.Hour), now, 3)
	}
	if got := c.Left(rate(1000, time.Hour), 100); got != 700 {
		t.Errorf("%d are left, want 700", got)
	}
}

func TestAnswersAllocateNothing(t *testing.T) {
	of := rate(1000, 32*time.Second)
	var c window.Counter
	for now := range int64(40) {
		c.Charge(of, now*second, 1) // until it has grown
	}
	r, counters, now := one(of, 1, 2, 1), []*window.Counter{&c}, 40*second
	if got := testing.AllocsPerRun(100, func() {
		now += second
		window.Reserve(now, r, counters)
		window.Refund(r, &r.Charges[0], &c, 1)
	}); got != 0 {
		t.Errorf("a reservation allocates %v times", got)
	}
}

func TestACounterThatIsFreeLetsSomethingPassWheneverItIsAsked(t *testing.T) {
	of := rate(2, time.Second)
	var c window.Counter
	for _, want := range []bool{true, true, false} {
		if got := c.Free(of); got != want {
			t.Errorf("it is free: %t, want %t", got, want)
		}
		for _, now := range []int64{0, second / 2, 0} { // the clock may be set back
			if wait := c.Wait(of, now, 1); want && wait > 0 {
				t.Errorf("it is free, and one has to wait %v at %d", wait, now)
			}
		}
		c.Charge(of, 0, 1)
	}
}
