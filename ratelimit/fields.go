package ratelimit

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Fields are the limits of the schema's fields.
type Fields struct {
	byName map[string]*Field // by its name, such as Order.payment
}

// Of is a field that has limits, nil where it has none.
func (f *Fields) Of(object, field string) *Field {
	if f == nil || len(f.byName) == 0 {
		return nil
	}
	return f.byName[object+"."+field]
}

// Any reports whether there is any.
func (f *Fields) Any() bool { return f != nil && len(f.byName) > 0 }

// all are those that there are, by name.
func (f *Fields) all() []*Field {
	if f == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(f.byName), func(a, b *Field) int { return strings.Compare(a.Name, b.Name) })
}

// Field is a field that has limits.
type Field struct {
	// Name is its type's and its own, such as Order.payment.
	Name string

	limits []Limit
	rules  []*rule
}

// open makes rules of the limits.
func (f *Field) open(l *Limiter) {
	rules := make([]Rule, len(f.limits))
	for i, limit := range f.limits {
		rules[i] = Rule{Name: f.Name, Limit: limit}
	}
	f.rules = l.compile("", rules)
	for _, r := range f.rules { // they share a name, and must not share counters
		r.key += r.apart() + "/"
		r.burstKey += r.apart() + "/"
	}
}

// among reports whether there is another that counts the same.
func (l Limit) among(others []Limit) bool {
	return slices.ContainsFunc(others, func(other Limit) bool { return other.apart() == l.apart() })
}

// All yields each limit with the name of its field.
func (f *Fields) All() iter.Seq2[string, Limit] {
	return func(yield func(string, Limit) bool) {
		for _, field := range f.all() {
			for _, limit := range field.limits {
				if !yield(field.Name, limit) {
					return
				}
			}
		}
	}
}

// apart is by what limits of one field are told apart.
func (l Limit) apart() string { return string(l.By) + "/" + l.Per.String() }

// Want is how much of a field a request wants to read: each unit is a record, or whatever else the field is read once for.
type Want struct {
	Field *Field
	Units int64

	// Granted is how many of them may be read.
	Granted int64
	// Wait is how long it takes until one more would be, charge.Never where it never would.
	Wait time.Duration
	by   charge.Decider
}

// Err is what becomes of a unit that was not granted.
func (w *Want) Err() error { return refusal([]string{w.Field.Name}, w.Wait, w.by) }

// Take asks for several fields at once, and says how much of each may be read. It waits for the store no longer than the request
// may wait for it in all. Without an account everything is granted.
func (a *Account) Take(ctx context.Context, wants []Want) {
	for i := range wants {
		wants[i].Granted = wants[i].Units
	}
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.take(ctx, wants)
}
