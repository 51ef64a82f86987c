package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// Claims are what a development token says.
type Claims struct {
	// Subject is whom it names.
	Subject string
	// Scopes are what it grants, in the words of the issuer: a scope map is not applied to them.
	Scopes []string
	// ID is its jti, left out where it is empty.
	ID string
	// Lifetime is how long it is good from now on. Where that is negative, it has expired.
	Lifetime time.Duration
}

// Sign makes a token that a Verifier of the same configuration takes, for development and tests. It fails where the issuer's keys
// are no secret, or one that is too short: only then does the gateway hold what it takes to sign.
func Sign(cfg Config, said Claims, now time.Time) (string, error) {
	cfg = cfg.usual()
	algorithm := cfg.Algorithms[0]
	s, ok := schemeOf(algorithm)
	if kinds := cfg.Keys.Kinds(); !ok || !kinds.Symmetric || !kinds.Fit(algorithm) {
		return "", errors.New("sign a token: it takes a secret of 32 bytes or more, and an algorithm that goes with it")
	}
	head := map[string]any{"alg": algorithm}
	if len(cfg.Types) > 0 && cfg.Types[0] != "" {
		head["typ"] = cfg.Types[0]
	}
	signed, err := join(head, cfg.claims(said, now))
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac(s.hash, []byte(cfg.Keys.Secret), signed)), nil
}

// claims puts what is said under the names that the issuer uses. A name with dots is used as a whole.
func (c Config) claims(said Claims, now time.Time) map[string]any {
	claims := map[string]any{
		c.Subject:         said.Subject,
		jwt.IssuedAtKey:   now.Unix(),
		jwt.ExpirationKey: now.Add(said.Lifetime).Unix(),
	}
	if len(said.Scopes) > 0 && len(c.Scopes) > 0 {
		claims[c.Scopes[0]] = strings.Join(said.Scopes, " ")
	}
	if c.Issuer != "" {
		claims[jwt.IssuerKey] = c.Issuer
	}
	if len(c.Audience) > 0 {
		claims[jwt.AudienceKey] = c.Audience
	}
	if said.ID != "" {
		claims[jwt.JwtIDKey] = said.ID
	}
	return claims
}

// join is what is signed. Members stand in order, so that the same claims make the same token.
func join(head, payload map[string]any) (string, error) {
	var parts [2]string
	for i, part := range []map[string]any{head, payload} {
		data, err := json.Marshal(part, json.Deterministic(true))
		if err != nil {
			return "", err
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(data)
	}
	return parts[0] + "." + parts[1], nil
}
