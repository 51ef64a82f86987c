package middleware

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/footprint"
)

// Sink is told about each request once, after its answer. It must not change the Event.
type Sink func(r *http.Request, e *Event)

// observed is all that there is of an open record, in one piece of memory.
type observed struct {
	record Record
	writer responseWriter
}

// Observe opens a Record for each request, and hands what it became to the sinks. It belongs inside RequestID and
// outside of everything that may answer, Recover included.
func Observe(sinks ...Sink) func(http.Handler) http.Handler { return ObserveUntil(nil, sinks...) }

// http3 has a word of its own for the end of a connection, and no field.
const http3 = 3

// ObserveUntil is Observe for a server that may leave: every answer that begins while leaving is true is the last of its
// connection, which the client is told. By HTTP/2 that is a GOAWAY. nil means never.
func ObserveUntil(leaving *atomic.Bool, sinks ...Sink) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			o := &observed{writer: responseWriter{ResponseWriter: w, request: r.Context()}}
			if r.ProtoMajor < http3 {
				o.writer.leaving = leaving
			}
			o.record.writer = &o.writer
			r = o.record.body.count(facts.Add(r, footprint.Key{}, &o.record))
			start := time.Now()
			aborted := true
			defer func() { // a panic passes through here too
				event := o.record.close(time.Since(start), aborted)
				for _, sink := range sinks {
					sink(r, event)
				}
			}()
			next.ServeHTTP(&o.writer, r)
			o.writer.sayWhetherLast() // where the answer is nothing at all
			aborted = false
		})
	}
}
