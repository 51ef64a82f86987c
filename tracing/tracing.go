// Package tracing answers what a request did and how long each part of it took, for whoever gathers that from all programs.
//
// A request is recorded or not, and that is decided when it comes in. One that is not has no Span: From returns nil, and all
// methods of a nil Span do nothing, so that what is not recorded costs no memory. The ids of traces are those of correlation.
//
// A Span holds nothing that a caller or a service sent: names of the configuration and of the schema, numbers, and codes. How
// spans are sent is for otlp.
package tracing

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sink takes what has ended. Put must neither wait nor fail: it is called by whoever answers the request.
type Sink interface{ Put(r *Record) }

// Tracer decides which requests are recorded. A nil Tracer records none. It is safe for concurrent use.
type Tracer struct {
	config  Config
	bound   uint64 // a trace is recorded whose number is less
	all     bool
	rate    rate
	sink    Sink
	metrics *metrics
}

// New returns a Tracer that hands what has ended to a sink. It starts nothing.
func New(c Config, sink Sink, registry prometheus.Registerer) *Tracer {
	return &Tracer{
		config: c, bound: boundOf(c.Sample), all: c.Sample >= 1, sink: sink, metrics: newMetrics(registry),
		rate: rate{most: float64(c.MaxTraces)},
	}
}

// recording is one trace, as far as it is recorded here.
type recording struct {
	tracer *Tracer
	trace  [16]byte
	room   counter // for further spans
}

// begin is the first span of a recording.
func (t *Tracer) begin(trace [16]byte, id, parent [8]byte, name string, kind Kind) *Span {
	t.metrics.recorded.Inc()
	r := &recording{tracer: t, trace: trace}
	r.room.left.Store(int64(t.config.MaxSpans) - 1)
	s := &Span{of: r}
	s.record = Record{Trace: trace, ID: id, Parent: parent, Name: name, Kind: kind, Began: time.Now()}
	return s
}
