package passport

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of settings. A passport of a shorter life is refused by services whose clock is a little off, and one of a longer
// life outlives too long the credential that it stands for. Ten thousand remembered passports take some 20 MB.
const (
	minLifetime   = 10 * time.Second
	maxLifetime   = 5 * time.Minute
	maxRemembered = 100_000
)

// Config says how passports are signed. Without a key there are none.
type Config struct {
	// Key is the PEM file of the private key that signs: PKCS#8 or SEC1, of P-256 (ES256) or Ed25519 (EdDSA).
	Key string `file:"" yaml:"key"`
	// Retired are PEM files of private or public keys that are published and do not sign. A key that did stays here until its
	// passports are over; one that will goes here first, so that services know it by then.
	Retired []string `file:"" yaml:"retired"`
	// Issuer is the iss claim, such as https://api.example.com.
	Issuer string `yaml:"issuer"`
	// Lifetime is how long a passport is good: 10s to 5m, in whole seconds. It may outlive the credential that it stands for by
	// as much.
	Lifetime time.Duration `yaml:"lifetime"`
	// MaxRemembered is how many passports are remembered at most: 1 to 100000, with 2 KiB of memory for each.
	MaxRemembered int `yaml:"max_remembered"`
}

// DefaultConfig signs nothing: a key and an issuer have to be given.
func DefaultConfig() Config { return Config{Lifetime: time.Minute, MaxRemembered: 10_000} }

// Enabled says whether passports are signed at all.
func (c Config) Enabled() bool { return c.Key != "" }

// Validate reports settings that cannot work. It reads the files, and says nothing of what is in them.
func (c Config) Validate(fail func(path, message string)) {
	if !c.Enabled() {
		if c.Issuer != "" || len(c.Retired) > 0 {
			fail("key", "is needed beside issuer and retired")
		}
		return
	}
	if _, err := readSigning(c.Key); err != nil {
		fail("key", err.Error())
	}
	for i, file := range c.Retired {
		if _, err := readPublic(file); err != nil {
			fail(fmt.Sprintf("retired[%d]", i), err.Error())
		}
	}
	c.validateRest(fail)
}

func (c Config) validateRest(fail func(path, message string)) {
	switch {
	case c.Issuer == "":
		fail("issuer", "is needed: by it services know whose passports they take")
	case !isStringOrURI(c.Issuer):
		fail("issuer", "must be a name or a URI, such as https://api.example.com")
	}
	if c.Lifetime < minLifetime || c.Lifetime > maxLifetime {
		fail("lifetime", "must lie between 10s and 5m")
	}
	if c.MaxRemembered < 1 || c.MaxRemembered > maxRemembered {
		fail("max_remembered", fmt.Sprintf("must lie between 1 and %d", maxRemembered))
	}
}

// isStringOrURI is the rule of RFC 7519, section 2: what has a colon is a URI.
func isStringOrURI(text string) bool {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == utf8.RuneError }) {
		return false
	}
	uri, err := url.Parse(text)
	return !strings.Contains(text, ":") || err == nil && uri.IsAbs()
}

// mistake is what is wrong with a setting.
type mistake string

func (m mistake) Error() string { return string(m) }
