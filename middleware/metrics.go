package middleware

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/problem"
)

// other stands for every value that is not worth a series of its own.
const other = "other"

// Metrics counts requests. Its labels take no value that a caller can make up.
type Metrics struct {
	doors  [doors]doorSeries
	errors map[string]prometheus.Counter // by code
	panics prometheus.Counter
	series func(door Door, operation string) *operationSeries
}

// doorSeries holds the series of one door, so that no request looks them up by their labels.
type doorSeries struct {
	inFlight   prometheus.Gauge
	operations map[string]*operationSeries // empty where a door knows no operations
	rest       *operationSeries            // requests of no known operation
	read       prometheus.Counter
	sizes      prometheus.Observer
}

type operationSeries struct {
	duration durations
	failed   prometheus.Counter
	requests *prometheus.CounterVec // by status

	byStatus atomic.Pointer[map[int]prometheus.Counter] // it is replaced and never changed: all requests read it
	adding   sync.Mutex
}

// NewMetrics registers the request metrics. GraphQL operations of other names than these are counted together.
func NewMetrics(registerer prometheus.Registerer, operations []string) *Metrics {
	register := promauto.With(registerer)
	requests := register.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_requests_total",
		Help: "Requests answered, by door, GraphQL operation and HTTP status (499: the caller left first).",
	}, []string{"door", "operation", "status"})
	failed := register.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_requests_failed_total",
		Help: "Requests that failed, or a part of whose answer did, by no fault of the caller's.",
	}, []string{"door", "operation"})
	duration := register.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "concierge_request_duration_seconds",
		Help:    "Time from a request's header to the end of its answer, without connections that stay open to be told of events.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"door", "operation"})
	inFlight := register.NewGaugeVec(prometheus.GaugeOpts{
		Name: "concierge_requests_in_flight",
		Help: "Requests being answered.",
	}, []string{"door"})
	read := register.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_request_bytes_total",
		Help: "Bytes read of the bodies of requests.",
	}, []string{"door"})
	sizes := register.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "concierge_response_size_bytes",
		Help:    "Bytes of the bodies of answers as they were sent, compressed or not.",
		Buckets: prometheus.ExponentialBuckets(64, 4, 10), // to 16 MiB
	}, []string{"door"})
	errs := register.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_graphql_errors_total",
		Help: "Errors within GraphQL answers, by code.",
	}, []string{"code"})

	m := &Metrics{
		errors: make(map[string]prometheus.Counter),
		panics: register.NewCounter(prometheus.CounterOpts{
			Name: "concierge_panics_total",
			Help: "Requests that ended in a panic.",
		}),
	}
	for _, kind := range problem.Kinds() {
		m.errors[kind.Code()] = errs.WithLabelValues(kind.Code())
	}
	m.series = func(door Door, operation string) *operationSeries {
		series := &operationSeries{
			duration: newDurations(duration.WithLabelValues(door.String(), operation)),
			failed:   failed.WithLabelValues(door.String(), operation),
			requests: requests.MustCurryWith(prometheus.Labels{"door": door.String(), "operation": operation}),
		}
		series.byStatus.Store(&map[int]prometheus.Counter{})
		return series
	}
	for door := range doors {
		m.doors[door].inFlight = inFlight.WithLabelValues(door.String())
		m.doors[door].rest = m.series(door, "")
		m.doors[door].read = read.WithLabelValues(door.String())
		m.doors[door].sizes = sizes.WithLabelValues(door.String())
	}
	graphql := &m.doors[DoorGraphQL]
	graphql.rest = m.series(DoorGraphQL, other)
	graphql.operations = make(map[string]*operationSeries, len(operations))
	for _, name := range operations {
		graphql.operations[name] = m.series(DoorGraphQL, name)
	}
	return m
}

// Routes gives the routes of the REST door series of their own, by their names. It is called before the first request.
func (m *Metrics) Routes(names []string) {
	rest := &m.doors[DoorREST]
	rest.operations = make(map[string]*operationSeries, len(names))
	for _, name := range names {
		rest.operations[name] = m.series(DoorREST, name)
	}
}

// Count is the Sink that counts.
func (m *Metrics) Count(r *http.Request, e *Event) {
	door := &m.doors[e.Door]
	name := e.Operation
	if e.Door == DoorREST {
		name = e.Route
	}
	series := door.of(name)
	if e.Ended == "" {
		series.duration.observe(e.Duration, r)
	}
	series.count(e.Status)
	if e.failed() {
		series.failed.Inc()
	}
	door.read.Add(float64(e.Read))
	door.sizes.Observe(float64(e.Bytes))
	for kind, n := range e.Errors {
		m.errors[kind.Code()].Add(float64(n))
	}
}

func (d *doorSeries) of(operation string) *operationSeries {
	if series, ok := d.operations[operation]; ok {
		return series
	}
	return d.rest
}

func (s *operationSeries) count(status int) {
	counter, ok := (*s.byStatus.Load())[status]
	if !ok {
		counter = s.add(status)
	}
	counter.Inc()
}

// add makes the series of a status that was not seen before. There are few.
func (s *operationSeries) add(status int) prometheus.Counter {
	s.adding.Lock()
	defer s.adding.Unlock()
	grown := maps.Clone(*s.byStatus.Load())
	grown[status] = s.requests.WithLabelValues(statusLabel(status))
	s.byStatus.Store(&grown)
	return grown[status]
}

// statusLabel bounds the label: net/http lets a handler, or a service behind it, send anything up to 999.
func statusLabel(status int) string {
	if status < 100 || status > 599 {
		return other
	}
	return strconv.Itoa(status)
}
