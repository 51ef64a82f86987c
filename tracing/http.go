package tracing

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/facts"
)

// TraceresponseHeader is the field by which callers are told of their trace (W3C Trace Context, level 2).
const TraceresponseHeader = "Traceresponse"

// Requests records requests. Trusted reports whether who sent one is a proxy that is believed. It belongs inside of what names
// requests, and outside of all that answers them. A nil Tracer leaves next as it is.
func (t *Tracer) Requests(trusted func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if t == nil {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := t.request(r, trusted)
			if s == nil {
				next.ServeHTTP(w, r)
				return
			}
			if t.config.TraceResponse {
				w.Header()[TraceresponseHeader] = []string{string(correlation.From(r.Context()).Trace.Parent)}
			}
			defer s.close()
			next.ServeHTTP(w, facts.Add(r, spanKey{}, s))
		})
	}
}

// request decides about a request. Its place in a trace says from here on what was decided.
func (t *Tracer) request(r *http.Request, trusted func(*http.Request) bool) *Span {
	ctx := r.Context()
	c := correlation.From(ctx)
	caller, called := correlation.Inbound(r.Header)
	follows := called && t.follows(r, trusted)
	if called && !follows {
		c.Trace = correlation.Trace{Parent: correlation.NewTrace()}
	}
	var wanted bool
	trace := traceOf(c.Trace.Parent)
	if follows {
		wanted = caller.Sampled()
	} else {
		wanted = t.chooses(trace)
	}
	recorded := t.records(wanted)
	if called || recorded {
		c.Trace.Parent = c.Trace.Parent.Marked(recorded)
		correlation.Replace(ctx, c)
	}
	if !recorded {
		return nil
	}
	s := t.begin(trace, spanOf(c.Trace.Parent), [8]byte{}, "HTTP", Server)
	s.record.State = c.Trace.State
	switch {
	case follows:
		s.record.Parent = spanOf(caller)
	case called:
		s.link(Link{Trace: traceOf(caller), ID: spanOf(caller)})
	}
	return s
}

// follows reports whether a request stays in its caller's trace.
func (t *Tracer) follows(r *http.Request, trusted func(*http.Request) bool) bool {
	switch t.config.TrustParent {
	case TrustAll:
		return true
	case TrustProxies:
		return trusted != nil && trusted(r)
	default:
		return false
	}
}

// Messages records requests that come over a connection which was made by another one. Each has a trace of its own, which is
// linked to that of the connection; where that is recorded, so are they. A nil Tracer leaves next as it is.
func (t *Tracer) Messages(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		connection, c := From(ctx), correlation.From(ctx)
		trace := traceOf(c.Trace.Parent)
		if !t.records(connection != nil || t.chooses(trace)) {
			next.ServeHTTP(w, untold(r, connection))
			return
		}
		c.Trace.Parent = c.Trace.Parent.Marked(true)
		correlation.Replace(ctx, c)
		s := t.begin(trace, spanOf(c.Trace.Parent), [8]byte{}, "message", Server)
		s.Link(connection)
		defer s.close()
		next.ServeHTTP(w, facts.Add(r, spanKey{}, s))
	})
}

// untold is a request that is not recorded, of a connection that may be.
func untold(r *http.Request, connection *Span) *http.Request {
	if connection == nil {
		return r
	}
	return facts.Add(r, spanKey{}, (*Span)(nil))
}

// Parts records what a request is made of, each as a part of it: the operations of a batch.
func Parts(name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := From(r.Context()).Start(name)
			if s == nil {
				next.ServeHTTP(w, r)
				return
			}
			defer s.End()
			next.ServeHTTP(w, facts.Add(r, spanKey{}, s))
		})
	}
}

// Stage records how long a wrapper takes, until it calls what it wraps or answers by itself. told says then what came of it. The
// request keeps its context: it has one for all that is found out about it. So nothing else may begin a stage meanwhile.
func Stage(
	name string, wrapper func(http.Handler) http.Handler, told func(*Span, *http.Request, bool),
) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		wrapped := wrapper(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if whole, ok := r.Context().Value(spanKey{}).(*Span); ok {
				whole.endStage(r, true, told)
			}
			next.ServeHTTP(w, r)
		}))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			whole, _ := r.Context().Value(spanKey{}).(*Span)
			if whole != nil {
				whole.stage.Store(whole.Start(name))
				defer whole.endStage(r, false, told)
			}
			wrapped.ServeHTTP(w, r)
		})
	}
}

func (s *Span) endStage(r *http.Request, passed bool, told func(*Span, *http.Request, bool)) {
	if s == nil {
		return
	}
	if stage := s.stage.Swap(nil); stage != nil {
		told(stage, r, passed)
		stage.End()
	}
}

// close ends the first span of a trace.
func (s *Span) close() {
	if refused := s.of.room.refused.Load(); refused > 0 {
		s.Number("concierge.spans_left_out", refused)
		s.of.tracer.metrics.left.Add(float64(refused))
	}
	s.EndAt(time.Now())
}

func traceOf(p correlation.Traceparent) (id [16]byte) {
	_, _ = hex.Decode(id[:], []byte(p.TraceID())) // it is hex since it was parsed or made
	return id
}

func spanOf(p correlation.Traceparent) (id [8]byte) {
	_, _ = hex.Decode(id[:], []byte(p.SpanID())) // see traceOf
	return id
}

// Ask makes the header of a request to a service name the span, which is that of an attempt, in the place of the request that was
// answered.
func (s *Span) Ask(header http.Header) {
	if s != nil {
		header[correlation.TraceparentHeader] = []string{"00-" + s.TraceID() + "-" + s.SpanID() + "-01"}
	}
}
