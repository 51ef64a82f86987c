package middleware

import (
	"context"
	"net/http"
	"time"
)

// Sink is told about each request once, after its answer.
type Sink func(r *http.Request, e Event)

// Observe opens a Record for each request, and hands what it became to the sinks. It belongs inside RequestID and
// outside of everything that may answer, Recover included.
func Observe(sinks ...Sink) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			writer := &responseWriter{ResponseWriter: w, left: r.Context().Done()}
			record := &Record{writer: writer}
			r = r.WithContext(context.WithValue(r.Context(), recordKey{}, record))
			start := time.Now()
			aborted := true
			defer func() { // a panic passes through here too
				event := record.close(time.Since(start), aborted)
				for _, sink := range sinks {
					sink(r, event)
				}
			}()
			next.ServeHTTP(writer, r)
			aborted = false
		})
	}
}
