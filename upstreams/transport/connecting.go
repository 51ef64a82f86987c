package transport

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/connection"
	"github.com/concierge-gateway/concierge/upstreams/transport/trust"
)

// Protocol is which versions of HTTP are spoken with a service.
type Protocol string

// The protocols.
const (
	// Auto is HTTP/2 where an https endpoint offers it (ALPN), else HTTP/1.1.
	Auto Protocol = "auto"
	// HTTP1 is HTTP/1.1 alone.
	HTTP1 Protocol = "http1"
	// H2C is HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3).
	H2C Protocol = "h2c"
)

// validateProtocol reports protocols and TLS that the endpoints cannot have.
func (c Config) validateProtocol(fail func(path, message string)) {
	https := 0
	for _, each := range c.allURLs() {
		if strings.HasPrefix(each, "https://") {
			https++
		}
	}
	switch c.Protocol {
	case Auto, HTTP1:
	case H2C:
		if https > 0 {
			fail("protocol", "h2c is for http URLs: with https, HTTP/2 is agreed on by itself")
		}
	default:
		fail("protocol", "must be auto, http1 or h2c")
	}
	c.TLS.Validate(https > 0, below("tls", fail))
}

// allURLs are those of the endpoints and of those that answer in their place.
func (c Config) allURLs() []string {
	return append(append([]string(nil), c.URLs...), c.Fallback.URLs...)
}

// patience is how long a body waits for a service to say that it wants it (Expect: 100-continue).
const patience = time.Second

// maxResponseHeader bounds the header of an answer, in bytes.
const maxResponseHeader = 64 << 10

// maxStreamBuffer bounds what an HTTP/2 stream may hold of an answer that its reader has not read, in bytes. net/http's own bound
// is eight times as large, which many slow readers would make felt.
const maxStreamBuffer = 512 * units.KiB

// connecting returns how an endpoint is connected to. Each endpoint has connections of its own, which go when it goes, and is
// dialled at its address while the request keeps the name: that is what its Host header and its certificate say.
func connecting(config Config, trusted *trust.Trust) connect {
	dialer := &net.Dialer{Timeout: config.Timeouts.Connect}
	return func(to balancer.Address) balancer.Connection {
		dial := dialer.DialContext
		if to.Dial != "" {
			dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, to.Dial)
			}
		}
		way := way{config: config, trusted: trusted, host: to.Base.Hostname(), dial: dial}
		switch {
		case to.Base.Scheme == "https" && config.Protocol != HTTP1:
			return connection.NewMultiplexed(way.speaking("h2", "http/1.1"), way.speaking("http/1.1"))
		case to.Base.Scheme != "https" && config.Protocol == H2C:
			return connection.NewMultiplexed(way.speaking("h2"), way.speaking("http/1.1"))
		default:
			return connection.New(to.Base, way.speaking("http/1.1"))
		}
	}
}

// way makes connections to one endpoint.
type way struct {
	config  Config
	trusted *trust.Trust
	host    string
	dial    trust.DialContext
}

// speaking makes connections that speak some protocols, named as TLS names them.
//
// As many are kept ready as calls can be under way at once: with net/http's default of two, every call beyond the second of a
// burst would connect anew. The environment's proxies are for people's programs, so they are ignored, and services are not asked
// to compress, since the time it takes them is longer than the wire's within one network.
//
// A connection of HTTP/2 that says nothing is asked for a sign (PING): all calls would go on to share one whose other end has
// gone without a word.
func (w way) speaking(protocols ...string) *http.Transport {
	t := w.config.Timeouts
	spoken := new(http.Protocols)
	for _, each := range protocols {
		if each == "h2" {
			spoken.SetHTTP2(true)
			spoken.SetUnencryptedHTTP2(true) // it counts where there is neither TLS nor HTTP/1
		} else {
			spoken.SetHTTP1(true)
		}
	}
	return &http.Transport{
		DialContext:            w.dial,
		DialTLSContext:         w.trusted.Over(w.dial, w.host, t.Connect, protocols...),
		ExpectContinueTimeout:  patience,
		IdleConnTimeout:        t.Idle,
		MaxIdleConnsPerHost:    w.config.MaxIdleConns,
		MaxResponseHeaderBytes: maxResponseHeader,
		DisableCompression:     true,
		Protocols:              spoken,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:           t.Idle,
			PingTimeout:               t.Connect,
			WriteByteTimeout:          t.Total,
			MaxReceiveBufferPerStream: int(maxStreamBuffer),
		},
	}
}
