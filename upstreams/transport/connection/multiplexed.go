package connection

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Multiplexed is the way to an endpoint that may speak HTTP/2. It is safe for concurrent use.
//
// net/http sends a request again by itself where the service has said that it did not look at it: it leaves (GOAWAY), or refused
// the stream (RFC 9113, section 8.7). That is always right. But it also does so after a stream that the service reset for a
// protocol error, which says nothing of the kind. So a request that must not be sent twice is given to it without a way to begin
// its body again, and is sent again here, once, where the reason allows it.
type Multiplexed struct {
	other    *http.Transport
	upgrades *http.Transport
}

// NewMultiplexed sends by other, and by upgrades what asks for another protocol: those begin in HTTP/1.1.
func NewMultiplexed(other, upgrades *http.Transport) *Multiplexed {
	return &Multiplexed{other: other, upgrades: upgrades}
}

// RoundTrip sends a request and returns its answer, as an http.RoundTripper must. An error is attempt.ErrUnprocessed where the
// service said that it did nothing.
func (m *Multiplexed) RoundTrip(req *http.Request) (*http.Response, error) {
	req = attempt.Traced(req)
	switch {
	case req.Header.Get("Upgrade") != "":
		return m.upgrades.RoundTrip(req)
	case idempotent(req):
		return judged(m.other.RoundTrip(req))
	}
	res, err := judged(m.other.RoundTrip(onceOnly(req)))
	if !errors.Is(err, attempt.ErrUnprocessed) || req.Context().Err() != nil {
		return res, err
	}
	again, ok := rewound(req)
	if !ok {
		return nil, err
	}
	return judged(m.other.RoundTrip(onceOnly(again)))
}

// CloseIdleConnections closes the connections that nobody uses.
func (m *Multiplexed) CloseIdleConnections() {
	m.other.CloseIdleConnections()
	m.upgrades.CloseIdleConnections()
}

// onceOnly is a request that nobody can send twice. One without a body has an empty one, because what has none is sent again.
func onceOnly(req *http.Request) *http.Request {
	once := new(http.Request)
	*once = *req // not a clone: the trailers of a body that streams come later
	once.GetBody = nil
	if once.Body == nil || once.Body == http.NoBody {
		once.Body = empty{}
	}
	return once
}

// empty is a body that net/http does not know to be empty.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }
func (empty) Close() error             { return nil }

// rewound is the same request, with its body from the beginning, where that can be had.
func rewound(req *http.Request) (again *http.Request, ok bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again = new(http.Request)
	*again = *req
	again.Body = body
	return again, true
}

// judged says of an error whether the service did nothing. net/http has no other word for it than those of its errors; a test
// holds them.
func judged(res *http.Response, err error) (*http.Response, error) {
	if err == nil {
		return res, nil
	}
	text := err.Error()
	if strings.Contains(text, "received Server's graceful shutdown GOAWAY") || strings.Contains(text, "REFUSED_STREAM") {
		return nil, fmt.Errorf("%w: %w", attempt.ErrUnprocessed, err)
	}
	return nil, err
}
