package balancer

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

func TestAnAttemptGoesWhereNoneOfItsCallWent(t *testing.T) {
	for _, policy := range []Policy{PowerOfTwo, RoundRobin, ByHash} {
		t.Run(string(policy), func(t *testing.T) {
			s := start(t, func(c *Config) {
				c.Balance.Policy = policy
				c.Balance.Hash.Principal = policy == ByHash
			}, "a", "b", "c")
			for range 100 {
				call := new(attempt.Call)
				clear(s.got)
				for left := range 3 {
					if !s.Others(call) {
						t.Fatalf("after %d attempts, no other endpoint is left", left)
					}
					if err := s.ask(call); err != nil {
						t.Fatal(err)
					}
				}
				equal(t, "three attempts of one call", s.got, map[string]int{"a": 1, "b": 1, "c": 1})
				if s.Others(call) {
					t.Error("another endpoint is left after all were tried")
				}
				if err := s.ask(call); err != nil {
					t.Errorf("the fourth attempt went nowhere: %v", err)
				}
			}
		})
	}
}

// An ejected endpoint may be well again, and one that failed a call twice is not.
func TestTheLastAttemptOfACallGoesWhereNoneWentRatherThanToTheSameAThirdTime(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.answer("a", refused)
	s.asks(20)
	s.are(Ejected, Healthy)
	call := new(attempt.Call)
	clear(s.got)
	for range 3 {
		_ = s.ask(call)
	}
	equal(t, "three attempts of one call", s.got, map[string]int{"b": 2, "a": 1})
}

func opens(c *Config) {
	c.Breaker.MinCalls, c.Breaker.FailureRate = 2, 60
	c.Outlier.ConsecutiveFailures = 0
}

func TestAnOpenBreakerIsPassedOver(t *testing.T) {
	for _, policy := range []Policy{PowerOfTwo, RoundRobin} {
		synctest.Test(t, func(t *testing.T) {
			s := start(t, func(c *Config) {
				opens(c)
				c.Balance.Policy = policy
			}, "a", "b", "c")
			for range 2 {
				ticket, _ := s.current(0).all[0].breaker.Allow()
				ticket.Done(attempt.Failed, 0)
			}
			s.are(Open, Healthy, Healthy)
			if got := s.asks(100); got["a"] != 0 || got["b"] < 20 || got["c"] < 20 {
				t.Errorf("%s: the calls went to %v, want b and c", policy, got)
			}
			if got := s.Usable(); got != 2 {
				t.Errorf("%d endpoints are usable, want 2", got)
			}
			call := new(attempt.Call)
			call.Try("b")
			call.Try("c")
			if s.Others(call) {
				t.Error("an endpoint whose breaker is open is left for another attempt")
			}
		})
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestWhereNobodyCanTakeAnAttemptItIsWithheld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, opens, "a", "b")
		s.answer("a", refused)
		s.answer("b", refused)
		s.asks(10)
		s.are(Open, Open)
		body := &closing{Reader: strings.NewReader("order")}
		req := request(t.Context(), t)
		req.Body = body
		clear(s.got)
		res, err := s.RoundTrip(req)
		var withheld *attempt.WithheldError
		if res != nil || !errors.Is(err, ErrNoEndpoint) || !errors.As(err, &withheld) || !body.closed {
			t.Errorf("the attempt ended with %v, %v, its body closed: %t; want it withheld", res, err, body.closed)
		}
		if s.Others(new(attempt.Call)) || s.Usable() != 0 || len(s.got) != 0 {
			t.Errorf("others: %t, usable: %d, asked: %v; want nobody", s.Others(new(attempt.Call)), s.Usable(), s.got)
		}
	})
}

func TestTheUsualWayIsTakenAgainWhenABreakerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, opens, "a", "b")
		s.answer("a", refused)
		s.asks(10)
		s.are(Open, Healthy)
		s.answer("a", nil)
		time.Sleep(time.Minute)
		s.asks(10)
		time.Sleep(time.Minute)
		equal(t, "afterwards", s.asks(10), map[string]int{"a": 5, "b": 5})
	})
}

func TestWhatABreakerRefusesWhileCallsComeBackGoesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, func(c *Config) {
			opens(c)
			c.Breaker.Ramp, c.Balance.SlowStart = 10*time.Second, 0
		}, "a", "b")
		s.answer("a", refused)
		s.asks(10)
		s.are(Open, Healthy)
		s.answer("a", nil)
		time.Sleep(6 * time.Second)
		s.asks(2 * s.config.Breaker.Probes) // they pass, and the ramp begins
		for range 100 {
			if err := s.ask(new(attempt.Call)); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.asks(1000); got["a"] == 0 || got["a"] > 300 || got["a"]+got["b"] != 1000 {
			t.Errorf("the calls went to %v, want about a tenth of its share at a, and the rest at b", got)
		}
	})
}

func TestAnEndpointWhoseBreakerClosesStartsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, opens, "a", "b")
		s.answer("a", refused)
		s.asks(10)
		s.are(Open, Healthy)
		s.answer("a", nil)
		time.Sleep(6 * time.Second)
		s.asks(2 * s.config.Breaker.Probes)
		if got := s.asks(110)["a"]; got < 8 || got > 12 {
			t.Errorf("it got %d calls at first, want a tenth of what the other gets", got)
		}
		time.Sleep(s.config.Balance.SlowStart)
		if got := s.asks(100)["a"]; got < 48 || got > 52 {
			t.Errorf("it got %d of 100 calls in the end, want half", got)
		}
	})
}

func TestWhenAllOthersAreOpenThoseThatWereEjectedAreTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		story := func(threshold int) error {
			s := start(t, func(c *Config) {
				c.Breaker.MinCalls = 20
				c.Outlier.Panic = threshold
			}, "a", "b")
			s.answer("a", refused)
			s.asks(10)
			s.are(Ejected, Healthy)
			s.answer("a", nil)
			s.answer("b", refused)
			s.asks(20)
			s.are(Ejected, Open)
			return s.ask(new(attempt.Call))
		}
		if err := story(50); err != nil {
			t.Errorf("the only one that may be well was not asked: %v", err)
		}
		if err := story(0); !errors.Is(err, ErrNoEndpoint) {
			t.Errorf("without a panic threshold, the attempt ended with %v, want it withheld", err)
		}
	})
}

func TestBreakersAreCountedAndForgotten(t *testing.T) {
	registry := prometheus.NewRegistry()
	s := start(t, nil, "a")
	p, err := New("user", DefaultConfig(), addresses("a", "b"), s.connect, NewMetrics(prometheus.NewRegistry()),
		slog.New(slog.DiscardHandler), breaker.NewMetrics(registry))
	if err != nil {
		t.Fatal(err)
	}
	series := func() int {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, family := range families {
			n += len(family.GetMetric())
		}
		return n
	}
	two := series()
	p.Replace(addresses("a"))
	if one := series(); one*2 != two {
		t.Errorf("two endpoints have %d series, and one of them %d", two, one)
	}
	p.Close()
	if none := series(); none != 0 {
		t.Errorf("a closed pool has %d series", none)
	}
}

func TestThereMustBeAnEndpoint(t *testing.T) {
	if _, err := New("user", DefaultConfig(), nil, nil, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler), nil); err == nil {
		t.Error("New without addresses succeeded")
	}
}
