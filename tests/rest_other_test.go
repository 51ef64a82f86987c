package tests

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// other is a service of which the gateway knows nothing but its URL.
type other struct {
	*httptest.Server

	mu   sync.Mutex
	next http.Handler
	seen []demo.Call
}

// newOther runs a service until the test ends. Unless it is told otherwise, it answers with the path that it was asked for.
func newOther(t *testing.T) *other {
	t.Helper()
	o := &other{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"path":`+strconv.Quote(r.URL.EscapedPath())+`}`)
	})}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

// ServeHTTP notes a call, and has it answered.
func (o *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	o.mu.Lock()
	o.seen = append(o.seen, demo.Call{
		Service: "other", Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: sent,
	})
	next := o.next
	o.mu.Unlock()
	next.ServeHTTP(w, r)
}

// answers says by what calls are answered from now on.
func (o *other) answers(by http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = by
}

// calls are those that came since forget.
func (o *other) calls() []demo.Call {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]demo.Call(nil), o.seen...)
}

func (o *other) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = nil
}

// scripted answers as a text says: a status, header fields, an empty line, and a body.
func scripted(t *testing.T, text []byte) http.HandlerFunc {
	t.Helper()
	head, body, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	status, err := strconv.Atoi(lines[0])
	if err != nil {
		t.Fatalf("an answer begins with a status, not with %q", lines[0])
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Add(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.TrimSuffix(body, "\n"))
	}
}

// answersWith is a service's answer in JSON.
func answersWith(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}
