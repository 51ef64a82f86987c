package stored

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Result is what came of looking for something that may be kept.
type Result int

// The results. Each question has one of them.
const (
	// Hit found what may be used as it is.
	Hit Result = iota
	// Miss found nothing, and the service was asked.
	Miss
	// Stale found what is older than it should be and was used nevertheless.
	Stale
	// Shared waited for the same question of somebody else.
	Shared
	// Revalidated found what is older than it should be, and the service said that it is still good.
	Revalidated
	// Bypassed did not look, since who asked did not want that, and may say so.
	Bypassed
	// Negative found that there is no such thing.
	Negative

	results
)

// String is the label of a result.
func (r Result) String() string {
	return [results]string{"hit", "miss", "stale", "shared", "revalidated", "bypass", "negative"}[r]
}

// Metrics counts what becomes of questions, for all caches together. A nil *Metrics counts nothing.
type Metrics struct {
	registry prometheus.Registerer
	requests *prometheus.CounterVec

	mu  sync.Mutex
	all map[[2]string]*Results
}

// NewMetrics registers the counters of questions.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	return &Metrics{
		registry: registry, all: make(map[[2]string]*Results),
		requests: promauto.With(registry).NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_cache_requests_total",
			Help: "What was looked for in caches, by the cache, by the service or type that it is of, and by what came of it: " +
				"hit, miss, stale, shared, revalidated, bypass or negative.",
		}, []string{"cache", "of", "result"}),
	}
}

// Watch shows what a Memory keeps. There is one of them.
func (m *Metrics) Watch(memory *Memory) {
	if m != nil {
		m.registry.MustRegister(newShown(memory))
	}
}

// Results counts what is looked for in the cache of a name, of a service or a type of the schema. Neither name may be a caller's.
func (m *Metrics) Results(cache, of string) *Results {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.all[[2]string{cache, of}]
	if r == nil {
		r = &Results{}
		for result := range results {
			r.counters[result] = m.requests.WithLabelValues(cache, of, result.String())
		}
		m.all[[2]string{cache, of}] = r
	}
	return r
}

// Results counts what becomes of questions to one cache. A nil *Results counts nothing.
type Results struct{ counters [results]prometheus.Counter }

// Count counts as many questions with a result, such as the records of a batch.
func (r *Results) Count(result Result, questions int) {
	if r != nil && questions > 0 {
		r.counters[result].Add(float64(questions))
	}
}

// Hit counts a Hit.
func (r *Results) Hit() { r.Count(Hit, 1) }

// Miss counts a Miss.
func (r *Results) Miss() { r.Count(Miss, 1) }

// Stale counts a Stale.
func (r *Results) Stale() { r.Count(Stale, 1) }

// Shared counts a Shared.
func (r *Results) Shared() { r.Count(Shared, 1) }

// Revalidated counts a Revalidated.
func (r *Results) Revalidated() { r.Count(Revalidated, 1) }

// Bypassed counts a Bypassed.
func (r *Results) Bypassed() { r.Count(Bypassed, 1) }

// Negative counts a Negative.
func (r *Results) Negative() { r.Count(Negative, 1) }

// secondMetrics counts what becomes of questions to Redis, and how it is.
type secondMetrics struct {
	hits, misses, unavailable prometheus.Counter
	written, dropped, failed  prometheus.Counter
	duration                  prometheus.Histogram
	reachable                 prometheus.Gauge
}

// second registers the metrics of a Second. There is one of them.
func (m *Metrics) second() *secondMetrics {
	with := promauto.With(nil)
	if m != nil {
		with = promauto.With(m.registry)
	}
	requests := with.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_cache_second_requests_total",
		Help: "Values that were looked for in Redis, by what came of it: hit, miss, or unavailable where it was slow or gone.",
	}, []string{"result"})
	writes := with.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_cache_second_writes_total",
		Help: "Values for Redis, by what came of them: written, dropped where they were too large, too many, too late or Redis was " +
			"gone, or failed.",
	}, []string{"result"})
	return &secondMetrics{
		hits: requests.WithLabelValues("hit"), misses: requests.WithLabelValues("miss"),
		unavailable: requests.WithLabelValues("unavailable"),
		written:     writes.WithLabelValues("written"), dropped: writes.WithLabelValues("dropped"),
		failed: writes.WithLabelValues("failed"),
		duration: with.NewHistogram(prometheus.HistogramOpts{
			Name:    "concierge_cache_second_duration_seconds",
			Help:    "Time that Redis took to answer.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 2.5, 10),
		}),
		reachable: with.NewGauge(prometheus.GaugeOpts{
			Name: "concierge_cache_second_reachable",
			Help: "Whether Redis is asked for what is kept.",
		}),
	}
}
