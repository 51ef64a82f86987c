package listening

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/units"
)

// HTTP2 bounds what one connection of HTTP/2 may ask for: server.http2.
type HTTP2 struct {
	// MaxStreams is how many requests of a connection are answered at the same time. Four times as many may wait that their client
	// has given up already; with more, the connection is closed.
	MaxStreams int `yaml:"max_streams"`
	// StreamBuffer is how much of a request's body may come before anybody reads it.
	StreamBuffer units.Bytes `yaml:"stream_buffer"`
	// ConnectionBuffer is the same for all requests of a connection together.
	ConnectionBuffer units.Bytes `yaml:"connection_buffer"`
}

func defaultHTTP2() HTTP2 {
	return HTTP2{MaxStreams: 100, StreamBuffer: 256 * units.KiB, ConnectionBuffer: 512 * units.KiB}
}

// The bounds of net/http.
const (
	leastBuffer = 64 * units.KiB
	mostBuffer  = 4*units.MiB - 1
)

func (h HTTP2) validate(fail func(path, message string)) {
	within("max_streams", h.MaxStreams, 1, 10_000, fail)
	if h.StreamBuffer < leastBuffer || h.StreamBuffer > mostBuffer {
		fail("stream_buffer", "must be at least 64KiB and less than 4MiB")
	}
	if h.ConnectionBuffer < leastBuffer || h.ConnectionBuffer > mostBuffer {
		fail("connection_buffer", "must be at least 64KiB and less than 4MiB")
	}
	if h.StreamBuffer > h.ConnectionBuffer {
		fail("stream_buffer", "is larger than connection_buffer, so that no request could fill it")
	}
}

// frame is the longest that is read of HTTP/2 at once, in bytes: the least that there may be. A connection keeps room for one.
const frame = 16 << 10

// settings are net/http's. Without a time for writing, one connection whose client reads nothing keeps all of its handlers for
// ever, write timeout or not.
func (h HTTP2) settings(write time.Duration, failed func(kind string)) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          h.MaxStreams,
		MaxReadFrameSize:              frame,
		MaxReceiveBufferPerConnection: int(h.ConnectionBuffer),
		MaxReceiveBufferPerStream:     int(h.StreamBuffer),
		WriteByteTimeout:              write,
		CountError:                    failed,
	}
}

// errorKinds bounds how many kinds of error have series of their own. net/http has about sixty, which it names itself.
const errorKinds = 100

// CountHTTP2Errors counts what clients do wrong in HTTP/2, by net/http's names for it: what New gives Bounds.
func CountHTTP2Errors(registerer prometheus.Registerer) func(kind string) {
	counted := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_http2_errors_total",
		Help: "Mistakes and attacks of clients in HTTP/2, by what net/http calls them.",
	}, []string{"kind"})
	kinds := newKinds(errorKinds)
	return func(kind string) { counted.WithLabelValues(kinds.known(kind)).Inc() }
}
