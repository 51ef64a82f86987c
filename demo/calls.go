package demo

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// The bounds of what is recorded, so that services that run for days do not grow.
const (
	maxCalls        = 10_000
	maxRecordedBody = 64 << 10
)

// Call is a request as a service received it.
type Call struct {
	// Seq numbers all services' calls in order of arrival, from 1.
	Seq int
	// Service and Endpoint say who was called: URLs(Service)[Endpoint].
	Service  string
	Endpoint int
	Method   string
	Path     string
	// Query is the query's parameters, decoded, sorted by name and joined with &, such as "ids=1,2&limit=3".
	Query string
	// Header is the caller's to keep.
	Header http.Header
	// Body is the first 64 KiB of the body; nil where there was none.
	Body []byte
}

// String is the call on one line, such as "user GET /users?ids=1,2".
func (c Call) String() string {
	line := c.Service + " " + c.Method + " " + c.Path
	if c.Query == "" {
		return line
	}
	return line + "?" + c.Query
}

// recorder keeps the last calls in a ring. A nil recorder keeps none.
type recorder struct {
	mu   sync.Mutex
	ring []Call
	seen int
}

func (r *recorder) add(to endpoint, req *http.Request, body []byte) {
	if r == nil {
		return
	}
	call := Call{
		Service:  to.service.name,
		Endpoint: to.number,
		Method:   req.Method,
		Path:     req.URL.Path,
		Query:    readable(req.URL),
		Header:   req.Header.Clone(),
		Body:     slices.Clone(body[:min(len(body), maxRecordedBody)]),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen++
	call.Seq = r.seen
	if len(r.ring) < maxCalls {
		r.ring = append(r.ring, call)
		return
	}
	r.ring[(call.Seq-1)%maxCalls] = call
}

// all returns the calls from the oldest that is kept to the newest.
func (r *recorder) all() []Call {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := make([]Call, 0, len(r.ring))
	oldest := 0
	if len(r.ring) == maxCalls {
		oldest = r.seen % maxCalls
	}
	for i := range r.ring {
		call := r.ring[(oldest+i)%len(r.ring)]
		call.Header = call.Header.Clone()
		call.Body = slices.Clone(call.Body)
		calls = append(calls, call)
	}
	return calls
}

func (r *recorder) reset() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring, r.seen = nil, 0
}

// readable is a query as people read it: two that mean the same look the same. What cannot be decoded stands as it came.
func readable(u *url.URL) string {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return u.RawQuery
	}
	parts := make([]string, 0, len(query))
	for name, values := range query {
		for _, value := range values {
			parts = append(parts, name+"="+value)
		}
	}
	slices.SortStableFunc(parts, func(a, b string) int {
		nameA, _, _ := strings.Cut(a, "=")
		nameB, _, _ := strings.Cut(b, "=")
		return strings.Compare(nameA, nameB)
	})
	return strings.Join(parts, "&")
}
