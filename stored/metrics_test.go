package stored

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// metric is the sum of a metric's values with all of some label values.
func metric(t testing.TB, registry *prometheus.Registry, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "concierge_cache_"+name {
			continue
		}
		for _, m := range family.GetMetric() {
			has := true
			for _, label := range labels {
				has = has && (label == "" || strings.Contains(m.String(), `"`+label+`"`))
			}
			if has {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func TestQuestionsAreCountedByWhatCameOfThem(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry)
	r := m.Results("answers", "orders")
	for i, count := range []func(){r.Hit, r.Miss, r.Stale, r.Shared, r.Revalidated, r.Bypassed, r.Negative} {
		for range i + 1 {
			count()
		}
	}
	m.Results("records", "orders").Count(Hit, 5)
	m.Results("records", "orders").Count(Hit, 0)
	m.Results("records", "orders").Count(Hit, -1)
	for i, result := range []string{"hit", "miss", "stale", "shared", "revalidated", "bypass", "negative"} {
		if got := metric(t, registry, "requests_total", "answers", "orders", result); got != float64(i+1) {
			t.Errorf("%v are %s, want %d", got, result, i+1)
		}
	}
	if got := metric(t, registry, "requests_total", "records", "orders"); got != 5 {
		t.Errorf("%v records were asked for, want 5", got)
	}
	if m.Results("answers", "orders") != r {
		t.Error("what counts for a cache is made again")
	}
	if got := testing.AllocsPerRun(100, r.Hit); got != 0 {
		t.Errorf("counting allocates %v times", got)
	}
}

func TestWithoutMetricsNothingIsCounted(*testing.T) {
	var m *Metrics
	m.Watch(NewMemory(1 << 20))
	m.Results("answers", "orders").Hit()
	m.second().hits.Inc()
}
