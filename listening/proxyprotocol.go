package listening

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/listening/greeting"
	"github.com/concierge-gateway/concierge/networks"
)

// ProxyProtocol says which balancers in front tell of the client before its first byte, in version 1 or 2 of the PROXY protocol:
// server.proxy_protocol. They must; what anybody else sends is read as HTTP or TLS, and so not believed.
type ProxyProtocol struct {
	// From are the addresses and networks of these balancers. Empty believes nobody.
	From []string `yaml:"from"`
	// Timeout bounds the wait for what they tell.
	Timeout time.Duration `yaml:"timeout"`
}

func defaultProxyProtocol() ProxyProtocol { return ProxyProtocol{Timeout: 5 * time.Second} }

func (p ProxyProtocol) validate(fail func(path, message string)) {
	for i, each := range p.From {
		if _, err := networks.Parse(each); err != nil {
			fail(fmt.Sprintf("from[%d]", i), err.Error())
		}
	}
	if p.Timeout <= 0 || p.Timeout > time.Minute {
		fail("timeout", "must be longer than 0s, and at most 1m")
	}
}

// Balancers are those that tell of the client. They may be asked from any goroutine.
type Balancers struct {
	from    networks.Ranges
	timeout time.Duration
	told    map[telling]prometheus.Counter
	log     *slog.Logger
	warned  sync.Once
}

// telling is how a balancer's word of the client ended.
type telling string

const (
	toldClient telling = "client"  // an address was told
	toldNobody telling = "local"   // the balancer asks for itself, or does not know
	toldWrong  telling = "refused" // nothing was told in time, or nothing that can be read
)

// OpenBalancers reads the settings, which must have passed Validate. It returns nil where nobody is believed.
func OpenBalancers(p ProxyProtocol, registerer prometheus.Registerer, log *slog.Logger) (*Balancers, error) {
	if len(p.From) == 0 {
		return nil, nil
	}
	from, err := networks.NewRanges(p.From)
	if err != nil {
		return nil, fmt.Errorf("server.proxy_protocol.from: %w", err)
	}
	counted := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_proxy_protocol_connections_total",
		Help: "Connections of balancers that must tell of the client, by what they told: client, local, refused.",
	}, []string{"result"})
	b := &Balancers{from: from, timeout: p.Timeout, told: make(map[telling]prometheus.Counter), log: log}
	for _, each := range []telling{toldClient, toldNobody, toldWrong} {
		b.told[each] = counted.WithLabelValues(string(each))
	}
	return b, nil
}

// Listen has the balancers' connections show their clients' addresses. Nothing of a connection may have been read: it belongs
// before TLS.
func (b *Balancers) Listen(inner net.Listener) net.Listener {
	if b == nil {
		return inner
	}
	return greeting.Listen(inner, b.greet)
}

// greet returns the connection as its handler sees it, nil where it was closed.
func (b *Balancers) greet(_ context.Context, raw net.Conn) net.Conn {
	if !b.mustTell(raw.RemoteAddr()) {
		return raw
	}
	if err := raw.SetReadDeadline(time.Now().Add(b.timeout)); err != nil {
		_ = raw.Close() // it is closed already
		return nil
	}
	conn, how, err := told(raw)
	b.told[how].Inc()
	if err != nil || raw.SetReadDeadline(time.Time{}) != nil {
		b.complain(raw, err)
		_ = raw.Close() // whose request this is nobody knows
		return nil
	}
	return conn
}

// complain warns once: a balancer that looks whether the port is open says nothing either, and does so every few seconds.
func (b *Balancers) complain(raw net.Conn, err error) {
	level := slog.LevelDebug
	b.warned.Do(func() { level = slog.LevelWarn })
	b.log.Log(context.Background(), level, "a balancer did not tell of its client by the PROXY protocol, which it must",
		slog.String("balancer", raw.RemoteAddr().String()), slog.Any("error", err))
}

// mustTell reports whether a connection comes from one of the balancers.
func (b *Balancers) mustTell(from net.Addr) bool {
	address, err := netip.ParseAddrPort(from.String())
	return err == nil && b.from.Contain(address.Addr())
}
