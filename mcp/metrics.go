package mcp

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics count what tools are called for. Names of tools are the operator's, and of clients as many as are told apart.
type metrics struct {
	calls   *prometheus.CounterVec
	clients *prometheus.CounterVec
}

// other stands for tools that there are not.
const other = "other"

// newMetrics also tells how many tools there are.
func newMetrics(registry prometheus.Registerer, tools func() int) *metrics {
	with := promauto.With(registry)
	with.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_mcp_tools", Help: "Tools of model agents that are in force.",
	}, func() float64 { return float64(tools()) })
	return &metrics{
		calls: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_mcp_calls_total",
			Help: "Calls of tools by their result: ok, partial, unknown for a tool that the caller has not, or the code of the error.",
		}, []string{"tool", "result"}),
		clients: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_mcp_client_calls_total",
			Help: "Calls of tools by the program that called.",
		}, []string{"client", "tool"}),
	}
}

func (m *metrics) called(tool, client, result string) {
	m.calls.WithLabelValues(tool, result).Inc()
	m.clients.WithLabelValues(client, tool).Inc()
}

func (m *metrics) unknown() { m.calls.WithLabelValues(other, "unknown").Inc() }
