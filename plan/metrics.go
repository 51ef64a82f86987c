package plan

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count operations by how they were executed.
type Metrics struct {
	Planned, Unplanned prometheus.Counter
	Compiled           prometheus.Counter
}

// NewMetrics registers the counters.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	register := promauto.With(registerer)
	executions := register.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_graphql_executions_total",
		Help: "GraphQL operations executed, by a plan or field by field, by gqlgen.",
	}, []string{"by"})
	return &Metrics{
		Planned:   executions.WithLabelValues("plan"),
		Unplanned: executions.WithLabelValues("gqlgen"),
		Compiled: register.NewCounter(prometheus.CounterOpts{
			Name: "concierge_graphql_plans_compiled_total",
			Help: "Operations compiled, with a plan or without: far fewer than were executed, where documents come again.",
		}),
	}
}
