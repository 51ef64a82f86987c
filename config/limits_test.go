package config_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/ratelimit"
)

func TestLimitsMustFitWhatElseIsConfigured(t *testing.T) {
	limit := ratelimit.Limit{By: ratelimit.ByPrincipal, Limit: 10, Per: ratelimit.Period{Length: time.Minute}}
	rule := func(change func(*ratelimit.Rule)) []ratelimit.Rule {
		r := ratelimit.Rule{Name: "caller", Limit: limit}
		change(&r)
		return []ratelimit.Rule{r}
	}
	plans := func(rules []ratelimit.Rule) map[string]config.Plan {
		return map[string]config.Plan{"free": {Rules: rules}}
	}
	monthly, leased := rule(func(r *ratelimit.Rule) { r.Per = ratelimit.Period{Unit: "month"} }), rule(func(r *ratelimit.Rule) { r.Lease = 2 })
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   []string
	}{
		"a quota without Redis": {func(c *config.Config) { c.Limits.Rules = monthly }, []string{"limits.rules[0].per"}},
		"one of a plan":         {func(c *config.Config) { c.Limits.Rules, c.Limits.Plans = nil, plans(monthly) }, []string{"limits.plans.free.rules[0].per"}},
		"a lease without Redis": {func(c *config.Config) { c.Limits.Rules = leased }, []string{"limits.rules[0].lease"}},
		"both with it": {func(c *config.Config) {
			c.Redis.Addresses, c.Limits.Rules = []string{"redis:6379"}, rule(func(r *ratelimit.Rule) { r.Per, r.Lease = ratelimit.Period{Unit: "day"}, 2 })
		}, []string{}},
		"what is not reckoned": {func(c *config.Config) {
			c.GraphQL.Demand.Mode, c.Limits.Rules = demand.Off, rule(func(r *ratelimit.Rule) { r.Counts = ratelimit.Keys })
		}, []string{"limits.rules[0].counts"}},
		"a plan's rule with the name of one of all": {func(c *config.Config) {
			c.Limits.Plans = plans(rule(func(*ratelimit.Rule) {}))
		}, []string{"limits.plans.free.rules[0].name"}},
		"a default that is no plan": {func(c *config.Config) { c.Limits.DefaultPlan = "free" }, []string{"limits.default_plan"}},
		"a key with a plan that there is not": {func(c *config.Config) {
			c.Limits.Plans = plans(nil)
			c.Auth.APIKeys.Keys = []apikey.Entry{key("a", "free"), key("b", "fre"), key("c", "")}
		}, []string{"auth.api_keys.keys[1].plan"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := minimal()
			c.change(&all)
			if diff := cmp.Diff(c.want, mistakesOf(all)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func key(id, plan string) apikey.Entry {
	_, hash, _ := apikey.Generate(id)
	return apikey.Entry{ID: id, Owner: id, Plan: plan, Hashes: []apikey.Hash{{SHA256: hash}}}
}
