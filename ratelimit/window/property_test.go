package window_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulule/limiter/v3"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// grant is units that passed a counter: when in truth, whatever the clock said.
type grant struct{ at, units int64 }

// world is some counters, and all that ever passed them.
type world struct {
	*rapid.T
	rates    []limiter.Rate
	counters []window.Counter
	grants   [][]grant
	truth    int64 // time that never goes backwards
	clock    int64 // what the clock says
	news     []*taken
}

// taken is a reservation that may still be refunded, and where its grants stand.
type taken struct {
	*charge.Reservation
	of     []int // which counters
	grants []int
	left   int64
}

// kinds of schedules.
type kinds struct{ force, refund, back bool }

func newWorld(t *rapid.T) *world {
	w := &world{T: t, clock: rapid.Int64Range(0, 1e7).Draw(t, "start")}
	for range rapid.IntRange(1, 4).Draw(t, "counters") {
		limit := rapid.OneOf(rapid.Int64Range(1, 5), rapid.Int64Range(1, 64), rapid.Int64Range(33, 1e9)).Draw(t, "limit")
		period := rapid.OneOf(rapid.Just(1000), rapid.IntRange(1000, 5000), rapid.IntRange(1000, 366*24*3600*1e6)).Draw(t, "period")
		w.rates = append(w.rates, rate(limit, time.Duration(period)*time.Microsecond))
	}
	w.counters, w.grants = make([]window.Counter, len(w.rates)), make([][]grant, len(w.rates))
	return w
}

// passes lets time pass: little, a part of a period, or whole ones.
func (w *world) passes() {
	period := window.Period(rapid.SampledFrom(w.rates).Draw(w.T, "whose time"))
	passed := rapid.OneOf(
		rapid.Int64Range(0, 2), rapid.Int64Range(0, max(2, period/32)), rapid.Int64Range(0, period/4),
		rapid.Int64Range(0, 2*period), rapid.Int64Range(period-1, period+1), rapid.Just(period),
	).Draw(w.T, "passed")
	w.truth, w.clock = w.truth+passed, w.clock+passed
}

// setBack sets the clock back. What was taken before is not refunded any more: its time may come again.
func (w *world) setBack() {
	w.clock -= rapid.Int64Range(0, w.clock).Draw(w.T, "set back")
	w.news = nil
}

// some is a reservation over some of the counters.
func (w *world) some(force bool) (r *charge.Reservation, of []int) {
	of = rapid.SliceOfNDistinct(rapid.IntRange(0, len(w.rates)-1), 1, len(w.rates), rapid.ID).Draw(w.T, "of")
	r = &charge.Reservation{Force: force}
	for _, i := range of {
		limit := w.rates[i].Limit
		cost := rapid.OneOf(rapid.Just(int64(1)), rapid.Int64Range(1, limit), rapid.Int64Range(1, 1e9)).Draw(w.T, "cost")
		r.Charges = append(r.Charges, charge.Charge{Rate: w.rates[i], Cost: cost})
	}
	most := 1 + min(w.rates[of[0]].Limit/r.Charges[0].Cost, 10_000) // no more than a run can hold
	r.Want = rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, most), rapid.Just(most)).Draw(w.T, "want")
	if r.Want > 0 {
		r.Least = rapid.OneOf(rapid.Just(int64(1)), rapid.Just(r.Want), rapid.Int64Range(1, r.Want)).Draw(w.T, "least")
	}
	return r, of
}

func (w *world) view(of []int) (counters []*window.Counter) {
	for _, i := range of {
		counters = append(counters, &w.counters[i])
	}
	return counters
}

func (w *world) reserve(r *charge.Reservation, of []int) {
	window.Reserve(w.clock, r, w.view(of))
	if r.Granted == 0 {
		return
	}
	now := &taken{Reservation: r, of: of, left: r.Granted}
	for j, i := range of {
		now.grants = append(now.grants, len(w.grants[i]))
		w.grants[i] = append(w.grants[i], grant{w.truth, r.Granted * r.Charges[j].Cost})
	}
	w.news = append(w.news, now)
}

