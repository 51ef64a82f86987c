package auth

import (
	"context"
	"net/http"

	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/facts"
)

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

// authenticated adds to a request who sent it: for those who ask what the caller may do, for those who tell services who calls,
// and, as jwtauth has it, for those who want the token.
func authenticated(r *http.Request, caller Principal, told identity.Caller, token jwt.Token) *http.Request {
	known := &struct { // in one piece of memory
		caller Principal
		told   identity.Caller
	}{caller, told}
	r = facts.Add(r, principalKey{}, &known.caller)
	r = facts.Add(r, identity.Key{}, &known.told)
	if token != nil {
		r = facts.Add(r, jwtauth.TokenCtxKey, token)
	}
	return r
}
