package direct

import (
	"net"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// reason is why a connection is left to net/http. It is a closed set, fit for a metric's label.
type reason uint8

const (
	noSocket    reason = iota // it has TLS, or its socket cannot be looked at
	refused                   // the guard refused a request, which net/http answers
	old                       // HTTP/1.0
	upgrade                   // another protocol may follow
	content                   // of unknown length, or more than may be left unread
	expectation               // Expect
	target                    // no path
	reasons                   // how many there are
)

type counter = prometheus.Counter

// Metrics count the connections that were handed over.
type Metrics struct{ handed [reasons]counter }

// NewMetrics registers them.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	handed := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_connections_handed_over_total",
		Help: "Connections that were left to the general server of HTTP/1, by what the fast one does not do.",
	}, []string{"reason"})
	var m Metrics
	for r, label := range [reasons]string{
		noSocket: "no_socket", refused: "refused", old: "old_version", upgrade: "upgrade", content: "content",
		expectation: "expectation", target: "target",
	} {
		m.handed[r] = handed.WithLabelValues(label)
	}
	return &m
}

// handedOver is the listener from which net/http takes the connections that are left to it.
type handedOver struct {
	at     net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	asked map[net.Conn]struct{} // whose request net/http has not read yet
}

func newHandedOver() *handedOver {
	return &handedOver{conns: make(chan net.Conn), closed: make(chan struct{}), asked: make(map[net.Conn]struct{})}
}

// put waits until net/http has taken the connection, and closes it where that takes no more.
func (h *handedOver) put(nc net.Conn) {
	select {
	case h.conns <- nc:
	case <-h.closed:
		_ = nc.Close() // nobody hears of it
		h.known(nc)
	}
}

// expect notes that a request has come on a connection that is about to be put. net/http drops what it reads once it shuts down,
// so that it must have read this before.
func (h *handedOver) expect(nc net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked[nc] = struct{}{}
}

func (h *handedOver) known(nc net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.asked, nc)
}

// allKnown reports whether net/http has read all requests that were handed over with their connections.
func (h *handedOver) allKnown() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked) == 0
}

// notice makes an http.Server's ConnState of the one that it had.
func (h *handedOver) notice(before func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	return func(nc net.Conn, state http.ConnState) {
		before(nc, state)
		if state != http.StateNew {
			h.known(nc)
		}
	}
}

// Accept returns the next connection that is handed over.
func (h *handedOver) Accept() (net.Conn, error) {
	select {
	case nc := <-h.conns:
		return nc, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and the wait of those who hand over. It may be called more than once.
func (h *handedOver) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr is where the connections came in.
func (h *handedOver) Addr() net.Addr { return h.at }
