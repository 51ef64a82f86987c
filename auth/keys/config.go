package keys

import (
	"errors"
	"fmt"
	"time"

	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/settings"
)

// minSecretBytes is the size of the smallest hash, that of HS256: RFC 7518, section 3.2, asks for a key of at least that size.
const minSecretBytes = 32

// Config says where the keys of one issuer come from. Exactly one of Secret, PEM, JWKS and Discovery is given.
type Config struct {
	// Secret is what issuer and gateway share, for tokens with an HMAC. At least 32 bytes; HS384 takes 48, HS512 64.
	Secret secret.Text `yaml:"secret"`
	// PEM is a file with the issuer's public keys or certificates, at most 8. It is read once. A certificate is a key and no more:
	// neither its dates nor who signed it are looked at.
	PEM string `file:"" yaml:"pem"`
	// JWKS is the URL of the issuer's key set (RFC 7517, section 5).
	JWKS string `yaml:"jwks"`
	// Discovery finds the key set by the document below the issuer, at ISSUER/.well-known/openid-configuration, which must name
	// the same issuer (OpenID Connect Discovery 1.0, section 4).
	Discovery bool `yaml:"discovery"`
	// Refresh is how often a key set is read again.
	Refresh time.Duration `yaml:"refresh"`
	// UnknownEvery is how often at most it is read because a token names a key that is not known: anybody can make such tokens.
	UnknownEvery time.Duration `yaml:"unknown_every"`
	// Insecure lets URLs be http though they lead to other machines. Whoever is on the way can then sign tokens.
	Insecure bool `yaml:"insecure"`
}

// DefaultConfig names no source: one has to be given.
func DefaultConfig() Config { return Config{Refresh: 5 * time.Minute, UnknownEvery: time.Minute} }

// Validate reports settings that cannot work or that would let strangers sign. It reads no file and makes no call.
func (c Config) Validate(fail func(path, message string)) {
	switch given := c.given(); len(given) {
	case 0:
		fail("secret", "or pem, jwks or discovery is needed: without a key no token is good")
	case 1:
	default:
		for _, path := range given[1:] {
			fail(path, "contradicts "+given[0]+": keys come from one source")
		}
	}
	if c.Secret != "" && len(c.Secret) < minSecretBytes {
		fail("secret", "is shorter than 32 bytes, the least that HS256 allows")
	}
	if c.JWKS != "" {
		if message := urlMistake(c.JWKS, c.Insecure); message != "" {
			fail("jwks", message)
		}
	}
	c.validateTimes(fail)
}

// validateTimes has no say where nothing is ever read again.
func (c Config) validateTimes(fail func(path, message string)) {
	if !c.remote() {
		return
	}
	if c.Refresh < time.Second || c.Refresh > 24*time.Hour {
		fail("refresh", "must lie between 1s and 24h")
	}
	if c.UnknownEvery < time.Second || c.UnknownEvery > time.Hour {
		fail("unknown_every", "must lie between 1s and 1h")
	}
}

// IssuerMistake says what is wrong with an issuer's name where its keys are found by it. It is empty where nothing is.
func (c Config) IssuerMistake(issuer string) string {
	if !c.Discovery {
		return ""
	}
	return issuerMistake(issuer, c.Insecure)
}

// check is Validate and IssuerMistake as one error.
func (c Config) check(issuer string) error {
	if message := c.IssuerMistake(issuer); message != "" {
		return errors.Join(settings.Check(c), fmt.Errorf("the issuer %s", message))
	}
	return settings.Check(c)
}

// given are the sources that are, by their paths.
func (c Config) given() []string {
	var paths []string
	for _, source := range []struct {
		path  string
		given bool
	}{{"secret", c.Secret != ""}, {"pem", c.PEM != ""}, {"jwks", c.JWKS != ""}, {"discovery", c.Discovery}} {
		if source.given {
			paths = append(paths, source.path)
		}
	}
	return paths
}

// remote reports whether keys are read by calls.
func (c Config) remote() bool { return c.JWKS != "" || c.Discovery }
