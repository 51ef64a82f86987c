package telemetry_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/telemetry"
)

// counting is a part that counts.
type counting struct {
	*prometheus.Registry

	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	state    prometheus.Gauge
}

func newCounting() *counting {
	c := &counting{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "A metric."}, []string{"code"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "seconds", Help: "A metric.", Buckets: []float64{1, 2}}, []string{"code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "requests_in_flight", Help: "A metric."}),
		state:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "state", Help: "A metric."}),
	}
	c.MustRegister(c.requests, c.seconds, c.inFlight, c.state)
	return c
}

// gathered has each series' value, of a histogram all of its numbers.
func gathered(t rapid.TB, from prometheus.Gatherer) map[string]string {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(families, func(a, b *dto.MetricFamily) int {
		return slices.Compare([]string{a.GetName()}, []string{b.GetName()})
	}) {
		t.Errorf("families are not sorted: %v", families)
	}
	values := make(map[string]string)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			values[fmt.Sprint(family.GetName(), metric.GetLabel())] = valueOf(metric)
		}
	}
	return values
}

func valueOf(m *dto.Metric) string {
	if h := m.GetHistogram(); h != nil {
		numbers := []any{h.GetSampleCount(), h.GetSampleSum()}
		for _, bucket := range h.GetBucket() {
			numbers = append(numbers, bucket.GetUpperBound(), bucket.GetCumulativeCount())
		}
		return fmt.Sprint(numbers...)
	}
	return fmt.Sprint(m.GetCounter().GetValue() + m.GetGauge().GetValue())
}

func TestWhateverComesAndGoesTheSumIsWhatWasCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, lasting := newCounting(), newCounting()
		all := telemetry.NewGenerations(lasting)
		parts := []*counting{lasting}
		inFlight := map[*counting]float64{}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				part := newCounting()
				parts = append(parts, part)
				all.Begin(part)
			},
			"end": func(t *rapid.T) {
				if len(parts) == 1 {
					return
				}
				at := rapid.IntRange(1, len(parts)-1).Draw(t, "which")
				all.End(parts[at])
				all.End(parts[at]) // a second end changes nothing
				want.inFlight.Sub(inFlight[parts[at]])
				parts = slices.Delete(parts, at, at+1)
			},
			"count": func(t *rapid.T) {
				part := rapid.SampledFrom(parts).Draw(t, "of")
				code := rapid.SampledFrom([]string{"200", "404", "500"}).Draw(t, "code")
				took := float64(rapid.IntRange(0, 4).Draw(t, "took"))
				for _, each := range []*counting{part, want} {
					each.requests.WithLabelValues(code).Inc()
					each.seconds.WithLabelValues(code).Observe(took)
					each.inFlight.Inc()
				}
				inFlight[part]++
			},
			"": func(t *rapid.T) {
				got, expected := gathered(t, all), gathered(t, want)
				for series, value := range expected {
					if got[series] != value {
						t.Fatalf("%s is %s, want %s", series, got[series], value)
					}
				}
			},
		})
	})
}

func TestOfOtherGaugesTheLaterPartKnowsBetter(t *testing.T) {
	before, after := newCounting(), newCounting()
	all := telemetry.NewGenerations(prometheus.NewRegistry())
	all.Begin(before)
	all.Begin(after)
	before.state.Set(5)
	after.state.Set(2)
	if got := gathered(t, all)["state[]"]; got != "2" {
		t.Errorf("it is %s, want 2", got)
	}
	all.End(after)
	if got := gathered(t, all)["state[]"]; got != "5" {
		t.Errorf("it is %s, want 5", got)
	}
	all.End(before)
	if got, there := gathered(t, all)["state[]"]; there {
		t.Errorf("it is %s after its end", got)
	}
}

func TestExemplarsOutliveTheirPart(t *testing.T) {
	before, after := newCounting(), newCounting()
	all := telemetry.NewGenerations(prometheus.NewRegistry())
	all.Begin(before)
	before.seconds.WithLabelValues("200").(prometheus.ExemplarObserver).ObserveWithExemplar(0.5, prometheus.Labels{"trace_id": "a"})
	before.requests.WithLabelValues("200").(prometheus.ExemplarAdder).AddWithExemplar(1, prometheus.Labels{"trace_id": "b"})
	all.End(before)
	all.Begin(after)
	after.seconds.WithLabelValues("200").Observe(0.5)
	after.requests.WithLabelValues("200").Inc()
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, bucket := range metric.GetHistogram().GetBucket() {
				for _, label := range bucket.GetExemplar().GetLabel() {
					found = append(found, label.GetValue())
				}
			}
			for _, label := range metric.GetCounter().GetExemplar().GetLabel() {
				found = append(found, label.GetValue())
			}
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, []string{"a", "b"}) {
		t.Errorf("there are the exemplars %v, want a and b", found)
	}
}
