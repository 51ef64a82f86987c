package breaker

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// watched is the story of a breaker that opens, probes and closes, and refuses a call on the way.
func watched(t *testing.T, b *Breaker) {
	t.Helper()
	b.rules.random = func() float64 { return 0.5 }
	s := &story{T: t, b: b}
	s.opens()
	s.refuses(OpenError{State: Open, RetryAfter: 5 * time.Second})
	s.recovers(5 * time.Second)
}

func TestEachChangeIsALineOfTheLog(t *testing.T) {
	for endpoint, want := range map[string][]map[string]any{
		"": {
			{"level": "WARN", "msg": "breaker opened", "service": "user", "reason": "failure_rate", "for": 5e9},
			{"level": "INFO", "msg": "breaker half-open", "service": "user", "reason": "waited"},
			{"level": "INFO", "msg": "breaker closed", "service": "user", "reason": "probes_passed"},
		},
		"a:1": {
			{"level": "WARN", "msg": "breaker opened", "service": "user", "endpoint": "a:1", "reason": "failure_rate", "for": 5e9},
			{"level": "INFO", "msg": "breaker half-open", "service": "user", "endpoint": "a:1", "reason": "waited"},
			{"level": "INFO", "msg": "breaker closed", "service": "user", "endpoint": "a:1", "reason": "probes_passed"},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(slog.NewJSONHandler(&out, nil))
			watched(t, NewMetrics(prometheus.NewRegistry()).Breaker(DefaultConfig(), "user", endpoint, log))
			var got []map[string]any
			for line := range strings.Lines(out.String()) {
				var each map[string]any
				if err := json.Unmarshal([]byte(line), &each); err != nil {
					t.Fatal(err)
				}
				delete(each, "time")
				got = append(got, each)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStatesChangesAndRefusalsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		metrics := NewMetrics(registry)
		watched(t, metrics.Breaker(DefaultConfig(), "user", "", slog.New(slog.DiscardHandler)))
		b := metrics.Breaker(DefaultConfig(), "user", "a:1", slog.New(slog.DiscardHandler))
		watched(t, b)
		metrics.Breaker(Config{}, "order", "", slog.New(slog.DiscardHandler)) // it is off, and not seen
		(&story{T: t, b: metrics.Breaker(DefaultConfig(), "user", "b:1", slog.New(slog.DiscardHandler))}).opens()
		metrics.Forget("user", "a:1")
		b.Allow() // nor is one that has gone
		want := `
# HELP concierge_upstream_breaker_refused_total Calls that a breaker did not let through.
# TYPE concierge_upstream_breaker_refused_total counter
concierge_upstream_breaker_refused_total{endpoint="",service="user"} 1
concierge_upstream_breaker_refused_total{endpoint="b:1",service="user"} 0
# HELP concierge_upstream_breaker_state Whether calls are made: 0 closed (they are), 1 half-open, 2 open. Without endpoint, it is the service's own.
# TYPE concierge_upstream_breaker_state gauge
concierge_upstream_breaker_state{endpoint="",service="user"} 0
concierge_upstream_breaker_state{endpoint="b:1",service="user"} 2
# HELP concierge_upstream_breaker_transitions_total Changes of breakers, by the state that they led to.
# TYPE concierge_upstream_breaker_transitions_total counter
concierge_upstream_breaker_transitions_total{endpoint="",service="user",to="closed"} 1
concierge_upstream_breaker_transitions_total{endpoint="",service="user",to="half_open"} 1
concierge_upstream_breaker_transitions_total{endpoint="",service="user",to="open"} 1
concierge_upstream_breaker_transitions_total{endpoint="b:1",service="user",to="closed"} 0
concierge_upstream_breaker_transitions_total{endpoint="b:1",service="user",to="half_open"} 0
concierge_upstream_breaker_transitions_total{endpoint="b:1",service="user",to="open"} 1
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	})
}

func TestABreakerThatHasGoneIsCountedNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		metrics := NewMetrics(registry)
		b := metrics.Breaker(DefaultConfig(), "user", "a:1", slog.New(slog.DiscardHandler))
		var late []Ticket
		for range 20 {
			ticket, err := b.Allow()
			if err != nil {
				t.Fatal(err)
			}
			late = append(late, ticket)
		}
		metrics.Forget("user", "a:1")
		for _, ticket := range late {
			ticket.Done(attempt.Failed, 0)
		}
		b.Allow()
		if got, err := testutil.GatherAndCount(registry); err != nil || got != 0 {
			t.Errorf("%d series are left (%v), want none", got, err)
		}
	})
}
