package demo

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is a way to misbehave. The first group of fields says which calls it happens to, all by default; the second says what
// happens, in the order of the fields: a call may be delayed and then cut. A fault of neither leaves calls alone.
type Fault struct {
	// Endpoints are the numbers of the endpoints that misbehave. Empty means all.
	Endpoints []int
	// Method is the HTTP method; Path the beginning of the path, which for the stream of events must be all of it; Query a part
	// of the query as Call.Query shows it.
	Method string
	Path   string
	Query  string
	// Times is how often the fault happens before it is over. 0 means always.
	Times int

	// Delay passes before anything else happens.
	Delay time.Duration
	// Hang answers nothing and waits until the client leaves.
	Hang bool
	// CloseConnection answers nothing and closes the connection. Beware: Go's http.Transport by itself repeats a GET whose kept
	// connection was closed before the first byte, so such a call may be seen more than once.
	CloseConnection bool
	// Truncate announces the whole answer, sends half of it and closes the connection.
	Truncate bool
	// Stall announces the whole answer, sends half of it and then nothing until the client leaves.
	Stall bool
	// Status, Body and HugeBody replace the service's own answer where any of them is set. Status alone comes with a problem of
	// that status as body; Body alone comes with 200.
	Status int
	Body   string
	// HugeBody is the length of a body of blanks that is valid JSON, an empty list, and does not announce how long it is.
	HugeBody int64
	// ContentType is the media type of the replaced answer. Empty means application/json.
	ContentType string
	// Header is added to the replaced answer, such as Retry-After.
	Header http.Header
}

func (f Fault) matches(endpoint int, r *http.Request) bool {
	if r.URL.Path == eventsPath && f.Path != eventsPath {
		return false
	}
	return (len(f.Endpoints) == 0 || slices.Contains(f.Endpoints, endpoint)) &&
		(f.Method == "" || f.Method == r.Method) &&
		strings.HasPrefix(r.URL.Path, f.Path) &&
		(f.Query == "" || strings.Contains(readable(r.URL), f.Query))
}

// faults are what is set for one service.
type faults struct {
	mu    sync.Mutex
	armed []*armed
}

type armed struct {
	Fault
	left int // how often it still happens, where Times bounds it
}

func (f *faults) set(to []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = nil
	for _, fault := range to {
		f.armed = append(f.armed, &armed{Fault: fault, left: fault.Times})
	}
}

// take finds the fault that happens to a call.
func (f *faults) take(endpoint int, r *http.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, each := range f.armed {
		over := each.Times > 0 && each.left == 0
		if over || !each.matches(endpoint, r) {
			continue
		}
		each.left--
		return each.Fault, true
	}
	return Fault{}, false
}

// serve lets the fault happen to a call.
func (f Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !passed(r.Context(), f.Delay) {
		abort()
	}
	switch {
	case f.Hang:
		<-r.Context().Done()
		abort()
	case f.CloseConnection:
		abort()
	case f.Truncate:
		w = cut{ResponseWriter: w, then: abort}
	case f.Stall:
		w = cut{ResponseWriter: w, then: func() { <-r.Context().Done(); abort() }}
	}
	switch {
	case f.HugeBody > 0:
		f.huge(w)
	case f.Status != 0 || f.Body != "":
		f.replace(w)
	default:
		next.ServeHTTP(w, r)
	}
}

// abort ends a call by closing its connection: net/http's documented way to do so.
func abort() { panic(http.ErrAbortHandler) }

// passed waits, and says whether the client waited too.
func passed(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f Fault) replace(w http.ResponseWriter) {
	status, body, contentType := f.Status, []byte(f.Body), "application/json"
	if status == 0 {
		status = http.StatusOK
	}
	if f.Body == "" {
		body, contentType = (&failure{Status: status, Detail: "a fault was set"}).json(), problemType
	}
	f.setHeader(w.Header(), contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (f Fault) huge(w http.ResponseWriter) {
	f.setHeader(w.Header(), "application/json")
	w.WriteHeader(max(f.Status, http.StatusOK))
	blanks := bytes.Repeat([]byte(" "), 32<<10)
	_, err := w.Write([]byte("["))
	for left := f.HugeBody - 2; left > 0 && err == nil; left -= int64(len(blanks)) {
		_, err = w.Write(blanks[:min(left, int64(len(blanks)))])
	}
	_, _ = w.Write([]byte("]"))
}

func (f Fault) setHeader(header http.Header, contentType string) {
	header.Set("Content-Type", contentType)
	if f.ContentType != "" {
		header.Set("Content-Type", f.ContentType)
	}
	for name, values := range f.Header {
		header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
}

// cut sends the first half of an answer whose header has announced all of it. Answers are written in one piece.
type cut struct {
	http.ResponseWriter
	then func()
}

func (c cut) Write(p []byte) (int, error) {
	_, _ = c.ResponseWriter.Write(p[:len(p)/2])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	c.then()
	return len(p), nil
}
