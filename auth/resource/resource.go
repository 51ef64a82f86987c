// Package resource answers what clients are told of where to get a token: the metadata of a protected resource (RFC 9728).
//
// A resource is identified by a URL, and its metadata have another, which is made of that (section 3.1). Clients find the second
// by themselves, or in the challenge that refuses them. They believe metadata only where these name the URL that the client
// began with. So both are made of one place.
package resource

import (
	"context"
	"net/url"
	"slices"

	"github.com/concierge-gateway/concierge/auth/remote"
	"github.com/concierge-gateway/concierge/forwarded"
)

// WellKnown is the path of the metadata of a host as a whole. Those of a resource have the resource's path behind it.
const WellKnown = "/.well-known/oauth-protected-resource"

// Config is what there is to tell of a resource.
type Config struct {
	// URL identifies the resource. Mistake must have nothing against it. Empty, each client is told the scheme and the host that it
	// asked for, with Path.
	URL string
	// Path is where the resource is, such as /mcp. It needs no escaping.
	Path string
	// Name is what people call the resource.
	Name string
	// Issuers are the names of those whose tokens are taken. Only those that are URLs by which clients can find them are told: with
	// https, or on this machine, and without a query or a fragment (RFC 8414, section 2).
	Issuers []string
	// Scopes are those that can be of use in a token. It is called for each answer, since they may change; nil is none.
	Scopes func() []string
}

// Resource is what is known of a resource. It is safe for concurrent use, and nil where clients can be told of no issuer.
type Resource struct {
	config  Config
	servers []string
	fixed   place // empty where it depends on what a client asked for
}

// New is nil where no issuer can be told.
func New(c Config) *Resource {
	var servers []string
	for _, issuer := range c.Issuers {
		if remote.Mistake(issuer, false, "") == "" && remote.Bare(issuer) && !slices.Contains(servers, issuer) {
			servers = append(servers, issuer)
		}
	}
	if len(servers) == 0 {
		return nil
	}
	r := &Resource{config: c, servers: servers}
	if u, err := url.Parse(c.URL); err == nil && c.URL != "" {
		r.fixed = placeOf(u)
	}
	return r
}

// Mistake says what is wrong with the URL of a resource, or nothing.
func Mistake(text string) string {
	if message := remote.Mistake(text, true, ""); message != "" {
		return message
	}
	switch u, err := url.Parse(text); {
	case err != nil || !isHost(u.Host):
		return "must be a URL with https and a host"
	case !remote.Bare(text):
		return "must not have a query"
	case u.Scheme != "https" && !remote.OnThisMachine(u.Hostname()):
		return "must be https: tokens are sent there"
	default:
		return ""
	}
}

// MetadataURL is where the metadata are for the client that asked, for the challenge to it. It can stand in quotes. It is empty
// where there are none, or that cannot be told.
func (r *Resource) MetadataURL(ctx context.Context) string {
	if r == nil {
		return ""
	}
	at, ok := r.place(ctx)
	if !ok {
		return ""
	}
	return at.metadata()
}

// place is where the resource is for the client that asked. ok is false where what the client calls a host is none: it is a
// stranger's word, and would stand in a quoted string.
func (r *Resource) place(ctx context.Context) (at place, ok bool) {
	if r.fixed != (place{}) {
		return r.fixed, true
	}
	client, ok := forwarded.From(ctx)
	if !ok || !isHost(client.Host) {
		return place{}, false
	}
	return place{client.Proto + "://" + client.Host, r.config.Path}, true
}
