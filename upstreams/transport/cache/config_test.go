package cache_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

func mistakes(change func(*cache.Config)) map[string]string {
	c := cache.DefaultConfig()
	change(&c)
	found := make(map[string]string)
	c.Validate(func(path, message string) { found[path] = message })
	return found
}

func TestSettingsThatCannotBeMeantAreReported(t *testing.T) {
	const inputs, times = "must be nothing, tenant, principal or all", "must lie between 0s and 8760h"
	for name, c := range map[string]struct {
		change func(*cache.Config)
		want   map[string]string
	}{
		"the defaults": {func(*cache.Config) {}, map[string]string{}},
		"all of it": {func(c *cache.Config) {
			c.Depends, c.TTL, c.Single = sharing.Tenant, time.Minute, "/orders/{id}"
			c.Touches = map[string][]string{"product": {"items/product_id"}}
			c.Routes = []cache.Route{{Match: "GET /a"}, {Match: "/b/{id}", Depends: sharing.Nothing}, {Match: "HEAD /c"}}
		}, map[string]string{}},
		"inputs":             {func(c *cache.Config) { c.Depends = "nobody" }, map[string]string{"depends": inputs}},
		"times":              {func(c *cache.Config) { c.TTL, c.NegativeTTL, c.StaleIfError = -1, -1, 9000*time.Hour }, map[string]string{"ttl": times, "negative_ttl": times, "stale_if_error": times}},
		"a route's inputs":   {func(c *cache.Config) { c.Routes = []cache.Route{{Match: "GET /a", Depends: "x"}} }, map[string]string{"routes[0].depends": inputs}},
		"a route's times":    {func(c *cache.Config) { c.Routes = []cache.Route{{Match: "GET /a", StaleWhileRevalidate: -1}} }, map[string]string{"routes[0].stale_while_revalidate": times}},
		"a route of writes":  {func(c *cache.Config) { c.Routes = []cache.Route{{Match: "POST /a"}} }, map[string]string{"routes[0].match": "must begin with GET, or with the path: only answers to reads are kept"}},
		"a route of nothing": {func(c *cache.Config) { c.Routes = []cache.Route{{Match: "GET a"}} }, map[string]string{"routes[0].match": "is no pattern of a call: its path must begin with /"}},
		"routes that are the same": {func(c *cache.Config) { c.Routes = []cache.Route{{Match: "GET /{a}/b"}, {Match: "GET /a/{b}"}} }, map[string]string{
			"routes[1].match": "is no pattern of a call: it matches calls of another entry, and neither is more specific",
		}},
		"a member of no name":  {func(c *cache.Config) { c.Touches = map[string][]string{"order": {"a//b"}} }, map[string]string{"touches.order[0]": "must be a path of members, such as items/product_id"}},
		"a member that is not": {func(c *cache.Config) { c.Touches = map[string][]string{"order": {""}} }, map[string]string{"touches.order[0]": "must be a path of members, such as items/product_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mistakes(c.change)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARouteIsEnabledUnlessItSaysOtherwise(t *testing.T) {
	var r cache.Route
	r.SetDefaults()
	if !r.Enabled {
		t.Error("it is not")
	}
}

func TestWithoutWhatAllHaveInCommonThereIsNoCache(t *testing.T) {
	var none *cache.Shared
	c, err := cache.New("user", cache.DefaultConfig(), none.Knowing(changes.Knowledge{}), cache.Calls{})
	if c != nil || err != nil {
		t.Fatalf("got %v, %v", c, err)
	}
	s := always(200, "x")
	if c.Layer(s, 0, true) != s {
		t.Error("the way has a layer")
	}
	none.Close()
}
