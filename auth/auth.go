// Package auth answers who is calling.
package auth

import (
	"context"
	"slices"
)

// Principal is a caller. The zero value is anonymous.
type Principal struct {
	// ID is the user's id in the user service, or empty for a caller without a token.
	ID string
	// Scopes are what the caller was granted, each by name. Not to be changed: other goroutines read it.
	Scopes []string
}

// Anonymous is true for a caller without a token.
func (p Principal) Anonymous() bool { return p.ID == "" }

// Has says whether the caller was granted scope. No scope includes another.
func (p Principal) Has(scope string) bool { return slices.Contains(p.Scopes, scope) }

type principalKey struct{}

// WithPrincipal returns a context whose work is done for p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, &p)
}

// FromContext is the caller that ctx works for, anonymous where none was named.
func FromContext(ctx context.Context) Principal {
	if p, ok := ctx.Value(principalKey{}).(*Principal); ok {
		return *p
	}
	return Principal{}
}
