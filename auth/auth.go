// Package auth answers who is calling.
package auth

import (
	"slices"
	"time"
)

// Principal is a caller. The zero value is anonymous.
type Principal struct {
	// ID is the user's id in the user service, the name of a machine, or empty for a caller without a credential.
	ID string
	// Scopes are what the caller was granted, each by name. Not to be changed: other goroutines read it.
	Scopes []string
	// Method is how the caller proved it, empty for one who did not.
	Method Method
	// Credential is the name of the credential, such as a token's jti or a key's id. It may be empty, and is no secret.
	Credential string
	// Plan is the name of the bundle of limits that the credential assigns, empty for none. At most 100 bytes that can be seen,
	// without spaces.
	Plan string
	// Client is the application that acts for the caller, empty where none is named. It has the form of a plan's name.
	Client string
	// Tenant is whom the caller belongs to, empty where the credential does not say. It has the form of a plan's name.
	Tenant string
	// Until is when the credential ends, zero where it does not end by itself.
	Until time.Time
}

// Method is a way to prove who is calling.
type Method string

// The methods.
const (
	ByToken         Method = "token"
	ByIntrospection Method = "introspection"
	ByCookie        Method = "cookie"
	ByKey           Method = "api_key"
	ByCertificate   Method = "certificate"
)

// Anonymous is true for a caller without a credential.
func (p Principal) Anonymous() bool { return p.ID == "" }

// Has says whether the caller was granted scope. No scope includes another.
func (p Principal) Has(scope string) bool { return slices.Contains(p.Scopes, scope) }

// HasAll says whether the caller was granted all of these.
func (p Principal) HasAll(scopes []string) bool {
	for _, scope := range scopes {
		if !p.Has(scope) {
			return false
		}
	}
	return true
}
