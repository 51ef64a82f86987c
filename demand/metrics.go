package demand

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// other stands for every operation that metrics do not tell apart.
const other = "other"

// Metrics tell what operations are reckoned to take and what they take, to set limits by. No label takes a value that a caller
// can make up.
type Metrics struct {
	operations map[string]*series
	rest       *series
	excesses   map[string]prometheus.Counter // by measure
}

// series are those of one operation.
type series struct{ estimated, actual [3]prometheus.Observer }

// NewMetrics registers the metrics. Operations of other names than these are counted together. What is over a limit is counted
// under the mode.
func NewMetrics(registerer prometheus.Registerer, operations []string, mode Mode) *Metrics {
	register := promauto.With(registerer)
	excesses := register.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_operations_too_costly_total",
		Help: "Operations over a limit of demand, by the measure: refused in the mode enforce, and run in the mode measure.",
	}, []string{"measure", "mode"})
	histogram := func(name, help string, buckets ...float64) *prometheus.HistogramVec {
		opts := prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
		return register.NewHistogramVec(opts, []string{"operation", "when"})
	}
	const when = ", as reckoned before (estimated) and as it came (actual)."
	vectors := [...]*prometheus.HistogramVec{
		histogram("concierge_operation_cost", "What operations cost by the weights of the schema"+when,
			10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000),
		histogram("concierge_operation_calls", "Calls of an operation to services"+when,
			1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), // around the limits, which are set by it
		histogram("concierge_operation_keys", "Ids and parts of lists that an operation asks services for"+when,
			1, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000),
	}
	of := func(operation string) *series {
		s := new(series)
		for i, each := range vectors {
			s.estimated[i], s.actual[i] = each.WithLabelValues(operation, "estimated"), each.WithLabelValues(operation, "actual")
		}
		return s
	}
	m := &Metrics{operations: make(map[string]*series), rest: of(other), excesses: make(map[string]prometheus.Counter)}
	for _, name := range operations {
		m.operations[name] = of(name)
	}
	for _, each := range measures() {
		m.excesses[each.name] = excesses.WithLabelValues(each.name, string(mode))
	}
	return m
}

// Estimated counts what an operation is reckoned to take, also of one that is then refused.
func (m *Metrics) Estimated(operation string, e Estimate) { observe(&m.of(operation).estimated, e) }

// Actual counts what an operation took.
func (m *Metrics) Actual(operation string, e Estimate) { observe(&m.of(operation).actual, e) }

// Exceeded counts an operation that is over a limit.
func (m *Metrics) Exceeded(by *Excess) { m.excesses[by.Measure].Inc() }

func (m *Metrics) of(operation string) *series {
	if s, ok := m.operations[operation]; ok {
		return s
	}
	return m.rest
}

func observe(into *[3]prometheus.Observer, e Estimate) {
	for i, each := range measures() {
		into[i].Observe(float64(each.of(e)))
	}
}
