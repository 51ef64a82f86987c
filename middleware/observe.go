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
			observe(r.Context(), w, r, next, sinks)
		})
	}
}

// Begin is RequestID, then what learn adds to the context, then Observe. Each of them alone would copy the request, which costs
// more than what they do.
func Begin(
	learn func(ctx context.Context, r *http.Request) context.Context, sinks ...Sink,
) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			observe(learn(named(w, r), r), w, r, next, sinks)
		})
	}
}

// observe has next answer a request in a context of which ctx is the parent.
func observe(ctx context.Context, w http.ResponseWriter, r *http.Request, next http.Handler, sinks []Sink) {
	o := &observed{Context: ctx, writer: responseWriter{ResponseWriter: w, left: ctx.Done()}}
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
}