func (w *world) refund() {
	if len(w.news) == 0 {
		return
	}
	r := rapid.SampledFrom(w.news).Draw(w.T, "refunded")
	units := rapid.Int64Range(0, r.left).Draw(w.T, "units")
	r.left -= units
	for j, i := range r.of {
		window.Refund(r.Reservation, &r.Charges[j], &w.counters[i], units)
		w.grants[i][r.grants[j]].units -= units * r.Charges[j].Cost
	}
}

// passed is what passed a counter within so long before now. What passed exactly so long ago is out.
func (w *world) passed(i int, within int64) (units int64) {
	for _, g := range w.grants[i] {
		if w.truth-g.at < within {
			units += g.units
		}
	}
	return units
}

// run is a schedule of those kinds. Each reservation is judged after it was decided.
func (w *world) run(k kinds, judge func(r *charge.Reservation, of []int, before []int64)) {
	for range rapid.IntRange(1, 60).Draw(w.T, "steps") {
		switch what := rapid.IntRange(0, 9).Draw(w.T, "what"); {
		case what == 0 && k.back:
			w.setBack()
		case what <= 2 && k.refund:
			w.refund()
		case what <= 5:
			w.passes()
		default:
			r, of := w.some(k.force && rapid.IntRange(0, 4).Draw(w.T, "force") == 0)
			before := w.left()
			w.reserve(r, of)
			judge(r, of, before)
		}
	}
}

func (w *world) left() (left []int64) {
	for i := range w.counters {
		left = append(left, w.counters[i].Left(w.rates[i], w.clock))
	}
	return left
}

func check(t *testing.T, k kinds, judge func(w *world, r *charge.Reservation, of []int, before []int64)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.run(k, func(r *charge.Reservation, of []int, before []int64) { judge(w, r, of, before) })
	})
}

// The intervals that end with a grant are those that hold the most.
func TestInNoIntervalOfThePeriodDoesMorePassThanTheLimit(t *testing.T) {
	check(t, kinds{force: true, refund: true, back: true}, func(w *world, r *charge.Reservation, of []int, _ []int64) {
		for _, i := range of {
			got := w.passed(i, window.Period(w.rates[i]))
			if r.Granted > 0 && !r.Force && got > w.rates[i].Limit {
				w.Fatalf("%d passed counter %d within its period, of %d", got, i, w.rates[i].Limit)
			}
		}
	})
}

func TestAReservationTakesOfAllItsCountersOrOfNone(t *testing.T) {
	check(t, kinds{force: true, refund: true, back: true}, func(w *world, r *charge.Reservation, of []int, before []int64) {
		want := slices.Clone(before)
		for j, i := range of {
			want[i] -= r.Granted * r.Charges[j].Cost
			if got := r.Charges[j].Remaining; got != max(0, want[i]) {
				w.Fatalf("%d remain of counter %d, want %d", got, i, want[i])
			}
		}
		if diff := cmp.Diff(want, w.left()); diff != "" {
			w.Fatal(diff)
		}
		if r.Granted != 0 && (r.Granted < r.Least || r.Granted > r.Want) {
			w.Fatalf("%d were granted, of %d to %d", r.Granted, r.Least, r.Want)
		}
	})
}

func TestAsMuchIsGrantedAsEachCounterAllows(t *testing.T) {
	check(t, kinds{force: true, refund: true}, func(w *world, r *charge.Reservation, of []int, before []int64) {
		want := r.Want
		for j, i := range of {
			if !r.Force {
				want = min(want, max(0, before[i])/r.Charges[j].Cost)
			}
		}
		if want < r.Least {
			want = 0
		}
		if r.Granted != want {
			w.Fatalf("%d were granted, want %d", r.Granted, want)
		}
	})
}

func TestRoomComesBackAtMostAPartOfAPeriodLate(t *testing.T) {
	check(t, kinds{force: true, refund: true}, func(w *world, r *charge.Reservation, of []int, _ []int64) {
		for j, i := range of {
			room := w.rates[i].Limit - w.passed(i, window.Period(w.rates[i])+window.Period(w.rates[i])/window.Parts)
			if got := r.Charges[j].Remaining; got < room {
				w.Fatalf("%d remain of counter %d, want at least %d", got, i, room)
			}
		}
	})
}

