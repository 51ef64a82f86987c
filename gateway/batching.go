package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/tracing"
)

// batching answers several operations that came in one request. Each is a request of its own to all that stands behind it, and
// meets what the whole request met before: it has a place, an account, a trail and a record. They run side by side.
type batching struct {
	config graphqlhttp.Batching
	next   http.Handler // answers one operation, or whatever is no batch
	first  http.Handler // has the place and the account of the whole request
	others http.Handler
}

// batched lets a handler of operations take batches, where that is allowed.
func (p *routes) batched(next http.Handler) http.Handler {
	c := p.config.GraphQL
	if !c.Batching.Enabled {
		return next
	}
	known := chi.Middlewares{
		tracing.Parts("part"),
		middleware.Observe(p.sinks()...),
		middleware.Recover(p.log, p.metrics),
		middleware.EnterDoor(middleware.DoorGraphQL, p.metrics),
		p.sameCaller,
	}
	charged := slices.Concat(known, chi.Middlewares{p.gate.Door(middleware.DoorGraphQL).Admit(c.Priorities.Claimed)})
	if q := (ratelimit.Request{Door: ratelimit.DoorGraphQL}); p.limits != nil {
		charged = append(charged, p.limits.Before(q), p.limits.Charge(q))
	}
	return &batching{
		config: c.Batching, next: next, first: known.HandlerFunc(begun(next)), others: charged.HandlerFunc(begun(next)),
	}
}

// sameCaller opens the trail of an operation whose caller is that of the whole request.
func (p *routes) sameCaller(next http.Handler) http.Handler {
	named := func(w http.ResponseWriter, r *http.Request) {
		caller := auth.FromContext(r.Context())
		audit.From(r.Context()).Caller(audit.Who{ID: caller.ID, Method: string(caller.Method), Credential: caller.Credential})
		middleware.RecordFrom(r.Context()).SetRoute(r.URL.Path)
		next.ServeHTTP(w, r)
	}
	return p.audited(middleware.DoorGraphQL, "")(http.HandlerFunc(named))
}

type beginKey struct{}

// begun tells whoever waits for it that an operation has been let in and charged.
func begun(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if begin, ok := r.Context().Value(beginKey{}).(func()); ok {
			begin()
		}
		next.ServeHTTP(w, r)
	}
}

// ServeHTTP answers a batch by an array of answers, in the order of its operations.
func (b *batching) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bodies, batch, err := b.config.ReadBatch(r)
	if !batch {
		b.next.ServeHTTP(w, r)
		return
	}
	if err != nil {
		refuse(w, r, err)
		return
	}
	form, ok := graphqlhttp.Negotiate(r.Header.Values("Accept"))
	if !ok {
		refuse(w, r, problem.New(problem.NotAcceptable, "answers are application/graphql-response+json or application/json"))
		return
	}
	requests, err := apart(r, form, bodies)
	if err != nil {
		refuse(w, r, err)
		return
	}
	middleware.RecordFrom(r.Context()).SetRoute(r.URL.Path + " (batch)")
	writeParts(w, form, b.answers(requests, w.Header().Get(problem.RequestIDHeader)))
}

// apart are the requests of a batch, each for itself. Of the whole request's header they have all but what is about its body and
// about what its client knows already. A key for repetitions becomes one for each.
func apart(r *http.Request, form graphqlhttp.Form, bodies []json.RawMessage) ([]*http.Request, error) {
	key, err := idempotency.Key(r)
	if err != nil {
		return nil, err
	}
	requests := make([]*http.Request, len(bodies))
	for i, body := range bodies {
		one := facts.Add(facts.Begin(r), startingKey{}, (*starting)(nil)) // a batch has no answers that come one by one,
		one.Header = r.Header.Clone()
		one.Header.Set("Accept", string(form)) // and none that comes in parts
		for _, field := range []string{"Content-Length", "If-None-Match", "If-Modified-Since"} {
			one.Header.Del(field)
		}
		if key != "" {
			one.Header.Set(idempotency.Header, idempotency.Nth(key, i))
		}
		one.Body, one.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		requests[i] = one
	}
	return requests, nil
}

// answers runs requests side by side. They are let in one after the other, so that those that are over a limit are the last.
func (b *batching) answers(requests []*http.Request, requestID string) []*part {
	parts := make([]*part, len(requests))
	var all sync.WaitGroup
	for i, r := range requests {
		one := newPart(requestID)
		parts[i] = one
		handler := b.others
		if i == 0 {
			handler = b.first
		}
		in := make(chan struct{})
		begin := sync.OnceFunc(func() { close(in) })
		r = facts.Add(r, beginKey{}, begin)
		all.Go(func() {
			defer begin()
			one.answer(handler, r)
		})
		<-in
	}
	all.Wait()
	return parts
}

// part is the answer to one request of a batch.
type part struct {
	header http.Header
	status int
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*part)(nil)

func newPart(requestID string) *part {
	return &part{header: http.Header{problem.RequestIDHeader: {requestID}}}
}

// Header implements http.ResponseWriter.
func (p *part) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *part) WriteHeader(status int) {
	if p.status == 0 && status >= http.StatusOK {
		p.status = status
	}
}

// Write implements http.ResponseWriter.
func (p *part) Write(text []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.body.Write(text)
}

// answer lets a handler answer. What is given up in the middle of its answer has failed; the others have nothing to do with it.
func (p *part) answer(handler http.Handler, r *http.Request) {
	err := problem.Guard(func() error {
		handler.ServeHTTP(p, r)
		return nil
	})
	if err != nil {
		*p = *newPart(p.header.Get(problem.RequestIDHeader))
		problem.Write(p, problem.New(problem.Internal, ""))
	}
}

// told is the answer as it stands in the array.
func (p *part) told() []byte {
	switch media, _, _ := strings.Cut(p.header.Get("Content-Type"), ";"); graphqlhttp.Form(media) {
	case graphqlhttp.GraphQLJSON, graphqlhttp.PlainJSON:
		return p.body.Bytes()
	default:
		return graphqlhttp.Restated(p.header, p.body.Bytes())
	}
}

// writeParts writes the answers as an array. Its status is the one that all of them have, and 200 where they differ. What it says
// of limits is what its last operation, the last to be charged, was told.
func writeParts(w http.ResponseWriter, form graphqlhttp.Form, parts []*part) {
	status, last := parts[0].status, parts[len(parts)-1]
	var text bytes.Buffer
	for i, p := range parts {
		text.WriteByte("[,"[min(i, 1)])
		text.Write(p.told())
		if p.status != status {
			status = http.StatusOK
		}
	}
	text.WriteByte(']')
	header := w.Header()
	tellLimits(header, last.header)
	if after := last.header["Retry-After"]; after != nil && status != http.StatusOK {
		header["Retry-After"] = after
	}
	header.Set("Content-Type", form.ContentType())
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // a client that has gone cannot be told so
}

// tellLimits has the header of an answer say what a part of it was told of limits.
func tellLimits(header, part http.Header) {
	for name, values := range part {
		if strings.HasPrefix(name, "Ratelimit") || strings.HasPrefix(name, "X-Ratelimit") {
			header[name] = values
		}
	}
}
