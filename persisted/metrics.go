package persisted

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/problem"
)

// Way is how a request came by its document.
type Way string

// The ways. They are a closed set.
const (
	// Text sent it.
	Text Way = "text"
	// Trusted named or sent a trusted one.
	Trusted Way = "trusted"
	// Hit named one that a client had registered.
	Hit Way = "hit"
	// Miss named one that nobody had registered.
	Miss Way = "miss"
	// Registered sent it with its hash, and it was kept.
	Registered Way = "registered"
	// Untrusted sent one that a safelist would not let pass.
	Untrusted Way = "untrusted"
	// Refused did not come by one.
	Refused Way = "refused"
)

func ways() []Way { return []Way{Text, Trusted, Hit, Miss, Registered, Untrusted, Refused} }

// wayOf is the way of a request that came by no document.
func wayOf(err error) Way {
	if problem.KindOf(err) == problem.PersistedNotFound {
		return Miss
	}
	return Refused
}

type metrics struct {
	requests map[Way]prometheus.Counter
}

func newMetrics(registry prometheus.Registerer) *metrics {
	requests := promauto.With(registry).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_persisted_requests_total",
		Help: "GraphQL requests by how they came by their documents: text, trusted, hit, miss, registered, untrusted or refused.",
	}, []string{"way"})
	m := &metrics{requests: make(map[Way]prometheus.Counter)}
	for _, way := range ways() {
		m.requests[way] = requests.WithLabelValues(string(way))
	}
	return m
}

func (m *metrics) count(way Way) { m.requests[way].Inc() }

// libraryMetrics tell how the trusted documents are.
type libraryMetrics struct {
	documents prometheus.Gauge
	looks     *prometheus.CounterVec
	good      prometheus.Gauge
}

func newLibraryMetrics(registry prometheus.Registerer) *libraryMetrics {
	with := promauto.With(registry)
	m := &libraryMetrics{
		documents: with.NewGauge(prometheus.GaugeOpts{
			Name: "concierge_persisted_documents", Help: "Trusted documents that are in force.",
		}),
		looks: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_persisted_reloads_total",
			Help: "Changes of the files of trusted documents, by whether they were taken or refused.",
		}, []string{"result"}),
		good: with.NewGauge(prometheus.GaugeOpts{
			Name: "concierge_persisted_current",
			Help: "Whether the trusted documents in force are those that the files hold.",
		}),
	}
	m.looks.WithLabelValues("taken")
	m.looks.WithLabelValues("refused")
	return m
}
