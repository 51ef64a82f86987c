package passthrough

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

// timed is a client's connection that knows its deadlines: how long they were ahead when they were set.
type timed struct {
	*httptest.ResponseRecorder

	deadlines
}

type deadlines struct{ read, write string }

func ahead(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return time.Until(t).String()
}

func (w *timed) SetReadDeadline(t time.Time) error {
	w.read = ahead(t)
	return nil
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.write = ahead(t)
	return nil
}

// roundTrip is a service that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// streaming answers with a body of which nobody knows the length.
func streaming(body io.ReadCloser) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, ContentLength: -1, Request: r,
		}, nil
	}
}

func TestARouteHasDeadlinesInThePlaceOfTheServers(t *testing.T) {
	slow := Timeouts{Body: time.Minute, Idle: time.Hour}
	for name, c := range map[string]struct {
		route         Route
		body          string
		takes         bool      // the service reads it
		during, after deadlines // empty where it is the server's
	}{
		"the server's": {route: profile(nil), body: "{}", takes: true},
		"the route's": {
			route: profile(func(r *Route) { r.Timeouts.Body = slow.Body }), body: "{}", takes: true,
			during: deadlines{"1m0s", "2m0s"}, after: deadlines{"1m0s", "2m0s"},
		},
		"raw": {
			route: search(nil), body: "{}", takes: true,
			during: deadlines{"none", "none"}, after: deadlines{"none", "5m0s"},
		},
		"raw, with a body that nobody wants": {
			route: search(nil), body: "{}",
			during: deadlines{"none", "none"}, after: deadlines{"5m0s", "5m0s"},
		},
		"raw, and the route's": {
			route: search(func(r *Route) { r.Timeouts = slow }), body: "{}", takes: true,
			during: deadlines{"1m0s", "none"}, after: deadlines{"1m0s", "1h0m0s"},
		},
		"raw, without a body": {route: search(nil)},
		"raw, without a body, of a service that may be slow": {
			route: search(func(r *Route) { r.Timeouts.Header = time.Minute }), during: deadlines{"", "none"}, after: deadlines{"", "5m0s"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &timed{ResponseRecorder: httptest.NewRecorder()}
				d := opened(t, roundTrip(func(r *http.Request) (*http.Response, error) {
					if diff := cmp.Diff(c.during, w.deadlines, cmp.AllowUnexported(deadlines{})); diff != "" {
						t.Error("during the call:", diff)
					}
					if c.takes {
						_, _ = io.Copy(io.Discard, r.Body)
					}
					return &http.Response{
						StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: 2, Request: r,
						Body: io.NopCloser(strings.NewReader("{}")),
					}, nil
				}), c.route)
				target := "/me"
				if c.route.Raw {
					target = "/search/a"
				}
				var body io.Reader
				if c.body != "" {
					body = strings.NewReader(c.body)
				}
				d.Handler.ServeHTTP(w, httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), ada("search")), "PATCH", target, body))
				if diff := cmp.Diff(c.after, w.deadlines, cmp.AllowUnexported(deadlines{})); diff != "" || w.Code != 200 {
					t.Errorf("%d, after the call: %s", w.Code, diff)
				}
			})
		})
	}
}

func TestARawUploadEndsWhereNothingComes(t *testing.T) {
	for name, c := range map[string]struct {
		idle         time.Duration // of the route
		every, stops time.Duration
		least, most  time.Duration // when it is given up
	}{
		"one that goes on":     {every: 4 * time.Minute, stops: time.Hour},
		"one that stops":       {every: 4 * time.Minute, stops: -time.Hour, least: 65 * time.Minute, most: 70 * time.Minute},
		"one with little time": {idle: time.Second, every: time.Minute, stops: time.Hour, least: time.Second, most: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				client, sends := io.Pipe()
				defer time.Sleep(c.every) // until the client has noticed its end
				defer client.Close()
				go func() {
					for time.Since(began) < c.stops.Abs() {
						if _, err := io.WriteString(sends, "x"); err != nil {
							return
						}
						time.Sleep(c.every)
					}
					if c.stops > 0 {
						_ = sends.Close()
					}
				}()
				d := opened(t, roundTrip(func(r *http.Request) (*http.Response, error) {
					read := make(chan error)
					go func() { _, err := io.Copy(io.Discard, r.Body); read <- err }()
					select {
					case err := <-read:
						return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, err
					case <-r.Context().Done():
						_ = client.Close()
						<-read
						return nil, context.Cause(r.Context())
					}
				}), search(func(r *Route) { r.Timeouts.Idle = c.idle }))
				r := httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), ada("search")), "POST", "/search/a", client)
				w := httptest.NewRecorder()
				d.Handler.ServeHTTP(w, r)
				took := time.Since(began)
				if c.most == 0 {
					if w.Code != 200 || took < time.Hour {
						t.Errorf("got %d %s after %v", w.Code, w.Body, took)
					}
					return
				}
				if diff := cmp.Diff(told{504, "UPSTREAM_TIMEOUT", nil}, toldBy(t, w)); diff != "" || took < c.least || took > c.most {
					t.Errorf("it was given up after %v: %s", took, diff)
				}
			})
		})
	}
}

func TestARawStreamEndsWhereNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		body, sends := io.Pipe()
		go func() {
			for range 15 {
				_, _ = io.WriteString(sends, "data: x\n\n")
				time.Sleep(4 * time.Minute)
			}
		}()
		d := opened(t, streaming(body), search(nil))
		r := httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), ada("search")), "GET", "/search/a", nil)
		w, aborted := d.asking(t, r)
		took := time.Since(began)
		if !aborted || w.Body.Len() != 15*9 || took < time.Hour || took > 70*time.Minute {
			t.Errorf("given up %t after %v and %d bytes", aborted, took, w.Body.Len())
		}
	})
}

func TestNothingHasToMoveUntilTheServiceAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := opened(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return nil, err
			}
			time.Sleep(time.Hour) // the service's own times end it
			return streaming(io.NopCloser(strings.NewReader("late")))(r)
		}), search(nil))
		if w := d.askAs(t, ada("search"), "POST", "/search/a", "a question"); w.Body.String() != "late" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

// connection is a body that can be written to, as that of a WebSocket.
type connection struct {
	net.Conn

	ended bool
}

func (c *connection) CloseWrite() error { c.ended = true; return nil }

func TestAConnectionMovesInBothDirections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, far := net.Pipe()
		own := &connection{Conn: service}
		var s stream
		s.upload(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), patience{idle: time.Minute})
		defer s.stop()
		res := &http.Response{StatusCode: 101, Body: own}
		s.follow(res)
		both, ok := res.Body.(io.ReadWriteCloser)
		if !ok {
			t.Fatalf("the body is a %T", res.Body)
		}
		if half, ok := both.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil || !own.ended {
			t.Error("one direction cannot be ended")
		}
		buffer := make([]byte, 1)
		for i := range 100 {
			time.Sleep(50 * time.Second)
			one, other := io.Writer(both), io.Reader(far)
			if i%2 == 0 {
				one, other = far, both
			}
			go func() { _, _ = one.Write([]byte("x")) }()
			if _, err := other.Read(buffer); err != nil {
				t.Fatalf("it ended after %d messages: %v", i, err)
			}
		}
		began := time.Now()
		if _, err := both.Read(buffer); err == nil || time.Since(began) > 2*time.Minute {
			t.Errorf("it ended %v after the last message, by %v", time.Since(began), err)
		}
	})
}
