package graphqlhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/graphqlhttp"
)

func TestAnEventStreamIsWrittenAsBrowsersReadIt(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s, err := graphqlhttp.NewEventStream(w, time.Minute)
		if err != nil {
			t.Error(err)
			return
		}
		for _, step := range []func() error{
			func() error { return s.Next([]byte("{\"data\":\n1}")) }, s.KeepAlive, s.Complete,
		} {
			if err := step(); err != nil {
				t.Error(err)
			}
		}
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	const want = ":\n\nevent: next\ndata: {\"data\":\ndata: 1}\n\n:\n\nevent: complete\ndata:\n\n"
	if string(text) != want {
		t.Errorf("written %q, want %q", text, want)
	}
	if kind, cache := answer.Header.Get("Content-Type"), answer.Header.Get("Cache-Control"); kind != "text/event-stream; charset=utf-8" ||
		cache != "no-store" {
		t.Errorf("it is %s, and %s", kind, cache)
	}
}

func TestEventsAreSentToThoseWhoNameThem(t *testing.T) {
	for accept, want := range map[string]bool{
		"":                                    false,
		"*/*":                                 false,
		"text/*":                              false,
		"text/event-stream":                   true,
		"text/event-stream;q=0":               false,
		"text/event-stream;q=2":               false,
		"application/json, text/event-stream": true,
		"application/json, text/event-stream;q=0.9":                  false,
		"text/event-stream;q=0.5, application/json;q=0.1":            true,
		"application/graphql-response+json, text/event-stream;q=0.9": false,
	} {
		if got := graphqlhttp.WantsEvents(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}
