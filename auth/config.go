package auth

import "time"

// DevelopmentSecret signs the tokens of the demo. It is public, so a real configuration that uses it is refused.
const DevelopmentSecret = "concierge-development-secret-do-not-deploy"

// minSecretBytes is the size of the HS256 hash: RFC 7518, section 3.2, asks for a key of at least that size.
const minSecretBytes = 32

// Config says whose tokens name a caller.
type Config struct {
	// Secret verifies HS256 tokens. At least 32 bytes.
	Secret Secret `yaml:"secret"`
	// Issuer, where given, must equal a token's iss claim.
	Issuer string `yaml:"issuer"`
	// Audience, where given, must be among a token's aud claim.
	Audience string `yaml:"audience"`
	// Leeway is how far the clocks of issuer and gateway may differ.
	Leeway time.Duration `yaml:"leeway"`
	// Anonymous lets requests without a token in, as nobody.
	Anonymous bool `yaml:"anonymous"`
}

// DefaultConfig admits nobody: a secret has to be given.
func DefaultConfig() Config { return Config{Leeway: 30 * time.Second} }

// Validate reports settings that cannot work or would let anybody in.
func (c Config) Validate(fail func(path, message string)) {
	switch {
	case c.Secret == "" && !c.Anonymous:
		fail("secret", "is needed to verify tokens, or set anonymous: true to serve callers without one")
	case c.Secret == DevelopmentSecret:
		fail("secret", "is the public secret of the demo: anybody could sign tokens with it")
	case c.Secret != "" && len(c.Secret) < minSecretBytes:
		fail("secret", "is shorter than 32 bytes, the least that HS256 allows")
	}
	if c.Leeway < 0 || c.Leeway > 5*time.Minute {
		fail("leeway", "must lie between 0s and 5m")
	}
}

// Secret is a string that no log, error or dump shows.
type Secret string

// String hides the secret from fmt.
func (Secret) String() string { return "[redacted]" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "[redacted]" }

// MarshalText hides the secret from encoders: JSON, YAML and slog.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// UnmarshalText reads the secret as it stands.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}
