package admission

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/problem"
)

func gaugeOf(limit int64) *pressure.Gauge {
	return pressure.New(pressure.DefaultConfig(), limit, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
}

// A process that has a byte of memory has far too little.
func TestWhoComesWhileMemoryIsShortIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, _, registry := newGate()
		memory := gaugeOf(1)
		entered := 0
		door := gate.Heeding(memory).Door(middleware.DoorREST).Admit(classOf)(http.HandlerFunc(
			func(http.ResponseWriter, *http.Request) { entered++ }))
		if !admitted(door, priority.Batch) {
			t.Error("a request is turned away before anything was measured")
		}
		ctx, stop := context.WithCancel(t.Context())
		go memory.Run(ctx, func(bool) {})
		time.Sleep(time.Second)
		for _, class := range priority.Classes() {
			w := httptest.NewRecorder()
			door.ServeHTTP(w, request(class))
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" ||
				!strings.Contains(w.Body.String(), problem.Overloaded.Code()) {
				t.Errorf("%s is answered with %d %s, %v", class, w.Code, w.Body, w.Header())
			}
		}
		if got := shedOf(t, registry); len(got) != len(priority.Classes()) {
			t.Errorf("these were counted: %q", got)
		}
		if entered != 1 || gate.counter.inside.Load() != 0 {
			t.Errorf("%d came in, and %d are inside", entered, gate.counter.inside.Load())
		}
		stop()
	})
}

func TestWhatARequestHoldsIsGivenBackAtItsEnd(t *testing.T) {
	gate, _, _ := newGate()
	door := gate.Heeding(gaugeOf(200)).Door(middleware.DoorREST).Admit(classOf)(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(pressure.Reader(r.Context(), r.Body, 1)); err != nil {
				w.WriteHeader(problem.KindOf(err).Status())
			}
		}))
	for name, c := range map[string]struct {
		length, status int
	}{"it has room": {100, http.StatusOK}, "it has none": {101, http.StatusServiceUnavailable}} {
		for range 3 {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(strings.Repeat("x", c.length)))
			door.ServeHTTP(w, facts.Begin(r))
			if w.Code != c.status {
				t.Errorf("%s: it is answered with %d", name, w.Code)
			}
		}
	}
}
