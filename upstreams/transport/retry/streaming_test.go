package retry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// upload is a request whose body comes from a client, and cannot be had again.
func upload(ctx context.Context, t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://user/users", io.NopCloser(strings.NewReader("order")))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestWhereABodyStreamsTheFirstByteIsWaitedForFromItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		sent, first, all time.Duration // when they are there; 0 is never
		known            bool          // the body is at hand
		status           int
	}{
		"a slow client":                     {sent: 8 * time.Second, first: 8900 * time.Millisecond, all: 9 * time.Second, status: 200},
		"a slow service":                    {sent: 8 * time.Second, first: 9100 * time.Millisecond, all: 9200 * time.Millisecond},
		"a slow service and a quick client": {sent: time.Second, first: 2100 * time.Millisecond, all: 2200 * time.Millisecond},
		"a client that ends late":           {sent: 9500 * time.Millisecond, first: 10200 * time.Millisecond, all: 10300 * time.Millisecond},
		"a client that never ends":          {all: 11 * time.Second},
		"an answer before the body's end":   {first: 2 * time.Second, sent: 3 * time.Second, all: 9 * time.Second, status: 200},
		"an answer that takes too long":     {sent: time.Second, first: 1500 * time.Millisecond, all: 11 * time.Second},
		"a body at hand":                    {sent: 800 * time.Millisecond, first: 1100 * time.Millisecond, all: 1200 * time.Millisecond, known: true},
		"a body at hand, in time":           {sent: 800 * time.Millisecond, first: 900 * time.Millisecond, all: 2 * time.Second, known: true, status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := over(roundTripper(func(req *http.Request) (*http.Response, error) {
					if wrote := trace(req).WroteRequest; c.sent > 0 && wrote != nil {
						time.AfterFunc(c.sent, func() { wrote(httptrace.WroteRequestInfo{}) })
					}
					if c.first > 0 {
						time.AfterFunc(c.first, trace(req).GotFirstResponseByte)
					}
					return takes(c.all, says(200))(req)
				}), DefaultConfig(), DefaultHedge(), Timeouts{Header: time.Second, Total: 10 * time.Second})
				req := upload(t.Context(), t)
				if c.known {
					req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("order")), nil }
				}
				res, err := l.RoundTrip(req)
				switch {
				case c.status == 0 && !errors.Is(err, attempt.ErrTimeout):
					t.Errorf("got %v, want a time-out", err)
				case c.status != 0 && (err != nil || res.StatusCode != c.status):
					t.Errorf("got %v, want %d", err, c.status)
				}
				if err == nil {
					_ = res.Body.Close()
				}
				time.Sleep(20 * time.Second) // whatever is said later
			})
		})
	}
}

func TestACallWithoutATotalMayTakeDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent *http.Request
		l := over(roundTripper(func(req *http.Request) (*http.Response, error) {
			sent = req
			return takes(48*time.Hour, says(200))(req)
		}), DefaultConfig(), DefaultHedge(), Timeouts{})
		res, err := l.RoundTrip(upload(t.Context(), t))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(48 * time.Hour)
		if sent.Context().Err() != nil {
			t.Errorf("the answer's time was over: %v", context.Cause(sent.Context()))
		}
		_ = res.Body.Close()
		if sent.Context().Err() == nil {
			t.Error("the attempt goes on after its end")
		}
	})
}

func TestACallWithoutATotalHasTheTimesThatAreGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		l := over(serving(hangs), DefaultConfig(), DefaultHedge(), Timeouts{Header: 2 * time.Second})
		_, err := l.RoundTrip(upload(t.Context(), t))
		if took := time.Since(began); err == nil || took < time.Hour {
			t.Errorf("a body that never ends was given up after %v: %v", took, err)
		}
		began = time.Now()
		config := DefaultConfig()
		config.Max = 0
		l = over(serving(hangs), config, DefaultHedge(), Timeouts{Header: 2 * time.Second})
		_, err = l.send(t.Context(), t, http.MethodGet, "")
		if took := time.Since(began); !errors.Is(err, attempt.ErrTimeout) || took != 2*time.Second {
			t.Errorf("%v after %v, want a time-out after 2s", err, took)
		}
	})
}
