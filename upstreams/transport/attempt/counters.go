package attempt

import (
	"maps"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Counters counts how calls or attempts end, by code. It looks up the labels of a code once, so that counting costs no more than
// a look into a small map.
type Counters struct {
	series *prometheus.CounterVec                     // by code
	known  atomic.Pointer[map[int]prometheus.Counter] // by status, or by the outcome, negative; never changed itself
}

// NewCounters counts into series, which have the label code alone.
func NewCounters(series *prometheus.CounterVec) *Counters {
	c := &Counters{series: series}
	c.known.Store(&map[int]prometheus.Counter{})
	return c
}

// Count counts an end. Res is nil where there was no answer.
func (c *Counters) Count(outcome Outcome, res *http.Response) {
	key := -int(outcome)
	if res != nil {
		key = res.StatusCode
	}
	counter, ok := (*c.known.Load())[key]
	if !ok {
		counter = c.resolve(key, Code(outcome, res))
	}
	counter.Inc()
}

// resolve looks up a counter, and keeps it.
func (c *Counters) resolve(key int, code string) prometheus.Counter {
	counter := c.series.WithLabelValues(code)
	known := maps.Clone(*c.known.Load())
	known[key] = counter
	c.known.Store(&known) // one that is lost to another at the same moment is looked up again
	return counter
}
