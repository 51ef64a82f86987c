package balancer

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func checks(c *Config) {
	c.Health.Path = "/health?deep=1"
	c.Health.Jitter = 0
}

// run has the endpoints checked until the test ends, and returns what ends it before.
func (s *service) run() (stop func()) {
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func TestThresholdsHoldBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, checks, "a", "b")
		s.answer("a", status(500)) // the first check comes at once
		defer s.run()()
		step := func(a State) {
			t.Helper()
			synctest.Wait()
			s.are(a, Healthy)
			time.Sleep(s.config.Health.Interval)
		}
		time.Sleep(s.config.Health.Interval / 2) // between two checks
		step(Healthy)
		step(Healthy)
		step(Unhealthy)
		s.logged("msg=\"endpoint unhealthy\" endpoint=a")
		equal(t, "while it is unhealthy", s.asks(10), map[string]int{"b": 10})
		s.answer("a", nil)
		step(Unhealthy)
		s.answer("a", status(500)) // one that fails begins the count anew
		step(Unhealthy)
		s.answer("a", nil)
		step(Unhealthy)
		step(Unhealthy)
		step(Healthy)
		s.logged("msg=\"endpoint healthy\" endpoint=a")
	})
}

func TestAnEndpointThatIsHealthyAgainStartsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b")
		a := s.current(0).all[0]
		for range 3 {
			s.checked(a, false)
		}
		s.checked(a, true)
		s.checked(a, true)
		s.are(Healthy, Healthy)
		equal(t, "the calls", s.asks(110), map[string]int{"a": 10, "b": 100})
	})
}

func TestAVerdictNeedsChecksInARow(t *testing.T) {
	for text, want := range map[string]string{
		"---":         "..-",
		"--+--":       ".....",
		"--+---":      ".....-",
		"---+":        "..--",
		"---++":       "..--.",
		"---+-++":     "..----.",
		"---++---":    "..--...-",
		"+++---+++++": ".....--....",
	} {
		v, got := verdict{}, []byte(text)
		for i, check := range text {
			v.add(check == '+', DefaultConfig().Health)
			got[i] = '.'
			if v.unhealthy {
				got[i] = '-'
			}
		}
		if string(got) != want {
			t.Errorf("%s makes %s, want %s", text, got, want)
		}
	}
}

func TestWhatPasses(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		want   bool
	}{
		"the status":          {status(200), true},
		"another in the list": {status(204), true},
		"another status":      {status(302), false},
		"no connection":       {refused, false},
		"no answer in time": {func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, func(c *Config) { c.Health.Statuses = []int{200, 204} }, "a")
				s.answer("a", c.answer)
				began := time.Now()
				if got := s.config.Health.check(t.Context(), s.current(0).all[0]); got != c.want {
					t.Errorf("it passed: %t, want %t", got, c.want)
				}
				if took := time.Since(began); took > s.config.Health.Timeout {
					t.Errorf("it took %v, want %v at most", took, s.config.Health.Timeout)
				}
			})
		})
	}
}

func TestACheckAsksBelowTheBaseURL(t *testing.T) {
	s := start(t, checks, "a")
	base := addresses("a")
	base[0].Base.Path = "/v1/"
	s.Replace(base)
	s.answer("a", func(req *http.Request) (*http.Response, error) {
		got := []string{req.Method, req.URL.String(), req.Host, req.Header.Get("User-Agent")}
		equal(t, "asked", got, []string{"GET", "http://a/v1/health?deep=1", "a", "concierge-health"})
		return status(200)(req)
	})
	if !s.config.Health.check(t.Context(), s.current(0).all[0]) {
		t.Error("the check failed")
	}
}

func TestAPassedCheckEndsAnEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, checks, "a", "b")
		s.answer("a", refused)
		s.asks(10)
		s.are(Ejected, Healthy)
		s.answer("a", nil)
		defer s.run()()
		synctest.Wait()
		s.are(Healthy, Healthy)
		s.logged(
			"msg=\"endpoint ejected\" endpoint=a reason=consecutive_failures for=30s",
			"msg=\"endpoint returned\" endpoint=a reason=check",
		)
		if got := s.asks(110)["a"]; got < 8 || got > 12 {
			t.Errorf("it got %d calls after that, want a tenth of what the other gets", got)
		}
	})
}

func TestWhenAllAreUnhealthyAllAreUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, checks, "a", "b")
		s.answer("a", status(500))
		s.answer("b", status(500))
		defer s.run()()
		time.Sleep(25 * time.Second)
		s.are(Unhealthy, Unhealthy)
		equal(t, "usable", s.Usable(), 0)
		equal(t, "the calls", s.asks(4), map[string]int{"a": 2, "b": 2})
	})
}

func TestChecksDifferByTheJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) { c.Health.Path, c.Health.Jitter = "/health", 10 }, "a")
		began := time.Now()
		var at []time.Duration
		s.answer("a", func(req *http.Request) (*http.Response, error) {
			at = append(at, time.Since(began))
			return status(200)(req)
		})
		stop := s.run()
		time.Sleep(1000 * time.Second)
		stop()
		if len(at) < 90 || len(at) > 112 || at[0] > time.Second {
			t.Fatalf("%d checks in 1000 s, the first after %v; want about 100, and one at once", len(at), at[0])
		}
		least, most := time.Hour, time.Duration(0)
		for i := 1; i < len(at); i++ {
			gap := at[i] - at[i-1]
			least, most = min(least, gap), max(most, gap)
		}
		if least < 9*time.Second || most > 11*time.Second || most-least < time.Second {
			t.Errorf("the checks are %v to %v apart, want 9 s to 11 s", least, most)
		}
	})
}

func TestChecksFollowTheEndpointsAndEndWithRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, checks, "a", "b")
		stop := s.run()
		time.Sleep(time.Second)
		count := func() map[string]int {
			time.Sleep(10 * time.Second)
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			got := s.probes
			s.probes = make(map[string]int)
			return got
		}
		equal(t, "two endpoints", count(), map[string]int{"a": 2, "b": 2}) // the first check is at once
		s.Replace(addresses("b", "c"))
		s.Replace(addresses("b", "c", "d"))
		equal(t, "after a change", count(), map[string]int{"b": 1, "c": 2, "d": 2}) // new ones are checked at once
		stop()
		equal(t, "after Run", count(), map[string]int{})
		// The bubble fails if a goroutine is left.
	})
}

func TestACheckUnderWayEndsWithRunAndSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) {
			checks(c)
			c.Health.Unhealthy = 1
		}, "a")
		s.answer("a", func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		stop := s.run()
		synctest.Wait()
		stop()
		s.are(Healthy)
	})
}

func TestWithoutAPathNothingIsChecked(t *testing.T) {
	s := start(t, nil, "a")
	s.Run(t.Context()) // returns
	equal(t, "checks", s.probes, map[string]int{})
}
