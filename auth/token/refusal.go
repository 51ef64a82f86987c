package token

import "github.com/concierge-gateway/concierge/auth/credential"

// refusal is why a token is not taken. It names members and rules, and never what stands in the token.
type refusal string

func (r refusal) Error() string { return "read the token: " + string(r) }

// Unwrap makes each of them a credential.ErrInvalid.
func (refusal) Unwrap() error { return credential.ErrInvalid }
