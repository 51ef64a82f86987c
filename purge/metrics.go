package purge

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// counts is what a Log has done.
type counts struct {
	write, group, admin, webhook, event, others, floors atomic.Int64
}

// of is the count of a source.
func (c *counts) of(source Source) *atomic.Int64 {
	switch source {
	case ByGroup:
		return &c.group
	case ByAdmin:
		return &c.admin
	case ByWebhook:
		return &c.webhook
	case ByEvent:
		return &c.event
	case ByOthers:
		return &c.others
	default:
		return &c.write
	}
}

func (c *counts) purged(source Source, tags int) { c.of(source).Add(int64(tags)) }

// Measure shows what the Log does. It is called once.
func (l *Log) Measure(registry prometheus.Registerer) {
	with := promauto.With(registry)
	for _, source := range []Source{ByWrite, ByGroup, ByAdmin, ByWebhook, ByEvent, ByOthers} {
		count := l.counts.of(source)
		with.NewCounterFunc(prometheus.CounterOpts{
			Name:        "concierge_purges_total",
			Help:        "Purged tags, by what made the purge: write, group, admin, webhook, event, or shared for another instance.",
			ConstLabels: prometheus.Labels{"source": string(source)},
		}, func() float64 { return float64(count.Load()) })
	}
	with.NewCounterFunc(prometheus.CounterOpts{
		Name: "concierge_purge_floors_total",
		Help: "How often everything was purged that was kept before some moment: on request, or since purges were forgotten or missed.",
	}, func() float64 { return float64(l.counts.floors.Load()) })
	with.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_purge_tags", Help: "Tags whose last purge is remembered.",
	}, func() float64 { return float64(l.memory.Load().tags()) })
	l.measureTouch(with)
}

// measureTouch shows nothing where there are no other instances.
func (l *Log) measureTouch(with promauto.Factory) {
	if l.teller == nil {
		return
	}
	with.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_purges_in_touch", Help: "Whether purges of other instances are heard here.",
	}, func() float64 {
		if l.InTouch() {
			return 1
		}
		return 0
	})
}
