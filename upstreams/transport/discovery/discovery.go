// Package discovery answers which addresses a service's host name has now.
package discovery

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// maxAddresses bounds how many addresses of one name are used: an answer over TCP could list some thousand.
const maxAddresses = 100

// Resolver looks up the host names of one service. It is safe for concurrent use, and keeps nothing between look-ups.
type Resolver struct {
	config  Config
	metrics *serviceMetrics
	log     *slog.Logger
}

// Answer is what a name stands for.
type Answer struct {
	// Addresses are distinct and sorted. There is at least one, and at most a hundred: the first of those that there are.
	Addresses []netip.Addr
	// TTL is how long they hold: from MinTTL to MaxTTL, and MaxTTL where no record tells.
	TTL time.Duration
}

// New returns the resolver of a service. Its configuration must be valid.
func New(service string, config Config, metrics *Metrics, log *slog.Logger) *Resolver {
	return &Resolver{config: config, metrics: metrics.of(service), log: log.With("service", service)}
}

// Lookup asks for a host's addresses. It reads /etc/hosts, and follows the search domains and options of /etc/resolv.conf, also
// where another server is asked. What only the C library finds, such as names by multicast, it does not. An IP address is its
// own answer, of whichever family. The error says which host; where a server said that there is no such, errors.As finds a
// net.DNSError.
func (r *Resolver) Lookup(ctx context.Context, host string) (Answer, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return Answer{Addresses: []netip.Addr{address.Unmap()}, TTL: r.config.MaxTTL}, nil
	}
	var ttls leastTTL
	addresses, err := r.find(ctx, host, &ttls)
	if ctx.Err() == nil { // a caller who left says nothing about the servers
		r.metrics.count(err)
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{Addresses: tidy(addresses), TTL: r.config.holds(&ttls)}, nil
}

func (r *Resolver) find(ctx context.Context, host string, ttls *leastTTL) ([]netip.Addr, error) {
	timeout := r.config.Timeout
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %v", timeout))
	defer cancel()
	return question{r.config, ttls}.ask(ctx, host)
}

// tidy makes equal sets equal slices.
func tidy(addresses []netip.Addr) []netip.Addr {
	for i, each := range addresses {
		addresses[i] = each.Unmap() // package net writes IPv4 in either of two ways
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	addresses = slices.Compact(addresses)
	return addresses[:min(len(addresses), maxAddresses)]
}
