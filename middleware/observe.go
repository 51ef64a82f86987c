package middleware

import (
	"context"
	"net/http"
	"time"
)

// Sink is told about each request once, after its answer.
type Sink func(r *http.Request, e Event)

// observed is the context of a request whose record is open. All that there is of it is one piece of memory.
type observed struct {
	context.Context //nolint:containedctx // it is one

	record Record
	writer responseWriter
}

// Value tells the record.
func (o *observed) Value(key any) any {
	if key == (recordKey{}) {
		return &o.record
	}
	return o.Context.Value(key)
}

// Observe opens a Record for each request, and hands what it became to the sinks. It belongs inside RequestID and
// outside of everything that may answer, Recover included.
func Observe(sinks ...Sink) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			o := &observed{Context: r.Context(), writer: responseWriter{ResponseWriter: w, left: r.Context().Done()}}
			o.record.writer = &o.writer
			r = r.WithContext(o)
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
