package ratelimit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The bounds of what can be set.
const (
	maxLimit     = 1_000_000_000
	minPer       = time.Second
	maxPer       = 366 * 24 * time.Hour
	maxConsumers = 10_000
)

// Validate reports what no limit can be. plans are the names of those there are.
func (c Config) Validate(plans []string, fail func(path, message string)) {
	c.Mode.validate("mode", fail)
	ValidateRules("rules", c.Rules, fail)
	c.validateCounted(len(plans), fail)
	for name, limits := range c.Fields {
		validateField("fields."+name, limits, fail)
	}
	for _, each := range []struct{ path, plan string }{{"default_plan", c.DefaultPlan}, {"anonymous_plan", c.AnonymousPlan}} {
		if each.plan != "" && !slices.Contains(plans, each.plan) {
			fail(each.path, "is no plan: limits.plans has none of that name")
		}
	}
	if c.Consumers < 0 || c.Consumers > maxConsumers {
		fail("consumers", "must lie between 0 and 10000")
	}
}

// validateCounted reports rules that would never count anybody.
func (c Config) validateCounted(plans int, fail func(path, message string)) {
	for i, each := range c.Rules {
		if each.By == ByPlan && plans == 0 {
			fail(fmt.Sprintf("rules[%d].by", i), "counts nobody: there are no limits.plans")
		}
	}
}

// validateField reports what is wrong with the limits of a field.
func validateField(path string, limits []Limit, fail func(path, message string)) {
	for i, each := range limits {
		at := fmt.Sprintf("%s[%d].", path, i)
		each.validate(at, fail)
		if each.among(limits[:i]) {
			fail(at+"per", alikeLimits)
		}
	}
}

const alikeLimits = "and by are those of another limit of the field, which counts the same"

func (m Mode) validate(path string, fail func(path, message string)) {
	if m != Off && m != Measure && m != Enforce {
		fail(path, "must be off, measure or enforce")
	}
}

// ValidateRules reports what is wrong with a list of rules. beside are those that hold together with them.
func ValidateRules(path string, rules []Rule, fail func(path, message string), beside ...Rule) {
	seen := make(map[string]bool)
	for _, each := range beside {
		each.called(seen)
	}
	for i, each := range rules {
		at := fmt.Sprintf("%s[%d].", path, i)
		each.validate(at, fail)
		if each.Name != "" && each.called(seen) {
			fail(at+"name", "is another rule's, too, or what callers are told of a rule with a burst")
		}
	}
}

// called notes how callers are told of a rule, and reports whether they would take it for another.
func (r Rule) called(seen map[string]bool) (taken bool) {
	names := []string{r.Name}
	if r.Burst > 0 {
		names = append(names, r.Name+burstSuffix)
	}
	for _, name := range names {
		taken = taken || seen[name]
		seen[name] = true
	}
	return taken
}

func (r Rule) validate(at string, fail func(path, message string)) {
	if !IsName(r.Name) {
		fail(at+"name", notAName)
	}
	r.Limit.validate(at, fail)
	switch r.Counts {
	case "", Requests:
	case Cost, Calls, Keys:
		if r.Cost != 0 {
			fail(at+"cost", "is not used: the rule counts "+string(r.Counts))
		}
	default:
		fail(at+"counts", "must be requests, cost, calls or keys")
	}
	r.validateDoor(at, fail)
}

// validateDoor reports rules that are about no request: what they name does not come by one door.
func (r Rule) validateDoor(at string, fail func(path, message string)) {
	switch r.Door {
	case "", DoorGraphQL, DoorREST, DoorMCP:
	default:
		fail(at+"door", "must be graphql, rest or mcp, or left out for all")
	}
	if (r.Door == DoorGraphQL || r.Door == DoorMCP) && len(r.Routes)+len(r.Versions) > 0 {
		fail(at+"routes", "and versions are of the door rest")
	}
	if len(r.Tools) == 0 {
		return
	}
	if r.Door == DoorGraphQL || r.Door == DoorREST {
		fail(at+"tools", "are of the door mcp")
	}
	if len(r.Routes)+len(r.Versions)+len(r.Operations) > 0 {
		fail(at+"tools", "and routes, versions or operations are of different requests: make it two rules")
	}
}

// IsName reports whether rules and plans may be called so: by 1 to 50 small letters, digits, - and _.
func IsName(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, notInName)
}

const notAName = "must be 1 to 50 small letters, digits, - and _"

// maxName is the most characters of a rule's or plan's name. It stands in header fields and in labels of metrics.
const maxName = 50

func notInName(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
}

func (l Limit) validate(at string, fail func(path, message string)) {
	if !slices.Contains(allBy(), l.By) {
		fail(at+"by", "must be global, ip, principal, api_key, client or plan")
	}
	if l.Limit < 1 || l.Limit > maxLimit {
		fail(at+"limit", "must lie between 1 and 1000000000")
	}
	if !l.Per.calendar() && (l.Per.Length < minPer || l.Per.Length > maxPer) {
		fail(at+"per", "must lie between 1s and 8784h, or be day or month")
	}
	if l.Burst < 0 || l.Burst > 0 && (l.Burst >= l.Limit || l.Per.calendar()) {
		fail(at+"burst", "must be less than the limit, and 0 for a quota of days or months")
	}
	l.validateRest(at, fail)
}

// validateRest reports what is wrong beside how much may pass.
func (l Limit) validateRest(at string, fail func(path, message string)) {
	switch {
	case l.Cost < 0 || l.Cost > l.Limit:
		fail(at+"cost", "must not be more than the limit, which would let nothing pass")
	case l.Burst > 0 && l.Cost > l.Burst:
		fail(at+"cost", "must not be more than the burst, which would let nothing pass")
	}
	if l.Lease < 0 || l.Lease > l.Limit {
		fail(at+"lease", "must not be more than the limit")
	}
	if l.Mode != "" {
		l.Mode.validate(at+"mode", fail)
	}
	switch l.Failing {
	case "", FailLocal, FailOpen, FailClosed:
	default:
		fail(at+"failing", "must be local, open or closed")
	}
}

// NeedsShared tells which member of a limit needs counters that instances share, and why. Both are empty where none does.
func (l Limit) NeedsShared() (member, why string) {
	switch {
	case l.Per.calendar():
		return "per", "is a quota, which needs redis.addresses: it must outlive this process"
	case l.Lease > 0:
		return "lease", "needs redis.addresses: there is nothing to take it from"
	default:
		return "", ""
	}
}
