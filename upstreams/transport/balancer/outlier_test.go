package balancer

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func TestAnEndpointThatFailsFiveTimesInARowIsEjectedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b", "c")
		s.answer("a", status(500))
		s.asks(12)
		s.are(Healthy, Healthy, Healthy)
		equal(t, "the fifth failure", s.asks(3), map[string]int{"a": 1, "b": 1, "c": 1})
		s.are(Ejected, Healthy, Healthy)
		s.logged("msg=\"endpoint ejected\" endpoint=a reason=consecutive_failures for=30s")
		equal(t, "while it is out", s.asks(10), map[string]int{"b": 5, "c": 5})
		time.Sleep(30*time.Second - 1)
		equal(t, "just before its time", s.asks(10), map[string]int{"b": 5, "c": 5})
		time.Sleep(time.Nanosecond)
		s.are(Healthy, Healthy, Healthy)
		s.logged("msg=\"endpoint returned\" endpoint=a reason=time")
	})
}

func TestCallsThatFailedWhileAnEndpointWasOutCountNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b")
		a := s.current(0).all[0]
		for range 100 { // they were all under way
			s.note(a, attempt.Broken, s.clock(), 0)
		}
		time.Sleep(30 * time.Second)
		s.are(Healthy, Healthy)
		for range 4 {
			s.note(a, attempt.Broken, s.clock(), 0)
		}
		s.are(Healthy, Healthy)
		s.note(a, attempt.Broken, s.clock(), 0)
		s.are(Ejected, Healthy)
	})
}

func TestASuccessBetweenFailuresKeepsAnEndpointIn(t *testing.T) {
	for name, between := range map[string]answer{"an answer": status(200), "a refusal": status(404), "a limit": status(429)} {
		t.Run(name, func(t *testing.T) {
			s := start(t, func(c *Config) { c.Breaker.Enabled = false }, "a", "b")
			for range 10 {
				s.answer("a", refused)
				s.asks(8)
				s.answer("a", between)
				s.asks(2)
			}
			s.are(Healthy, Healthy)
		})
	}
}

func TestEachEjectionIsLongerAndGoodTimesShortenTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) { c.Balance.SlowStart = 0 }, "a", "b")
		a := s.current(0).all[0]
		eject := func() time.Duration {
			for range 5 {
				s.note(a, attempt.Failed, s.clock(), 0)
			}
			if !a.record.ejected() {
				t.Fatal("it was not ejected")
			}
			return a.record.until - s.clock()
		}
		back := func(seconds int) {
			for range seconds {
				time.Sleep(time.Second)
				s.asks(2)
			}
		}
		for _, step := range []struct{ want, in int }{
			{30, 30},
			{60, 60},
			{90, 90},
			{120, 120},
			{150, 150},
			{180, 180},
			{210, 210},
			{240, 240},
			{270, 270},
			{300, 300},
			{300, 300 + 30}, // good for three intervals
			{240, 240 + 300},
			{30, 30},
		} {
			if got := int(eject().Seconds()); got != step.want {
				t.Fatalf("it is out for %d s, want %d", got, step.want)
			}
			back(step.in)
		}
	})
}

func TestHowManyCanBeEjected(t *testing.T) {
	for _, c := range []struct{ endpoints, percent, want int }{
		{1, 50, 0}, {2, 50, 1}, {3, 50, 1}, {4, 50, 2}, {10, 50, 5}, // a half
		{1, 100, 0}, {2, 100, 1}, {10, 100, 9}, // never the last
		{2, 10, 1}, {5, 10, 1}, {9, 10, 1}, {20, 10, 2}, // one in any case
		{2, 0, 0}, {10, 0, 0},
	} {
		t.Run(fmt.Sprintf("%d percent of %d", c.percent, c.endpoints), func(t *testing.T) {
			var names []string
			for i := range c.endpoints {
				names = append(names, fmt.Sprint("e", i))
			}
			s := start(t, func(o *Config) { o.Outlier.MaxEjected, o.Outlier.Panic = c.percent, 0 }, names...)
			for _, name := range names {
				s.answer(name, refused)
			}
			s.asks(20 * c.endpoints)
			out := 0
			for _, e := range s.Endpoints() {
				if e.State == Ejected {
					out++
				}
			}
			if out != c.want {
				t.Errorf("%d are ejected, want %d", out, c.want)
			}
		})
	}
}

