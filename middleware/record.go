package middleware

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// Event is what became of one request.
type Event struct {
	// Door is where the request came in.
	Door Door
	// Route is what the path led to, such as /graphql or GET /v2/users/{id}; empty where it led nowhere.
	Route string
	// Operation is the name of the GraphQL operation, as the caller wrote it: of any length.
	Operation string
	// Code is the code of the problem that the request failed with, or of the first error within its answer.
	Code string
	// Errors counts the errors within a GraphQL answer, which has status 200 all the same.
	Errors map[problem.Kind]int
	// Status is the HTTP status, or 499 where the caller left before the answer.
	Status int
	// Bytes is the size of the answer's body as it was sent, compressed or not.
	Bytes int64
	// Duration runs from the request's header to the end of the answer.
	Duration time.Duration
	// Ended is why a connection has ended that was open to be told of events. How long that was says nothing of how fast requests
	// are answered. It is empty for all others.
	Ended string
	// Aborted is true where the connection was given up in the middle of the answer.
	Aborted bool
}

// Record is the Event of a request under way. Whatever learns something about the request adds it here; it is written
// once, at the end. Its methods may be called by several goroutines, and on nil, where nobody observes.
type Record struct {
	writer *responseWriter

	mu     sync.Mutex
	event  Event
	closed bool
}

type recordKey struct{}

// RecordFrom is the record of the request that ctx belongs to, or nil.
func RecordFrom(ctx context.Context) *Record {
	record, _ := ctx.Value(recordKey{}).(*Record)
	return record
}

// SetRoute names what the request's path led to.
func (r *Record) SetRoute(name string) {
	r.update(func(e *Event) { e.Route = name })
}

// SetOperation names the GraphQL operation.
func (r *Record) SetOperation(name string) {
	r.update(func(e *Event) { e.Operation = name })
}

// Fail says that the request failed as a whole.
func (r *Record) Fail(kind problem.Kind) {
	r.update(func(e *Event) { e.Code = kind.Code() })
}

// AddError says that one part of the answer failed.
func (r *Record) AddError(kind problem.Kind) {
	r.update(func(e *Event) {
		if e.Code == "" {
			e.Code = kind.Code()
		}
		if e.Errors == nil {
			e.Errors = make(map[problem.Kind]int)
		}
		e.Errors[kind]++
	})
}

// Lasted says that the connection was open until it ended for a reason, one of few.
func (r *Record) Lasted(reason string) {
	r.update(func(e *Event) { e.Ended = reason })
}

func (r *Record) setDoor(door Door) {
	r.update(func(e *Event) { e.Door = door })
}

// update ignores what comes after the end, from goroutines that outlive their request.
func (r *Record) update(change func(*Event)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		change(&r.event)
	}
}

func (r *Record) close(duration time.Duration, aborted bool) Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.event.Status = r.status(aborted)
	r.event.Bytes = r.writer.bytes
	r.event.Duration = duration
	r.event.Aborted = aborted
	return r.event
}

func (r *Record) status(aborted bool) int {
	w := r.writer
	switch {
	case w.gone || !w.begun() && w.callerLeft():
		return problem.StatusClientClosedRequest
	case w.begun():
		return w.status
	case aborted:
		return http.StatusInternalServerError
	default:
		return http.StatusOK // net/http answers so for a handler that says nothing
	}
}

// answerable is true while a problem can still be the answer. Nobody can tell without a record.
func (r *Record) answerable() bool { return r != nil && !r.writer.begun() }
