package keys

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/auth/remote"
)

const (
	// readTimeout bounds a reading of an issuer's keys, and how long a request waits for one.
	readTimeout = 5 * time.Second
	// maxBody bounds a document of an issuer, in bytes.
	maxBody = 1 << 20
	// maxRedirects is as many as moving a document to another path takes, and then some.
	maxRedirects = 3
)

// failure is why keys could not be read. It shows nothing of what was answered.
type failure struct {
	result result
	err    error
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

func fail(result result, format string, args ...any) error {
	return &failure{result, fmt.Errorf(format, args...)}
}

// newClient makes calls that take bounded time and memory. So few are made that no connection is kept.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:            (&net.Dialer{Timeout: readTimeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    readTimeout,
		ResponseHeaderTimeout:  readTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		DisableKeepAlives:      true,
	}}
}

// staying is a client that does not let itself be led away from the host that was configured, and that keeps no cookies.
func staying(client *http.Client) *http.Client {
	return &http.Client{Transport: client.Transport, Timeout: client.Timeout, CheckRedirect: stay}
}

// errLedAway is a redirect that is not followed.
var errLedAway = errors.New("it was redirected to another host, to http, or too often")

func stay(next *http.Request, past []*http.Request) error {
	from, to := past[len(past)-1].URL, next.URL
	sameHost := strings.EqualFold(from.Host, to.Host)
	downgraded := to.Scheme != "https" && to.Scheme != from.Scheme
	if !sameHost || downgraded || len(past) > maxRedirects {
		return errLedAway
	}
	return nil
}

// get reads one document of an issuer.
func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fail(unreachable, "the call cannot be made")
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json;q=0.9")
	res, err := client.Do(req)
	if err != nil {
		return nil, fail(unreachable, "call: %w", cause(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fail(refused, "the answer has status %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fail(unreachable, "read the answer: %w", cause(err))
	case len(body) > maxBody:
		return nil, fail(unusable, "the answer is larger than 1 MiB")
	default:
		return body, nil
	}
}

// cause is as much of an error as can be shown.
func cause(err error) error {
	if errors.Is(err, errLedAway) {
		return errLedAway
	}
	return remote.Cause(err)
}
