package balancer

import (
	"maps"
	"net"
	"net/http"
	"strconv"

	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// traced begins the span of an attempt, where its call is recorded, and has the request name it: what the service records is a
// part of the attempt.
func traced(req *http.Request, e *endpoint, try *attempt.Try) (*http.Request, *tracing.Span) {
	span := tracing.From(req.Context()).Attempt(req.Method)
	if span == nil {
		return req, nil
	}
	span.Text("http.request.method", tracing.Method(req.Method))
	span.Text("server.address", e.name)
	if host, port, err := net.SplitHostPort(e.name); err == nil {
		span.Text("server.address", host)
		if number, err := strconv.ParseInt(port, 10, 32); err == nil {
			span.Number("server.port", number)
		}
	}
	if nth := try.Call.Sent(); nth > 1 {
		span.Number("http.request.resend_count", int64(nth-1))
	}
	span.Flag("concierge.hedge", try.Hedge)
	named := new(http.Request)
	*named = *req
	named.Header = maps.Clone(req.Header)
	if named.Header == nil {
		named.Header = make(http.Header)
	}
	span.Ask(named.Header)
	return named, span
}

// told says how an attempt ended. A body that streams may still be coming.
func told(span *tracing.Span, outcome attempt.Outcome, res *http.Response) {
	if res != nil {
		span.Number("http.response.status_code", int64(res.StatusCode))
	}
	if outcome != attempt.Answered {
		span.Fail(attempt.Code(outcome, res))
	}
	span.End()
}
