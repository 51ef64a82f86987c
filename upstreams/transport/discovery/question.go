package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// question is one look-up. Package net does the asking, since it knows what resolv.conf, nsswitch.conf and hosts mean and when
// to ask again over TCP. It tells no TTLs, so its connections are overheard.
type question struct {
	config Config
	ttls   *leastTTL
}

// ask asks for each family that is wanted. One that the name does not have is left out. One that cannot be asked for fails the
// look-up, because half of an answer would be taken for a change.
func (q question) ask(ctx context.Context, host string) ([]netip.Addr, error) {
	var found []netip.Addr
	var missing error
	for _, network := range q.config.Family.networks() {
		addresses, err := q.askFor(ctx, network, host)
		if err != nil && !absent(err) {
			return nil, err
		}
		missing = cmp.Or(missing, err)
		found = append(found, addresses...)
		if len(found) > 0 && q.config.Family != Both {
			return found, nil
		}
	}
	if len(found) == 0 {
		return nil, missing
	}
	return found, nil
}

// networks are the families in the order in which they are asked for, by the names that package net has for them. One after
// the other: servers that leave questions for IPv6 unanswered are then not asked any, where there is IPv4.
func (f Family) networks() []string {
	switch f {
	case IPv4:
		return []string{"ip4"}
	case IPv6:
		return []string{"ip6"}
	default:
		return []string{"ip4", "ip6"}
	}
}

// askFor asks for one family. A resolver of package net leaves its goroutines behind when its context ends. This one's never
// does: its connections end instead, so that it has to come back. It is used once, since it would let two look-ups of one name
// share an answer, and only one of them would overhear it.
func (q question) askFor(ctx context.Context, network, host string) ([]netip.Addr, error) {
	resolver := &net.Resolver{
		PreferGo: true,
		Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			return q.dial(ctx, network, cmp.Or(q.config.Server, address))
		},
	}
	addresses, err := resolver.LookupNetIP(context.WithoutCancel(ctx), network, host)
	switch {
	case err == nil:
		return addresses, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("look up %s: %w", host, context.Cause(ctx))
	default:
		return nil, q.name(err)
	}
}

// name lets an error name the server that was asked: package net only knows the system's.
func (q question) name(err error) error {
	if answer, ok := errors.AsType[*net.DNSError](err); ok && q.config.Server != "" {
		answer.Server = q.config.Server
	}
	return err
}

// absent reports whether an error says that a name has no addresses of a family: by a server, or by /etc/hosts, which knows the
// name with others.
func absent(err error) bool {
	if answer, ok := errors.AsType[*net.DNSError](err); ok {
		return answer.IsNotFound
	}
	_, ok := errors.AsType[*net.AddrError](err)
	return ok
}
