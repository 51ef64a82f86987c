// Package rest answers how the typed clients speak to their services: JSON over HTTP, many keys in one call.
//
// It has two layers. Client fetches: it returns a service's records as raw JSON, by key. The generic functions on top decode
// those into a client's own types. Both report failures as problems, so that nothing of a service's address or answer reaches a
// caller.
package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
	"github.com/concierge-gateway/concierge/waterfall"
)

// Client calls one service. Its zero value is not usable; it is safe for concurrent use.
type Client struct {
	service   string
	transport http.RoundTripper
	config    Config
	told      identity.Config
	unusable  prometheus.Counter
	joined    prometheus.Counter
	log       *slog.Logger
	caches    *caches // nil where nothing is kept
}

// New returns a client of the named service, which is told who calls. Requests go to http://<service>/..., and transport knows
// where that is. Answers that lie in memory that is lent are borrowed: what is found in the time of a lent.Lease is good until
// that ends.
func New(
	service string, transport http.RoundTripper, config Config, told identity.Config, metrics *Metrics, log *slog.Logger,
) *Client {
	return &Client{
		service:   service,
		transport: transport,
		config:    config,
		told:      told,
		unusable:  metrics.unusable.WithLabelValues(service),
		joined:    metrics.joined.WithLabelValues(service),
		log:       log.With("service", service),
	}
}

// Call is a request to the service.
type Call struct {
	Method string
	Path   string
	Query  url.Values
	// Body is sent as JSON where it is not nil.
	Body any

	query string // in the place of Query, where that was written already
}

// Get is a call that reads.
func Get(path string, query url.Values) Call {
	return Call{Method: http.MethodGet, Path: path, Query: query}
}

// answer is what came of a call.
type answer struct {
	req  *http.Request
	res  *http.Response // nil where there is none
	body jsontext.Value
	// asked is when the request was sent, and came when the head of the answer was there: where anything may be kept of it.
	asked, came time.Time
	// shared says that somebody else made the call.
	shared bool
}

// do makes a call for so many keys and returns a successful answer, or the problem that any other one is, beside it. A 404 is
// NotFound and a refusal that names members is a *Rejection; whether those are failures is for the caller to say.
func (c *Client) do(ctx context.Context, way http.RoundTripper, call Call, keys int) (answer, error) {
	ctx, t := c.begin(ctx, call, keys)
	a, err := c.ended(ctx, way, call, keys)
	t.end(a, err)
	return a, err
}

// ended is do, when its end is there.
func (c *Client) ended(ctx context.Context, way http.RoundTripper, call Call, keys int) (answer, error) {
	req, err := c.request(ctx, call)
	if err != nil {
		return answer{}, c.unbuilt(err)
	}
	a, err := c.roundTrip(way, req)
	if c.caches.served(a) {
		spared(ctx, 1, keys)
	} else {
		counted(ctx, keys)
	}
	return a, c.meaning(ctx, call, a, err)
}

func (c *Client) unbuilt(err error) error {
	return fmt.Errorf("build request for the %s service: %w", c.service, err)
}

// meaning is the problem of a call that failed, or that was answered with anything but success.
func (c *Client) meaning(ctx context.Context, call Call, a answer, err error) error {
	_, cameInPart := errors.AsType[*attempt.BodyError](err)
	switch {
	case cameInPart:
		return c.unreadable(ctx, call, err)
	case err != nil:
		return attempt.Problem(ctx, err)
	case a.res.StatusCode < 200 || a.res.StatusCode > 299:
		return refused(a.res, a.body)
	default:
		return nil
	}
}

// telling is what is told of a call to those who want to know which there were.
type telling struct {
	client *Client
	call   Call
	keys   int
	span   *tracing.Span
	seen   *waterfall.Call
}

// begin begins to tell of a call for so many keys.
func (c *Client) begin(ctx context.Context, call Call, keys int) (context.Context, telling) {
	t := telling{client: c, call: call, keys: keys}
	ctx, t.span = tracing.Start(ctx, "call")
	ctx, t.seen = waterfall.Begin(ctx, c.service, call.Method, call.Path, keys)
	return ctx, t
}

// end says how the call ended.
func (t *telling) end(a answer, err error) {
	if t.seen != nil {
		t.seen.End(a.seen(err))
	}
	if t.span != nil {
		t.client.trace(t.span, t.call, t.keys, a.seen(err))
	}
}

// trace says of a span which call it was, and ends it.
func (c *Client) trace(span *tracing.Span, call Call, keys int, how waterfall.End) {
	span.Text("concierge.service", c.service)
	span.Text("http.request.method", call.Method)
	span.Text("url.template", waterfall.Template(call.Path))
	span.Number("concierge.keys", int64(keys))
	if how.Status > 0 {
		span.Number("http.response.status_code", int64(how.Status))
		span.Number("http.response.body.size", int64(how.Bytes))
	}
	span.Text("concierge.fallback", how.Fallback)
	span.Fail(how.Error)
	span.End()
}

// seen is how a call ended, for those who want to know which there were.
func (a *answer) seen(err error) waterfall.End {
	end := waterfall.End{Bytes: len(a.body)}
	if a.res != nil {
		end.Status = a.res.StatusCode
		end.Fallback = a.res.Header.Get(fallback.Header)
	}
	if err != nil && (a.res == nil || a.res.StatusCode < 300) {
		end.Error = problem.KindOf(err).Code()
	}
	return end
}

// roundTrip makes a call and takes in all of its answer, no more than may be held.
func (c *Client) roundTrip(way http.RoundTripper, req *http.Request) (a answer, err error) {
	a.req = req
	if c.caches != nil {
		a.asked = time.Now()
	}
	if a.res, err = way.RoundTrip(req); err != nil { //nolint:bodyclose // it is read to its end, which closes it
		return answer{req: req}, err
	}
	if c.caches != nil {
		a.came = time.Now()
	}
	a.body, err = attempt.Read(a.res, int64(c.config.MaxResponse))
	if whole, ok := a.res.Body.(*attempt.Whole); ok && err == nil {
		whole.Borrow(req.Context())
		a.body = whole.Text()
	}
	return a, err
}

// unreadable says why an answer could not be used, and counts and logs it: the call itself looked like a success.
func (c *Client) unreadable(ctx context.Context, call Call, err error) error {
	if ctx.Err() != nil {
		return problem.From(context.Cause(ctx))
	}
	c.unusable.Inc()
	c.log.WarnContext(ctx, "upstream answer unusable", "method", call.Method, "path", call.Path, "error", Describe(err))
	return attempt.BodyProblem(ctx, err)
}

// Describe says what is wrong with an answer without a word of it: decoding errors quote the value they stumbled over.
func Describe(err error) string {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		return fmt.Sprintf("a JSON %s does not fit the member %s", kind(semantic.JSONKind), semantic.JSONPointer)
	case errors.As(err, &syntactic):
		return fmt.Sprintf("not JSON from byte %d on", syntactic.ByteOffset)
	default:
		return err.Error()
	}
}

// kind is a kind of JSON value as people call it.
func kind(of jsontext.Kind) string {
	switch of {
	case '{':
		return "object"
	case '[':
		return "array"
	default:
		return of.String()
	}
}
