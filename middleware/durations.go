package middleware

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/correlation"
)

// durations is a histogram whose buckets each have an example: the trace of a request that was recorded. A trace that is not
// recorded leads nowhere, so others leave none, and cost nothing.
type durations struct {
	plain    prometheus.Observer
	examples prometheus.ExemplarObserver // nil where the histogram takes none
}

func newDurations(plain prometheus.Observer) durations {
	examples, _ := plain.(prometheus.ExemplarObserver)
	return durations{plain, examples}
}

func (d durations) observe(took time.Duration, r *http.Request) {
	if r == nil || d.examples == nil {
		d.plain.Observe(took.Seconds())
		return
	}
	if example := correlation.Example(r.Context()); example != nil {
		d.examples.ObserveWithExemplar(took.Seconds(), example)
		return
	}
	d.plain.Observe(took.Seconds())
}
