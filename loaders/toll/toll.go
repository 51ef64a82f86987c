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
	fields  []field // by name
	refused map[Unit]error
}

// field is what was asked of one field.
type field struct {
	limited *ratelimit.Field
	ids     map[record.ID]struct{}
	parts   map[record.Part]struct{}
	due     []Unit // that nobody has decided about
}

// Open begins anew, with another account. Nil grants everything.
func (t *Tolls) Open(account *ratelimit.Account) {
	t.account = account
	clear(t.refused)
	for i := range t.fields {
		f := &t.fields[i]
		clear(f.ids)
		clear(f.parts)
		clear(f.due)
		f.due = f.due[:0]
	}
}

// Ask has a unit decided about by the next Pay, unless it was asked for before.
func (t *Tolls) Ask(u Unit) {
	if f := t.of(u.Field); f.note(u) {
		f.due = append(f.due, u)
	}
}

// of is what was asked of a field. There are few.
func (t *Tolls) of(limited *ratelimit.Field) *field {
	for i := range t.fields {
		if t.fields[i].limited == limited {
			return &t.fields[i]
		}
	}
	at, _ := slices.BinarySearchFunc(t.fields, limited.Name, func(f field, name string) int {
		return strings.Compare(f.limited.Name, name)
	})
	t.fields = slices.Insert(t.fields, at, field{
		limited: limited, ids: make(map[record.ID]struct{}), parts: make(map[record.Part]struct{}),
	})
	return &t.fields[at]
}

// note notes a unit, and reports whether it is new.
func (f *field) note(u Unit) bool {
	before := f.len()
	if u.ID != 0 {
		f.ids[u.ID] = struct{}{}
	} else {
		f.parts[u.Part] = struct{}{}
	}
	return f.len() > before
}

func (f *field) len() int { return len(f.ids) + len(f.parts) }

// Asked reports whether somebody asked for a unit.
func (t *Tolls) Asked(u Unit) bool {
	f := t.of(u.Field)
	_, ofID := f.ids[u.ID]
	_, ofPart := f.parts[u.Part]
	return u.ID != 0 && ofID || u.ID == 0 && ofPart
}

// Len is how many units were asked for.
func (t *Tolls) Len() (n int) {
	for i := range t.fields {
		n += t.fields[i].len()
	}
	return n
}

// Pay decides about all units that were asked for, with one question to the counters. Where a field's limit has room for some of
// its units, those with the smallest keys are granted: which they are must not depend on who asked first.
func (t *Tolls) Pay(ctx context.Context) {
	wants := t.wanted()
	if len(wants) == 0 {
		return
	}
	t.account.Take(ctx, wants)
	for i := range wants {
		w := &wants[i]
		f := t.of(w.Field)
		if w.Granted < w.Units {
			slices.SortFunc(f.due, Unit.compare)
			t.refuse(f.due[max(w.Granted, 0):], w.Err())
		}
		f.due = f.due[:0]
	}
}

// wanted is how much of each field is asked for.
func (t *Tolls) wanted() (wants []ratelimit.Want) {
	for i := range t.fields {
		if f := &t.fields[i]; len(f.due) > 0 {
			wants = append(wants, ratelimit.Want{Field: f.limited, Units: int64(len(f.due))})
		}
	}
	return wants
}

// Fail refuses all units that nobody has decided about.
func (t *Tolls) Fail(err error) {
	for i := range t.fields {
		f := &t.fields[i]
		t.refuse(f.due, err)
		f.due = f.due[:0]
	}
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

// compare orders a field's units by their keys.
func (u Unit) compare(other Unit) int {
	return cmp.Or(
		cmp.Compare(u.ID, other.ID),
		cmp.Compare(u.Part.Of, other.Part.Of),
		strings.Compare(u.Part.Named, other.Part.Named),
		cmp.Compare(u.Part.Offset, other.Part.Offset),
		cmp.Compare(u.Part.Limit, other.Part.Limit),
	)
}
