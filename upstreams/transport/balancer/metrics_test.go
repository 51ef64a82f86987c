package balancer

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// series are what is shown under a name, without the name and the service.
func (s *service) series(name string) map[string]float64 {
	s.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		s.Error(err)
	}
	shown := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != "concierge_upstream_"+name {
			continue
		}
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				if label.GetName() != "service" {
					labels = append(labels, label.GetValue())
				}
			}
			shown[strings.Join(labels, " ")] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return shown
}

func TestAttemptsAreCountedByHowTheyEnd(t *testing.T) {
	s := start(t, func(c *Config) { c.Outlier.ConsecutiveFailures = 0 }, "a", "b")
	for _, each := range []answer{status(200), status(404), status(500), refused, streaming(breaksOff())} {
		s.answer("a", each)
		_ = s.ask(&attempt.Call{Whole: 100})
		_ = s.ask(&attempt.Call{Whole: 100})
	}
	equal(t, "attempts", s.series("attempts_total"), map[string]float64{
		"200 a": 1, "404 a": 1, "500 a": 1, "broken a": 1, "unreachable a": 1, "200 b": 5,
	})
}

func TestEndpointsAreShownAsTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, checks, "a", "b", "c", "d")
		s.answer("a", refused)
		s.asks(20)
		for range 3 {
			s.checked(s.current(0).all[1], false)
		}
		for range 20 {
			ticket, _ := s.current(0).all[2].breaker.Allow()
			ticket.Done(attempt.Failed, 0)
		}
		s.answer("d", streaming(io.NopCloser(strings.NewReader("x"))))
		if _, err := s.RoundTrip(request(t.Context(), t)); err != nil {
			t.Fatal(err)
		}
		equal(t, "ejections", s.series("ejections_total"), map[string]float64{"a consecutive_failures": 1})
		equal(t, "checks", s.series("health_checks_total"), map[string]float64{"b failed": 3})
		equal(t, "in flight", s.series("endpoint_in_flight"), map[string]float64{"a": 0, "b": 0, "c": 0, "d": 1})
		equal(t, "states", s.series("endpoints"), map[string]float64{"healthy": 1, "unhealthy": 1, "ejected": 1, "open": 1})
		equal(t, "panic", s.series("panic"), map[string]float64{"": 0})
		for range 3 {
			s.checked(s.current(0).all[3], false)
		}
		equal(t, "panic with one that is left", s.series("panic"), map[string]float64{"": 1})
		time.Sleep(30 * time.Second) // nobody asks meanwhile
		equal(t, "panic when the ejected one is back", s.series("panic"), map[string]float64{"": 0})
	})
}

func TestTheLatencyIsShownInSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, nil, "a", "b")
		s.current(0).all[0].latency.answered(s.clock(), 1500*time.Millisecond)
		equal(t, "latency", s.series("endpoint_latency_seconds"), map[string]float64{"a": 1.5})
	})
}

func TestSeriesOfEndpointsThatHaveGoneAreRemoved(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.asks(10)
	s.answer("a", streaming(io.NopCloser(strings.NewReader("x"))))
	res, err := s.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(addresses("b"))
	equal(t, "attempts while a call is in flight", s.series("attempts_total"), map[string]float64{"200 a": 6, "200 b": 5})
	res.Body.Close()
	equal(t, "attempts when it has ended", s.series("attempts_total"), map[string]float64{"200 b": 5})
	s.Close()
	if n, _ := testutil.GatherAndCount(s.registry); n != 0 {
		t.Errorf("a closed pool has %d series", n)
	}
}

func TestAnEndpointThatComesBackBeforeItHasGoneKeepsItsSeries(t *testing.T) {
	s := start(t, nil, "a", "b")
	s.answer("a", streaming(io.NopCloser(strings.NewReader("x"))))
	res, err := s.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(addresses("b"))
	s.Replace(addresses("a", "b"))
	res.Body.Close()
	equal(t, "attempts", s.series("attempts_total"), map[string]float64{"200 a": 1})
}

func TestEndpointsOfOneNameGoOneByOne(t *testing.T) {
	m := NewMetrics(prometheus.NewRegistry())
	one, two := m.endpoint("user", "a"), m.endpoint("user", "a")
	for range 3 {
		if one.forget() {
			t.Error("the series went with the first endpoint")
		}
	}
	if !two.forget() {
		t.Error("the series did not go with the last endpoint")
	}
}

func TestTheSeriesOfManyEndpointsAreOne(t *testing.T) {
	var names []string
	for i := range 120 {
		names = append(names, fmt.Sprint("e", i))
	}
	s := start(t, nil, names...)
	s.asks(240)
	attempts := s.series("attempts_total")
	if len(attempts) != 101 || attempts["200 e0"] != 2 || attempts["200 other"] != 40 {
		t.Errorf("there are %d series, %v of the first and %v of the rest; want 101, 2 and 40", len(attempts), attempts["200 e0"],
			attempts["200 other"])
	}
	s.Replace(addresses(names[100:]...))
	equal(t, "attempts", s.series("attempts_total"), map[string]float64{"200 other": 40})
}

func TestOfTwoPoolsOfOneServiceTheNewerIsShown(t *testing.T) {
	s := start(t, nil, "a")
	newer, err := New("user", DefaultConfig(), addresses("a", "b"), s.connect, s.metrics, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "endpoints of the newer", s.series("endpoints")["healthy"], 2)
	newer.Close()
	equal(t, "endpoints of the one that is left", s.series("endpoints")["healthy"], 1)
}
