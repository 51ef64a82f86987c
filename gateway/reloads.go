package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// What became of a reload.
const (
	taken     = "taken"
	refused   = "refused"
	unchanged = "unchanged"
)

// reloads are what became of attempts to put another configuration in force. One is made at a time.
type reloads struct {
	one     sync.Mutex
	results *prometheus.CounterVec
	good    prometheus.Gauge
}

func newReloads(registry prometheus.Registerer, g *Gateway) *reloads {
	with := promauto.With(registry)
	r := &reloads{
		results: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_config_reloads_total", Help: "Attempts to reload the configuration, by what became of them.",
		}, []string{"result"}),
		good: with.NewGauge(prometheus.GaugeOpts{
			Name: "concierge_config_reload_successful",
			Help: "Whether the last attempt to reload the configuration was taken, or changed nothing.",
		}),
	}
	with.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_config_loaded_timestamp_seconds", Help: "When the configuration in force was taken.",
	}, func() float64 { return float64(g.current().version.Since.Unix()) })
	r.good.Set(1)
	for _, result := range []string{taken, refused, unchanged} {
		r.results.WithLabelValues(result)
	}
	registry.MustRegister(versionInfo{g, prometheus.NewDesc(
		"concierge_config_info", "The configuration in force: a hash of it. Always 1.", []string{"version"}, nil)})
	return r
}

// versionInfo tells which configuration is in force.
type versionInfo struct {
	gateway     *Gateway
	description *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (v versionInfo) Describe(to chan<- *prometheus.Desc) { to <- v.description }

// Collect implements prometheus.Collector.
func (v versionInfo) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(v.description, prometheus.GaugeValue, 1, v.gateway.current().version.Hash)
}

// count counts an attempt.
func (r *reloads) count(result string) {
	r.results.WithLabelValues(result).Inc()
	if result == refused {
		r.good.Set(0)
		return
	}
	r.good.Set(1)
}

// shortHash is how much of a hash people compare.
const shortHash = 12

// hash is a short name of the configuration and of the files that it leads to, which equal instances have in common. Secrets have
// no part in it, since whoever sees it could try them.
func (e *edition) hash() string {
	text, err := e.config.YAML()
	if err != nil {
		return "unknown"
	}
	sum := sha256.New()
	sum.Write(text)
	for _, name := range slices.Sorted(maps.Keys(e.digests)) {
		fmt.Fprintf(sum, "\n%s %s", name, e.digests[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:shortHash]
}
