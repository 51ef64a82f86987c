package passthrough

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count what is peculiar to routes. Requests, their status and their duration are counted at the door, by route.
type Metrics struct {
	consumers *prometheus.CounterVec
	unusable  *prometheus.CounterVec
	gone      *prometheus.CounterVec
	limited   *prometheus.CounterVec
}

// NewMetrics registers the metrics of the REST door.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	register := promauto.With(registerer)
	return &Metrics{
		consumers: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_calls_total",
			Help: "Requests to versioned routes, by version and caller, so that owners see who still uses an old one.",
		}, []string{"version", "consumer"}),
		unusable: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_unusable_answers_total",
			Help: "Answers of services that could not be handed on, by route and by what was wrong with them.",
		}, []string{"route", "reason"}),
		gone: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_gone_total",
			Help: "Requests to routes whose sunset is over.",
		}, []string{"route"}),
		limited: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_rest_limited_fields_total",
			Help: "Fields that answers lack because the caller has read them too often, one for each record, by route.",
		}, []string{"route"}),
	}
}

// routeMetrics are those of one route.
type routeMetrics struct {
	gone     prometheus.Counter
	limited  prometheus.Counter
	unusable *prometheus.CounterVec
}

func (m *Metrics) of(route string) *routeMetrics {
	return &routeMetrics{
		gone:     m.gone.WithLabelValues(route),
		limited:  m.limited.WithLabelValues(route),
		unusable: m.unusable.MustCurryWith(prometheus.Labels{"route": route}),
	}
}

// fieldsOf counts the fields that answers of an operation lack.
func (m *Metrics) fieldsOf(route string) func(fields int) {
	counter := m.limited.WithLabelValues(route)
	return func(fields int) { counter.Add(float64(fields)) }
}

// The names that consumers share.
const (
	otherConsumers = "other"
	anonymous      = "anonymous"
)

// consumers counts calls by caller, no more of them apart than there is room for: callers come and go, and each would cost memory
// for ever.
//
// Every versioned request comes by here, so counters are found without a lock: in a hash table that only grows. A line gets new
// series at its beginning, and those that it has are never changed.
type consumers struct {
	calls *prometheus.CounterVec
	seed  maphash.Seed
	lines []atomic.Pointer[series]
	mask  uint64      // the number of lines is a power of two, and this is one less
	full  atomic.Bool // nobody new is told apart

	adding sync.Mutex
	room   int // for callers
}

// series is what a caller has called of a version.
type series struct {
	version, id string
	calls       prometheus.Counter
	next        *series
}

func newConsumers(metrics *Metrics, most int) *consumers {
	lines := uint64(1) << bits.Len(uint(most))
	c := &consumers{
		calls: metrics.consumers, seed: maphash.MakeSeed(), room: most,
		lines: make([]atomic.Pointer[series], lines), mask: lines - 1,
	}
	c.full.Store(most == 0)
	return c
}

func (c *consumers) count(version, id string) {
	full := c.full.Load() // before anything is looked for: whoever has had room for himself is found then
	found, known := c.find(version, id)
	if full && !known && id != "" {
		found, _ = c.find(version, otherConsumers)
	}
	if found == nil {
		found = c.add(version, id)
	}
	found.calls.Inc()
}

// find is the series of a caller, nil where there is none yet, and whether the caller is told apart, by whatever version.
func (c *consumers) find(version, id string) (found *series, known bool) {
	for each := c.line(id).Load(); each != nil; each = each.next {
		if each.id == id {
			known = true
			if each.version == version {
				return each, true
			}
		}
	}
	return nil, known
}

func (c *consumers) line(id string) *atomic.Pointer[series] {
	return &c.lines[maphash.String(c.seed, id)&c.mask]
}

// add is the series of a caller that had none a moment ago.
func (c *consumers) add(version, id string) *series {
	c.adding.Lock()
	defer c.adding.Unlock()
	id = c.apart(id)
	if found, _ := c.find(version, id); found != nil {
		return found
	}
	label := id
	if id == "" {
		label = anonymous
	}
	line := c.line(id)
	made := &series{version, id, c.calls.WithLabelValues(version, label), line.Load()}
	line.Store(made)
	c.full.Store(c.room == 0)
	return made
}

// apart is by which id a caller is told apart. It takes room for one who is new.
func (c *consumers) apart(id string) string {
	if _, known := c.find("", id); known || id == "" {
		return id
	}
	if c.room == 0 {
		return otherConsumers
	}
	c.room--
	return id
}
