// Package toll answers which of the limited things that a request wants to read it may read.
//
// Both executions of GraphQL ask it: each thing is charged once in a request, and what was decided about it once holds until the
// request ends.
package toll

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Unit is what a limited field is charged for.
type Unit struct {
	Field *ratelimit.Field
	// ID is the record's that the field is read of, or what the record that it leads to is asked for by. Zero is a part of a list.
	ID record.ID
	// Part is the part of a list that the field leads to.
	Part record.Part
}

// Tolls are the units of one request. One goroutine after the other may use them. The zero value charges nobody.
type Tolls struct {
	account *ratelimit.Account
	asked   map[Unit]bool
	refused map[Unit]error
	due     []Unit
}

// Open begins anew, with another account. Nil grants everything.
func (t *Tolls) Open(account *ratelimit.Account) {
	t.account = account
	clear(t.asked)
	clear(t.refused)
	t.due = t.due[:0]
}

// Ask has a unit decided about by the next Pay, unless it was asked for before.
func (t *Tolls) Ask(u Unit) {
	if t.asked[u] {
		return
	}
	if t.asked == nil {
		t.asked = make(map[Unit]bool)
	}
	t.asked[u] = true
	t.due = append(t.due, u)
}

// Asked reports whether somebody asked for a unit.
func (t *Tolls) Asked(u Unit) bool { return t.asked[u] }

// Len is how many units were asked for.
func (t *Tolls) Len() int { return len(t.asked) }

// Pay decides about all units that were asked for, with one question to the counters. Where a field's limit has room for some of
// its units, those with the smallest keys are granted: which they are must not depend on who asked first.
func (t *Tolls) Pay(ctx context.Context) {
	if len(t.due) == 0 {
		return
	}
	slices.SortFunc(t.due, Unit.compare)
	wants := wanted(t.due)
	t.account.Take(ctx, wants)
	left := t.due
	for i := range wants {
		w := &wants[i]
		if w.Granted < w.Units {
			t.refuse(left[max(w.Granted, 0):w.Units], w.Err())
		}
		left = left[w.Units:]
	}
	t.due = t.due[:0]
}

// wanted is how much of each field is asked for, of units in their order.
func wanted(units []Unit) []ratelimit.Want {
	var wants []ratelimit.Want
	for _, u := range units {
		if last := len(wants) - 1; last >= 0 && wants[last].Field == u.Field {
			wants[last].Units++
		} else {
			wants = append(wants, ratelimit.Want{Field: u.Field, Units: 1})
		}
	}
	return wants
}

// Fail refuses all units that nobody has decided about.
func (t *Tolls) Fail(err error) {
	t.refuse(t.due, err)
	t.due = t.due[:0]
}

func (t *Tolls) refuse(units []Unit, err error) {
	if t.refused == nil {
		t.refused = make(map[Unit]error)
	}
	for _, u := range units {
		t.refused[u] = err
	}
}

// Refused is why a unit may not be read, nil where it may.
func (t *Tolls) Refused(u Unit) error {
	if len(t.refused) == 0 {
		return nil
	}
	return t.refused[u]
}

// compare orders units by their fields' names, and then by their keys.
func (u Unit) compare(other Unit) int {
	return cmp.Or(
		strings.Compare(u.Field.Name, other.Field.Name),
		cmp.Compare(u.ID, other.ID),
		cmp.Compare(u.Part.Of, other.Part.Of),
		strings.Compare(u.Part.Named, other.Part.Named),
		cmp.Compare(u.Part.Offset, other.Part.Offset),
		cmp.Compare(u.Part.Limit, other.Part.Limit),
	)
}
