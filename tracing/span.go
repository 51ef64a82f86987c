package tracing

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Kind is what a span is to others.
type Kind int

// The kinds, as OpenTelemetry has them.
const (
	// Internal is a part of what is done here.
	Internal Kind = iota
	// Server is the answer to a request.
	Server
	// Client is a request to a service.
	Client
)

// Record is a span that has ended.
type Record struct {
	Trace      [16]byte
	ID, Parent [8]byte // Parent is zero at the root of a trace
	Name       string
	Kind       Kind
	Began      time.Time
	Ended      time.Time
	Attributes []Attribute
	Links      []Link
	// Error is the code of why it failed, empty where it did not.
	Error string
	// State is what vendors say of the trace (tracestate).
	State string
}

// Attribute is something that is said of a span: Value is a string, an int64 or a bool.
type Attribute struct {
	Key   string
	Value any
}

// Link names a span, which may be of another trace.
type Link struct {
	Trace [16]byte
	ID    [8]byte
}

// mostLinks bounds what one span is linked to: any number of callers may wait for one call.
const mostLinks = 32

// Span is a part of a request that is recorded. A nil Span is none. It is safe for concurrent use.
type Span struct {
	of    *recording
	stage atomic.Pointer[Span] // what the request does now, before it has a context of its own

	mu     sync.Mutex
	ended  bool
	record Record
}

// counter bounds the spans of a trace.
type counter struct{ left, refused atomic.Int64 }

type spanKey struct{}

// With lets what is done under a context be a part of a span. A nil span lets it be a part of none: for work that outlives its
// request.
func With(ctx context.Context, s *Span) context.Context {
	if s == nil && From(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, spanKey{}, s)
}

// From is the span that a context is a part of, nil where it is not recorded.
func From(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	if s == nil {
		return nil
	}
	if stage := s.stage.Load(); stage != nil {
		return stage
	}
	return s
}

// Start begins a part of what a context is a part of.
func Start(ctx context.Context, name string) (context.Context, *Span) {
	above := From(ctx)
	if above == nil {
		return ctx, nil
	}
	s := above.Start(name)
	if s == nil {
		return ctx, nil
	}
	return context.WithValue(ctx, spanKey{}, s), s
}

// Start begins a part of a span. It is nil where the trace has no room for it.
func (s *Span) Start(name string) *Span { return s.StartAt(name, Internal, time.Now()) }

// Attempt begins a request to a service.
func (s *Span) Attempt(method string) *Span {
	if s == nil {
		return nil
	}
	return s.StartAt(Method(method), Client, time.Now())
}

// StartAt begins a part of a span that began before.
func (s *Span) StartAt(name string, kind Kind, began time.Time) *Span {
	if s == nil {
		return nil
	}
	if s.of.room.left.Add(-1) < 0 {
		s.of.room.refused.Add(1)
		return nil
	}
	part := &Span{of: s.of}
	part.record = Record{Trace: s.of.trace, ID: newID(), Parent: s.record.ID, Name: name, Kind: kind, Began: began}
	return part
}

// Named gives a span another name.
func (s *Span) Named(name string) { s.change(func(r *Record) { r.Name = name }) }

// Text says something. It must not be anything that a caller or a service wrote, unless it is known to be one of few.
func (s *Span) Text(key, value string) {
	if s != nil && value != "" {
		s.set(key, value)
	}
}

// Number says how much.
func (s *Span) Number(key string, value int64) {
	if s != nil {
		s.set(key, value)
	}
}

// Flag says that something is so.
func (s *Span) Flag(key string, value bool) {
	if s != nil && value {
		s.set(key, true)
	}
}

func (s *Span) set(key string, value any) {
	s.change(func(r *Record) {
		for i := range r.Attributes {
			if r.Attributes[i].Key == key {
				r.Attributes[i].Value = value
				return
			}
		}
		r.Attributes = append(r.Attributes, Attribute{key, value})
	})
}

// Fail says that it failed, and by which code. The first counts.
func (s *Span) Fail(code string) {
	if s == nil || code == "" {
		return
	}
	s.change(func(r *Record) {
		if r.Error == "" {
			r.Error = code
		}
	})
}

// Link says that another span has to do with it.
func (s *Span) Link(other *Span) {
	if s != nil && other != nil {
		s.link(Link{Trace: other.of.trace, ID: other.record.ID})
	}
}

func (s *Span) link(to Link) {
	s.change(func(r *Record) {
		if len(r.Links) < mostLinks {
			r.Links = append(r.Links, to)
		}
	})
}

// Joined says that work of one span is waited for by another.
func Joined(leader, follower *Span) {
	follower.Link(leader)
	leader.Link(follower)
}

// change makes a change, unless the span has ended. What is written once, its ids, is read without it.
func (s *Span) change(f func(*Record)) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		f(&s.record)
	}
}

// End ends a span. What is said of it afterwards is not heard.
func (s *Span) End() { s.EndAt(time.Now()) }

// EndAt ends a span that has ended before.
func (s *Span) EndAt(at time.Time) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	s.record.Ended = at
	s.of.tracer.sink.Put(&s.record)
}

// TraceID is the id of its trace, 32 hex digits; empty for none.
func (s *Span) TraceID() string {
	if s == nil {
		return ""
	}
	return hex.EncodeToString(s.of.trace[:])
}

// SpanID is its own id, 16 hex digits; empty for none.
func (s *Span) SpanID() string {
	if s == nil {
		return ""
	}
	return hex.EncodeToString(s.record.ID[:])
}

// newID is never zero, which would name nothing. No decision rests on it, so it need not be hard to guess.
func newID() (id [8]byte) {
	for n := max(rand.Uint64(), 1); n > 0; n >>= 8 { //nolint:gosec // see above
		copy(id[1:], id[:7])
		id[0] = byte(n)
	}
	return id
}
