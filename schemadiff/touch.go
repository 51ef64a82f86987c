package schemadiff

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/coordinates"
)

// Evidence is what is known of clients.
type Evidence struct {
	// Operations are those that clients are known to send.
	Operations []Operation
	// Counted are what clients were seen to use, by coordinate.
	Counted map[string][]Counted
}

// Operation is one that a client sends.
type Operation struct {
	// Name and Client are empty where nobody says them.
	Name, Client string
	// File and Line are where it stands.
	File string
	Line int
	// Uses are what it uses of the old schema.
	Uses coordinates.Uses
	// Refused is why it is not valid for the new schema, where it was for the old one. It is empty if it is.
	Refused string
}

// String is the operation as people know it.
func (o Operation) String() string {
	text := cmp.Or(o.Name, "an operation without a name")
	if o.Client != "" {
		text += " of " + o.Client
	}
	return fmt.Sprintf("%s (%s:%d)", text, o.File, o.Line)
}

// Counted is how often a client has used something.
type Counted struct {
	// Name and Version are the client's.
	Name, Version string
	// Times is how many operations used it, or could have.
	Times uint64
	// Last is when the last of them was.
	Last time.Time
}

// String is the client and what it did.
func (c Counted) String() string {
	text := c.Name
	if c.Version != "" {
		text += " " + c.Version
	}
	return fmt.Sprintf("%s, %d×, last at %s", text, c.Times, c.Last.UTC().Format(time.RFC3339))
}

// touches reports whether a change is for whoever uses something.
func touches(c Change, uses coordinates.Uses) bool { return slices.ContainsFunc(c.Touches, uses.Has) }

// touched are the operations and clients that a change is for, in words.
func (e *Evidence) touched(c Change) []string {
	var words []string
	for _, operation := range e.Operations {
		if touches(c, operation.Uses) {
			words = append(words, operation.String())
		}
	}
	for _, client := range e.clients(c) {
		words = append(words, client.String())
	}
	return words
}

// clients are those that used what a change touches. Of several parts, the one counts that was used most.
func (e *Evidence) clients(c Change) []Counted {
	type key struct{ name, version string }
	all := make(map[key]Counted)
	for _, coordinate := range c.Touches {
		for _, each := range e.Counted[coordinate] {
			of := key{each.Name, each.Version}
			known := all[of]
			each.Times = max(each.Times, known.Times)
			if known.Last.After(each.Last) {
				each.Last = known.Last
			}
			all[of] = each
		}
	}
	sorted := make([]Counted, 0, len(all))
	for _, each := range all {
		sorted = append(sorted, each)
	}
	slices.SortFunc(sorted, func(a, b Counted) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return sorted
}