func TestASmallLimitIsExact(t *testing.T) {
	judge := func(w *world, r *charge.Reservation, of []int, _ []int64) {
		for j, i := range of {
			want := max(0, w.rates[i].Limit-w.passed(i, window.Period(w.rates[i])))
			if got := r.Charges[j].Remaining; w.rates[i].Limit <= window.Exact && got != want {
				w.Fatalf("%d remain of counter %d, want %d", got, i, want)
			}
		}
	}
	check(t, kinds{refund: true}, judge)
	check(t, kinds{force: true}, judge)
}

// However many runs there were, it is as if none had become one.
func TestForcedRunsThatBecomeOneChangeNoAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := rate(rapid.Int64Range(1, window.Exact).Draw(t, "limit"), time.Millisecond)
		var c window.Counter
		var all []int64
		now := int64(0)
		for _, pause := range rapid.SliceOfN(rapid.Int64Range(1, 12), 0, 300).Draw(t, "pauses") {
			now += pause
			all = append(all, now)
			c.Charge(of, now, 1)
			units := rapid.Int64Range(1, of.Limit).Draw(t, "units")
			want := int64(0)
			if over := int64(len(all)) + units - of.Limit; over > 0 {
				want = max(0, all[over-1]+1000-now) // when the last of those goes that are too many
			}
			if got := c.Wait(of, now, units).Microseconds(); got != want {
				t.Fatalf("%d must wait for %d µs, want %d", units, got, want)
			}
		}
	})
}

func TestTheWaitIsRightToTheMicrosecond(t *testing.T) {
	check(t, kinds{force: true, refund: true, back: true}, func(w *world, r *charge.Reservation, of []int, _ []int64) {
		wait, now := int64(0), w.clock
		for j, i := range of {
			each := r.Charges[j].Wait
			if (each == charge.Never) != (r.Charges[j].Cost*max(1, r.Least) > w.rates[i].Limit) {
				w.Fatalf("the wait for counter %d is %d", i, each)
			}
			if each == charge.Never {
				return
			}
			if each > w.rates[i].Period {
				w.Fatalf("the wait for counter %d is %s, of a period of %s", i, each, w.rates[i].Period)
			}
			wait = max(wait, each.Microseconds())
		}
		again := func(now int64) int64 {
			return window.Decide(now, &charge.Reservation{Charges: r.Charges, Want: max(1, r.Least), Least: r.Least}, copies(w, of))
		}
		if again(now+wait) == 0 {
			w.Fatalf("it is not granted after %d µs", wait)
		}
		if wait > 0 && again(now+wait-1) != 0 {
			w.Fatalf("it is granted before %d µs are over", wait)
		}
	})
}

// copies are counters that have counted the same.
func copies(w *world, of []int) (counters []*window.Counter) {
	for _, i := range of {
		c := new(window.Counter)
		for _, run := range w.counters[i].Runs(w.rates[i], w.clock) {
			c.Charge(w.rates[i], run.Last, run.Units)
		}
		counters = append(counters, c)
	}
	return counters
}

// Who asks for as much as there is at each microsecond gets it, whatever passed before.
func TestWhoAsksAllTheTimeGetsTheLimitInEachPeriodAndItsPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit, period := rapid.Int64Range(1, 200).Draw(t, "limit"), rapid.IntRange(1000, 3000).Draw(t, "period")
		of := rate(limit, time.Duration(period)*time.Microsecond)
		now := rapid.Int64Range(0, 1e6).Draw(t, "begin")
		var c window.Counter
		for _, pause := range rapid.SliceOfN(rapid.Int64Range(0, 500), 0, 20).Draw(t, "pauses") {
			now += pause
			reserve(now, one(of, 1, rapid.Int64Range(1, limit).Draw(t, "want"), 1), &c)
		}
		width := int(window.Period(of) + window.Quantum(of))
		granted, sum := make([]int64, 3*width), int64(0) // by the microsecond
		for i := range granted {
			granted[i] = reserve(now+int64(i), one(of, 1, limit, 1), &c).Granted
			sum += granted[i]
			if i >= width {
				sum -= granted[i-width]
			}
			if i >= width-1 && sum < limit {
				t.Fatalf("%d were granted in %d µs, of %+v", sum, width, of)
			}
		}
	})
}
