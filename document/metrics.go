package document

import "github.com/prometheus/client_golang/prometheus"

// metrics count documents as they arrive.
type metrics struct {
	hits    prometheus.Counter
	misses  prometheus.Counter
	refused prometheus.Counter
	reasons *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	documents := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_documents_total",
		Help: "GraphQL documents, by whether they were remembered (hit), had to be validated (miss) or were refused before that.",
	}, []string{"result"})
	m := &metrics{
		hits:    documents.WithLabelValues("hit"),
		misses:  documents.WithLabelValues("miss"),
		refused: documents.WithLabelValues("refused"),
		reasons: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_documents_refused_total",
			Help: "GraphQL documents refused before validation, by the limit that they pass, or empty, syntax or cycle.",
		}, []string{"reason"}),
	}
	for _, reason := range reasons() {
		m.reasons.WithLabelValues(reason)
	}
	registry.MustRegister(documents, m.reasons)
	return m
}

func (m *metrics) refuse(reason string) {
	m.refused.Inc()
	m.reasons.WithLabelValues(reason).Inc()
}
