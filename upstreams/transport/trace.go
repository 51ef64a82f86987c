package transport

import (
	"net/http"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// Recorded is a way to a service on which each call is a part of its request's trace, where that is recorded. It is for those who
// do not begin calls' spans by themselves. A call has ended when its answer begins: the body may still be coming.
func Recorded(service string, next http.RoundTripper) http.RoundTripper {
	known, _ := next.(cache.Glancer)
	return &recorded{service: service, next: next, known: known}
}

type recorded struct {
	service string
	next    http.RoundTripper
	known   cache.Glancer // nil where nothing is kept
}

// Glance implements cache.Glancer. A request that is recorded is to be made.
func (r *recorded) Glance(g cache.Glance) (kept cache.Kept, ok bool) {
	if r.known == nil || tracing.From(g.Client.Context()) != nil {
		return kept, false
	}
	return r.known.Glance(g)
}

func (r *recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, span := tracing.Start(req.Context(), "call")
	if span == nil {
		return r.next.RoundTrip(req)
	}
	defer span.End()
	span.Text("concierge.service", r.service)
	span.Text("http.request.method", tracing.Method(req.Method))
	res, err := r.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		span.Fail(problem.KindOf(attempt.Problem(ctx, err)).Code())
		return nil, err
	}
	span.Number("http.response.status_code", int64(res.StatusCode))
	return res, nil
}
