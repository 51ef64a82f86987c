package transport

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
	"github.com/concierge-gateway/concierge/upstreams/transport/discovery"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
	"github.com/concierge-gateway/concierge/upstreams/transport/trust"
)

// Metrics counts calls to services, and holds what each layer counts.
type Metrics struct {
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec

	balancer  *balancer.Metrics
	breaker   *breaker.Metrics
	discovery *discovery.Metrics
	fallback  *fallback.Metrics
	limit     *limit.Metrics
	retry     *retry.Metrics
	trust     *trust.Metrics
}

// NewMetrics registers the metrics of all services.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_requests_total",
			Help: "Calls to services, by the status of the answer in the end, or by why there was none.",
		}, []string{"service", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "concierge_upstream_request_duration_seconds",
			Help:    "Time from the start of a call to its answer, with all of its attempts.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 12),
		}, []string{"service"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_upstream_requests_in_flight",
			Help: "Calls to services that wait for an answer.",
		}, []string{"service"}),
		balancer:  balancer.NewMetrics(registry),
		breaker:   breaker.NewMetrics(registry),
		discovery: discovery.NewMetrics(registry),
		fallback:  fallback.NewMetrics(registry),
		limit:     limit.NewMetrics(registry),
		retry:     retry.NewMetrics(registry),
		trust:     trust.NewMetrics(registry),
	}
	registry.MustRegister(m.calls, m.duration, m.inFlight)
	return m
}

type serviceMetrics struct {
	calls    *attempt.Counters
	withheld *prometheus.CounterVec // the same series, for calls that were not made
	duration prometheus.Observer
	inFlight prometheus.Gauge
}

// of returns one service's share, so that a call looks up no labels.
func (m *Metrics) of(service string) *serviceMetrics {
	curried := m.calls.MustCurryWith(prometheus.Labels{"service": service})
	return &serviceMetrics{
		calls:    attempt.NewCounters(curried),
		withheld: curried,
		duration: m.duration.WithLabelValues(service),
		inFlight: m.inFlight.WithLabelValues(service),
	}
}

// took counts how long a call took. A trace that is recorded is an example of such calls.
func (m *serviceMetrics) took(req *http.Request, d time.Duration) {
	if example := correlation.Example(req.Context()); example != nil {
		if examples, ok := m.duration.(prometheus.ExemplarObserver); ok {
			examples.ObserveWithExemplar(d.Seconds(), example)
			return
		}
	}
	m.duration.Observe(d.Seconds())
}
