package balancer

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestPowerOfTwoLeavesTheSlowOneAlone(t *testing.T) {
	for _, n := range []int{2, 3, 10} {
		for _, perSecond := range []float64{10, 100, 1000} {
			m := newModel(t, PowerOfTwo, slices.Repeat([]float64{1}, n)...)
			m.run(perSecond, seconds(5_000, perSecond))
			m.takes = func(e *endpoint) time.Duration {
				if e.name == "a" {
					return 50 * time.Millisecond
				}
				return 10 * time.Millisecond
			}
			const calls = 10_000
			got := m.run(perSecond, seconds(calls, perSecond))["a"]
			if fair := calls / n; got > fair/3 || got < fair/100 {
				t.Errorf("with %d endpoints and %v calls a second, the one that became slow got %d calls, want few beside %d, and some",
					n, perSecond, got, fair)
			}
			m.takes = func(*endpoint) time.Duration { return 10 * time.Millisecond }
			m.run(perSecond, 30*time.Second)
			if got := m.run(perSecond, seconds(calls, perSecond))["a"]; got < calls/n*8/10 {
				t.Errorf("with %d endpoints and %v calls a second, it got %d calls once it was well, want about %d", n, perSecond, got, calls/n)
			}
		}
	}
}

func TestAStrangerIsNotFlooded(t *testing.T) {
	m := newModel(t, PowerOfTwo, 1, 1, 1)
	m.takes = func(e *endpoint) time.Duration {
		if e.name == "c" {
			return time.Hour // it never answers
		}
		return 200 * time.Millisecond
	}
	all := m.tier
	m.tier = newTier(all.candidates[:2])
	m.run(100, 10*time.Second)
	m.tier = all
	if got := m.run(100, 10*time.Second)["c"]; got != 1 {
		t.Errorf("an endpoint that has not answered yet got %d calls, want one to begin with", got)
	}
}

func TestAStrangerIsAskedAtOnce(t *testing.T) {
	m := newModel(t, PowerOfTwo, 1, 1)
	m.tier.candidates[0].latency.answered(0, time.Microsecond)
	if e := m.picker.pick(t.Context(), m.tier, 0); e.name != "b" {
		t.Error("the first call after a quick answer went back there, want it to go where nobody has been")
	}
}

func TestAFailureLooksSlow(t *testing.T) {
	const now = time.Hour
	for name, c := range map[string]struct {
		before time.Duration
		note   func(l *latency)
		want   time.Duration
	}{
		"an answer":                             {0, func(l *latency) { l.answered(now, time.Millisecond) }, time.Millisecond},
		"a slower answer":                       {time.Millisecond, func(l *latency) { l.answered(now, 5*time.Millisecond) }, 5 * time.Millisecond},
		"a refused connection":                  {0, func(l *latency) { l.silent(now, time.Microsecond) }, time.Second},
		"a refused connection, known":           {time.Millisecond, func(l *latency) { l.silent(now, time.Microsecond) }, time.Second},
		"a refused connection of a slow one":    {3 * time.Second, func(l *latency) { l.silent(now, time.Microsecond) }, 3 * time.Second},
		"a time-out":                            {time.Millisecond, func(l *latency) { l.silent(now, 5*time.Second) }, 5 * time.Second},
		"a quick failure":                       {time.Millisecond, func(l *latency) { l.erred(now, time.Microsecond) }, 10 * time.Millisecond},
		"a quick failure of one that is new":    {0, func(l *latency) { l.erred(now, time.Microsecond) }, 100 * time.Millisecond},
		"a slow failure":                        {time.Millisecond, func(l *latency) { l.erred(now, 3*time.Second) }, 3 * time.Second},
		"a quick failure of one that takes 1 s": {time.Second, func(l *latency) { l.erred(now, time.Microsecond) }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := new(latency)
			if c.before != 0 {
				l.answered(now, c.before)
			}
			c.note(l)
			if got, _ := l.expected(now); time.Duration(got) != c.want {
				t.Errorf("the next answer is expected in %v, want %v", time.Duration(got), c.want)
			}
		})
	}
}

func TestAveragesFade(t *testing.T) {
	const half = stale / 2
	part := math.Exp(-0.5)
	near := func(got float64, want float64) bool { return math.Abs(got/want-1) < 0.001 }
	var l latency
	if _, known := l.expected(0); known {
		t.Error("the latency is known without an answer")
	}
	l.answered(0, time.Second)
	l.answered(half, 1)
	got, known := l.expected(half)
	if want := part * float64(time.Second); !near(got, want) || !known {
		t.Errorf("a second and five later nothing make %v, want %v", time.Duration(got), time.Duration(want))
	}
	if later, known := l.expected(2*half - 1); !near(later, got*part) || !known {
		t.Errorf("after five seconds without an answer it is %v, want %v", time.Duration(later), time.Duration(got*part))
	}
	if _, known := l.expected(half + stale); known {
		t.Errorf("%v after the last answer it is still known", stale)
	}
	l.answered(half+stale, time.Millisecond)
	if got, _ := l.expected(half + stale); time.Duration(got) != time.Millisecond {
		t.Errorf("the first answer after that makes %v, want all of it", time.Duration(got))
	}
}
