// Package balancer answers which endpoint of a service a call goes to.
package balancer

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// Balancer sends each call to one endpoint of a service, in turn. It is safe for concurrent use.
type Balancer struct {
	endpoints []*url.URL
	next      http.RoundTripper
	turn      atomic.Uint64
}

// New returns a balancer over the endpoints' base URLs, of which there must be at least one.
func New(baseURLs []string, next http.RoundTripper) (*Balancer, error) {
	if len(baseURLs) == 0 {
		return nil, errors.New("balance over no endpoints")
	}
	b := &Balancer{next: next}
	for _, raw := range baseURLs {
		endpoint, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("read endpoint: %w", err)
		}
		b.endpoints = append(b.endpoints, endpoint)
	}
	return b, nil
}

// RoundTrip puts an endpoint's address before the request's path and sends it there.
func (b *Balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	return b.next.RoundTrip(at(b.pick(), req))
}

func (b *Balancer) pick() *url.URL {
	return b.endpoints[(b.turn.Add(1)-1)%uint64(len(b.endpoints))]
}

// at returns a copy of the request for an endpoint: a RoundTripper must leave the one it is given as it is.
func at(endpoint *url.URL, req *http.Request) *http.Request {
	target := *req.URL
	target.Scheme, target.Host = endpoint.Scheme, endpoint.Host
	target.Path = strings.TrimSuffix(endpoint.Path, "/") + target.Path
	if target.RawPath != "" || endpoint.RawPath != "" {
		target.RawPath = strings.TrimSuffix(endpoint.EscapedPath(), "/") + req.URL.EscapedPath()
	}
	sent := new(http.Request)
	*sent = *req
	sent.URL, sent.Host = &target, endpoint.Host
	return sent
}
