package middleware

import (
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/facts"
)

// Sink is told about each request once, after its answer.
type Sink func(r *http.Request, e Event)

// observed is all that there is of an open record, in one piece of memory.
type observed struct {
	record Record
	writer responseWriter
}

// Observe opens a Record for each request, and hands what it became to the sinks. It belongs inside RequestID and
// outside of everything that may answer, Recover included.
func Observe(sinks ...Sink) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			o := &observed{writer: responseWriter{ResponseWriter: w, left: r.Context().Done()}}
			o.record.writer = &o.writer
			r = facts.Add(r, recordKey{}, &o.record)
			start := time.Now()
			aborted := true
			defer func() { // a panic passes through here too
				event := o.record.close(time.Since(start), aborted)
				for _, sink := range sinks {
					sink(r, event)
				}
			}()
			next.ServeHTTP(&o.writer, r)
			aborted = false
		})
	}
}
