package balancer

import (
	"math"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// warming makes the last endpoint one that has just come back.
func (m *model) warming(takes time.Duration) {
	candidates := slices.Clone(m.tier.candidates)
	candidates[len(candidates)-1].warmth = warmth{began: m.now, takes: takes}
	m.tier = newTier(candidates)
}

func TestAnEndpointThatComesBackGetsItsShareSlowly(t *testing.T) {
	for name, c := range settings() {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, c.Policy, 1, 1, 1, 1)
			m.run(c.perSecond, seconds(5_000, c.perSecond))
			takes := seconds(20_000, c.perSecond)
			m.warming(takes)
			for tenth := range 10 {
				got := m.run(c.perSecond, takes/10)
				part := 3 * float64(got["d"]) / float64(got["a"]+got["b"]+got["c"])
				if want := 0.1 + 0.9*(float64(tenth)+0.5)/10; math.Abs(part-want) > 0.2 {
					t.Errorf("in tenth %d of its start, it got %.2f of its share, want about %.2f", tenth, part, want)
				}
			}
			m.shared(m.run(c.perSecond, takes), 0.1, 1, 1, 1, 1)
		})
	}
}

func TestTheShareGrowsEvenlyFromATenth(t *testing.T) {
	w := warmth{began: 10 * time.Second, takes: 30 * time.Second}
	for now, want := range map[time.Duration]float64{
		9 * time.Second: 0.1, 10 * time.Second: 0.1, 20 * time.Second: 0.4, 25 * time.Second: 0.55, 40 * time.Second: 1, time.Hour: 1,
	} {
		if got := w.share(now); math.Abs(got-want) > 1e-9 {
			t.Errorf("at %v the share is %v, want %v", now, got, want)
		}
	}
	if got := (warmth{}).share(0); got != 1 {
		t.Errorf("without a slow start, the share is %v, want all", got)
	}
}

// A failure counts as slow, and its memory must not outlive it: the endpoint that returns is compared as one that nobody knows.
func TestAnEndpointThatReturnsIsNotHeldBackByWhatItTookWhenItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) {
			c.Balance.Policy = PowerOfTwo
			c.Balance.SlowStart = 0
			c.Breaker.Enabled = false
		}, "a", "b")
		quick := func(req *http.Request) (*http.Response, error) {
			time.Sleep(2 * time.Millisecond)
			return status(http.StatusOK)(req)
		}
		s.answer("a", refused)
		s.answer("b", quick)
		s.asks(100)
		for range 5 {
			elsewhere := new(attempt.Call)
			elsewhere.Try("b")
			_ = s.ask(elsewhere)
		}
		s.are(Ejected, Healthy)
		s.answer("a", quick)
		time.Sleep(DefaultConfig().Outlier.EjectionTime)
		if got := s.asks(100); got["a"] < 25 {
			t.Errorf("the endpoint that is well again got %d of 100 calls, want about half", got["a"])
		}
	})
}

// One refused connection is no reason to be left alone for a minute.
func TestAnEndpointThatFailedOnceIsSoonAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) { c.Balance.Policy = PowerOfTwo }, "a", "b")
		quick := func(req *http.Request) (*http.Response, error) {
			time.Sleep(2 * time.Millisecond)
			return status(http.StatusOK)(req)
		}
		s.answer("a", refused)
		s.answer("b", quick)
		if got := s.asks(100); got["a"] != 1 {
			t.Errorf("while it is down, the endpoint got %d of 100 calls, want one", got["a"])
		}
		s.answer("a", quick)
		time.Sleep(stale)
		if got := s.asks(100); got["a"] < 25 {
			t.Errorf("%v later it got %d of 100 calls, want about half", stale, got["a"])
		}
	})
}
