package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/connection"
	"github.com/concierge-gateway/concierge/upstreams/transport/discovery"
)

// endpoints are one service's, and what keeps them up to date.
type endpoints struct {
	pool     *balancer.Pool
	resolver *discovery.Resolver
	bases    []balancer.Address // as configured

	mu    sync.Mutex
	found map[string][]netip.Addr // by host name
}

func newEndpoints(service string, config Config, connect connect, metrics *Metrics, log *slog.Logger) (*endpoints, error) {
	bases, err := addressesOf(config.URLs, config.Balance.Weights)
	if err != nil {
		return nil, err
	}
	settings := balancer.Config{
		Balance: config.Balance, Health: config.Health, Outlier: config.Outlier, Breaker: config.EndpointBreaker,
	}
	pool, err := balancer.New(service, settings, bases, connect, metrics.balancer, log, metrics.breaker)
	if err != nil {
		return nil, err
	}
	return &endpoints{
		pool:     pool,
		resolver: discovery.New(service, config.DNS, metrics.discovery, log),
		bases:    bases,
		found:    make(map[string][]netip.Addr),
	}, nil
}

// addressesOf are the endpoints that base URLs name, before their hosts have been looked up: each is dialled by its name.
func addressesOf(urls []string, weights []int) ([]balancer.Address, error) {
	addresses := make([]balancer.Address, len(urls))
	for i, raw := range urls {
		base, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("read endpoint: %w", err)
		}
		addresses[i] = balancer.Address{Base: base}
		if i < len(weights) {
			addresses[i].Weight = weights[i]
		}
	}
	return addresses, nil
}

// run looks up every host name whenever its answer has become old, and has the endpoints checked, until ctx ends.
func (e *endpoints) run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { e.pool.Run(ctx) })
	for _, host := range e.names() {
		all.Go(func() { e.resolver.Watch(ctx, host, func(found []netip.Addr) { e.moved(host, found) }) })
	}
	all.Wait()
}

// names are the hosts that are no addresses already, each once.
func (e *endpoints) names() []string {
	var names []string
	seen := make(map[string]bool)
	for _, base := range e.bases {
		host := base.Base.Hostname()
		if _, err := netip.ParseAddr(host); err != nil && !seen[host] {
			seen[host] = true
			names = append(names, host)
		}
	}
	return names
}

// moved takes note of a host's new addresses.
func (e *endpoints) moved(host string, found []netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.found[host] = found
	e.pool.Replace(e.now())
}

// now are the endpoints as far as they are known.
func (e *endpoints) now() []balancer.Address {
	var all []balancer.Address
	for _, base := range e.bases {
		found, looked := e.found[base.Base.Hostname()]
		if !looked {
			all = append(all, base)
			continue
		}
		for _, address := range found {
			each := base
			each.Dial = net.JoinHostPort(address.String(), portOf(base.Base))
			all = append(all, each)
		}
	}
	return all
}

func portOf(base *url.URL) string {
	switch port := base.Port(); {
	case port != "":
		return port
	case base.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// patience is how long a body waits for a service to say that it wants it (Expect: 100-continue).
const patience = time.Second

// maxResponseHeader bounds the header of an answer, in bytes.
const maxResponseHeader = 64 << 10

// connecting returns how an endpoint is connected to. Each endpoint has connections of its own, which go when it goes, and is
// dialled at its address while the request keeps the name: that is what its Host header and its certificate say.
//
// As many are kept ready as calls can be under way at once: with net/http's default of two, every call beyond the second of a
// burst would connect anew. The environment's proxies are for people's programs, so they are ignored, and services are not asked
// to compress, since the time it takes them is longer than the wire's within one network.
func connecting(config Config) connect {
	dialer := &net.Dialer{Timeout: config.Timeouts.Connect}
	return func(to balancer.Address) balancer.Connection {
		dial := dialer.DialContext
		if to.Dial != "" {
			dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, to.Dial)
			}
		}
		return connection.New(to.Base, &http.Transport{
			DialContext:            dial,
			TLSHandshakeTimeout:    config.Timeouts.Connect,
			ExpectContinueTimeout:  patience,
			IdleConnTimeout:        config.Timeouts.Idle,
			MaxIdleConnsPerHost:    config.MaxIdleConns,
			MaxResponseHeaderBytes: maxResponseHeader,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
		})
	}
}
