package balancer

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Metrics counts attempts, ejections and checks, and shows the endpoints of all pools as they are when they are asked for.
type Metrics struct {
	attempts  *prometheus.CounterVec
	ejections *prometheus.CounterVec
	checks    *prometheus.CounterVec

	mu     sync.Mutex
	pools  map[string][]*Pool        // by service; the last one is shown
	labels map[string]map[string]int // by service: how many endpoints have a label
}

// NewMetrics registers the metrics of all services.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_attempts_total",
			Help: "Attempts at endpoints, by the status of the answer, or by why there was none.",
		}, []string{"service", "endpoint", "code"}),
		ejections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_ejections_total",
			Help: "Endpoints that were taken out because of how their calls ended.",
		}, []string{"service", "endpoint", "reason"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_health_checks_total",
			Help: "Health checks of endpoints, by whether they passed or failed.",
		}, []string{"service", "endpoint", "result"}),
		pools:  make(map[string][]*Pool),
		labels: make(map[string]map[string]int),
	}
	registry.MustRegister(m.attempts, m.ejections, m.checks, newStates(m))
	return m
}

// add has a pool shown.
func (m *Metrics) add(p *Pool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pools[p.service] = append(m.pools[p.service], p)
}

// remove ends that.
func (m *Metrics) remove(p *Pool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pools[p.service] = slices.DeleteFunc(m.pools[p.service], func(each *Pool) bool { return each == p })
}

// shown are the pools to show: of two of one service, the newer one.
func (m *Metrics) shown() []*Pool {
	m.mu.Lock()
	defer m.mu.Unlock()
	var shown []*Pool
	for _, pools := range m.pools {
		if len(pools) > 0 {
			shown = append(shown, pools[len(pools)-1])
		}
	}
	return shown
}

// endpoint is the share of one endpoint, from which it must be forgotten when it goes.
func (m *Metrics) endpoint(service, name string) *endpointMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	labels := m.labels[service]
	if labels == nil {
		labels = make(map[string]int)
		m.labels[service] = labels
	}
	if labels[name] == 0 && len(labels) >= mostLabels {
		name = otherLabel
	}
	labels[name]++
	series := m.attempts.MustCurryWith(prometheus.Labels{"service": service, "endpoint": name})
	return &endpointMetrics{metrics: m, service: service, label: name, attempts: attempt.NewCounters(series)}
}

const (
	// mostLabels is how many endpoints of one service are told apart: each costs memory here and in what collects the metrics.
	mostLabels = 100
	// otherLabel is what the rest is called.
	otherLabel = "other"
)

// endpointMetrics is one endpoint's share. Those that are called the same have their series in common.
type endpointMetrics struct {
	metrics        *Metrics
	service, label string
	attempts       *attempt.Counters
	forgotten      bool // guarded by metrics
}

func (e *endpointMetrics) ejected(reason string) {
	e.metrics.ejections.WithLabelValues(e.service, e.label, reason).Inc()
}

func (e *endpointMetrics) checked(passed bool) {
	result := "failed"
	if passed {
		result = "passed"
	}
	e.metrics.checks.WithLabelValues(e.service, e.label, result).Inc()
}

// forget removes the series of an endpoint that has gone, unless another is called the same, and reports whether it did. It may
// be called again, for what was counted after the first time.
func (e *endpointMetrics) forget() bool {
	m := e.metrics
	m.mu.Lock()
	defer m.mu.Unlock()
	labels := m.labels[e.service]
	if !e.forgotten {
		e.forgotten = true
		labels[e.label]--
	}
	if labels[e.label] > 0 {
		return false
	}
	delete(labels, e.label)
	gone := prometheus.Labels{"service": e.service, "endpoint": e.label}
	m.attempts.DeletePartialMatch(gone)
	m.ejections.DeletePartialMatch(gone)
	m.checks.DeletePartialMatch(gone)
	return true
}
