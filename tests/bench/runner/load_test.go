package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// peerOf is a peer that answers as told.
func peerOf(t *testing.T, answer http.HandlerFunc) (address string) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func loadOn(t *testing.T, address string) *load {
	t.Helper()
	questions := []question{
		{request: request(address, "Bearer x", headline().query, nil), answer: []byte("first")},
		{request: request(address, "Bearer x", headline().query, map[string]string{"cursor": "20"}), answer: []byte("second")},
	}
	l, err := newLoad(t.Context(), address, 3, questions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// right answers as loadOn expects.
func right(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), `"cursor":"20"`) {
		_, _ = io.WriteString(w, "second")
		return
	}
	_, _ = io.WriteString(w, "first")
}

func TestALoadCountsEveryRequest(t *testing.T) {
	var served atomic.Int64
	l := loadOn(t, peerOf(t, func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		right(w, r)
	}))
	seen, err := l.run(t.Context(), 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := int64(len(seen.latencies)), served.Load(); got != want || got == 0 {
		t.Errorf("the load saw %d answers, the peer gave %d", got, want)
	}
	if seen.elapsed < 50*time.Millisecond || seen.quantile(0) > seen.quantile(0.5) || seen.quantile(0.5) > seen.quantile(1) {
		t.Errorf("elapsed %v, latencies %v to %v", seen.elapsed, seen.quantile(0), seen.quantile(1))
	}
}

func TestALoadEndsWithTheFirstWrongAnswer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"another answer":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "third") },
		"another status":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a broken answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			var served atomic.Int64
			l := loadOn(t, peerOf(t, func(w http.ResponseWriter, r *http.Request) {
				if served.Add(1) > 10 {
					answer(w, r)
					return
				}
				right(w, r)
			}))
			if seen, err := l.run(t.Context(), time.Minute); err == nil {
				t.Errorf("the load saw %d answers and no error", len(seen.latencies))
			}
		})
	}
}

func TestAnInterruptEndsALoad(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	l := loadOn(t, peerOf(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // net/http notices that a client leaves once it has read all
		interrupt()
		<-r.Context().Done()
	}))
	if _, err := l.run(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v, want it to say that it was interrupted", err)
	}
}

func TestASinkTakesWhatItIsSent(t *testing.T) {
	s, err := startSink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(s.url+"/v1/traces", "application/x-protobuf", strings.NewReader("spans")) //nolint:noctx // it is there
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	s.stop()
	if res.StatusCode != http.StatusOK {
		t.Errorf("status %d, want 200", res.StatusCode)
	}
}
