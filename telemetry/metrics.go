package telemetry

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// maxScrapes bounds the answers of /metrics under way: each walks every series.
const maxScrapes = 4

// NewRegistry is a registry that already tells about the process, the Go runtime and the version.
func NewRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
	)
	return registry
}

// buildInfo is always 1. Its labels are what it tells.
func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "concierge_build_info",
		Help:        "The running version, as labels.",
		ConstLabels: prometheus.Labels{"version": Version(), "go": runtime.Version()},
	}, func() float64 { return 1 })
}

// Handler answers with the registry's metrics.
func Handler(registry prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: maxScrapes,
		EnableOpenMetrics:   true, // in which alone histograms have exemplars
	})
}
