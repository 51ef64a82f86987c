package auth

import (
	"errors"
	"time"

	"github.com/concierge-gateway/concierge/auth/token"
)

// Sign makes a token that an Authenticator of the same configuration takes, for development and tests, by the first issuer whose
// keys are a secret. It is good for lifetime from now on.
func Sign(c Config, subject string, scopes []string, lifetime time.Duration, now time.Time) (string, error) {
	for _, issuer := range c.Issuers {
		if issuer.Keys.Secret != "" {
			return token.Sign(issuer, token.Claims{Subject: subject, Scopes: scopes, Lifetime: lifetime}, now)
		}
	}
	return "", errors.New("sign a token: no issuer of the configuration signs with a secret")
}
