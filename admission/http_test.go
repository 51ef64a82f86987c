package admission

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/telemetry"
)

// newGate is a gate for 20 requests, which keeps its log and its metrics.
func newGate() (gate *Gate, log *bytes.Buffer, registry *prometheus.Registry) {
	log, registry = new(bytes.Buffer), prometheus.NewRegistry()
	return New(Config{MaxConcurrency: 20}, NewMetrics(registry), slog.New(slog.NewJSONHandler(log, nil))), log, registry
}

// classHeader lets a test say what a request is.
const classHeader = "X-Class"

func classOf(r *http.Request) (class priority.Class) {
	_ = class.UnmarshalText([]byte(r.Header.Get(classHeader)))
	return class
}

func request(class priority.Class) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
	r.Header.Set(classHeader, class.String())
	return r
}

// admitted tells whether a request of a class is answered as it should be.
func admitted(handler http.Handler, class priority.Class) bool {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request(class))
	return w.Code == http.StatusOK
}

func TestAFullGatewayTurnsTheLowestPriorityAwayFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, _, registry := newGate()
		release := make(chan struct{})
		holding := gate.Door(middleware.DoorGraphQL).Admit(classOf)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			<-release
		}))
		page := gate.Door(middleware.DoorPage).Admit(classOf)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		var held sync.WaitGroup
		hold := func(class priority.Class, n int) {
			for range n {
				held.Go(func() {
					if !admitted(holding, class) {
						t.Errorf("a request of class %s was turned away", class)
					}
				})
			}
			synctest.Wait()
		}
		// All doors lead through one gate.
		lets := func(want ...bool) {
			t.Helper()
			got := make([]bool, 0, len(want))
			for _, class := range priority.Classes() {
				got = append(got, admitted(page, class))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("batch, interactive, critical: want -, got +:\n%s", diff)
			}
		}
		lets(true, true, true)
		hold(priority.Interactive, 16)
		lets(false, true, true)
		hold(priority.Interactive, 3)
		lets(false, false, true)
		hold(priority.Critical, 1)
		lets(false, false, false)
		close(release)
		held.Wait()
		lets(true, true, true)
		want := []string{
			`concierge_requests_shed_total{door="page",priority="batch"} 3`,
			`concierge_requests_shed_total{door="page",priority="critical"} 1`,
			`concierge_requests_shed_total{door="page",priority="interactive"} 2`,
		}
		if diff := cmp.Diff(want, shedOf(t, registry)); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}

// shedOf is what the metrics say of refusals, those that did not happen left out.
func shedOf(t *testing.T, registry *prometheus.Registry) []string {
	t.Helper()
	w := httptest.NewRecorder()
	telemetry.Handler(registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "concierge_requests_shed_total{") && !strings.HasSuffix(line, " 0") {
			lines = append(lines, line)
		}
	}
	return lines
}

// full is a handler behind a gate that has no room.
func full() http.Handler {
	gate, _, _ := newGate()
	gate.counter.inside.Store(20)
	return gate.Door(middleware.DoorGraphQL).Admit(classOf)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("it has no room")
	}))
}

func TestARefusalSaysWhenToComeBack(t *testing.T) {
	var event middleware.Event
	observed := middleware.Observe(func(_ *http.Request, e *middleware.Event) { event = *e })(full())
	seen := make(map[string]bool)
	for range 1000 {
		w := httptest.NewRecorder()
		observed.ServeHTTP(w, request(priority.Interactive))
		var body struct{ Code, Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusServiceUnavailable || body.Code != "OVERLOADED" || body.Detail != problem.Overloaded.Message() {
			t.Fatalf("it is answered with %d %+v", w.Code, body)
		}
		seen[w.Header().Get("Retry-After")] = true
	}
	if diff := cmp.Diff(map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true}, seen); diff != "" {
		t.Errorf("Retry-After: want -, got +:\n%s", diff)
	}
	if event.Code != "OVERLOADED" || event.Status != http.StatusServiceUnavailable {
		t.Errorf("the record is %+v", event)
	}
}

