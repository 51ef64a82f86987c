package introspection

import (
	"fmt"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/auth/remote"
	"github.com/concierge-gateway/concierge/secret"
)

// Config says whom to ask about opaque tokens, and what of the answers is taken.
type Config struct {
	// URL is the issuer's introspection endpoint: https, or http on this machine. Empty turns introspection off.
	URL string `yaml:"url"`
	// ClientID names the gateway to the issuer, by HTTP Basic. Empty where the issuer asks for no name.
	ClientID string `yaml:"client_id"`
	// ClientSecret proves it. Needed with client_id.
	ClientSecret secret.Text `yaml:"client_secret"`
	// Issuer, where given, must equal the iss of an answer that has one.
	Issuer string `yaml:"issuer"`
	// Audience, where given, are the names of this gateway: an answer's aud must hold one of them. Without it the issuer alone
	// decides which of its tokens are for here (RFC 7662, section 4).
	Audience []string `yaml:"audience"`
	// Subject is the member of an answer that names the caller, such as sub or client_id.
	Subject string `yaml:"subject"`
	// SubjectPrefix is put before it, so that the callers of two issuers are not taken for each other.
	SubjectPrefix string `yaml:"subject_prefix"`
	// Plan are members of an answer that name the bundle of limits that the caller has, of which the first counts that is there.
	// What is no string, longer than 100 bytes, or holds spaces or what cannot be seen is no name. Without members, or where none
	// is there, the token assigns none.
	Plan []string `yaml:"plan"`
	// Client are members that name the application that acts for the caller, in the same way.
	Client []string `yaml:"client"`
	// Tenant are members that name whom the caller belongs to, found in the same way; an integer is a name, too. Unlike a plan, a
	// name that cannot be one makes the token refused: nobody shall be taken for somebody who belongs to nobody. Without members, or
	// where none is there or it is empty, the caller belongs to nobody. Tenants are the same whichever issuer names them.
	Tenant []string `yaml:"tenant"`
	// Timeout bounds one question, the wait for its turn included.
	Timeout time.Duration `yaml:"timeout"`
	// Remember is how long a good answer is remembered, never beyond its exp. A token that the issuer takes back is good here
	// for so long at the most. 0s asks each time.
	Remember time.Duration `yaml:"remember"`
	// RememberRefused is how long it is remembered that a token is no good. 0s asks each time.
	RememberRefused time.Duration `yaml:"remember_refused"`
	// MaxTokens is how many good tokens are remembered, and how many others.
	MaxTokens int `yaml:"max_tokens"`
	// Concurrency is how many questions are asked at the same time. More wait until their request ends, or for timeout.
	Concurrency int `yaml:"concurrency"`
	// Insecure lets tokens travel by http to other hosts than this machine.
	Insecure bool `yaml:"insecure"`
}

// DefaultConfig asks nobody: a URL has to be given.
func DefaultConfig() Config {
	return Config{
		Subject:         "sub",
		Client:          []string{"client_id", "azp"},
		Timeout:         2 * time.Second,
		Remember:        30 * time.Second,
		RememberRefused: 5 * time.Second,
		MaxTokens:       10_000,
		Concurrency:     32,
	}
}

// Enabled is true where there is somebody to ask.
func (c Config) Enabled() bool { return c.URL != "" }

// Validate reports settings that cannot work or would show tokens to others. Without a URL it reports only those that ask for
// one.
func (c Config) Validate(fail func(path, message string)) {
	if !c.Enabled() {
		if c.ClientID != "" || c.ClientSecret != "" || c.Issuer != "" || len(c.Audience) > 0 || len(c.Plan) > 0 ||
			len(c.Tenant) > 0 {
			fail("url", "is needed: the other settings are for asking an issuer")
		}
		return
	}
	if message := c.urlMistake(); message != "" {
		fail("url", message)
	}
	c.validateClient(fail)
	c.validateClaims(fail)
	c.validateBounds(fail)
}

func (c Config) urlMistake() string {
	if message := remote.Mistake(c.URL, c.Insecure, "read the tokens"); message != "" {
		return message
	}
	if !remote.Bare(c.URL) {
		return "must not have a query"
	}
	return ""
}

func (c Config) validateClient(fail func(path, message string)) {
	if c.ClientID != "" && c.ClientSecret == "" {
		fail("client_secret", "is needed with client_id")
	}
	if c.ClientID == "" && c.ClientSecret != "" {
		fail("client_id", "is needed with client_secret")
	}
}

// namesNobody is true for the members of an answer that name no caller: many callers share one value, or one caller has many.
func namesNobody(member string) bool {
	return slices.Contains(
		[]string{"", "active", "aud", "exp", "iat", "iss", "jti", "nbf", "scope", "token_type", "token_use"}, member)
}

func (c Config) validateClaims(fail func(path, message string)) {
	noneEmpty("audience", c.Audience, fail)
	if namesNobody(c.Subject) {
		fail("subject", "must be a member that names the caller, such as sub or client_id")
	}
	if len(c.SubjectPrefix) > maxNameBytes || hasControls(c.SubjectPrefix) {
		fail("subject_prefix", fmt.Sprintf("must have at most %d bytes and no control characters", maxNameBytes))
	}
	noneEmpty("plan", c.Plan, fail)
	noneEmpty("client", c.Client, fail)
	noneEmpty("tenant", c.Tenant, fail)
}

func noneEmpty(path string, names []string, fail func(path, message string)) {
	for i, name := range names {
		if name == "" {
			fail(fmt.Sprintf("%s[%d]", path, i), "must not be empty")
		}
	}
}

func (c Config) validateBounds(fail func(path, message string)) {
	if c.Timeout < 10*time.Millisecond || c.Timeout > 30*time.Second {
		fail("timeout", "must lie between 10ms and 30s")
	}
	if c.Remember < 0 || c.Remember > time.Hour {
		fail("remember", "must lie between 0s and 1h")
	}
	if c.RememberRefused < 0 || c.RememberRefused > 5*time.Minute {
		fail("remember_refused", "must lie between 0s and 5m")
	}
	if c.MaxTokens < 1 || c.MaxTokens > 1_000_000 {
		fail("max_tokens", "must lie between 1 and 1000000")
	}
	if c.Concurrency < 1 || c.Concurrency > 10_000 {
		fail("concurrency", "must lie between 1 and 10000")
	}
}
