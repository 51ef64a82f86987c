package token

import (
	"time"

	"github.com/concierge-gateway/concierge/auth/keys"
)

// Config says whose tokens are taken, and what they mean here.
type Config struct {
	// Issuer must equal a token's iss. It may be left out where the keys are a secret or a file; then it takes what none of the
	// issuers with a name issued.
	Issuer string `yaml:"issuer"`
	// Audience is what the gateway is called by the issuer: one of them must be in a token's aud. It may be left out, and is then
	// not checked, where the keys are a secret or a file: an issuer with a key set issues tokens for others, too.
	Audience []string `yaml:"audience"`
	// Algorithms are what tokens may be signed by, of HS256, HS384 and HS512 for a secret, and RS256, RS384, RS512, PS256, PS384,
	// PS512, ES256, ES384, ES512 and EdDSA for public keys. Left out, they are HS256 for a secret, and RS256 and ES256 otherwise.
	Algorithms []string `yaml:"algorithms"`
	// Leeway is how far the clocks of issuer and gateway may differ, from 0s to 5m.
	Leeway time.Duration `yaml:"leeway"`
	// Subject is the claim that names the bearer.
	Subject string `yaml:"subject"`
	// SubjectPrefix is put before it, so that the ids of another directory are never taken for ours.
	SubjectPrefix string `yaml:"subject_prefix"`
	// Scopes are claims that hold what was granted, of which the first counts that is there. A claim is found by its whole name
	// first; otherwise a dot leads into an object, as in realm_access.roles.
	Scopes []string `yaml:"scopes"`
	// ScopeMap says what each value of that claim means here. Values that it does not name are dropped. Left out, they are scopes
	// as they stand.
	ScopeMap map[string][]string `yaml:"scope_map"`
	// Plan are claims that name the bundle of limits that the bearer has, found as those of scopes are. The first counts that is
	// there: what is no string, longer than 100 bytes, or holds spaces or what cannot be seen is no name. Without claims, or where
	// none is there, the token assigns none.
	Plan []string `yaml:"plan"`
	// Client are claims that name the application that acts for the bearer, in the same way.
	Client []string `yaml:"client"`
	// Tenant are claims that name whom the bearer belongs to, found in the same way; an integer is a name, too. Unlike a plan, a
	// name that cannot be one makes the token refused: nobody shall be taken for somebody who belongs to nobody. Without claims, or
	// where none is there, is null or is empty, the bearer belongs to nobody. Tenants are the same whichever issuer names them.
	Tenant []string `yaml:"tenant"`
	// Types are the kinds of tokens that are taken, by the typ of their header, in any case and with or without application/. An
	// empty one stands for tokens that do not say. To take nothing but access tokens (RFC 9068), leave at+jwt alone.
	Types []string `yaml:"types"`
	// Keys are what it signs with.
	Keys keys.Config `yaml:"keys"`
}

// DefaultConfig names nobody: an issuer's keys have to be given, and with a key set, its name and an audience.
func DefaultConfig() Config {
	return Config{
		Leeway:  30 * time.Second,
		Subject: "sub",
		Scopes:  []string{"scope", "scp"},
		Client:  []string{"client_id", "azp"},
		Types:   []string{"JWT", "at+jwt", ""},
		Keys:    keys.DefaultConfig(),
	}
}

// SetDefaults is what an entry of a list leaves out.
func (c *Config) SetDefaults() { *c = DefaultConfig() }

// usual fills in the algorithms, which go by the keys.
func (c Config) usual() Config {
	switch {
	case len(c.Algorithms) > 0:
	case c.Keys.Kinds().Symmetric:
		c.Algorithms = []string{"HS256"}
	default:
		c.Algorithms = []string{"RS256", "ES256"}
	}
	return c
}
