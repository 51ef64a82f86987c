// Package forwarded answers who the client is, behind proxies that are trusted.
//
// Who connects is believed only where it is a trusted proxy; what anybody else says of where a request comes from is forgotten.
// Proxies add to the right, so the chain is read from there: while an address is a trusted proxy's, the one to its left was
// seen by it. The first that is nobody's is the client. What stands further left, the client may have written itself.
//
// Where a trusted proxy sends both X-Forwarded-For and Forwarded (RFC 7239), the first counts, and Forwarded is not read: most
// proxies keep up X-Forwarded-For alone, and pass on a Forwarded that a client made up.
package forwarded

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/networks"
)

// Trust knows the trusted proxies. It is safe for concurrent use.
type Trust struct{ proxies networks.Ranges }

// New reads which proxies are trusted. It fails on what Validate reports, but for what stands there twice.
func New(c Config) (*Trust, error) {
	for _, text := range c.TrustedProxies {
		if _, err := parse(text); err != nil {
			return nil, fmt.Errorf("read trusted proxy %q: it %w", text, err)
		}
	}
	proxies, err := networks.NewRanges(c.TrustedProxies)
	return &Trust{proxies: proxies}, err
}

func (t *Trust) trusts(address netip.Addr) bool { return t.proxies.Contain(address) }

// Client is whom a request comes from.
type Client struct {
	// Addr is the client's address: IPv4 as such, and IPv6 without a zone. It is not valid where the connection has none, such
	// as one of a Unix socket.
	Addr netip.Addr
	// Proto is what the client spoke, http or https.
	Proto string
	// Host is the host that the client asked for, with its port where it gave one. It is empty where that was no host at all.
	Host string

	// proxies lead from the client to the gateway, the last of them being who connected. There are none where that is the client.
	proxies []netip.Addr
}

// Proxied reports whether the request was sent on by a proxy that is trusted.
func (c Client) Proxied() bool { return len(c.proxies) > 0 }

// Middleware finds out whom each request comes from, for From to tell.
func (t *Trust) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := t.clientOf(r)
		next.ServeHTTP(w, facts.Add(r, clientKey{}, &client))
	})
}

type clientKey struct{}

// From is the client that the work of ctx is done for. ok is false in a context of no request.
func From(ctx context.Context) (c Client, ok bool) {
	client, ok := ctx.Value(clientKey{}).(*Client)
	if !ok {
		return Client{}, false
	}
	return *client, true
}

// clientOf decides whom a request comes from.
func (t *Trust) clientOf(r *http.Request) Client {
	c := Client{Addr: peerOf(r.RemoteAddr), Proto: protoOf(r), Host: hostOf(r.Host)}
	if !t.trusts(c.Addr) {
		return c
	}
	var found chain
	if fields, standard := r.Header[forHeader], r.Header[forwardedHeader]; len(fields) == 0 && len(standard) > 0 {
		t.walk(&found, c.Addr, standard, lastElement)
		c = c.claiming(found.said.proto, found.said.host)
	} else {
		t.walk(&found, c.Addr, fields, lastAddress)
		proxies := max(found.n-1, 1)
		c = c.claiming(fromRight(r.Header[protoHeader], proxies), fromRight(r.Header[hostHeader], proxies))
	}
	c.Addr, c.proxies = found.cut()
	return c
}

// peerOf is who connected.
func peerOf(remote string) netip.Addr {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return networks.Plain(peer.Addr())
}

func protoOf(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// claiming is the client with what a trusted proxy said of its request, as far as that makes sense.
func (c Client) claiming(proto, host string) Client {
	if scheme := schemeOf(proto); scheme != "" {
		c.Proto = scheme
	}
	if host = hostOf(host); host != "" {
		c.Host = host
	}
	return c
}
