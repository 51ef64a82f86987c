package fieldusage

import "github.com/prometheus/client_golang/prometheus"

// collector reads what was counted when metrics are asked for. Fields count whoever uses them, and what is deprecated by the
// clients' names: that is as many series as the schema and the bounds on clients let there be.
type collector struct {
	*Tracker

	fields, deprecated *prometheus.Desc
}

// Register lets a registry show what was counted.
func (t *Tracker) Register(registerer prometheus.Registerer) error {
	return registerer.Register(&collector{
		Tracker: t,
		fields: prometheus.NewDesc("concierge_graphql_field_uses_total",
			"Operations run that select a field, by its coordinate.", []string{"field"}, nil),
		deprecated: prometheus.NewDesc("concierge_graphql_deprecated_uses_total",
			"Operations run that use a deprecated part of the schema, or may, by its coordinate and the client's name.",
			[]string{"coordinate", "client"}, nil),
	})
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	descs <- c.fields
	descs <- c.deprecated
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	for _, part := range c.Report(Filter{}).Parts {
		if c.parts[c.index[part.Coordinate]].Field {
			metrics <- prometheus.MustNewConstMetric(c.fields, prometheus.CounterValue, float64(part.Uses), part.Coordinate)
		}
		if part.Deprecated == nil {
			continue
		}
		byName := make(map[string]uint64)
		for _, each := range part.Clients {
			byName[each.Name] += each.Uses + each.Possible
		}
		for name, n := range byName {
			metrics <- prometheus.MustNewConstMetric(c.deprecated, prometheus.CounterValue, float64(n), part.Coordinate, name)
		}
	}
}
