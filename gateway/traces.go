package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/tracing/otlp"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// openTracing makes ready to record requests, where that is sent anywhere. What was recorded and not sent yet is sent when no
// edition wants it opened in the same way any more.
func (e *edition) openTracing(o *opening) (err error) {
	c := e.config.Tracing
	if !c.Sending.Enabled() {
		return nil
	}
	e.tracer, _, err = take(o, "tracing", fingerprint(c), nil, func(metrics prometheus.Registerer) (*tracing.Tracer, life, error) {
		sender, err := otlp.Open(c.Sending, telemetry.Version(), metrics, e.log)
		if err != nil {
			return nil, life{}, fmt.Errorf("open tracing: %w", err)
		}
		return tracing.New(c.Recording, sender, metrics), life{run: sender.Run}, nil
	})
	return err
}

// byProxy reports whether a request was sent on by a proxy that is trusted.
func byProxy(r *http.Request) bool {
	client, ok := forwarded.From(r.Context())
	return ok && client.Proxied()
}

// recordedWay is the way to a service, on which calls are parts of traces.
func recordedWay(way func(string) (http.RoundTripper, bool)) func(string) (http.RoundTripper, bool) {
	return func(service string) (http.RoundTripper, bool) {
		next, ok := way(service)
		if ok {
			next = transport.Recorded(service, next)
		}
		return next, ok
	}
}

// traced says of a request's span what became of the request. It says nothing that a caller could have written but the request
// id, which is safe to log.
func traced(r *http.Request, e *middleware.Event) {
	span := tracing.From(r.Context())
	if span == nil {
		return
	}
	method, route := tracing.Method(r.Method), e.Route
	if _, path, ok := strings.Cut(route, " /"); ok { // routes of the REST door are told with their methods
		route = "/" + path
	}
	switch {
	case eventFrom(r.Context()) != nil:
		span.Named("event")
	case route != "":
		span.Named(method + " " + route)
		span.Text("http.route", route)
	}
	span.Text("http.request.method", method)
	span.Text("url.scheme", schemeOf(r))
	span.Number("http.response.status_code", int64(e.Status))
	span.Number("http.response.body.size", e.Bytes)
	span.Text("concierge.door", e.Door.String())
	span.Text("concierge.request_id", correlation.From(r.Context()).RequestID)
	span.Text("concierge.code", e.Code)
	span.Text("concierge.ended", e.Ended)
	span.Text("concierge.limit", e.Limit)
	span.Flag("concierge.aborted", e.Aborted)
	if e.Status >= http.StatusInternalServerError || e.Aborted {
		span.Fail(orText(e.Code, "aborted"))
	}
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func schemeOf(r *http.Request) string {
	client, ok := forwarded.From(r.Context())
	switch {
	case ok && client.Proto != "":
		return client.Proto
	case r.TLS != nil:
		return "https"
	default:
		return "http"
	}
}

// stage records how long a wrapper takes, where anything is recorded.
func (p *routes) stage(
	name string, wrapper func(http.Handler) http.Handler, told func(*tracing.Span, *http.Request, bool),
) func(http.Handler) http.Handler {
	if p.tracer == nil {
		return wrapper
	}
	return tracing.Stage(name, wrapper, told)
}

// authenticated says how a caller was authenticated, and never who it is.
func authenticated(span *tracing.Span, r *http.Request, passed bool) {
	if !passed {
		span.Fail("refused")
		return
	}
	caller := auth.FromContext(r.Context())
	span.Text("concierge.auth.method", orText(string(caller.Method), "anonymous"))
}

// limited says what a request was charged to. The counters themselves name callers, and are not told.
func limited(span *tracing.Span, r *http.Request, passed bool) {
	if !passed {
		span.Fail(problem.RateLimited.Code())
	}
	account := ratelimit.From(r.Context())
	span.Text("concierge.plan", account.Plan())
	state := account.State()
	names := make([]string, 0, len(state))
	shared := true
	for _, each := range state {
		names = append(names, each.Name)
		shared = shared && !each.Unshared
	}
	span.Text("concierge.limits", strings.Join(names, ","))
	span.Flag("concierge.limits.unshared", !shared)
}

// operating begins the span of an operation, with what was done before it was known: parsing and validating its document. Where
// that was remembered, neither was done.
func operating(ctx context.Context, operation *graphql.OperationContext) (context.Context, *tracing.Span) {
	whole := tracing.From(ctx)
	if whole == nil {
		return ctx, nil
	}
	stats := &operation.Stats
	began := stats.OperationStart
	if began.IsZero() {
		began = time.Now()
	}
	span := whole.StartAt("operation", tracing.Internal, began)
	step(span, "parse", stats.Parsing)
	step(span, "validate", stats.Validation)
	if operation.Operation != nil {
		kind := string(operation.Operation.Operation)
		span.Named(kind)
		span.Text("graphql.operation.type", kind)
		span.Text("graphql.operation.name", clipped(operation.Operation.Name))
	}
	found, _ := stats.GetExtension(foundDocument).(persisted.Found)
	span.Text("concierge.document", found.Hash)
	if span == nil {
		return ctx, nil
	}
	return tracing.With(ctx, span), span
}

func step(of *tracing.Span, name string, took graphql.TraceTiming) {
	if took.Start.IsZero() || took.End.Before(took.Start) {
		return
	}
	of.StartAt(name, tracing.Internal, took.Start).EndAt(took.End)
}

// endOperation ends the span of an operation.
func endOperation(span *tracing.Span, given *answered) {
	if span == nil {
		return
	}
	if response := given.response; response != nil && len(response.Errors) > 0 {
		span.Number("concierge.errors", int64(len(response.Errors)))
		span.Fail(codeOf(response.Errors))
	}
	span.End()
}

// codeOf is the code of the first error.
func codeOf(errs gqlerror.List) string {
	return problem.KindOfGraphQL(errs[0]).Code()
}
