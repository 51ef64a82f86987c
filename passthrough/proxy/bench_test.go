package proxy

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// answering is a service in memory. Its answers cost the same to whoever asks.
func answering(body []byte) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{
				"Content-Type": {"application/json"}, "Content-Length": {"1024"}, "Date": {"Tue, 01 Jan 2030 00:00:00 GMT"},
				"Etag": {`"a"`}, "Cache-Control": {"private"}, "Connection": {"keep-alive"}, "Keep-Alive": {"timeout=5"},
			},
			ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
		}, nil
	})
}

func browsers() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/v1/users/7?x=1", nil)
	r.Header = http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip, br"}, "Accept-Language": {"en"}, "User-Agent": {"browser"},
		"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "X-Request-Id": {"r"}, "Connection": {"keep-alive"},
	}
	return r
}

// sink takes an answer and forgets it.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}
func (s *sink) FlushError() error           { return nil }

func BenchmarkProxy(b *testing.B) {
	r, next := browsers(), answering(make([]byte, 1024))
	w := &sink{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		out, err := Outgoing(r, Options{})
		if err != nil {
			b.Fatal(err)
		}
		out.URL.Scheme, out.URL.Host = "http", "user"
		res, err := Send(w, out, next)
		if err != nil {
			b.Fatal(err)
		}
		if err := Relay(w, r, res, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReverseProxy(b *testing.B) {
	r, w := browsers(), &sink{header: make(http.Header)}
	target := &url.URL{Scheme: "http", Host: "user"}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: answering(make([]byte, 1024)),
	}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		proxy.ServeHTTP(w, r)
	}
}

// The service alone, which both of the above have in them.
func BenchmarkService(b *testing.B) {
	r, next := browsers(), answering(make([]byte, 1024))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := next.RoundTrip(r); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAnAnswerCostsLessThanByTheStandardProxy(t *testing.T) {
	r, next := browsers(), answering(make([]byte, 1024))
	w := &sink{header: make(http.Header)}
	ours := testing.AllocsPerRun(100, func() {
		clear(w.header)
		out, _ := Outgoing(r, Options{})
		res, _ := Send(w, out, next)
		_ = Relay(w, r, res, nil)
	})
	proxy := &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, Transport: next}
	theirs := testing.AllocsPerRun(100, func() {
		clear(w.header)
		proxy.ServeHTTP(w, r)
	})
	services := testing.AllocsPerRun(100, func() {
		_, _ = next.RoundTrip(r)
	})
	ours, theirs = ours-services, theirs-services
	if ours > theirs*2/3 {
		t.Errorf("%v allocations beside the service's, and %v by httputil", ours, theirs)
	}
}
