package stored

import (
	"sync/atomic"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// kept counts what is kept of one cache, and what made way and why.
type kept struct {
	bytes, entries                           atomic.Int64
	size, expired, replaced, deleted, larger atomic.Uint64
}

func (k *kept) add(e *entry) {
	k.bytes.Add(e.weight)
	k.entries.Add(1)
}

// drop is called while the library holds a lock.
func (k *kept) drop(e *entry, cause otter.DeletionCause) {
	k.bytes.Add(-e.weight)
	k.entries.Add(-1)
	switch cause {
	case otter.CauseOverflow:
		k.size.Add(1)
	case otter.CauseExpiration:
		k.expired.Add(1)
	case otter.CauseReplacement:
		k.replaced.Add(1)
	case otter.CauseInvalidation:
		k.deleted.Add(1)
	}
}

// shown shows what is kept, at the moment when somebody asks.
type shown struct {
	memory                  *Memory
	bytes, entries, evicted *prometheus.Desc
}

func newShown(m *Memory) *shown {
	return &shown{
		memory: m,
		bytes: prometheus.NewDesc("concierge_cache_bytes",
			"Memory that what is kept takes, with the bookkeeping, by the cache.", []string{"cache"}, nil),
		entries: prometheus.NewDesc("concierge_cache_entries",
			"Values that are kept, by the cache.", []string{"cache"}, nil),
		evicted: prometheus.NewDesc("concierge_cache_evicted_total",
			"Values that are not kept any more, by the cache and by why: they made room (size), their time had passed (expired), "+
				"another took their place (replaced), they were deleted, or they were too large to be kept at all (larger).",
			[]string{"cache", "reason"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (s *shown) Describe(into chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{s.bytes, s.entries, s.evicted} {
		into <- desc
	}
}

// Collect implements prometheus.Collector.
func (s *shown) Collect(into chan<- prometheus.Metric) {
	for name, k := range s.memory.named() {
		into <- prometheus.MustNewConstMetric(s.bytes, prometheus.GaugeValue, float64(k.bytes.Load()), name)
		into <- prometheus.MustNewConstMetric(s.entries, prometheus.GaugeValue, float64(k.entries.Load()), name)
		for reason, count := range map[string]*atomic.Uint64{
			"size": &k.size, "expired": &k.expired, "replaced": &k.replaced, "deleted": &k.deleted, "larger": &k.larger,
		} {
			into <- prometheus.MustNewConstMetric(s.evicted, prometheus.CounterValue, float64(count.Load()), name, reason)
		}
	}
}
