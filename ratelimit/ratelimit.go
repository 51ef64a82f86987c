// Package ratelimit answers how often: whether a request may go on, and how much of what it asks for.
//
// A rule says how much of something may pass in any interval of some length, and whom it counts together. What a request is
// charged goes to its Account: by the wrappers of the doors (http.go), by the operation that it turns out to be
// (operation.go), and by the fields that it reads (fields.go). The counters are a Store's, in memory or in Redis.
package ratelimit

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Store holds counters.
type Store interface {
	limiter.Store

	// Reserve decides about reservations in their order. It waits for other machines no longer than within. After an error
	// nothing was taken.
	Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error
	// Refund gives back units of what a reservation took. It does not wait.
	Refund(ctx context.Context, r *charge.Reservation, units int64)
	// Blocked is how long a counter will still have nothing left, as far as that is known without asking.
	Blocked(key string) time.Duration
}

// Parts are what a Limiter is made of.
type Parts struct {
	// Store holds the counters.
	Store Store
	// Plans are the rules of each plan, by its name.
	Plans map[string][]Rule
	// Fields are the limits of fields.
	Fields *Fields
	// Within bounds how long a request waits for the store, all its charges together. 0 is for a store that waits for nobody, and
	// does not look at whether the caller has left.
	Within time.Duration
	// Now is the time of day, for quotas of days and months.
	Now func() time.Time

	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Limiter knows the rules. It is safe for concurrent use.
type Limiter struct {
	parts     Parts
	config    Config
	general   []*rule
	plans     map[string]*plan
	metrics   *metrics
	consumers *consumers
}

// plan is a bundle of rules.
type plan struct {
	name  string
	rules []*rule
}

// New reads rules that Validate had nothing against.
func New(c Config, parts Parts) *Limiter {
	l := &Limiter{
		parts: parts, config: c, plans: make(map[string]*plan, len(parts.Plans)), metrics: newMetrics(parts.Registry),
		consumers: newConsumers(c.Consumers),
	}
	l.general = l.compile("", c.Rules)
	l.plans[""] = &plan{}
	for name, rules := range parts.Plans {
		l.plans[name] = &plan{name: name, rules: l.compile(name, rules)}
	}
	for _, field := range parts.Fields.all() {
		field.open(l)
	}
	return l
}

// Who is whom a request's charges are counted for.
type Who struct {
	// Addr is the client's address.
	Addr netip.Addr
	// Principal is the caller's id, empty for one without a name.
	Principal string
	// Key is the id of the API key that was shown, if it was one.
	Key string
	// Client is the application that acts for the caller, as far as that is known.
	Client string
	// Plan is the name of the plan that the caller's credential assigns.
	Plan string
}

// Open begins the account of a request.
func (l *Limiter) Open(who Who) *Account {
	a := &Account{limiter: l, left: l.parts.Within, looks: l.parts.Within}
	a.taken = a.room.all[:0]
	a.identify(who)
	return a
}

// With is a request whose charges go to an account.
func With(r *http.Request, a *Account) *http.Request { return facts.Add(r, accountKey{}, a) }

type accountKey struct{}

// From is the account of the request that ctx belongs to. It is nil where nothing is limited, and takes everything then.
func From(ctx context.Context) *Account {
	a, _ := ctx.Value(accountKey{}).(*Account)
	return a
}
