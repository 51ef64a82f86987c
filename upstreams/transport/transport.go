// Package transport is what every call to a service passes, from whichever door it came.
//
// It is a stack of http.RoundTrippers; New shows their order. A request names its service as host and has the path that the
// contract gives it; the stack knows where that is.
package transport

import (
	"log/slog"
	"net"
	"net/http"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
)

// Transport is the way to one service. It is safe for concurrent use.
type Transport struct {
	http.RoundTripper
	connections *http.Transport
}

// New builds the stack of one service, from the door inwards: name the request, count and log it, bound it in time, choose an
// endpoint, send.
func New(service string, config Config, metrics *Metrics, log *slog.Logger) (*Transport, error) {
	connections := dial(config)
	endpoints, err := balancer.New(config.URLs, connections)
	if err != nil {
		return nil, err
	}
	var stack http.RoundTripper = endpoints
	stack = &deadline{total: config.Timeouts.Total, next: stack}
	stack = &observer{metrics: metrics.of(service), log: log.With("service", service), next: stack}
	stack = &propagator{next: stack}
	return &Transport{RoundTripper: stack, connections: connections}, nil
}

// Close drops the idle connections. Calls in flight go on to their end.
func (t *Transport) Close() { t.connections.CloseIdleConnections() }

// maxResponseHeader bounds the header of an answer, in bytes.
const maxResponseHeader = 64 << 10

// dial keeps as many connections ready as calls can be under way at once: with net/http's default of two, every call beyond
// the second of a burst would connect anew. The environment's proxies are for people's programs, so they are ignored, and
// services are not asked to compress, since the time it takes them is longer than the wire's within one network.
func dial(config Config) *http.Transport {
	dialer := &net.Dialer{Timeout: config.Timeouts.Connect}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    config.Timeouts.Connect,
		ResponseHeaderTimeout:  config.Timeouts.Header,
		IdleConnTimeout:        config.Timeouts.Idle,
		MaxIdleConnsPerHost:    config.MaxIdleConns,
		MaxResponseHeaderBytes: maxResponseHeader,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
	}
}
