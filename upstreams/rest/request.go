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
)

func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	var body io.Reader
	if call.Body != nil {
		payload, err := json.Marshal(call.Body)
		if err != nil {
			return nil, fmt.Errorf("encode body: %w", err)
		}
		body = bytes.NewReader(payload)
	}
	req, err := c.unnamed(ctx, call, body)
	if err != nil {
		return nil, err
	}
	if call.Method == http.MethodGet && c.caches != nil && c.caches.Bypassed(ctx) {
		req.Header["Cache-Control"] = []string{"no-cache"}
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

// unnamed is a call as far as it is the same for all callers.
func (c *Client) unnamed(ctx context.Context, call Call, body io.Reader) (*http.Request, error) {
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
	return req, nil
}

// bare is a call as far as it says who is asked, and on whose behalf: no token is signed for that.
func (c *Client) bare(ctx context.Context, call Call) (*http.Request, error) {
	req, err := c.unnamed(ctx, call, nil)
	if err != nil {
		return nil, err
	}
	told := c.told
	told.Audience = ""
	return req, identity.Propagate(ctx, req.Header, told)
}
