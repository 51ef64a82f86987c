// Package rest answers how the typed clients speak to their services: JSON over HTTP, many keys in one call.
//
// It has two layers. Client fetches: it returns a service's records as raw JSON, by key. The generic functions on top decode
// those into a client's own types. Both report failures as problems, so that nothing of a service's address or answer reaches a
// caller.
package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Client calls one service. Its zero value is not usable; it is safe for concurrent use.
type Client struct {
	service   string
	transport http.RoundTripper
	config    Config
	told      identity.Config
	unusable  prometheus.Counter
	log       *slog.Logger
}

// New returns a client of the named service, which is told who calls. Requests go to http://<service>/..., and transport knows
// where that is.
func New(
	service string, transport http.RoundTripper, config Config, told identity.Config, metrics *Metrics, log *slog.Logger,
) *Client {
	return &Client{
		service:   service,
		transport: transport,
		config:    config,
		told:      told,
		unusable:  metrics.unusable.WithLabelValues(service),
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
}

// Get is a call that reads.
func Get(path string, query url.Values) Call {
	return Call{Method: http.MethodGet, Path: path, Query: query}
}

// do makes a call and returns the body of a successful answer, or the problem that any other one is. A 404 is NotFound and a
// refusal that names members is a *Rejection; whether those are failures is for the caller to say.
func (c *Client) do(ctx context.Context, call Call) (jsontext.Value, error) {
	req, err := c.request(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("build request for the %s service: %w", c.service, err)
	}
	res, body, err := c.roundTrip(req) //nolint:bodyclose // it has read the body, and closed it
	_, cameInPart := errors.AsType[*attempt.BodyError](err)
	switch {
	case cameInPart:
		return nil, c.unreadable(ctx, call, err)
	case err != nil:
		return nil, attempt.Problem(ctx, err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, refused(res, body)
	}
	return body, nil
}

func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	var body io.Reader
	if call.Body != nil {
		payload, err := json.Marshal(call.Body)
		if err != nil {
			return nil, fmt.Errorf("encode body: %w", err)
		}
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, "", body)
	if err != nil {
		return nil, err
	}
	// Made from its parts, the URL need not be read from a text.
	req.URL = &url.URL{Scheme: "http", Host: c.service, Path: call.Path, RawQuery: encode(call.Query)}
	req.Host = c.service
	req.Header["Accept"] = []string{"application/json"}
	if call.Body != nil {
		req.Header["Content-Type"] = []string{"application/json"}
	}
	correlation.Propagate(ctx, req.Header)
	if err := identity.Propagate(ctx, req.Header, c.told); err != nil {
		return nil, err
	}
	if key := idempotency.Next(ctx, call.Method, call.Path); key != "" {
		req.Header.Set(idempotency.Header, key)
	}
	return req, nil
}

// roundTrip makes a call and takes in all of its answer, no more than may be kept.
func (c *Client) roundTrip(req *http.Request) (*http.Response, []byte, error) {
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	body, err := attempt.Read(res, int64(c.config.MaxResponse))
	return res, body, err
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
