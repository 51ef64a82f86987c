// Package cache answers what a service need not be asked: what it has answered already, and what somebody else is asking.
//
// It is the outermost layer around a call, for both doors, and a shared cache by RFC 9111, whose decisions are those of its part
// rules. Who an answer is for is decided by what the configuration says that answers depend on, in the key of everything that is
// kept or shared. What was purged is not looked for: whatever is found is held against the log of purges.
package cache

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// name is what the cache is called in Cache-Status.
const name = "concierge"

// Cache is what is kept of one service's answers. It is safe for concurrent use.
type Cache struct {
	service string
	config  Config
	shared  *Shared
	calls   Calls
	usual   *way
	routes  route.Table[*way]
	results *stored.Results
	silent  silent
	// knowledge says what writes change.
	knowledge changes.Knowledge
	// credentials are the header fields by which the service finds out who calls.
	credentials []string
	// records are kept one by one, nil where they are not.
	records *records.Store
	// single is what stands before the id in the path of an answer that equals a record, empty where none does.
	single string

	changing sync.Mutex // of entries, so that two answers that come at the same time are both kept
}

// Calls are how the service is called.
type Calls struct {
	// Total is how long a call may take. 0 is as long as it takes.
	Total func(req *http.Request) time.Duration
	// Keys are those of the values of a context that calls in the background are made with as well.
	Keys []any
}

// New returns the cache of a service, whose configuration must be valid. It is nil where site is.
func New(service string, config Config, site *Site, calls Calls) (*Cache, error) {
	if site == nil {
		return nil, nil
	}
	c := &Cache{
		service: service, config: config, shared: site.Shared, knowledge: site.knowledge, credentials: site.credentials, calls: calls,
		usual:   site.wayOf(config, config.usual()),
		results: site.Metrics.Results("answers", service),
	}
	c.knowledge.Service = service
	if config.Enabled && site.Records != nil {
		c.records = site.recordsOf(service)
		c.single, _, _ = strings.Cut(config.Single, "{")
	}
	for _, each := range config.Routes {
		if err := c.routes.Add(each.Match, site.wayOf(config, each.over(config.usual()))); err != nil {
			return nil, fmt.Errorf("read route %q: %w", each.Match, err)
		}
	}
	return c, nil
}

// recordsOf is where the records of a service are kept one by one.
func (s *Shared) recordsOf(service string) *records.Store {
	return records.New(service, records.Parts{
		Memory: s.Records, Second: s.Second, Log: s.Purges, Absent: s.Absent, Results: s.Metrics.Results("records", service),
		Strip: func(raw jsontext.Value) (jsontext.Value, bool) {
			if s.Strip == nil {
				return raw, true
			}
			return s.Strip(service, raw)
		},
	})
}

// Records is where the service's records are kept one by one, nil where they are not.
func (c *Cache) Records() *records.Store { return c.records }

// Config is what the cache was made of.
func (c *Cache) Config() Config { return c.config }

// way is how the calls of a route are kept.
type way struct {
	enabled bool
	inputs  sharing.Inputs
	open    rules.Settings // of what several callers share
	own     rules.Settings // of what is one caller's alone
}

func (s *Shared) wayOf(config Config, r Route) *way {
	open := rules.Settings{
		Targets: s.Targets, TTL: r.TTL, NegativeTTL: r.NegativeTTL,
		StaleWhileRevalidate: r.StaleWhileRevalidate, StaleIfError: r.StaleIfError,
		MaxAge: s.MaxAge, Heuristic: config.Heuristic, Cookies: r.Cookies,
	}
	own := open
	own.Private = true
	return &way{enabled: config.Enabled && r.Enabled, inputs: r.Depends, open: open, own: own}
}

// wayOf is how a call is kept.
func (c *Cache) wayOf(req *http.Request) *way {
	if special, ok := c.routes.Find(req); ok {
		return special
	}
	return c.usual
}

// settings are what answers to a request are judged by.
func (w *way) settings(known *identity.Caller, obey bool) rules.Settings {
	s := w.open
	if w.isOwn(known) {
		s = w.own
	}
	s.Obey = obey
	return s
}

// Settings are what the answer to a request is judged by.
func (c *Cache) Settings(req *http.Request) rules.Settings {
	obey := asksCaches(req.Header) && c.Wish(req.Context()) != rules.Any
	return c.wayOf(req).settings(knownOf(req.Context()), obey)
}

// Wish is what whoever a context belongs to wants, and may have.
func (c *Cache) Wish(ctx context.Context) rules.Wish {
	if c.shared.Bypass == nil {
		return rules.Any
	}
	return c.shared.Bypass(ctx)
}

// isOwn reports whether what is kept for a caller is for nobody else.
func (w *way) isOwn(known *identity.Caller) bool {
	switch w.inputs {
	case sharing.Nothing, sharing.Tenant:
		return false
	case sharing.Principal:
		return known != nil && known.ID != ""
	default:
		return true
	}
}

// asksCaches reports whether a request says how caches are to answer it.
func asksCaches(header http.Header) bool {
	return len(header["Cache-Control"]) > 0 || len(header["Pragma"]) > 0
}

// callerOf is on whose behalf a request is made.
func (c *Cache) callerOf(req *http.Request) sharing.Caller {
	counted, _ := req.Context().Value(sharing.CountedKey{}).([]string)
	return sharing.Caller{Known: knownOf(req.Context()), Sent: req.Header, Counted: counted, Credentials: c.credentials}
}

func knownOf(ctx context.Context) *identity.Caller {
	known, _ := ctx.Value(identity.Key{}).(*identity.Caller)
	return known
}

// Inputs are what of a request's caller the answer depends on.
func (c *Cache) Inputs(req *http.Request) sharing.Inputs { return c.wayOf(req).inputs }

// Key is the key of records that a request asks for in one way, such as users by their ids. Header and caller of the request
// say on whose behalf.
func (c *Cache) Key(req *http.Request, way string) sharing.Key {
	return sharing.ForRecords(c.Inputs(req), c.callerOf(req), c.service, way)
}

// Enabled reports whether answers to a request may be kept.
func (c *Cache) Enabled(req *http.Request) bool { return c != nil && c.wayOf(req).enabled }
