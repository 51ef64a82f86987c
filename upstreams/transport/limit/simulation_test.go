package limit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// story is what happens to a service that has 20 workers, unless it says otherwise. Its calls take 50 ms on average, distributed
// exponentially, so that it can answer 400 a second.
type story struct {
	name    string
	length  time.Duration
	from    time.Duration // what is shown begins here, and ends with the story
	rate    course[float64]
	workers course[int]
	refuses course[int]
	delay   course[time.Duration]
	takes   func(time.Duration, *rand.Rand) (kind uint64, takes time.Duration)
	want    bounds
}

// bounds is what must hold for capacity in what is shown, with wide margins. None holds for zero, but nothing may be shed then.
type bounds struct {
	answers         float64 // at least, each second
	shed, refused   float64 // at most, in percent
	atService       time.Duration
	lowest, highest int // of the limit
}

// course is a value that changes with time. The latest change that has begun counts; without any, the value is zero.
type course[T any] []change[T]

type change[T any] struct {
	from time.Duration
	to   T
}

func always[T any](v T) course[T] { return course[T]{{0, v}} }

func (c course[T]) then(from time.Duration, to T) course[T] { return append(c, change[T]{from, to}) }

func (c course[T]) at(t time.Duration) (v T) {
	for _, each := range c {
		if each.from <= t {
			v = each.to
		}
	}
	return v
}

const second = time.Second

func oneKind(_ time.Duration, random *rand.Rand) (kind uint64, takes time.Duration) {
	return 1, time.Duration(random.ExpFloat64() * float64(50*time.Millisecond))
}

// mixShift is quick calls that give way to slow ones: the same work for the service, in fewer calls.
func mixShift(now time.Duration, random *rand.Rand) (kind uint64, takes time.Duration) {
	if now < 15*second {
		return 1, time.Duration(random.ExpFloat64() * float64(20*time.Millisecond))
	}
	return 2, time.Duration(random.ExpFloat64() * float64(200*time.Millisecond))
}

var stories = []story{
	{
		name: "80 % of what fits", length: 40 * second, from: 5 * second, rate: always(320.0),
		want: bounds{answers: 300, atService: 60 * time.Millisecond, lowest: 60},
	},
	{
		name: "95 % of what fits", length: 40 * second, from: 5 * second, rate: always(380.0),
		want: bounds{answers: 360},
	},
	{
		name: "twice what fits", length: 40 * second, from: 15 * second, rate: always(320.0).then(10*second, 800),
		want: bounds{answers: 360, shed: 57, atService: 200 * time.Millisecond, lowest: 20, highest: 100},
	},
	{
		name: "twice, from the start", length: 40 * second, from: 10 * second, rate: always(800.0),
		want: bounds{answers: 360, shed: 57, atService: 500 * time.Millisecond, lowest: 20, highest: 250},
	},
	{
		name: "half the workers gone", length: 30 * second, from: 15 * second,
		rate: always(320.0), workers: always(20).then(10*second, 10),
		want: bounds{answers: 180, shed: 46, atService: 250 * time.Millisecond, highest: 100},
	},
	{
		name: "and back", length: 50 * second, from: 35 * second,
		rate: always(320.0), workers: always(20).then(10*second, 10).then(30*second, 20),
		want: bounds{answers: 300, atService: 100 * time.Millisecond, lowest: 40},
	},
	{
		name: "fewer, slower calls", length: 40 * second, from: 15 * second,
		rate: always(800.0).then(15*second, 80), takes: mixShift,
		want: bounds{answers: 70, lowest: 100},
	},
	{
		name: "idle, then a burst", length: 50 * second, from: 30 * second,
		rate: always(320.0).then(10*second, 2).then(30*second, 1200).then(31*second, 320),
		want: bounds{answers: 280, shed: 5},
	},
	{
		name: "503 beyond 40 calls", length: 40 * second, from: 15 * second,
		rate: always(320.0).then(10*second, 800), refuses: always(40),
		want: bounds{answers: 360, shed: 57, refused: 20, atService: 200 * time.Millisecond},
	},
	{
		name: "a slow gateway", length: 40 * second, from: 10 * second,
		rate: always(320.0), delay: always(time.Duration(0)).then(10*second, 200*time.Millisecond),
		want: bounds{answers: 300},
	},
}

// run tells a story to one or more gateways that share the service.
func (s story) run(seed uint64, gateways int, algorithm func() limiting) []*gateway {
	w := newWorld(seed)
	if s.workers == nil {
		s.workers = always(20)
	}
	if s.takes == nil {
		s.takes = oneKind
	}
	shared := &service{world: w, workers: s.workers.at, refuses: s.refuses.at}
	all := make([]*gateway, gateways)
	for i := range all {
		g := &gateway{world: w, service: shared, limit: algorithm(), delay: s.delay.at}
		all[i] = g
		var arrive func()
		arrive = func() {
			g.arrive(s.takes(w.now, w.random))
			w.after(time.Duration(w.random.ExpFloat64()*float64(gateways)/s.rate.at(w.now)*float64(second)), arrive)
		}
		arrive()
	}
	w.run(s.length)
	return all
}

