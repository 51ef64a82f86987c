// Package identity answers what a service is told of the caller.
//
// Services get the caller's id, scopes and tenant in header fields that nobody but the gateway can set, and, where they ask for
// it, a token that the gateway signed for them alone. What the caller sent to prove who it is stays here unless a service asks
// for that.
package identity

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// The header fields that services read, as http.Header keeps them. What clients send under these names never passes.
const (
	UserIDHeader = "X-User-Id"
	ScopesHeader = "X-User-Scopes"
	TenantHeader = "X-User-Tenant"
	TokenHeader  = "X-Gateway-Token"
)

// Config says what one service is told beside the caller's id, scopes and tenant.
type Config struct {
	// Audience is the service's name in tokens that the gateway signs for it and sends as X-Gateway-Token (auth.passport). Empty
	// sends none.
	Audience string `yaml:"audience"`
	// Credentials are header fields of the caller that are sent on: Authorization, or that of API keys. Only for services that check
	// them again.
	Credentials []string `yaml:"credentials"`
}

// Validate reports fields that hold no credential.
func (c Config) Validate(fail func(path, message string)) {
	for i, name := range c.Credentials {
		path := fmt.Sprintf("credentials[%d]", i)
		switch {
		case name == "" || name != http.CanonicalHeaderKey(name):
			fail(path, "must be a header field as HTTP spells it, such as Authorization")
		case name == UserIDHeader || name == ScopesHeader || name == TenantHeader || name == TokenHeader:
			fail(path, "must not be a field by which the gateway names the caller: anybody could send it")
		}
	}
}

// Caller is what is known of a caller.
type Caller struct {
	// ID and Scopes are sent where there is an ID.
	ID     string
	Scopes string
	// Tenant is whom the caller belongs to, empty where nothing says so. It is sent where there is an ID and a Tenant.
	Tenant string
	// Unchecked is somebody who was not asked for a name: any field that was sent may be a credential that the service checks.
	Unchecked bool
	// Sign makes a token for a service. Nil where the gateway signs none.
	Sign func(audience string) (string, error)
	// Sent is the request's header, of which credentials may be sent on.
	Sent http.Header
	// KeyHeader is the field that brings API keys, as http.Header keeps it, and empty where those are not taken. It does not pass by
	// itself, as any field may on a route.
	KeyHeader string
}

// Key is what a context gives its *Caller for.
type Key struct{}

// With returns a context whose calls are made for a caller.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, Key{}, c)
}

// Propagate makes the header of a call tell who it is made for, and nothing else: what a client may have put there does not
// survive.
func Propagate(ctx context.Context, header http.Header, c Config) error {
	delete(header, UserIDHeader)
	delete(header, ScopesHeader)
	delete(header, TenantHeader)
	delete(header, TokenHeader)
	caller, _ := ctx.Value(Key{}).(*Caller)
	if caller == nil {
		return nil
	}
	delete(header, caller.KeyHeader)
	for _, name := range c.Credentials {
		if values := caller.Sent[name]; len(values) > 0 {
			header[name] = slices.Clone(values)
		}
	}
	if caller.ID == "" {
		return nil
	}
	values := []string{caller.ID, caller.Scopes, caller.Tenant} // one piece of memory
	header[UserIDHeader], header[ScopesHeader] = values[:1:1], values[1:2:2]
	if caller.Tenant != "" {
		header[TenantHeader] = values[2:]
	}
	if c.Audience == "" || caller.Sign == nil {
		return nil
	}
	token, err := caller.Sign(c.Audience)
	if err != nil {
		return fmt.Errorf("sign a token for %s: %w", c.Audience, err)
	}
	header[TokenHeader] = []string{token}
	return nil
}