func TestTheOneThatWasNeededIsEjectedWhenAnotherIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b")
		s.answer("a", refused)
		s.asks(10)
		s.answer("a", nil)
		s.answer("b", refused)
		s.asks(10)
		s.are(Ejected, Healthy)
		time.Sleep(30 * time.Second)
		s.are(Healthy, Healthy)
		s.asks(20)
		s.are(Healthy, Ejected)
	})
}

func TestOutliersBySuccessRate(t *testing.T) {
	type count struct{ calls, failed int64 }
	several := func(n int, c count, others ...count) []count { return append(slices.Repeat([]count{c}, n), others...) }
	for name, c := range map[string]struct {
		counts []count
		want   []int
	}{
		"one fails half of its calls":           {several(4, count{1000, 0}, count{1000, 500}), []int{4}},
		"all fail alike":                        {several(5, count{1000, 500}), nil},
		"nobody fails":                          {several(5, count{1000, 0}), nil},
		"one fails a little more":               {several(9, count{1000, 0}, count{1000, 10}), nil},
		"one fails more by far than the others": {several(9, count{1000, 10}, count{1000, 200}), []int{9}},
		"too few endpoints":                     {several(3, count{1000, 0}, count{1000, 1000}), nil},
		"too few calls":                         {several(4, count{1000, 0}, count{99, 99}), nil},
		"too few endpoints with enough calls":   {several(3, count{1000, 0}, count{1000, 900}, count{99, 0}), nil},
		"two fail, the worse one first":         {several(18, count{1000, 0}, count{1000, 700}, count{1000, 800}), []int{19, 18}},
	} {
		t.Run(name, func(t *testing.T) {
			var all []*record
			for _, each := range c.counts {
				r := new(record)
				r.calls.Store(each.calls)
				r.failed.Store(each.failed)
				all = append(all, r)
			}
			o := outliers{config: DefaultConfig().Outlier}
			if early := o.compare(all, o.config.Interval-1); early != nil {
				t.Fatal("they were compared before the interval was over")
			}
			var got []int
			for _, ejected := range o.compare(all, o.config.Interval) {
				got = append(got, slices.Index(all, ejected))
			}
			equal(t, "ejected", got, c.want)
			for _, r := range all {
				if r.calls.Load() != 0 || r.failed.Load() != 0 {
					t.Fatal("what was compared still counts")
				}
			}
		})
	}
}

func TestWhatFailsMoreThanTheOthersIsEjected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) { c.Breaker.Enabled = false }, "a", "b", "c", "d", "e")
		turn := 0
		s.answer("c", func(req *http.Request) (*http.Response, error) {
			turn++
			return status(200 + 300*(turn%2))(req)
		})
		s.asks(1000)
		s.are(Healthy, Healthy, Healthy, Healthy, Healthy)
		time.Sleep(10 * time.Second)
		s.are(Healthy, Healthy, Ejected, Healthy, Healthy)
		s.logged("msg=\"endpoint ejected\" endpoint=c reason=success_rate for=30s")
	})
}

func TestWhatFailedBeforeAQuietNightIsNotEjectedInTheMorning(t *testing.T) {
	for quiet, want := range map[time.Duration]State{39 * time.Second: Ejected, 40 * time.Second: Healthy, 8 * time.Hour: Healthy} {
		t.Run(quiet.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, func(c *Config) { c.Breaker.Enabled = false }, "a", "b", "c", "d", "e")
				turn := 0
				s.answer("c", func(req *http.Request) (*http.Response, error) {
					turn++
					return status(200 + 300*(turn%2))(req)
				})
				s.asks(1000)
				time.Sleep(quiet) // the calls are compared after 10 s, and ejections take 30
				s.are(Healthy, Healthy, want, Healthy, Healthy)
			})
		})
	}
}