func TestRetryAfterLiesBetweenOneAndFiveSeconds(t *testing.T) {
	first := retryAfter(func(int) int { return 0 })
	last := retryAfter(func(n int) int { return n - 1 })
	if first != 1 || last != 5 {
		t.Errorf("it lies between %d and %d", first, last)
	}
}

// Only a connection that could bring a body is given up.
func TestARefusalClosesTheConnectionThatOwesABody(t *testing.T) {
	for name, c := range map[string]struct {
		version int
		length  int64
		want    string
	}{
		"HTTP/1 without a body":             {1, 0, ""},
		"HTTP/1 with a body":                {1, 100, "close"},
		"HTTP/1 with a body of some length": {1, -1, "close"},
		"HTTP/2 with a body":                {2, 100, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(priority.Interactive)
			r.ProtoMajor, r.ContentLength, r.Body = c.version, c.length, io.NopCloser(unreadable{t})
			w := httptest.NewRecorder()
			full().ServeHTTP(w, r)
			if got := w.Header().Get("Connection"); got != c.want {
				t.Errorf("Connection: %q, want %q", got, c.want)
			}
		})
	}
}

// unreadable is a body that nobody may read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestTheContextOfARequestTellsItsClass(t *testing.T) {
	gate, _, _ := newGate()
	for _, class := range priority.Classes() {
		var got priority.Class
		r := request(class)
		same := false
		gate.Door(middleware.DoorGraphQL).Admit(classOf)(http.HandlerFunc(func(_ http.ResponseWriter, inner *http.Request) {
			got, same = priority.From(inner.Context()), inner == r
		})).ServeHTTP(httptest.NewRecorder(), r)
		if got != class {
			t.Errorf("it is %s, want %s", got, class)
		}
		if same != (class == priority.Interactive) {
			t.Errorf("a request of class %s is handed on as it is: %t", class, same)
		}
	}
}

func TestARequestIsJudgedAgainByWhatItIs(t *testing.T) {
	const batch, interactive, critical = priority.Batch, priority.Interactive, priority.Critical
	for _, c := range []struct {
		inside         int64
		claimed, class priority.Class
		stays          bool
	}{
		{16, interactive, interactive, true},
		{16, interactive, batch, true},
		{17, interactive, batch, false},
		{17, critical, batch, false},
		{19, critical, interactive, true},
		{20, critical, interactive, false},
		{20, critical, critical, true},
		{20, interactive, critical, true}, // it is inside already
		{20, batch, interactive, true},    // the same: nobody is turned away for having been modest
	} {
		gate, _, registry := newGate()
		gate.counter.inside.Store(c.inside)
		door := gate.Door(middleware.DoorGraphQL)
		w := httptest.NewRecorder()
		ctx := priority.With(t.Context(), c.claimed)
		ctx, stays := door.Settle(ctx, w, request(c.claimed), c.class)
		if stays != c.stays {
			t.Errorf("%+v: it stays: %t", c, stays)
		}
		if got := priority.From(ctx); stays && got != c.class {
			t.Errorf("%+v: it goes on as %s", c, got)
		}
		var want []string
		if !c.stays {
			want = []string{`concierge_requests_shed_total{door="graphql",priority="` + c.class.String() + `"} 1`}
		}
		if diff := cmp.Diff(want, shedOf(t, registry)); diff != "" {
			t.Errorf("%+v: want -, got +:\n%s", c, diff)
		}
		if refused := w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != ""; refused == c.stays {
			t.Errorf("%+v: it is answered with %d %v", c, w.Code, w.Header())
		}
	}
}

