package middleware_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// observed serves one request and returns what became of it.
func observed(t *testing.T, handler http.Handler, w http.ResponseWriter, r *http.Request) middleware.Event {
	t.Helper()
	var events []middleware.Event
	sink := func(_ *http.Request, e *middleware.Event) { events = append(events, *e) }
	func() {
		defer func() { _ = recover() }() // as net/http does
		middleware.Observe(sink)(handler).ServeHTTP(w, r)
	}()
	if len(events) != 1 {
		t.Fatalf("%d events for one request", len(events))
	}
	return events[0]
}

func TestObserveTellsWhatWasAnswered(t *testing.T) {
	type outcome struct {
		Status  int
		Bytes   int64
		Aborted bool
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	tests := map[string]struct {
		ctx     context.Context
		handler http.HandlerFunc
		want    outcome
	}{
		"nothing said": {
			handler: func(http.ResponseWriter, *http.Request) {},
			want:    outcome{Status: 200},
		},
		"a body alone": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "hello ")
				_, _ = io.WriteString(w, "world")
			},
			want: outcome{Status: 200, Bytes: 11},
		},
		"a status": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) },
			want:    outcome{Status: 404},
		},
		"a second status is not sent": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(500) },
			want:    outcome{Status: 404},
		},
		"early hints come before the status": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(201) },
			want:    outcome{Status: 201},
		},
		"a copied body": {
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader("hello")) },
			want:    outcome{Status: 200, Bytes: 5},
		},
		"a flush sends the header": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				_ = http.NewResponseController(w).Flush()
				w.WriteHeader(500)
			},
			want: outcome{Status: 200},
		},
		"the caller left and nothing was said": {
			ctx:     gone,
			handler: func(http.ResponseWriter, *http.Request) {},
			want:    outcome{Status: 499},
		},
		"the caller left before the answer": {
			ctx:     gone,
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "late") },
			want:    outcome{Status: 499, Bytes: 4},
		},
		"given up before the answer": {
			handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			want:    outcome{Status: 500, Aborted: true},
		},
		"given up in the middle": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic(http.ErrAbortHandler)
			},
			want: outcome{Status: 200, Bytes: 4, Aborted: true},
		},
		"no status at all": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) },
			want:    outcome{Status: 500, Aborted: true},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if tt.ctx != nil {
				r = r.WithContext(tt.ctx)
			}
			e := observed(t, tt.handler, httptest.NewRecorder(), r)
			got := outcome{e.Status, e.Bytes, e.Aborted}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordIsFilledOnTheWayAndClosedAtTheEnd(t *testing.T) {
	var late *middleware.Record
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		record := middleware.RecordFrom(r.Context())
		record.SetOperation("Checkout")
		record.AddError(problem.UpstreamTimeout)
		record.AddError(problem.Forbidden)
		record.AddError(problem.UpstreamTimeout)
		late = record
	})
	got := observed(t, handler, httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	late.AddError(problem.Internal)
	got.Duration = 0
	want := middleware.Event{
		Operation: "Checkout",
		Code:      "UPSTREAM_TIMEOUT",
		Errors:    map[problem.Kind]int{problem.UpstreamTimeout: 2, problem.Forbidden: 1},
		Status:    200,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordOfNobodyTakesEverything(t *testing.T) {
	record := middleware.RecordFrom(t.Context())
	record.SetOperation("Checkout")
	record.AddError(problem.Internal)
	record.Fail(problem.Internal)
}

func TestObservedAnswersCanBeFlushedAndTakenOver(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hijack" {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nmine")
			_ = conn.Close()
			return
		}
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done() // the client reads the first line while the answer is under way, and then leaves
	})
	events := make(chan middleware.Event, 2)
	observe := middleware.Observe(func(_ *http.Request, e *middleware.Event) { events <- *e })
	server := httptest.NewServer(observe(handler))
	defer server.Close()

	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	answer := get(ctx, t, server.URL+"/flush")
	line, err := bufio.NewReader(answer.Body).ReadString('\n')
	if line != "first\n" {
		t.Errorf("read %q, %v", line, err)
	}
	leave()
	if got := (<-events).Status; got != 200 {
		t.Errorf("status %d of an answer whose caller left in the middle, want 200", got)
	}

	answer = get(t.Context(), t, server.URL+"/hijack")
	if body, _ := io.ReadAll(answer.Body); string(body) != "mine" {
		t.Errorf("read %q", body)
	}
	if got := (<-events).Status; got != http.StatusSwitchingProtocols {
		t.Errorf("status %d of a connection taken over, want 101", got)
	}
}

func get(ctx context.Context, t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}
