// Package credential answers what a credential says of its bearer once it was found good, and why it was not.
package credential

import (
	"errors"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"
)

// Why a credential is not taken. Errors may wrap them; their text never holds a part of the credential.
var (
	// ErrInvalid is a credential that nobody issued for here.
	ErrInvalid = errors.New("the credential is not valid here")
	// ErrExpired is one that was good once.
	ErrExpired = errors.New("the credential has expired")
	// ErrUnavailable is one of which nobody can say now whether it is good.
	ErrUnavailable = errors.New("the credential cannot be checked now")
)

// Grant is what a good credential says.
type Grant struct {
	// Subject is who bears it. It is never empty.
	Subject string
	// Scopes are what the bearer was granted, each by name.
	Scopes []string
	// Plan is the name of the bundle of limits that it assigns, as Name has it, empty for none.
	Plan string
	// Client is the application that acts for the bearer, as Name has it, empty where none is named.
	Client string
	// Tenant is whom the bearer belongs to, as Name has it, empty where nobody is named.
	Tenant string
	// ID is the credential's own name, such as a token's jti or a key's id. It may be empty.
	ID string
	// Issued is when it was issued, zero where it does not say.
	Issued time.Time
	// Until is when it ends, zero where it does not end by itself.
	Until time.Time
	// Token is what was verified where that is a JSON Web Token, nil otherwise.
	Token jwt.Token
}
