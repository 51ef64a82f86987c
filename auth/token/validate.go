package token

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// maxPrefix leaves a subject short enough to be written down. In bytes.
const maxPrefix = 64

// Validate reports settings that cannot work, or by which tokens would be taken that were not meant for here.
func (c Config) Validate(fail func(path, message string)) {
	c.validateNames(fail)
	c.validateAlgorithms(fail)
	c.validateClaims(fail)
	c.validateTypes(fail)
	if c.Leeway < 0 || c.Leeway > 5*time.Minute {
		fail("leeway", "must lie between 0s and 5m")
	}
	c.Keys.Validate(func(path, message string) { fail("keys."+path, message) })
}

// remote is an issuer that others rely on, too.
func (c Config) remote() bool { return c.Keys.JWKS != "" || c.Keys.Discovery }

func (c Config) validateNames(fail func(path, message string)) {
	switch message := c.Keys.IssuerMistake(c.Issuer); {
	case c.Issuer == "" && c.remote():
		fail("issuer", "is needed with a key set: tokens are told apart by their iss")
	case message != "":
		fail("issuer", message)
	}
	if len(c.Audience) == 0 && c.remote() {
		fail("audience", "is needed with a key set: it signs tokens for others, too, who could use them here")
	}
	noneEmpty("audience", c.Audience, fail)
}

func (c Config) validateAlgorithms(fail func(path, message string)) {
	kinds := c.Keys.Kinds()
	if !kinds.Symmetric && !kinds.Asymmetric {
		return // which is reported with the keys
	}
	for i, name := range c.Algorithms {
		path := fmt.Sprintf("algorithms[%d]", i)
		switch _, known := schemeOf(name); {
		case !known:
			fail(path, "is none of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA")
		case strings.HasPrefix(name, "HS") && kinds.Asymmetric:
			fail(path, "takes a secret, and a public key is none: everybody could sign with it")
		case !kinds.Fit(name):
			fail(path, "does not fit the keys: a secret is for HS256 from 32 bytes, HS384 from 48 and HS512 from 64")
		}
		if first := slices.Index(c.Algorithms, name); first < i {
			fail(path, fmt.Sprintf("repeats algorithms[%d]", first))
		}
	}
}

func (c Config) validateClaims(fail func(path, message string)) {
	if c.Subject == "" {
		fail("subject", "is needed: a token must name somebody")
	}
	if len(c.SubjectPrefix) > maxPrefix || strings.IndexFunc(c.SubjectPrefix, unicode.IsControl) >= 0 {
		fail("subject_prefix", "must be at most 64 bytes without control characters")
	}
	noneEmpty("scopes", c.Scopes, fail)
	noneEmpty("plan", c.Plan, fail)
	noneEmpty("client", c.Client, fail)
	noneEmpty("tenant", c.Tenant, fail)
	for _, value := range slices.Sorted(maps.Keys(c.ScopeMap)) {
		noneEmpty("scope_map."+value, c.ScopeMap[value], fail)
	}
}

func (c Config) validateTypes(fail func(path, message string)) {
	if len(c.Types) == 0 {
		fail("types", "is needed: no token is of none of them")
	}
	for i, name := range c.Types {
		if name != "" && mediaType(name) == "" {
			fail(fmt.Sprintf("types[%d]", i), "names no type")
		}
	}
}

func noneEmpty(path string, values []string, fail func(path, message string)) {
	for i, value := range values {
		if value == "" {
			fail(fmt.Sprintf("%s[%d]", path, i), "must not be empty")
		}
	}
}
