package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	req := c.unnamed(ctx, call)
	if call.Body != nil {
		if err := send(req, call.Body); err != nil {
			return nil, err
		}
	}
	if wish := c.wish(ctx); wish != rules.Any && call.Method == http.MethodGet {
		req.Header["Cache-Control"] = []string{string(wish)}
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

// wish is what caches on the way are asked for.
func (c *Client) wish(ctx context.Context) rules.Wish {
	if c.caches == nil {
		return rules.Any
	}
	return c.caches.Wish(ctx)
}

// outgoing is a request and what it is made of, in one piece of memory.
type outgoing struct {
	request http.Request
	url     url.URL
	accept  [1]string
}

// unnamed is a call as far as it is the same for all callers, and without its body. Made from its parts, it need not be read from
// a text.
func (c *Client) unnamed(ctx context.Context, call Call) *http.Request {
	query := call.query
	if query == "" {
		query = encode(call.Query)
	}
	o := &outgoing{
		url:    url.URL{Scheme: "http", Host: c.service, Path: call.Path, RawQuery: query},
		accept: [1]string{typeJSON},
	}
	made := http.Request{
		Method: call.Method, URL: &o.url, Host: c.service, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Accept": o.accept[:]},
	}
	o.request = *made.WithContext(ctx)
	return &o.request
}

const typeJSON = "application/json"

// send gives a request a body, in JSON, which can be read again.
func send(req *http.Request, value any) error {
	payload, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode body: %w", err)
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil }
	req.Body, err = req.GetBody()
	req.ContentLength = int64(len(payload))
	req.Header["Content-Type"] = []string{typeJSON}
	return err
}

// bare is a call as far as it says who is asked, and on whose behalf: no token is signed for that.
func (c *Client) bare(ctx context.Context, call Call) (*http.Request, error) {
	req := c.unnamed(ctx, call)
	told := c.told
	told.Audience = ""
	return req, identity.Propagate(ctx, req.Header, told)
}
