package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
	"github.com/concierge-gateway/concierge/ratelimit/shared"
)

// Limits is how often callers may ask, and how much at a time.
type Limits struct {
	ratelimit.Config `yaml:",inline"`

	// Plans are bundles of limits, which credentials assign by name.
	Plans map[string]Plan `yaml:"plans"`
	// Memory bounds the counters of this instance.
	Memory memory.Config `yaml:"memory"`
	// Shared says how instances count together in Redis.
	Shared shared.Settings `yaml:"shared"`
}

// Plan is a bundle of limits.
type Plan struct {
	// Rules hold for callers who have the plan, beside those of all.
	Rules []ratelimit.Rule `yaml:"rules"`
	// Documents bound a document before it is validated. What is 0 or left out is that of graphql.limits.
	Documents document.Limits `yaml:"documents"`
	// Demand bounds what one operation asks for. What is 0 or left out is that of graphql.demand.
	Demand demand.Limits `yaml:"demand"`
}

func defaultLimits() Limits {
	return Limits{Config: ratelimit.DefaultConfig(), Memory: memory.DefaultConfig(), Shared: shared.DefaultSettings()}
}

// RulesOf are the rules of each plan.
func (l Limits) RulesOf() map[string][]ratelimit.Rule {
	rules := make(map[string][]ratelimit.Rule, len(l.Plans))
	for name, plan := range l.Plans {
		rules[name] = plan.Rules
	}
	return rules
}

func (c Config) validateLimits(fail func(path, message string)) {
	l := c.Limits
	l.Validate(slices.Collect(maps.Keys(l.Plans)), fail)
	l.Memory.Validate(below("memory", fail))
	l.Shared.Validate(below("shared", fail))
	c.validateRules("rules", l.Rules, fail)
	for _, name := range slices.Sorted(maps.Keys(l.Plans)) {
		at := "plans." + name
		if !ratelimit.IsName(name) {
			fail(at, "must be named by 1 to 50 small letters, digits, - and _")
		}
		plan := l.Plans[name]
		ratelimit.ValidateRules(at+".rules", plan.Rules, fail, l.Rules...)
		c.validateRules(at+".rules", plan.Rules, fail)
		plan.Documents.Over(c.GraphQL.Limits).Validate(below(at+".documents", fail))
		plan.Demand.Validate(below(at+".demand", fail))
	}
}

// validatePlansOf reports credentials that assign a plan that there is not: their bearers would silently have another.
func (c Config) validatePlansOf(fail func(path, message string)) {
	check := func(path, plan string) {
		if _, ok := c.Limits.Plans[plan]; plan != "" && !ok {
			fail(path, "is no plan: limits.plans has none of that name")
		}
	}
	for i, each := range c.Auth.APIKeys.Keys {
		check(fmt.Sprintf("auth.api_keys.keys[%d].plan", i), each.Plan)
	}
	for i, each := range c.Auth.Certificates.Identities {
		check(fmt.Sprintf("auth.certificates.identities[%d].plan", i), each.Plan)
	}
}

// validateRules reports rules that need something else than themselves.
func (c Config) validateRules(at string, rules []ratelimit.Rule, fail func(path, message string)) {
	for i, each := range rules {
		if member, why := each.NeedsShared(); why != "" && !c.Redis.Enabled() {
			fail(fmt.Sprintf("%s[%d].%s", at, i, member), why)
		}
		if each.Counts != "" && each.Counts != ratelimit.Requests && c.GraphQL.Demand.Mode == demand.Off {
			fail(fmt.Sprintf("%s[%d].counts", at, i), "needs graphql.demand.mode to be measure or enforce, by which that is reckoned")
		}
		for n, name := range each.Operations {
			if !isName(name) {
				fail(fmt.Sprintf("%s[%d].operations[%d]", at, i, n), notAName)
			}
		}
	}
}
