package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"sync"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
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
