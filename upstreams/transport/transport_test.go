package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/correlation"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func answer(status int, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(body)}
}

func request(ctx context.Context, t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://user/users?ids=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// slow is a body whose end takes as long as the request lets it.
type slow struct{ ctx context.Context }

func (s slow) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func TestTheTotalTimeoutHoldsToTheEndOfTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := &deadline{total: time.Second, next: roundTripper(func(req *http.Request) (*http.Response, error) {
			return answer(http.StatusOK, slow{req.Context()}), nil
		})}
		start := time.Now()
		res, err := layer.RoundTrip(request(t.Context(), t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(res.Body)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("reading ended with %v after %v, want a deadline after 1s", err, time.Since(start))
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestABodyThatWasReadEndsItsClock(t *testing.T) {
	var sent *http.Request
	layer := &deadline{total: time.Hour, next: roundTripper(func(req *http.Request) (*http.Response, error) {
		sent = req
		return answer(http.StatusOK, strings.NewReader("all")), nil
	})}
	res, err := layer.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "all" || sent.Context().Err() != nil {
		t.Errorf("read %q, %v, context %v, want all before the clock ends", body, err, sent.Context().Err())
	}
	if err := res.Body.Close(); err != nil || sent.Context().Err() == nil {
		t.Errorf("after closing (%v) the clock still runs", err)
	}
}

func TestCallsAreCountedByHowTheyEnd(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		status int
		err    error
		code   string
		logged bool
	}{
		"an answer":                {t.Context(), 200, nil, "200", false},
		"a missing record":         {t.Context(), 404, nil, "404", false},
		"a failure":                {t.Context(), 500, nil, "500", true},
		"nobody there":             {t.Context(), 0, errors.New("refused"), "unreachable", true},
		"no answer in time":        {t.Context(), 0, context.DeadlineExceeded, "timeout", true},
		"a caller who has gone":    {gone, 0, context.Canceled, "cancelled", false},
		"a caller who had no time": {gone, 0, context.DeadlineExceeded, "cancelled", false},
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			metrics := NewMetrics(registry)
			var log strings.Builder
			layer := &observer{
				metrics: metrics.of("user"), log: slog.New(slog.NewTextHandler(&log, nil)),
				next: roundTripper(func(*http.Request) (*http.Response, error) {
					if c.err != nil {
						return nil, c.err
					}
					return answer(c.status, strings.NewReader("")), nil
				}),
			}
			res, err := layer.RoundTrip(request(c.ctx, t))
			if !errors.Is(err, c.err) || (err == nil && res.StatusCode != c.status) {
				t.Errorf("RoundTrip = %v, %v, want what the service said", res, err)
			}
			if got := testutil.ToFloat64(metrics.calls.WithLabelValues("user", c.code)); got != 1 {
				t.Errorf("%s was counted %v times, want once", c.code, got)
			}
			if got := log.Len() > 0; got != c.logged || strings.Contains(log.String(), "ids=1") {
				t.Errorf("the log says %q, want a line: %t, and never the query", log.String(), c.logged)
			}
		})
	}
}

func TestServicesLearnWhichRequestTheyWorkFor(t *testing.T) {
	ctx := correlation.With(t.Context(), correlation.Correlation{RequestID: "id-1"})
	layer := &propagator{next: roundTripper(func(req *http.Request) (*http.Response, error) {
		if got := req.Header.Get("X-Request-ID"); got != "id-1" {
			t.Errorf("X-Request-ID is %q, want the request's own", got)
		}
		return answer(http.StatusOK, strings.NewReader("")), nil
	})}
	req := request(ctx, t)
	if _, err := layer.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	if len(req.Header) != 0 {
		t.Errorf("the caller's own request was changed: %v", req.Header)
	}
}
