// Package priority answers who goes first where there is not room for all.
package priority

import (
	"context"
	"errors"
)

// Class is how much it matters that a request is answered now. The lowest classes are turned away first.
type Class int

// The classes. The zero value is Interactive, what somebody waits for.
const (
	Batch       Class = iota - 1 // nobody waits for it
	Interactive                  // somebody waits for it
	Critical                     // it must get through, such as a checkout
)

// Classes lists every class, the lowest first.
func Classes() []Class { return []Class{Batch, Interactive, Critical} }

// String is the class's name in settings and metrics.
func (c Class) String() string {
	switch c {
	case Batch:
		return "batch"
	case Critical:
		return "critical"
	default:
		return "interactive"
	}
}

var errUnknown = errors.New("must be batch, interactive or critical")

// MarshalText is the class's name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a class's name.
func (c *Class) UnmarshalText(text []byte) error {
	for _, class := range Classes() {
		if class.String() == string(text) {
			*c = class
			return nil
		}
	}
	return errUnknown
}

type contextKey struct{}

// With returns a context whose calls have a class.
func With(ctx context.Context, class Class) context.Context {
	return context.WithValue(ctx, contextKey{}, class)
}

// From is the class of the request that ctx belongs to.
func From(ctx context.Context) Class {
	class, _ := ctx.Value(contextKey{}).(Class)
	return class
}
