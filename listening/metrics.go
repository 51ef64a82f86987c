package listening

import (
	"crypto/x509"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// result is what a look at the files of a certificate found.
type result string

const (
	unchanged result = "unchanged"
	taken     result = "taken"
	refused   result = "refused"
)

type metrics struct {
	taken, refused prometheus.Counter
	handshakes     map[ending]prometheus.Counter
	redirects      *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer, t *TLS) *metrics {
	registerer.MustRegister(&ends{t, prometheus.NewDesc(
		"concierge_tls_certificate_expiry_timestamp_seconds",
		"When a certificate ends that clients are shown, by the first name that it is for and its kind of key.",
		[]string{"name", "key"}, nil,
	)})
	reloads := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_tls_certificate_reloads_total",
		Help: "Changes of certificates' files, by whether they were taken or refused.",
	}, []string{"result"})
	handshakes := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_tls_handshakes_total",
		Help: "TLS handshakes of clients, by how they ended.",
	}, []string{"result"})
	m := &metrics{
		taken: reloads.WithLabelValues(string(taken)), refused: reloads.WithLabelValues(string(refused)),
		handshakes: make(map[ending]prometheus.Counter),
		redirects: promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_tls_redirects_total",
			Help: "Requests by plain HTTP, by whether they were led to TLS, were an ACME authority's, or were refused.",
		}, []string{"result"}),
	}
	for _, each := range endings() {
		m.handshakes[each] = handshakes.WithLabelValues(string(each))
	}
	return m
}

func (m *metrics) redirected(result string) { m.redirects.WithLabelValues(result).Inc() }

func (m *metrics) looked(r result) {
	switch r {
	case taken:
		m.taken.Inc()
	case refused:
		m.refused.Inc()
	case unchanged:
	}
}

// ends shows when certificates end: those that count when it is asked.
type ends struct {
	tls  *TLS
	desc *prometheus.Desc
}

// Describe is a prometheus.Collector's.
func (e *ends) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- e.desc }

// Collect tells of the certificates that end first, where several have the same name and kind of key.
func (e *ends) Collect(metrics chan<- prometheus.Metric) {
	type series struct{ name, key string }
	first := make(map[series]float64)
	all := e.tls.known.Load().all
	if e.tls.issued != nil {
		all = slices.Concat(all, e.tls.issued.All())
	}
	for _, each := range all {
		of := series{named(each.Leaf), kind(each.Leaf)}
		at := float64(each.Leaf.NotAfter.Unix())
		if known, ok := first[of]; !ok || at < known {
			first[of] = at
		}
	}
	for of, at := range first {
		metrics <- prometheus.MustNewConstMetric(e.desc, prometheus.GaugeValue, at, of.name, of.key)
	}
}

// named is the first name that a certificate is for, or else its subject's.
func named(leaf *x509.Certificate) string {
	if all := names(leaf); len(all) > 0 {
		return all[0]
	}
	return leaf.Subject.CommonName
}

func kind(leaf *x509.Certificate) string { return strings.ToLower(leaf.PublicKeyAlgorithm.String()) }
