// Package connection answers how a request goes over a connection to an endpoint, and its answer back.
//
// Go's http.Transport hands each request to two goroutines of its connection, and the answer back, which costs more than all else
// that it does. Here the caller's own goroutine writes the request and reads the answer. That can be done where the request is
// written before anybody has to listen, which is what most calls are. All others are left to an http.Transport. Requests that are
// no more than lines of text are written here (head.go), and answers that can be read in one way only are read here (reply.go);
// what is in any way unusual is left to net/http's own writer and reader (http.Request.Write, http.ReadResponse).
//
// What a goroutine would see that watches a connection while nobody uses it is asked for when the connection is to be used
// (again_unix.go): whether the service has closed it, or sent what nobody asked for.
package connection

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Transport sends requests to one endpoint. It is safe for concurrent use. Nothing runs in the background, but for one timer
// while connections are kept, and none is left of it when they have been closed.
type Transport struct {
	other     *http.Transport
	host      string // as the URLs of requests have it
	plainHost bool   // and as it is written
	address   string // to dial
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	maxHeader int64
	idle      idle
	heads     sync.Pool // of *[]byte, for the heads of bare requests, which are needed until an answer has begun
	writers   sync.Pool // of *bufio.Writer, which are needed for a moment each
	readers   sync.Pool // of *bufio.Reader, which are needed until the end of an answer
}

// What http.Transport does where it is not told otherwise.
const (
	defaultMaxHeader = 10 << 20
	defaultPort      = "80"
)

// New returns the way to the endpoint of a base URL. What is sent otherwise goes by other, which also says how connections are
// made and kept: by its DialContext, MaxIdleConnsPerHost, IdleConnTimeout and MaxResponseHeaderBytes. Its further settings must
// not concern http, as a Proxy or ResponseHeaderTimeout would, and it must not ask for compression.
func New(base *url.URL, other *http.Transport) *Transport {
	t := &Transport{
		other:     other,
		host:      base.Host,
		plainHost: isPlainHost(base.Host),
		address:   net.JoinHostPort(base.Hostname(), cmp.Or(base.Port(), defaultPort)),
		dial:      other.DialContext,
		maxHeader: cmp.Or(other.MaxResponseHeaderBytes, defaultMaxHeader),
		idle: idle{
			most:    cmp.Or(other.MaxIdleConnsPerHost, http.DefaultMaxIdleConnsPerHost),
			longest: other.IdleConnTimeout,
			epoch:   time.Now(),
		},
	}
	if t.dial == nil {
		t.dial = new(net.Dialer).DialContext
	}
	return t
}

// RoundTrip sends a request and returns its answer, as an http.RoundTripper must. It tells the Watcher of the attempt that the
// request belongs to, and the Early of its call. When the request's context ends, so does its connection, and the error is the
// context's cause.
//
// As with http.Transport, a request that met with a kept connection just as the service closed it is sent again, if that is safe.
// But here it is sent on a new connection at once, so that no request is sent more than twice.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := t.exchange(req)
	if x == nil {
		return t.other.RoundTrip(attempt.Traced(req))
	}
	defer x.forget()
	if err := x.ended(); err != nil {
		x.closeBody()
		return nil, err
	}
	if res, over, err := x.overKept(); over {
		return res, err
	}
	fresh, err := t.connect(req.Context())
	if err != nil {
		x.closeBody()
		return nil, x.why(err)
	}
	return x.over(fresh)
}

// overKept makes the exchange over a connection that was kept. over is false where it is to be made over a new one.
func (x *exchange) overKept() (res *http.Response, over bool, err error) {
	for {
		kept := x.transport.idle.take()
		if kept == nil {
			return nil, false, nil
		}
		res, err = x.over(kept)
		switch {
		case errors.Is(err, errStale):
			continue
		case err == nil || !x.repeatable(kept):
			return res, true, err
		default:
			err = x.rewind()
			return nil, err != nil, err
		}
	}
}

// CloseIdleConnections closes the connections that nobody uses. Those in use follow when they are no longer, unless another
// request has begun by then.
func (t *Transport) CloseIdleConnections() {
	t.idle.close()
	t.other.CloseIdleConnections()
}
