package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams"
)

// checkRoutes reports rules about routes and versions that there are not.
func checkRoutes(c config.Config, operations []*composed.Operation, fail func(path, message string)) {
	routes, versions := make(map[string]bool), make(map[string]bool)
	for _, each := range c.REST.Routes {
		routes[each.Match], versions[each.Version] = true, true
	}
	for _, each := range operations {
		routes[each.Method+" "+each.Path] = true
	}
	check := func(at string, rules []ratelimit.Rule) {
		for i, rule := range rules {
			for n, route := range rule.Routes {
				if !routes[route] {
					fail(fmt.Sprintf("%s[%d].routes[%d]", at, i, n), "is no route: rest.routes has no such match, and no operation has it")
				}
			}
			for n, version := range rule.Versions {
				if version == "" || !versions[version] {
					fail(fmt.Sprintf("%s[%d].versions[%d]", at, i, n), "is no version of a route")
				}
			}
		}
	}
	check("limits.rules", c.Limits.Rules)
	for name, plan := range c.Limits.Plans {
		check("limits.plans."+name+".rules", plan.Rules)
	}
}

// checkLimits reports what is wrong with the limits of fields.
func checkLimits(c config.Config, stated *statement, fail func(path, message string)) *ratelimit.Fields {
	registry, silent := prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
	nowhere := func(string) http.RoundTripper { return nil } // nothing is asked
	reads := loaders.NewReads(upstreams.Over(c.Upstreams, nowhere, registry, silent))
	surveyed, err := survey(c.GraphQL, stated, servedSchema(c.GraphQL.Defer), reads, plan.NewMetrics(registry))
	if err != nil {
		fail("limits", err.Error())
		return nil
	}
	limited, err := ratelimit.ReadFields(stated.schema, c.Limits.Fields, surveyed.Chargeable)
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range all.Unwrap() {
			if mistake, ok := errors.AsType[*ratelimit.Mistake](each); ok {
				fail("limits.fields."+mistake.Field, mistake.What)
			}
		}
	}
	for field, limit := range limited.All() {
		if member, why := limit.NeedsShared(); why != "" && !c.Redis.Enabled() {
			fail("limits.fields."+field, member+" "+why)
		}
	}
	return limited
}
