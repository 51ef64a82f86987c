package introspection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/auth/remote"
)

// Bounds on what the issuer may send.
const (
	maxAnswerBytes = 64 << 10
	maxHeaderBytes = 64 << 10
)

// issuer is the endpoint that tokens are asked about.
type issuer struct {
	url          string
	client       *http.Client
	id, password string // form-encoded; id is empty where the issuer asks for no name
}

func newIssuer(c Config, client *http.Client) *issuer {
	if client == nil {
		client = &http.Client{Transport: connecting(c)}
	}
	own := *client
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // tokens go nowhere else
	return &issuer{
		url: c.URL, client: &own,
		// RFC 6749, section 2.3.1: a colon in the id would otherwise end it.
		id: url.QueryEscape(c.ClientID), password: url.QueryEscape(string(c.ClientSecret)),
	}
}

// connecting ignores the environment's proxies, which are for people's programs. Idle connections are closed before most servers
// close theirs.
func connecting(c Config) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: c.Timeout}).DialContext,
		TLSHandshakeTimeout:    c.Timeout,
		IdleConnTimeout:        4 * time.Second,
		MaxIdleConnsPerHost:    c.Concurrency,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
	}
}

// ask is the issuer's answer as it came. No error holds what the issuer wrote: it might have written the token.
func (i *issuer) ask(ctx context.Context, token string) ([]byte, error) {
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, i.url, strings.NewReader(form))
	if err != nil {
		return nil, errors.New("the endpoint's URL cannot be called")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header["Idempotency-Key"] = nil // not sent; net/http may ask again on a new connection where an idle one had gone
	if i.id != "" {
		req.SetBasicAuth(i.id, i.password)
	}
	res, err := i.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the issuer: %w", remote.Cause(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer answered with the status %d", res.StatusCode)
	}
	return readBody(res.Body)
}

func readBody(from io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the issuer's answer: %w", remote.Cause(err))
	case len(body) > maxAnswerBytes:
		return nil, fmt.Errorf("the issuer's answer is larger than %d bytes", maxAnswerBytes)
	}
	return body, nil
}
