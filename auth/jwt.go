package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// algorithm is the only one that tokens may be signed with, whatever their header says.
const algorithm = "HS256"

// newJWT pins the algorithm and the claims that a token must have. Without the required exp, a token that has none would
// be good for ever.
func newJWT(cfg Config) *jwtauth.JWTAuth {
	options := []jwt.ValidateOption{
		jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithAcceptableSkew(cfg.Leeway),
	}
	if cfg.Issuer != "" {
		options = append(options, jwt.WithIssuer(cfg.Issuer))
	}
	if cfg.Audience != "" {
		options = append(options, jwt.WithAudience(cfg.Audience))
	}
	return jwtauth.New(algorithm, []byte(cfg.Secret), nil, options...)
}

// principalOf reads who a verified token names. The claims are read once, here.
func principalOf(token jwt.Token) (Principal, error) {
	subject, _ := token.Subject()
	if subject == "" {
		return Principal{}, errors.New("the token names nobody: sub is missing or empty")
	}
	scopes, err := scopes(token)
	if err != nil {
		return Principal{}, err
	}
	return Principal{ID: subject, Scopes: scopes}, nil
}

// scopes reads scope (RFC 8693, section 4.2), or scp, which some issuers write instead. Each may be one string with
// spaces or a list.
func scopes(token jwt.Token) ([]string, error) {
	for _, claim := range []string{"scope", "scp"} {
		if !token.Has(claim) {
			continue
		}
		var value any
		if err := token.Get(claim, &value); err != nil {
			return nil, fmt.Errorf("read claim %s: %w", claim, err)
		}
		return scopeList(claim, value)
	}
	return nil, nil
}

func scopeList(claim string, value any) ([]string, error) {
	switch value := value.(type) {
	case string:
		return strings.Fields(value), nil
	case []any:
		list := make([]string, len(value))
		for i, element := range value {
			scope, ok := element.(string)
			if !ok {
				return nil, fmt.Errorf("claim %s holds what is not a string", claim)
			}
			list[i] = scope
		}
		return list, nil
	default:
		return nil, fmt.Errorf("claim %s is neither a string nor a list", claim)
	}
}

// Sign makes a token that a Verifier of the same configuration takes, for development and tests. It is good for lifetime
// from now on.
func Sign(cfg Config, subject string, scopes []string, lifetime time.Duration, now time.Time) (string, error) {
	if err := usable(cfg.Secret); err != nil {
		return "", err
	}
	claims := map[string]any{
		jwt.SubjectKey:    subject,
		jwt.IssuedAtKey:   now,
		jwt.ExpirationKey: now.Add(lifetime),
	}
	if len(scopes) > 0 {
		claims["scope"] = strings.Join(scopes, " ")
	}
	if cfg.Issuer != "" {
		claims[jwt.IssuerKey] = cfg.Issuer
	}
	if cfg.Audience != "" {
		claims[jwt.AudienceKey] = cfg.Audience
	}
	_, token, err := newJWT(cfg).Encode(claims)
	if err != nil {
		return "", fmt.Errorf("sign a token for %s: %w", subject, err)
	}
	return token, nil
}

// usable refuses keys that could be guessed, the empty one above all: anybody can sign with that.
func usable(secret Secret) error {
	if len(secret) < minSecretBytes {
		return fmt.Errorf("the secret is shorter than %d bytes", minSecretBytes)
	}
	return nil
}