// tell runs a story for one gateway. The last calls that came are left out: how they end is not told.
func (s story) tell(seed uint64, algorithm func() limiting) seen {
	return s.run(seed, 1, algorithm)[0].between(s.from, s.length-timeout)
}

var ours = func() limiting { return adaptive{newCapacity(DefaultConfig().Min, DefaultConfig().Max, unstrained)} }

var algorithms = []struct {
	name string
	of   func() limiting
}{
	{"fixed", func() limiting { return fixed{} }},
	{"aimd", func() limiting { return &aimd{limit: 100} }},
	{"vegas", func() limiting { return &vegas{aimd: aimd{limit: 100}} }},
	{"gradient", func() limiting { return &gradient{aimd: aimd{limit: 100}} }},
	{"ours", ours},
}

// TestTheAlgorithmsSideBySide shows why capacity was chosen: go test -run SideBySide -v prints the table.
func TestTheAlgorithmsSideBySide(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("it only shows")
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-22s %-9s %9s %7s %8s %11s %7s  %s\n",
		"", "", "answers/s", "shed", "refused", "at service", "in all", "limit")
	for _, s := range stories {
		for _, algorithm := range algorithms {
			got := s.tell(1, algorithm.of)
			fmt.Fprintf(&table, "%-22s %-9s %9.0f %6.1f%% %7.1f%% %9dms %5dms  %d-%d\n", s.name, algorithm.name,
				got.rate(got.answered), got.percent(got.shed), got.percent(got.refused),
				got.atService.Milliseconds(), got.median.Milliseconds(), got.lowest, got.highest)
		}
	}
	t.Logf("\n%s", &table)
}

func TestTheLimitFindsWhatTheServiceTakes(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(3) {
				s.want.check(t, s.tell(seed, ours))
			}
		})
	}
}

func (b bounds) check(t *testing.T, got seen) {
	t.Helper()
	for _, each := range []struct {
		what string
		ok   bool
		got  any
	}{
		{"answers a second", got.rate(got.answered) >= b.answers, got.rate(got.answered)},
		{"percent shed", got.percent(got.shed) <= b.shed, got.percent(got.shed)},
		{"percent refused", got.percent(got.refused) <= b.refused, got.percent(got.refused)},
		{"at the service", b.atService == 0 || got.atService <= b.atService, got.atService},
		{"lowest limit", got.lowest >= b.lowest, got.lowest},
		{"highest limit", b.highest == 0 || got.highest <= b.highest, got.highest},
	} {
		if !each.ok {
			t.Errorf("%s: got %v, want it within %+v", each.what, each.got, b)
		}
	}
}

// A gradient whose idea of the usual follows whatever it sees takes a long overload for the usual thing.
func TestALongOverloadDoesNotBecomeTheUsualThing(t *testing.T) {
	t.Parallel()
	long := story{length: 200 * second, rate: always(320.0).then(10*second, 800)}
	g := long.run(1, 1, ours)[0]
	for from := 20 * second; from < long.length-timeout; from += 20 * second {
		bounds{answers: 360, shed: 57, atService: 200 * time.Millisecond, lowest: 20, highest: 100}.
			check(t, g.between(from, min(from+20*second, long.length-timeout)))
	}
}

// Each sees the queue that all of them make. What one lets in at least is what the service has at least from each.
func TestGatewaysShareAService(t *testing.T) {
	t.Parallel()
	shared := story{length: 120 * second, rate: always(320.0).then(10*second, 800).then(90*second, 320)}
	var answered float64
	for _, g := range shared.run(1, 4, ours) {
		got := g.between(30*second, 90*second)
		answered += got.rate(got.answered)
		bounds{answers: 50, shed: 75, atService: 400 * time.Millisecond, highest: 100}.check(t, got)
		bounds{answers: 70, atService: 100 * time.Millisecond}.check(t, g.between(100*second, 115*second))
	}
	if answered < 360 {
		t.Errorf("got %.0f answers a second, want at least 360", answered)
	}
}

func TestTheLimitFollowsSoon(t *testing.T) {
	t.Parallel()
	s := story{length: 50 * second, rate: always(320.0), workers: always(20).then(10*second, 10).then(30*second, 20)}
	for seed := range uint64(3) {
		g := s.run(seed, 1, ours)[0]
		down, lastShed := s.length, time.Duration(0)
		for _, set := range g.limits {
			if set.at > 10*second && set.limit <= 60 {
				down = set.at - 10*second
				break
			}
		}
		for _, call := range g.calls {
			if call.how == attempt.Withheld {
				lastShed = max(lastShed, call.came-30*second)
			}
		}
		t.Logf("down in %d windows; nobody shed %d windows after the way up", down/period, lastShed/period)
		if down > 30*period {
			t.Errorf("it took %v to see that half the workers are gone", down)
		}
		if lastShed > 20*period {
			t.Errorf("somebody was shed %v after the workers were back", lastShed)
		}
	}
}
