package ratelimit

import (
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Config is how often callers may ask.
type Config struct {
	// Mode says what becomes of what is over a limit.
	Mode Mode `yaml:"mode"`
	// Rules hold for all callers.
	Rules []Rule `yaml:"rules"`
	// Fields are limits of fields, such as Order.payment, in the place of those that the schema states (@rateLimit).
	Fields map[string][]Limit `yaml:"fields"`
	// DefaultPlan is the plan of callers with a name whose credential assigns none. Empty gives them none.
	DefaultPlan string `yaml:"default_plan"`
	// AnonymousPlan is the plan of callers without a name. Empty gives them none.
	AnonymousPlan string `yaml:"anonymous_plan"`
	// LegacyHeaders adds the fields X-RateLimit-Limit, -Remaining and -Reset to answers, for clients that know no others.
	LegacyHeaders bool `yaml:"legacy_headers"`
	// Consumers is how many of those who were refused most are remembered for the operator.
	Consumers int `yaml:"consumers"`
}

// Mode is what becomes of what is over a limit.
type Mode string

// The modes. A limit without one has that of all.
const (
	Off     Mode = "off"
	Measure Mode = "measure"
	Enforce Mode = "enforce"
)

// By is whom a limit counts together.
type By string

// Whom a limit can count together.
const (
	ByAll       By = "global"
	ByIP        By = "ip"
	ByPrincipal By = "principal"
	ByKey       By = "api_key"
	ByClient    By = "client"
	ByPlan      By = "plan"
)

func allBy() []By { return []By{ByAll, ByIP, ByPrincipal, ByKey, ByClient, ByPlan} }

// Unit is what a rule counts.
type Unit string

// What a rule can count.
const (
	Requests Unit = "requests"
	Cost     Unit = "cost"
	Calls    Unit = "calls"
	Keys     Unit = "keys"
)

// Failing names what decides while Redis cannot be reached.
type Failing string

// What can decide: a count of this instance's own, or nobody.
const (
	FailLocal  Failing = "local"
	FailOpen   Failing = "open"
	FailClosed Failing = "closed"
)

func (f Failing) charged() charge.Failing {
	switch f {
	case FailOpen:
		return charge.Open
	case FailClosed:
		return charge.Closed
	default:
		return charge.Local
	}
}

// Limit is how much may pass, and whom it counts together.
type Limit struct {
	// By is whom it counts together: global, ip, principal, api_key, client or plan.
	By By `yaml:"by"`
	// Limit is the most that passes in any interval of the length Per.
	Limit int `yaml:"limit"`
	// Per is that length, or day or month for a quota that begins anew with each of them, in UTC.
	Per Period `yaml:"per"`
	// Burst is the most that passes at once, where that is less: the rest comes evenly. 0 lets all of the limit come at once.
	Burst int `yaml:"burst"`
	// Cost is what each request, or each reading of a field, counts. 0 is 1.
	Cost int `yaml:"cost"`
	// Mode is what becomes of what is over this limit, where it is not that of all.
	Mode Mode `yaml:"mode"`
	// Failing decides while Redis cannot be reached: local, open or closed.
	Failing Failing `yaml:"failing"`
	// Lease is how many an instance takes of the shared counter at a time.
	Lease int `yaml:"lease"`
}

// Rule is a limit of requests.
type Rule struct {
	Limit `yaml:",inline"`

	// Name is what callers, logs and metrics call it.
	Name string `yaml:"name"`
	// Counts is what it counts: requests, or what an operation is reckoned to take at most: its cost, or the calls or keys that
	// services are asked for.
	Counts Unit `yaml:"counts"`
	// Door is graphql, rest or mcp. Empty is all.
	Door string `yaml:"door"`
	// Routes are the routes that it is about, as rest.routes have them (match). None is all.
	Routes []string `yaml:"routes"`
	// Versions are the versions of routes that it is about. None is all.
	Versions []string `yaml:"versions"`
	// Operations are the operations that it is about, by name. None is all.
	Operations []string `yaml:"operations"`
	// Tools are the tools that it is about, by name. None is all.
	Tools []string `yaml:"tools"`
}

// DefaultConfig lets a caller ask about a hundred times in a second, and an address twice as often.
func DefaultConfig() Config {
	return Config{
		Mode: Enforce,
		Rules: []Rule{
			{Name: "address", Limit: Limit{By: ByIP, Limit: 12_000, Per: Period{Length: time.Minute}}},
			{Name: "caller", Limit: Limit{By: ByPrincipal, Limit: 6_000, Per: Period{Length: time.Minute}}},
		},
		Consumers: 100,
	}
}
