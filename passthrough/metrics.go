package passthrough

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count what is peculiar to routes. Requests, their status and their duration are counted at the door, by route.
type Metrics struct {
	consumers *prometheus.CounterVec
	unusable  *prometheus.CounterVec
	gone      *prometheus.CounterVec
	limited   *prometheus.CounterVec
}

// NewMetrics registers the metrics of the REST door.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	register := promauto.With(registerer)
	return &Metrics{
		consumers: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_calls_total",
			Help: "Requests to versioned routes, by version and caller, so that owners see who still uses an old one.",
		}, []string{"version", "consumer"}),
		unusable: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_unusable_answers_total",
			Help: "Answers of services that could not be handed on, by route and by what was wrong with them.",
		}, []string{"route", "reason"}),
		gone: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_gone_total",
			Help: "Requests to routes whose sunset is over.",
		}, []string{"route"}),
		limited: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_limited_fields_total",
			Help: "Fields that answers lack because the caller has read them too often, one for each record, by route.",
		}, []string{"route"}),
	}
}

// routeMetrics are those of one route.
type routeMetrics struct {
	gone     prometheus.Counter
	limited  prometheus.Counter
	unusable *prometheus.CounterVec
}

func (m *Metrics) of(route string) *routeMetrics {
	return &routeMetrics{
		gone:     m.gone.WithLabelValues(route),
		limited:  m.limited.WithLabelValues(route),
		unusable: m.unusable.MustCurryWith(prometheus.Labels{"route": route}),
	}
}

// fieldsOf counts the fields that answers of an operation lack.
func (m *Metrics) fieldsOf(route string) func(fields int) {
	counter := m.limited.WithLabelValues(route)
	return func(fields int) { counter.Add(float64(fields)) }
}

// The names that consumers share.
const (
	otherConsumers = "other"
	anonymous      = "anonymous"
)

// consumers counts calls by caller, no more of them apart than there is room for: callers come and go, and each would cost memory
// for ever.
type consumers struct {
	calls *prometheus.CounterVec
	most  int

	mu     sync.Mutex
	known  map[string]bool
	series map[call]prometheus.Counter
}

// call is what calls are counted by.
type call struct{ version, consumer string }

func newConsumers(metrics *Metrics, most int) *consumers {
	return &consumers{
		calls: metrics.consumers, most: most, known: make(map[string]bool), series: make(map[call]prometheus.Counter),
	}
}

func (c *consumers) count(version, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := call{version, c.label(id)}
	counter, ok := c.series[of]
	if !ok {
		counter = c.calls.WithLabelValues(of.version, of.consumer)
		c.series[of] = counter
	}
	counter.Inc()
}

func (c *consumers) label(id string) string {
	if id == "" {
		return anonymous
	}
	if !c.known[id] {
		if len(c.known) >= c.most {
			return otherConsumers
		}
		c.known[id] = true
	}
	return id
}
