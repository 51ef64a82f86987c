package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Usage is how much of a limit a caller has used.
type Usage struct {
	// Name is the rule's, or the field's.
	Name string `json:"name"`
	// By is whom the rule counts together.
	By By `json:"by"`
	// Counts is what it counts.
	Counts Unit `json:"counts"`
	// Limit is the most that passes in Per.
	Limit int64  `json:"limit"`
	Per   string `json:"per"`
	// Used is how much has passed of late, and Remaining what still may.
	Used      int64 `json:"used"`
	Remaining int64 `json:"remaining"`
	// Resets is when a quota of a day or month begins anew.
	Resets *time.Time `json:"resets,omitempty"`
	// Unshared is true where other instances' counts are not in it, since they cannot be reached.
	Unshared bool `json:"unshared,omitempty"`
}

// Usage is what the account's caller has used of each limit that counts the caller. It costs nothing.
func (a *Account) Usage(ctx context.Context) []Usage {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.usage(ctx, a.everyRule())
}

// everyRule are all that can refuse the caller something.
func (a *Account) everyRule() []*rule {
	rules := a.limiter.rulesOf(a.plan, func(r *rule) bool { return r.Mode != Measure })
	for _, field := range a.limiter.parts.Fields.all() {
		rules = append(rules, slices.DeleteFunc(slices.Clone(field.rules), func(r *rule) bool { return r.Mode == Measure })...)
	}
	return rules
}

func (a *Account) usage(ctx context.Context, rules []*rule) []Usage {
	seen := make([]Usage, 0, len(rules))
	all := a.gather(rules, 0, 0, func(*rule) int64 { return 1 })
	if len(all) == 0 {
		return seen
	}
	t := all[0]
	if err := a.ask(ctx, &a.looks, all); err != nil {
		a.limiter.failed(ctx, err)
		return seen
	}
	for i, r := range t.rules {
		c := t.reservation.Charges[i]
		if c.Rate == r.burst {
			continue
		}
		u := Usage{
			Name: r.Name, By: r.By, Counts: r.Counts, Limit: c.Rate.Limit, Per: r.Per.String(), Used: c.Rate.Limit - c.Remaining,
			Remaining: c.Remaining, Unshared: t.reservation.By != charge.ByStore,
		}
		if r.Per.calendar() {
			_, end := r.Per.current(a.limiter.now())
			u.Resets = &end
		}
		seen = append(seen, u)
	}
	return seen
}

// Reset forgets what somebody has used of a rule or a field, or of all where none is named, and says how many counters that were.
// What others share with them is not forgotten unless it is named. Where instances count together, the others may go on refusing
// for a while what they refused just now.
func (l *Limiter) Reset(ctx context.Context, who Who, name string) (counters int, err error) {
	a := l.Open(who)
	for _, r := range a.everyRule() {
		subject, counted := a.subject(r.By)
		if !counted || name != r.Name && (name != "" || r.By == ByAll || r.By == ByPlan) {
			continue
		}
		for _, c := range a.chargesOf(nil, r, subject, 1) {
			if _, err := r.Reset(ctx, c.Key); err != nil {
				return counters, fmt.Errorf("reset %s: %w", r.Name, err)
			}
			counters++
		}
	}
	return counters, nil
}
