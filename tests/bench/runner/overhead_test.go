package main

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestARoundMakesItsCallsAndNoMore(t *testing.T) {
	var calls atomic.Int64
	address := peerOf(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	w := &way{RoundTripper: bareTransport(), url: "http://" + address}
	if _, err := w.round(t.Context(), 100); err != nil || calls.Load() != 100 {
		t.Errorf("%v after %d calls, want 100", err, calls.Load())
	}
}

func TestARoundEndsWithACallThatFails(t *testing.T) {
	address := peerOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	w := &way{RoundTripper: bareTransport(), url: "http://" + address}
	if _, err := w.round(t.Context(), 100); err == nil {
		t.Error("nobody noticed")
	}
}

func TestTheCostOverTheBareClientIsHeldAgainstTheTarget(t *testing.T) {
	for cost, verdict := range map[time.Duration]string{29 * time.Microsecond: ": met, 9.0", 31 * time.Microsecond: ": not met, 11.0"} {
		var out strings.Builder
		ways := []*way{{name: "bare", costs: []time.Duration{20 * time.Microsecond}}, {name: "stack", costs: []time.Duration{1, cost, 1 << 40}}}
		if overheadOf(ways).print(&out); !strings.Contains(out.String(), verdict) {
			t.Errorf("it prints %s, want %q", &out, verdict)
		}
	}
}
