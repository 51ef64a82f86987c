package transport

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/waterfall"
)

// observer counts and times every call, with all of its attempts, and logs those that failed.
type observer struct {
	service string
	metrics *serviceMetrics
	log     *slog.Logger
	next    http.RoundTripper
}

func (o *observer) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	made := footprint.From(req.Context())
	made.Begin(start)
	o.metrics.inFlight.Inc()
	res, err := o.next.RoundTrip(req)
	o.metrics.inFlight.Dec()
	took := time.Since(start)
	o.metrics.took(req, took)
	outcome := attempt.Judge(req.Context(), res, err)
	made.End(o.service, took, outcome.Failure(), outcome == attempt.Withheld)
	if outcome == attempt.Withheld {
		code, shown := withheld(err)
		waterfall.Of(req.Context()).Withheld(code)
		tracing.From(req.Context()).Text("concierge.withheld", code)
		o.metrics.withheld.WithLabelValues(code).Inc()
		return nil, shown
	}
	o.metrics.calls.Count(outcome, res)
	if outcome.Failure() {
		o.report(req, attempt.Code(outcome, res), took, err)
	}
	return res, err
}

// report logs the path without its query: a query can hold what somebody looked for. Calls that were never made are not reported
// one by one: what keeps them back has a line of its own when it begins.
func (o *observer) report(req *http.Request, code string, took time.Duration, err error) {
	attrs := []slog.Attr{
		slog.String("method", req.Method), slog.String("path", req.URL.Path),
		slog.String("code", code), slog.Duration("duration", took),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	o.log.LogAttrs(req.Context(), slog.LevelWarn, "upstream call failed", attrs...)
}