func TestBelowThePanicThresholdAllAreUsed(t *testing.T) {
	for _, c := range []struct {
		threshold, endpoints, unhealthy int
		panics                          bool
	}{
		{50, 2, 0, false},
		{50, 2, 1, false},
		{50, 2, 2, true},
		{50, 3, 1, false},
		{50, 3, 2, true},
		{50, 1, 1, true},
		{51, 2, 1, true},
		{100, 10, 1, true},
		{100, 10, 0, false},
		{0, 2, 2, false},
	} {
		t.Run(fmt.Sprintf("%d of %d with %d percent", c.unhealthy, c.endpoints, c.threshold), func(t *testing.T) {
			var all []*endpoint
			for i := range c.endpoints {
				all = append(all, &endpoint{verdict: verdict{unhealthy: i < c.unhealthy}})
			}
			l := lineUp(all, c.threshold, 0, time.Hour)
			first := 0
			if len(l.tiers) > 0 {
				first = len(l.tiers[0].candidates)
			}
			want := c.endpoints - c.unhealthy
			if c.panics {
				want = c.endpoints
			}
			if l.panic != c.panics || first != want {
				t.Errorf("panic: %t, %d are asked first; want %t, %d", l.panic, first, c.panics, want)
			}
		})
	}
}

func TestPanicBeginsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) {
			c.Balance.SlowStart = 0
			c.Outlier.Panic = 60
			c.Outlier.MaxEjected = 100
			c.Breaker.Enabled = false
		}, "a", "b", "c")
		s.answer("a", refused)
		s.answer("b", refused)
		s.asks(15)
		s.are(Ejected, Ejected, Healthy)
		s.logged(
			"msg=\"endpoint ejected\" endpoint=a reason=consecutive_failures for=30s",
			"msg=\"endpoint ejected\" endpoint=b reason=consecutive_failures for=30s",
			"msg=\"panic begins: too few endpoints are usable, so that all are used\" endpoints=3",
		)
		equal(t, "in panic", s.asks(9), map[string]int{"a": 3, "b": 3, "c": 3})
		time.Sleep(30 * time.Second)
		s.are(Healthy, Healthy, Healthy)
		s.logged(
			"msg=\"endpoint returned\" endpoint=a reason=time",
			"msg=\"endpoint returned\" endpoint=b reason=time",
			"msg=\"panic ends: enough endpoints are usable\" endpoints=3",
		)
	})
}

// machine is a pool to which anything happens, and what must hold whatever it is.
type machine struct {
	*service
	all      []*endpoint
	deadline map[*endpoint]time.Duration // when an ejected endpoint is back at the latest
}

func newMachine(t *testing.T, r *rapid.T) *machine {
	t.Helper()
	var names []string
	for i := range rapid.IntRange(1, 8).Draw(r, "endpoints") {
		names = append(names, fmt.Sprint("e", i))
	}
	s := start(t, func(c *Config) {
		c.Outlier = Outlier{
			ConsecutiveFailures: rapid.IntRange(0, 5).Draw(r, "consecutive failures"),
			SuccessRate:         SuccessRate{Endpoints: rapid.IntRange(0, 5).Draw(r, "compared"), Calls: rapid.IntRange(1, 20).Draw(r, "calls")},
			Interval:            time.Duration(rapid.IntRange(1, 20).Draw(r, "interval")) * time.Second,
			EjectionTime:        time.Duration(rapid.IntRange(1, 60).Draw(r, "ejection")) * time.Second,
			MaxEjectionTime:     time.Duration(rapid.IntRange(60, 300).Draw(r, "longest")) * time.Second,
			MaxEjected:          rapid.IntRange(0, 100).Draw(r, "ejected"),
			Panic:               rapid.IntRange(0, 100).Draw(r, "panic"),
		}
	}, names...)
	return &machine{service: s, all: s.current(0).all, deadline: make(map[*endpoint]time.Duration)}
}

func (m *machine) any(r *rapid.T) *endpoint {
	return m.all[rapid.IntRange(0, len(m.all)-1).Draw(r, "endpoint")]
}

