package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
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
		"too many calls":           {t.Context(), 429, nil, "429", false},
		"a missing record":         {t.Context(), 404, nil, "404", false},
		"a failure":                {t.Context(), 500, nil, "500", true},
		"nobody there":             {t.Context(), 0, &net.OpError{Op: "dial", Err: errors.New("refused")}, "unreachable", true},
		"half an answer":           {t.Context(), 0, &attempt.BodyError{Err: io.ErrUnexpectedEOF}, "broken", true},
		"no answer in time":        {t.Context(), 0, attempt.ErrTimeout, "timeout", true},
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

// Calls that are not made say why to operators, and to callers only what they can act on.
func TestCallsThatAreNotMadeAreCountedByTheirReason(t *testing.T) {
	for code, c := range map[string]struct {
		err  error
		kind problem.Kind
	}{
		"open":        {&breaker.OpenError{}, problem.UpstreamUnavailable},
		"no_endpoint": {balancer.ErrNoEndpoint, problem.UpstreamUnavailable},
		"no_time":     {retry.ErrNoTime, problem.Timeout},
		"shed":        {limit.ErrFull, problem.UpstreamOverloaded},
	} {
		t.Run(code, func(t *testing.T) {
			metrics := NewMetrics(prometheus.NewRegistry())
			var log strings.Builder
			layer := &observer{
				metrics: metrics.of("user"), log: slog.New(slog.NewTextHandler(&log, nil)),
				next: roundTripper(func(*http.Request) (*http.Response, error) { return nil, &attempt.WithheldError{Err: c.err} }),
			}
			_, err := layer.RoundTrip(request(t.Context(), t))
			if got := problem.KindOf(err); got != c.kind || !errors.Is(err, c.err) {
				t.Errorf("the caller is told %v (%v), want %v", got, err, c.kind)
			}
			if got := testutil.ToFloat64(metrics.calls.WithLabelValues("user", code)); got != 1 {
				t.Errorf("%s was counted %v times, want once", code, got)
			}
			if log.Len() > 0 {
				t.Errorf("a call that was not made has a line of its own: %s", &log)
			}
		})
	}
}
