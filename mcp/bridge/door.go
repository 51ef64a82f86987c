package bridge

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/secret"
)

// Door is where a bridge leads to.
type Door struct {
	// URL is where it answers, such as https://api.example.com/mcp.
	URL string
	// Credential names the caller, and nobody without a field.
	Credential Credential
	// Transport carries requests to it, such as Within. Nil is the network, by the proxy that the environment names.
	Transport http.RoundTripper
}

// Credential names a caller by a field of each request's header.
type Credential struct {
	// Field is the field's name.
	Field string
	// Value is what it says.
	Value secret.Text
	// Source is how people know where it was read from. It is told to them.
	Source string
}

// patience is longer than any call takes that a gateway lets go on.
const patience = 10 * time.Minute

// http is what asks the door. A credential is for the door alone, so nothing is followed that leads elsewhere.
func (d Door) http() *http.Client {
	if d.Transport == nil {
		d.Transport = network()
	}
	return &http.Client{
		Transport:     way{d},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
	}
}

// reaching is how long a connection may take to be there. A call may take longer.
const reaching = 10 * time.Second

func network() *http.Transport {
	dialer := net.Dialer{Timeout: reaching}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: reaching, ForceAttemptHTTP2: true,
	}
}

// way is how requests go to a door. Whatever comes back that is no message of the protocol is an error that says what to do: the
// SDK would not look at it, and would end the session.
type way struct{ door Door }

// RoundTrip implements http.RoundTripper.
func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	if name := w.door.Credential; name.Field != "" {
		r = r.Clone(r.Context())
		r.Header.Set(name.Field, string(name.Value))
	}
	answer, err := w.door.Transport.RoundTrip(r)
	if err != nil {
		return nil, w.unreachable(r, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, w.unreachable(r, err)
	}
	if err := w.door.refuses(answer, body); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// unreachable is the error where no answer came.
func (w way) unreachable(r *http.Request, err error) error {
	if gone := r.Context().Err(); gone != nil {
		return gone
	}
	return refused(fmt.Sprintf("the gateway at %s cannot be reached: %v", r.URL.Host, err), nil)
}