func (m *machine) calls(r *rapid.T) {
	e, outcome := m.any(r), rapid.SampledFrom(attempt.Outcomes()).Draw(r, "outcome")
	for range rapid.IntRange(1, 30).Draw(r, "calls") {
		m.note(e, outcome, m.clock(), time.Millisecond)
	}
}

func (m *machine) check(r *rapid.T) {
	e, passed := m.any(r), rapid.Bool().Draw(r, "passed")
	m.checked(e, passed)
	if passed && e.record.ejected() {
		r.Fatalf("%s is ejected though a check has just passed", e.name)
	}
}

func (m *machine) rests(r *rapid.T) {
	m.rest(m.any(r), time.Duration(rapid.IntRange(0, 30).Draw(r, "seconds"))*time.Second)
}

func (m *machine) wait(r *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 60_000).Draw(r, "milliseconds")) * time.Millisecond)
}

func (m *machine) holds(r *rapid.T) {
	now := m.clock()
	l := m.current(now)
	out, usable := 0, 0
	for _, e := range m.all {
		if !e.out() {
			usable++
		}
		if !e.record.ejected() {
			delete(m.deadline, e)
			continue
		}
		out++
		if m.deadline[e] == 0 {
			m.deadline[e] = now + m.config.Outlier.MaxEjectionTime
		}
		if now >= e.record.until || e.record.until > m.deadline[e] {
			r.Fatalf("%s is out until %v, now it is %v, and at %v it must be back", e.name, e.record.until, now, m.deadline[e])
		}
	}
	if most := m.outliers.most(len(m.all)); out > most || out == len(m.all) {
		r.Fatalf("%d of %d are ejected, want %d at most", out, len(m.all), most)
	}
	if want := usable*100 < m.config.Outlier.Panic*len(m.all); l.panic != want {
		r.Fatalf("panic: %t with %d of %d usable, want %t", l.panic, usable, len(m.all), want)
	}
	m.holdsTiers(r, l, now)
}

// holdsTiers checks that nobody is asked before somebody better.
func (m *machine) holdsTiers(r *rapid.T, l *lineup, now time.Duration) {
	last, seen := 0, 0
	for _, t := range l.tiers {
		for i := range t.candidates {
			e, rank := t.candidates[i].endpoint, 1
			switch {
			case e.out() && !l.panic:
				rank = 3
			case e.rest > now:
				rank = 2
			}
			if rank < last {
				r.Fatalf("%s is asked too late", e.name)
			}
			last = rank
			seen++
		}
	}
	if m.config.Outlier.Panic > 0 && seen != len(m.all) {
		r.Fatalf("%d of %d endpoints can be picked", seen, len(m.all))
	}
}

// heals lets every endpoint be well from now on, and checks that all are back when they must be.
func (m *machine) heals(r *rapid.T) {
	for _, e := range m.all {
		for range m.config.Health.Healthy {
			m.checked(e, true)
		}
	}
	if m.Usable() != len(m.all) {
		r.Fatalf("with checks that pass, the endpoints are %v", m.Endpoints())
	}
}

// outlasts waits for as long as an endpoint can be out for what has failed, which may only be compared at the end of an interval.
func (m *machine) outlasts(r *rapid.T) {
	time.Sleep(m.config.Outlier.Interval + m.config.Outlier.MaxEjectionTime)
	for _, e := range m.Endpoints() {
		if e.State == Ejected {
			r.Fatalf("without a failure for as long as it can be, the endpoints are %v", m.Endpoints())
		}
	}
}

func TestAnEndpointNeverStaysEjectedOnceItIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(rand.N(10_000 * time.Hour)) // rapid draws by the clock, and the fake one always begins at the same time
		// rapid asks a *testing.T for its deadline, which one on a fake clock does not tell.
		rapid.Check(struct{ testing.TB }{t}, func(r *rapid.T) {
			m := newMachine(t, r)
			r.Repeat(map[string]func(*rapid.T){
				"calls": m.calls, "check": m.check, "rest": m.rests, "wait": m.wait, "outlast": m.outlasts, "": m.holds,
			})
			m.heals(r)
			m.outlasts(r)
		})
	})
}
