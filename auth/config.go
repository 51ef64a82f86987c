package auth

import (
	"fmt"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/browser"
	"github.com/concierge-gateway/concierge/auth/certificate"
	"github.com/concierge-gateway/concierge/auth/introspection"
	"github.com/concierge-gateway/concierge/auth/passport"
	"github.com/concierge-gateway/concierge/auth/revocation"
	"github.com/concierge-gateway/concierge/auth/token"
)

// DevelopmentSecret signs the tokens of the demo. It is public, so a real configuration that uses it is refused.
const DevelopmentSecret = "concierge-development-secret-do-not-deploy"

// Config says what names a caller.
type Config struct {
	// Anonymous lets requests without a credential in, as nobody. They may use what the schema says is @public, and routes that say
	// public.
	Anonymous bool `yaml:"anonymous"`
	// Issuers are those whose JSON Web Tokens are taken, as Authorization: Bearer.
	Issuers []token.Config `yaml:"issuers"`
	// SharedSubjects says that all issuers mean the same user by the same id. Otherwise each but one needs a subject_prefix, none of
	// which begins with another.
	SharedSubjects bool `yaml:"shared_subjects"`
	// Cookie lets browsers hold the token in a cookie.
	Cookie browser.Config `yaml:"cookie"`
	// APIKeys are keys that the gateway itself knows.
	APIKeys apikey.Config `yaml:"api_keys"`
	// Introspection asks an issuer about tokens that only it can read: those that are no JSON Web Tokens, or all where there are no
	// issuers.
	Introspection introspection.Config `yaml:"introspection"`
	// Certificates name callers by the certificate that they show (server.tls.client_ca).
	Certificates certificate.Config `yaml:"certificates"`
	// Revoked are credentials that are not taken any more.
	Revoked revocation.Config `yaml:"revoked"`
	// Passport signs tokens for the services behind the gateway.
	Passport passport.Config `yaml:"passport"`
}

// DefaultConfig admits nobody: something has to be given that names callers.
func DefaultConfig() Config {
	return Config{
		Cookie:        browser.DefaultConfig(),
		APIKeys:       apikey.DefaultConfig(),
		Introspection: introspection.DefaultConfig(),
		Passport:      passport.DefaultConfig(),
	}
}

// Validate reports settings that cannot work or would let anybody in.
func (c Config) Validate(fail func(path, message string)) {
	named := len(c.Issuers) > 0 || c.APIKeys.Enabled() || c.Introspection.Enabled() || len(c.Certificates.Identities) > 0
	if !named && !c.Anonymous {
		fail("issuers", "are needed to name callers, or api_keys, introspection or certificates; "+
			"or set anonymous: true to serve those without a name")
	}
	for i, issuer := range c.Issuers {
		within := below(fmt.Sprintf("issuers[%d].", i), fail)
		if issuer.Keys.Secret == DevelopmentSecret {
			within("keys.secret", "is the public secret of the demo: anybody could sign tokens with it")
		}
		issuer.Validate(within)
	}
	c.validateSubjects(fail)
	if c.Cookie.Name != "" && len(c.Issuers) == 0 {
		fail("cookie.name", "is of no use without issuers, whose tokens the cookie holds")
	}
	c.Cookie.Validate(below("cookie.", fail))
	c.APIKeys.Validate(below("api_keys.", fail))
	c.Introspection.Validate(below("introspection.", fail))
	c.Certificates.Validate(below("certificates.", fail))
	c.Revoked.Validate(below("revoked.", fail))
	c.Passport.Validate(below("passport.", fail))
}

// IssuerNames are the names of those whose tokens are taken, as the configuration has them. Some have none.
func (c Config) IssuerNames() []string {
	var names []string
	for _, each := range c.Issuers {
		names = append(names, each.Issuer)
	}
	if c.Introspection.Enabled() {
		names = append(names, c.Introspection.Issuer)
	}
	return names
}

// Fields are header fields of ours that a browser's page may have to send: that of API keys, and that which goes with the cookie.
func (c Config) Fields() []string {
	var fields []string
	if c.APIKeys.Enabled() {
		fields = append(fields, c.APIKeys.Header)
	}
	if c.Cookie.Name != "" {
		fields = append(fields, c.Cookie.Header)
	}
	return fields
}

// below puts the beginning of a path before those that are reported.
func below(parent string, fail func(path, message string)) func(path, message string) {
	return func(path, message string) { fail(parent+path, message) }
}
