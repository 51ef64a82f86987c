package middleware

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/footprint"
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
	// Kind is query, mutation or subscription; empty where there is no GraphQL operation.
	Kind string
	// Document is the SHA-256 of the operation's document in hex, where clients name documents; empty where that is not known.
	Document string
	// Text is the document as it was sent. It is never written.
	Text string
	// Caller is who the request is from. It is never written as it is.
	Caller string
	// Method is how the caller was authenticated, empty for nobody.
	Method string
	// Code is the code of the problem that the request failed with, or of the first error within its answer.
	Code string
	// Errors counts the errors within a GraphQL answer, which has status 200 all the same.
	Errors map[problem.Kind]int
	// Estimated is what the operation could cost at most, and Cost what it did; 0 where that is not reckoned.
	Estimated, Cost int64
	// Cache is what came of the whole answer in the cache of operations; empty where none was asked.
	Cache string
	// Limit names the limits by which the request was refused.
	Limit string
	// Made is what services were asked for.
	Made footprint.Report
	// Status is the HTTP status, or 499 where the caller left before the answer.
	Status int
	// Bytes is the size of the answer's body as it was sent, compressed or not.
	Bytes int64
	// Read is how much of the request's body was read, in bytes.
	Read int64
	// Duration runs from the request's header to the end of the answer.
	Duration time.Duration
	// Ended is why a connection has ended that was open to be told of events. How long that was says nothing of how fast requests
	// are answered. It is empty for all others.
	Ended string
	// Told is how many events such a connection was told of.
	Told int64
	// Aborted is true where the connection was given up in the middle of the answer.
	Aborted bool
}

// failed reports whether something went wrong that was not the caller's fault. GraphQL says so within an answer.
func (e *Event) failed() bool {
	for kind := range e.Errors {
		if kind.Status() >= http.StatusInternalServerError {
			return true
		}
	}
	return e.Status >= http.StatusInternalServerError
}

// Record is the Event of a request under way. Whatever learns something about the request adds it here; it is written
// once, at the end. Its methods may be called by several goroutines, and on nil, where nobody observes.
type Record struct {
	writer *responseWriter
	body   countedBody
	made   footprint.Footprint

	mu     sync.Mutex
	event  Event
	closed bool
}

// RecordFrom is the record of the request that ctx belongs to, or nil.
func RecordFrom(ctx context.Context) *Record {
	record, _ := ctx.Value(footprint.Key{}).(*Record)
	return record
}

// Footprint is what services do for the request.
func (r *Record) Footprint() *footprint.Footprint { return &r.made }

// SetRoute names what the request's path led to.
func (r *Record) SetRoute(name string) {
	r.update(func(e *Event) { e.Route = name })
}

// SetOperation names the GraphQL operation.
func (r *Record) SetOperation(name string) {
	r.update(func(e *Event) { e.Operation = name })
}

// SetKind says which kind of operation it is, and its document: the SHA-256 where that is known, and the text.
func (r *Record) SetKind(kind, document, text string) {
	r.update(func(e *Event) { e.Kind, e.Document, e.Text = kind, document, text })
}

// SetCaller says who the request is from, and how that is known.
func (r *Record) SetCaller(id, method string) {
	r.update(func(e *Event) { e.Caller, e.Method = id, method })
}

// SetCost says what the operation could cost at most, and what it did.
func (r *Record) SetCost(estimated, cost int64) {
	r.update(func(e *Event) { e.Estimated, e.Cost = estimated, cost })
}

// SetCache says what the cache of operations did.
func (r *Record) SetCache(what string) {
	r.update(func(e *Event) { e.Cache = what })
}

// Refused notes the limits that a problem names, by which the request was refused.
func (r *Record) Refused(err error) {
	if names := problem.From(err).Policies; len(names) > 0 {
		r.update(func(e *Event) { e.Limit = strings.Join(names, ",") })
	}
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

// Lasted says that the connection was open until it ended for a reason, one of few, and was told of so many events.
func (r *Record) Lasted(reason string, told int64) {
	r.update(func(e *Event) { e.Ended, e.Told = reason, told })
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

// close ends the record. Its event does not change any more.
func (r *Record) close(duration time.Duration, aborted bool) *Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.event.Status = r.status(aborted)
	r.event.Bytes = r.writer.bytes
	r.event.Read = r.body.n.Load()
	r.event.Made = r.made.Report(false)
	r.event.Duration = duration
	r.event.Aborted = aborted
	return &r.event
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
