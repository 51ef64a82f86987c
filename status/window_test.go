package status

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"
)

func TestQuantilesLieEvenlyWithinABucket(t *testing.T) {
	bounds := []float64{0.1, 0.2, 0.4}
	for name, tt := range map[string]struct {
		q      float64
		counts []uint64
		want   float64
	}{
		"the middle of the first":           {0.5, []uint64{10, 10, 10, 10}, 0.05},
		"the end of the first":              {1, []uint64{10, 10, 10, 10}, 0.1},
		"the middle of the second":          {0.5, []uint64{0, 10, 10, 10}, 0.15},
		"across buckets":                    {0.75, []uint64{5, 5, 10, 10}, 0.3},
		"above the last bound, as the last": {0.99, []uint64{0, 0, 0, 10}, 0.4},
	} {
		if got := quantile(tt.q, bounds, tt.counts); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	if got := quantile(0.5, nil, []uint64{1}); got != 0 {
		t.Errorf("without buckets: got %v", got)
	}
}

func TestAQuantileIsWithinTheBucketOfItsRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bounds := []float64{0.001, 0.01, 0.1, 1, 10}
		values := rapid.SliceOfN(rapid.Float64Range(0, 10), 1, 50).Draw(t, "values")
		counts := make([]uint64, len(bounds)+1)
		for _, v := range values {
			for i, bound := range bounds {
				if v <= bound {
					counts[i]++
				}
			}
			counts[len(bounds)]++
		}
		last := 0.0
		for _, q := range []float64{0.5, 0.95, 0.99, 1} {
			got := quantile(q, bounds, counts)
			if got < last || got > 10 {
				t.Fatalf("quantile %v is %v after %v", q, got, last)
			}
			last = got
		}
	})
}

// readings are two of one registry, with something done between them.
func readings(t *testing.T, register func(*prometheus.Registry) (do func())) window {
	t.Helper()
	registry := prometheus.NewRegistry()
	do := register(registry)
	read := func(at time.Time) *reading {
		gathered, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return newReading(at, readFamilies(), gathered)
	}
	begun := time.Unix(1000, 0)
	from := read(begun)
	do()
	return window{from, read(begun.Add(10 * time.Second))}
}

func TestAWindowTellsOfWhatHasGrownInIt(t *testing.T) {
	w := readings(t, func(registry *prometheus.Registry) func() {
		counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: requests}, []string{"door", "operation", "status"})
		registry.MustRegister(counter)
		counter.WithLabelValues("rest", "a", "200").Add(100)
		return func() {
			counter.WithLabelValues("rest", "a", "200").Add(20)
			counter.WithLabelValues("rest", "b", "200").Add(5)
			counter.WithLabelValues("rest", "b", "503").Add(25)
		}
	})
	if got := w.increase(requests, labels{"rest", "200"}); got != 25 {
		t.Errorf("got %v, want the sum over operations, 25", got)
	}
	if got := w.rate(w.sum(requests, at("rest"))); got != 5 {
		t.Errorf("got %v by the second, want 5", got)
	}
	v := view{now: w, minute: w, quarter: w}
	if got := v.traffic(everything, 0).Failed; got == nil || *got != 0.5 {
		t.Errorf("got a share of %v, want 0.5", got)
	}
}

func TestACounterThatBeganAnewCountsFromThere(t *testing.T) {
	if got := grown(100, 7); got != 7 {
		t.Errorf("got %v, want 7", got)
	}
}

func TestLatencyIsOfTheWindowAlone(t *testing.T) {
	w := readings(t, func(registry *prometheus.Registry) func() {
		histogram := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: requestDuration, Buckets: []float64{0.1, 0.2, 0.4},
		}, []string{"door", "operation"})
		registry.MustRegister(histogram)
		for range 1000 {
			histogram.WithLabelValues("rest", "a").Observe(0.01)
		}
		return func() {
			for range 5 {
				histogram.WithLabelValues("rest", "a").Observe(0.15)
				histogram.WithLabelValues("rest", "b").Observe(0.15)
			}
		}
	})
	want := &Latency{P50: 0.15, P95: 0.195, P99: 0.199}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, w.latency(requestDuration, at("rest")), near); diff != "" {
		t.Error(diff)
	}
	if got := w.latency(requestDuration, at("graphql")); got != nil {
		t.Errorf("got %v where nothing was asked", got)
	}
	if got := (window{nil, w.to}).latency(requestDuration, everything); got != nil {
		t.Errorf("got %v without a reading before", got)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := newHistory()
	begun := time.Unix(1000, 0)
	for i := range 1000 {
		h.add(&reading{at: begun.Add(time.Duration(i) * every)})
	}
	if len(h.close) != closeBy || len(h.far) != farOff || len(h.points) != points {
		t.Errorf("remembers %d, %d and %d", len(h.close), len(h.far), len(h.points))
	}
	v := h.view(&reading{at: begun.Add(1000 * every)})
	if v.now.seconds() != 10 || v.minute.seconds() != 60 || v.quarter.seconds() < 14*60 || v.quarter.seconds() > 16*60 {
		t.Errorf("the windows have %v, %v and %v seconds", v.now.seconds(), v.minute.seconds(), v.quarter.seconds())
	}
}

// A test compares that document with what the gateway exports.
func TestEveryMetricThatThePageReadsIsDocumented(t *testing.T) {
	document, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range readFamilies() {
		if strings.HasPrefix(name, "concierge_") && !strings.Contains(string(document), "`"+name+"`") {
			t.Errorf("there is no metric %s", name)
		}
	}
}
