package listening_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/listening"
)

// queue is a listener whose connections come from where a test says.
type queue struct {
	net.Listener
	waiting []*guest
}

type guest struct {
	net.Conn
	from   string
	closed int
}

func (g *guest) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(g.from))
}

func (g *guest) Close() error {
	g.closed++
	return nil
}

func (g *guest) CloseWrite() error { return io.ErrClosedPipe }

func (q *queue) Accept() (net.Conn, error) {
	if len(q.waiting) == 0 {
		return nil, net.ErrClosed
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	return next, nil
}

func (q *queue) come(from ...string) (all []*guest) {
	for _, each := range from {
		all = append(all, &guest{from: each})
	}
	q.waiting = append(q.waiting, all...)
	return all
}

func newCrowd(rules listening.Rules) (*listening.Crowd, *prometheus.Registry, *bytes.Buffer) {
	registry, log := prometheus.NewRegistry(), new(bytes.Buffer)
	return listening.NewCrowd(rules, registry, slog.New(slog.NewTextHandler(log, nil))), registry, log
}

// acceptAll accepts until nobody waits.
func acceptAll(t *testing.T, l net.Listener) (in []net.Conn) {
	t.Helper()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return in
		}
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, conn)
	}
}

func checkSeries(t *testing.T, registry *prometheus.Registry, name, want string) {
	t.Helper()
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), name); err != nil {
		t.Error(err)
	}
}

func TestWhatComesOnTopIsClosedAtOnceAndRoomComesBack(t *testing.T) {
	crowd, registry, log := newCrowd(listening.Rules{})
	q := new(queue)
	l := crowd.Listen(q, "public", 2, false)
	const far = "203.0.113.7:1"
	guests := q.come(far, far, far, far)
	in := acceptAll(t, l)
	if len(in) != 2 || guests[2].closed != 1 || guests[3].closed != 1 {
		t.Fatalf("%d came in, and those on top were closed %d and %d times", len(in), guests[2].closed, guests[3].closed)
	}
	_ = in[0].Close()
	_ = in[0].Close()
	q.come(far, far)
	if again := acceptAll(t, l); len(again) != 1 {
		t.Errorf("after one has left, %d came in, want 1", len(again))
	}
	checkSeries(t, registry, "concierge_connections_refused_total", `
# HELP concierge_connections_refused_total Connections that were closed at once, by listener and by whose bound they were over: listener, address, memory.
# TYPE concierge_connections_refused_total counter
concierge_connections_refused_total{listener="public",reason="listener"} 3
concierge_connections_refused_total{listener="public",reason="memory"} 0
`)
	checkSeries(t, registry, "concierge_connections", `
# HELP concierge_connections Connections of clients that are open, by listener, handshakes included.
# TYPE concierge_connections gauge
concierge_connections{listener="public"} 2
`)
	if got := strings.Count(log.String(), "closed at once"); got != 1 {
		t.Errorf("the log says so %d times, want once:\n%s", got, log)
	}
	if half, ok := in[1].(interface{ CloseWrite() error }); !ok || !errors.Is(half.CloseWrite(), io.ErrClosedPipe) {
		t.Error("the connection cannot say any more that nothing follows")
	}
}

func TestWithoutMemoryOnlyOperatorsComeIn(t *testing.T) {
	full := true
	crowd, _, _ := newCrowd(listening.Rules{Full: func() bool { return full }})
	q := new(queue)
	public, admin := crowd.Listen(q, "public", 10, false), crowd.Listen(q, "admin", 10, true)
	for _, c := range []struct {
		listener net.Listener
		full     bool
		want     int
	}{{public, true, 0}, {admin, true, 1}, {public, false, 1}} {
		full = c.full
		q.come("203.0.113.7:1")
		if in := acceptAll(t, c.listener); len(in) != c.want {
			t.Errorf("%d came in, want %d", len(in), c.want)
		}
	}
}

func TestNoAddressHasAllConnections(t *testing.T) {
	for name, c := range map[string]struct {
		from []string
		want int
	}{
		"one address":                           {[]string{"203.0.113.7:1", "203.0.113.7:2", "203.0.113.7:3"}, 2},
		"two addresses":                         {[]string{"203.0.113.7:1", "203.0.113.7:2", "203.0.113.8:3", "203.0.113.8:3"}, 4},
		"one network of IPv6":                   {[]string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::ffff:0:0:3]:1"}, 2},
		"two networks of IPv6":                  {[]string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8:0:1::1]:1"}, 3},
		"one address in two forms":              {[]string{"203.0.113.7:1", "[::ffff:203.0.113.7]:1", "203.0.113.7:3"}, 2},
		"this machine":                          {[]string{"127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:1", "[::1]:1", "[::1]:1", "[::1]:1"}, 6},
		"a private network":                     {[]string{"10.0.0.1:1", "10.0.0.1:1", "10.0.0.1:1", "[fd00::1]:1", "[fd00::1]:1", "[fd00::1]:1"}, 6},
		"a link":                                {[]string{"[fe80::1%1]:1", "[fe80::1%1]:1", "[fe80::1%1]:1"}, 3},
		"a balancer that is believed":           {[]string{"198.51.100.1:1", "198.51.100.1:1", "198.51.100.1:1"}, 3},
		"a balancer that is believed, and more": {[]string{"198.51.100.1:1", "198.51.100.2:1", "198.51.100.2:1", "198.51.100.2:1"}, 3},
	} {
		crowd, _, _ := newCrowd(listening.Rules{Exempt: func(a netip.Addr) bool { return a.String() == "198.51.100.1" }})
		q := new(queue)
		guests := q.come(c.from...)
		in := acceptAll(t, crowd.Addresses("public", listening.Connections{PerAddress: 2}).Listen(q))
		if len(in) != c.want {
			t.Errorf("%s: %d came in, want %d", name, len(in), c.want)
		}
		closed := 0
		for _, each := range guests {
			closed += each.closed
		}
		if closed != len(c.from)-c.want {
			t.Errorf("%s: %d were closed", name, closed)
		}
	}
}

func TestAnAddressThatLeavesComesInAgain(t *testing.T) {
	crowd, _, _ := newCrowd(listening.Rules{})
	addresses := crowd.Addresses("http3", listening.Connections{PerAddress: 1})
	from := &net.UDPAddr{IP: net.ParseIP("203.0.113.7"), Port: 1}
	for range 3 {
		leave, ok := addresses.Enter(from)
		if !ok {
			t.Fatal("there was room")
		}
		if _, ok := addresses.Enter(from); ok {
			t.Fatal("there was no room")
		}
		leave()
	}
	if leave, ok := addresses.Enter(&net.UnixAddr{Name: "socket"}); !ok || leave != nil {
		t.Error("what has no address was counted")
	}
}