func TestSheddingIsLoggedWhenItBeginsAndWhenItHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, log, _ := newGate()
		handler := gate.Door(middleware.DoorGraphQL).Admit(classOf)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		gate.counter.inside.Store(16)
		for range 7 {
			admitted(handler, priority.Batch)
			admitted(handler, priority.Interactive)
			time.Sleep(time.Second)
		}
		gate.counter.inside.Store(0)
		for range 7 {
			admitted(handler, priority.Batch)
			time.Sleep(time.Second)
		}
		want := []map[string]any{
			{
				"level": "WARN", "msg": "shedding requests: the gateway is full", "priority": "batch",
				"in_flight": 16.0, "max_concurrency": 20.0,
			},
			{"level": "INFO", "msg": "shedding has ended", "shed": 7.0},
		}
		var got []map[string]any
		for line := range strings.Lines(log.String()) {
			var entry map[string]any
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
			delete(entry, "time")
			got = append(got, entry)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}

func TestNeverMoreThanTheMostAreInsideAndNobodyStays(t *testing.T) {
	gate, _, _ := newGate()
	var inside atomic.Int64
	var most peak
	handler := gate.Door(middleware.DoorGraphQL).Admit(classOf)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		most.see(inside.Add(1))
		defer inside.Add(-1)
		runtime.Gosched()
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
	}))
	var crowd sync.WaitGroup
	for i := range 100 {
		crowd.Go(func() {
			for n := range 200 {
				r := request(priority.Classes()[(i+n)%3])
				if n%7 == 0 {
					r.URL.Path = "/panic"
				}
				func() {
					defer func() { _ = recover() }()
					handler.ServeHTTP(httptest.NewRecorder(), r)
				}()
			}
		})
	}
	crowd.Wait()
	if got := most.Load(); got < 2 || got > 20 {
		t.Errorf("%d were inside at the same time, want 2 to 20", got)
	}
	if got := gate.counter.inside.Load(); got != 0 {
		t.Errorf("%d are inside after the end", got)
	}
}

// nothing is an answer that keeps nothing.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header         { return n.header }
func (n nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n nothing) WriteHeader(int)             {}

func TestTheUsualRequestCostsNoMemory(t *testing.T) {
	gate, _, _ := newGate()
	door := gate.Door(middleware.DoorGraphQL)
	operations := Operations{Named: map[string]priority.Class{"Report": priority.Batch}}
	handler := door.Admit(operations.Claimed)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := door.Settle(r.Context(), w, r, operations.Of("Home")); !ok {
			t.Error("it was turned away")
		}
	}))
	r, w := httptest.NewRequest(http.MethodPost, "/graphql?query=none&operationName=Home", nil), nothing{make(http.Header)}
	if got := testing.AllocsPerRun(100, func() { handler.ServeHTTP(w, r) }); got > 0 {
		t.Errorf("it makes %v allocations", got)
	}
}

// What the gate costs a request, and what it costs to turn one away.
func BenchmarkAdmit(b *testing.B) {
	named := Operations{Named: map[string]priority.Class{"Report": priority.Batch}}
	for name, c := range map[string]struct {
		operations Operations
		header     string
		inside     int64
	}{
		"usual":               {Operations{}, "", 0},
		"usual, named others": {named, "Home", 0},
		"batch":               {named, "Report", 0},
		"turned away":         {named, "Home", 20},
	} {
		b.Run(name, func(b *testing.B) {
			gate, _, _ := newGate()
			gate.counter.inside.Store(c.inside)
			door := gate.Door(middleware.DoorGraphQL)
			handler := door.Admit(c.operations.Claimed)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				door.Settle(r.Context(), w, r, c.operations.Of(c.header))
			}))
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.Header.Set("X-Apollo-Operation-Name", c.header)
			w := nothing{make(http.Header)}
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(w, r)
			}
		})
	}
}

// All processors at once meet at one counter.
func BenchmarkAdmitInParallel(b *testing.B) {
	gate := New(DefaultConfig(), NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	handler := gate.Door(middleware.DoorGraphQL).Admit(Operations{}.Claimed)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r, w := httptest.NewRequest(http.MethodPost, "/graphql", nil), nothing{make(http.Header)}
		for pb.Next() {
			handler.ServeHTTP(w, r)
		}
	})
}
