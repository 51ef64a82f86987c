package cache

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// Config says what of a service's answers is kept, for whom and for how long. What the service itself says of that goes first.
type Config struct {
	// Enabled lets answers be kept and equal calls be shared. Without it, writes still end what was made of the service's records.
	Enabled bool `yaml:"enabled"`
	// Depends is on what of the caller answers depend: nothing, tenant, principal, or all, which is all that is sent on and the
	// default. Only those share an answer for whom that is the same.
	Depends sharing.Inputs `yaml:"depends"`
	// TTL is for how long answers are good that say nothing of it. 0s is not at all.
	TTL time.Duration `yaml:"ttl"`
	// NegativeTTL is ttl for answers that there is no such thing.
	NegativeTTL time.Duration `yaml:"negative_ttl"`
	// StaleWhileRevalidate is for how long after that an answer is still given, while the service is asked anew. For answers that
	// say nothing of it.
	StaleWhileRevalidate time.Duration `yaml:"stale_while_revalidate"`
	// StaleIfError is for how long after that an answer is given in the place of a failure. For answers that say nothing of it.
	StaleIfError time.Duration `yaml:"stale_if_error"`
	// Heuristic lets answers that say nothing be good for a tenth of the time since they were last changed, a day at most.
	Heuristic bool `yaml:"heuristic"`
	// Cookies lets answers be kept and shared that set a cookie, though everybody then gets the same one. Without it, such an
	// answer is for one caller, however much two requests look alike.
	Cookies bool `yaml:"cookies"`
	// Single is the path of one record, such as /orders/{id}, where what is answered there equals the records of batches. Records
	// are then read from either.
	Single string `yaml:"single"`
	// Touches are members of the service's records, by the services whose records a write changes too: product: [items/product_id].
	// Each member holds the id of such a record.
	Touches map[string][]string `yaml:"touches"`
	// Routes give some calls settings of their own.
	Routes []Route `yaml:"routes"`
}

// Route gives the calls of a pattern settings of their own.
type Route struct {
	// Match says which calls, such as GET /products or GET /users/{id}. The most specific entry counts.
	Match string `yaml:"match"`
	// Enabled lets the answers of these calls be kept and shared.
	Enabled bool `yaml:"enabled"`
	// Depends is depends for these calls. Empty is the service's.
	Depends sharing.Inputs `yaml:"depends"`
	// TTL is ttl for these calls. 0s is the service's.
	TTL time.Duration `yaml:"ttl"`
	// NegativeTTL is negative_ttl for these calls. 0s is the service's.
	NegativeTTL time.Duration `yaml:"negative_ttl"`
	// StaleWhileRevalidate is stale_while_revalidate for these calls. 0s is the service's.
	StaleWhileRevalidate time.Duration `yaml:"stale_while_revalidate"`
	// StaleIfError is stale_if_error for these calls. 0s is the service's.
	StaleIfError time.Duration `yaml:"stale_if_error"`
	// Cookies is cookies for these calls, which have it too where the service does.
	Cookies bool `yaml:"cookies"`
}

// SetDefaults is what an entry of the list leaves out.
func (r *Route) SetDefaults() { r.Enabled = true }

// DefaultConfig keeps what the service lets be kept, for each caller apart.
func DefaultConfig() Config { return Config{Enabled: true, Depends: sharing.All} }

// longest bounds all durations. What is kept for longer is a mistake, and would overflow where times are added.
const longest = 365 * 24 * time.Hour

// Validate reports what cannot be meant.
func (c Config) Validate(fail func(path, message string)) {
	validateDepends(c.Depends, "depends", fail)
	validateDurations(c.usual(), "", fail)
	for _, service := range slices.Sorted(maps.Keys(c.Touches)) {
		validateMembers(c.Touches[service], "touches."+service, fail)
	}
	c.validateRoutes(fail)
}

func (c Config) validateRoutes(fail func(path, message string)) {
	var table route.Table[Route]
	for i, each := range c.Routes {
		within := fmt.Sprintf("routes[%d].", i)
		method, _, _ := strings.Cut(each.Match, " ")
		if err := table.Add(each.Match, each); err != nil {
			fail(within+"match", "is no pattern of a call: "+err.Error())
		} else if method != http.MethodGet && method != http.MethodHead && !strings.HasPrefix(method, "/") {
			fail(within+"match", "must begin with GET, or with the path: only answers to reads are kept")
		}
		validateDepends(each.Depends, within+"depends", fail)
		validateDurations(each, within, fail)
	}
}

func validateDepends(depends sharing.Inputs, path string, fail func(path, message string)) {
	if !depends.Known() {
		fail(path, "must be nothing, tenant, principal or all")
	}
}

func validateDurations(r Route, within string, fail func(path, message string)) {
	for _, each := range []struct {
		path string
		d    time.Duration
	}{
		{"ttl", r.TTL},
		{"negative_ttl", r.NegativeTTL},
		{"stale_while_revalidate", r.StaleWhileRevalidate},
		{"stale_if_error", r.StaleIfError},
	} {
		if each.d < 0 || each.d > longest {
			fail(within+each.path, "must lie between 0s and 8760h")
		}
	}
}

// validateMembers reports what is no path of members, such as items/product_id.
func validateMembers(paths []string, at string, fail func(path, message string)) {
	for i, each := range paths {
		if each == "" || slices.Contains(strings.Split(each, "/"), "") {
			fail(fmt.Sprintf("%s[%d]", at, i), "must be a path of members, such as items/product_id")
		}
	}
}

// usual are the settings of calls that no route matches.
func (c Config) usual() Route {
	return Route{
		Enabled: true, Depends: c.Depends, TTL: c.TTL, NegativeTTL: c.NegativeTTL,
		StaleWhileRevalidate: c.StaleWhileRevalidate, StaleIfError: c.StaleIfError, Cookies: c.Cookies,
	}
}

// over are a route's settings: its own where it has them, else the service's.
func (r Route) over(usual Route) Route {
	if r.Depends == "" {
		r.Depends = usual.Depends
	}
	r.Cookies = r.Cookies || usual.Cookies
	for _, each := range []struct{ own, usual *time.Duration }{
		{&r.TTL, &usual.TTL},
		{&r.NegativeTTL, &usual.NegativeTTL},
		{&r.StaleWhileRevalidate, &usual.StaleWhileRevalidate},
		{&r.StaleIfError, &usual.StaleIfError},
	} {
		if *each.own == 0 {
			*each.own = *each.usual
		}
	}
	return r
}

// Inputs are what answers of the service depend on, whichever of its paths they are from. What is not kept may depend on all.
func (c Config) Inputs() sharing.Inputs {
	if !c.Enabled {
		return sharing.All
	}
	inputs := c.usual().Depends
	for _, each := range c.Routes {
		inputs = inputs.With(each.over(c.usual()).Depends)
	}
	return inputs
}
