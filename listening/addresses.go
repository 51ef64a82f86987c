package listening

import (
	"net"
	"net/netip"
	"sync"
)

// Addresses count connections by where they come from. They may be asked from any goroutine.
type Addresses struct {
	most    int
	exempt  func(netip.Addr) bool
	refused *turnedAway

	mu sync.Mutex
	of map[netip.Addr]int // never more than there are connections
}

// Addresses bound the connections of a listener by the addresses that they come from.
func (c *Crowd) Addresses(name string, settings Connections) *Addresses {
	return &Addresses{
		most: settings.PerAddress, exempt: c.rules.Exempt,
		refused: c.counters(name, tooEager)[tooEager], of: make(map[netip.Addr]int),
	}
}

// Enter counts a connection, unless there are too many of its address already. leave must be called at its end; it is nil where
// nothing was counted.
func (a *Addresses) Enter(remote net.Addr) (leave func(), ok bool) {
	from, counts := a.origin(remote)
	if !counts {
		return nil, true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of[from] >= a.most {
		a.refused.note()
		return nil, false
	}
	a.of[from]++
	return func() { a.leave(from) }, true
}

func (a *Addresses) leave(from netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of[from]--
	if a.of[from] <= 0 {
		delete(a.of, from)
	}
}

// network6 is how many bits of an IPv6 address one customer has, who can take any number of addresses below.
const network6 = 64

// origin is whom a connection counts for. Who comes from a private network is behind a balancer of ours that nobody named, or a
// container's own network, which shows all of its clients under one address.
func (a *Addresses) origin(remote net.Addr) (from netip.Addr, counts bool) {
	at, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return netip.Addr{}, false // no address of TCP or UDP
	}
	from = at.Addr().Unmap().WithZone("")
	if from.IsLoopback() || from.IsPrivate() || from.IsLinkLocalUnicast() || a.exempt != nil && a.exempt(from) {
		return netip.Addr{}, false
	}
	if from.Is6() {
		network, _ := from.Prefix(network6) // every address of IPv6 has one
		from = network.Addr()
	}
	return from, true
}

// Listen has the connections of a listener counted. It belongs behind Balancers, which tell of the client.
func (a *Addresses) Listen(inner net.Listener) net.Listener { return &spread{inner, a} }

type spread struct {
	net.Listener
	addresses *Addresses
}

// Accept returns the next connection of an address that has not too many.
func (s *spread) Accept() (net.Conn, error) {
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // net/http looks for timeouts and closed listeners
		}
		leave, ok := s.addresses.Enter(conn.RemoteAddr())
		switch {
		case !ok:
			_ = conn.Close() // nobody hears of it
		case leave == nil:
			return conn, nil
		default:
			return &member{Conn: conn, left: leave}, nil
		}
	}
}
