package listening

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Crowd counts the connections of all listeners, and closes those over their bounds before anything is read from them. They do
// not wait in the socket's queue: a client that gets in at its end would find that its patience is over, and one that is closed
// can go elsewhere.
type Crowd struct {
	rules   Rules
	open    *prometheus.GaugeVec
	refused *prometheus.CounterVec
	log     *slog.Logger
}

// Rules are what a Crowd goes by beside numbers. Each may be nil.
type Rules struct {
	// Exempt reports whether an address may have any number of connections.
	Exempt func(netip.Addr) bool
	// Full reports whether no connection is let in at all.
	Full func() bool
}

// NewCrowd counts nobody yet.
func NewCrowd(rules Rules, registerer prometheus.Registerer, log *slog.Logger) *Crowd {
	with := promauto.With(registerer)
	return &Crowd{
		rules: rules,
		open: with.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_connections", Help: "Connections of clients that are open, by listener, handshakes included.",
		}, []string{"listener"}),
		refused: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_connections_refused_total",
			Help: "Connections that were closed at once, by listener and by whose bound they were over: listener, address, memory.",
		}, []string{"listener", "reason"}),
		log: log,
	}
}

// Listen bounds the connections of a listener together. always leaves out Full: those who look what is wrong must be let in.
func (c *Crowd) Listen(inner net.Listener, name string, most int, always bool) net.Listener {
	return &crowded{
		Listener: inner, crowd: c, most: int64(most), always: always,
		open: c.open.WithLabelValues(name), refused: c.counters(name, tooMany, noMemory),
	}
}

// Bounded is Listen by what is set, as far as the process may open files.
func (c *Crowd) Bounded(inner net.Listener, name string, settings Connections) net.Listener {
	most := settings.affordable()
	if most < settings.Max {
		c.log.Warn("the process may not open files for so many connections", "listener", name, "wanted", settings.Max, "most", most)
	}
	return c.Listen(inner, name, most, false)
}

func (c *Crowd) counters(name string, reasons ...refusal) map[refusal]*turnedAway {
	all := make(map[refusal]*turnedAway)
	for _, each := range reasons {
		all[each] = &turnedAway{counter: c.refused.WithLabelValues(name, string(each)), listener: name, reason: each, log: c.log}
	}
	return all
}

// turnedAway counts connections that were closed, and warns of it, but not of each.
type turnedAway struct {
	counter  prometheus.Counter
	listener string
	reason   refusal
	log      *slog.Logger
	warned   atomic.Int64 // when, in seconds
}

// quiet is for how long nothing is said again.
const quiet = 60

func (t *turnedAway) note() {
	t.counter.Inc()
	now, last := time.Now().Unix(), t.warned.Load()
	if now-last >= quiet && t.warned.CompareAndSwap(last, now) {
		t.log.LogAttrs(context.Background(), slog.LevelWarn, "connections are closed at once",
			slog.String("listener", t.listener), slog.String("over_the_bound_of", string(t.reason)))
	}
}

type crowded struct {
	net.Listener
	crowd   *Crowd
	most    int64
	always  bool
	open    prometheus.Gauge
	refused map[refusal]*turnedAway
	inside  atomic.Int64
}

// Accept returns the next connection for which there is room. It is called by one goroutine at a time.
func (l *crowded) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // net/http looks for timeouts and closed listeners
		}
		if reason, ok := l.admits(); !ok {
			_ = conn.Close() // nobody hears of it
			l.refused[reason].note()
			continue
		}
		l.inside.Add(1)
		l.open.Inc()
		return &member{Conn: conn, left: func() {
			l.inside.Add(-1)
			l.open.Dec()
		}}, nil
	}
}

func (l *crowded) admits() (refusal, bool) {
	switch full := l.crowd.rules.Full; {
	case l.inside.Load() >= l.most:
		return tooMany, false
	case full != nil && !l.always && full():
		return noMemory, false
	default:
		return "", true
	}
}

// member is a connection that is counted until it is closed.
type member struct {
	net.Conn
	left func()
	once sync.Once
}

// Close closes the connection. It counts no more, however often it is closed.
func (m *member) Close() error {
	err := m.Conn.Close()
	m.once.Do(m.left)
	return err //nolint:wrapcheck // as if it were called there
}

// NetConn is the connection that is counted, as tls.Conn has it.
func (m *member) NetConn() net.Conn { return m.Conn }

// CloseWrite ends one direction, where the connection can.
func (m *member) CloseWrite() error {
	if half, ok := m.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // as if it were called there
	}
	return errors.ErrUnsupported
}
