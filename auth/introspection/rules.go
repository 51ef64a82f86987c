package introspection

import (
	"slices"
	"strings"
)

// kind refuses what is no access token: issuers call refresh tokens active too. Some write the kind of token into token_type,
// some into token_use.
func kind(a answer) error {
	if text, _ := a.text("token_type"); a.has("token_type") && !strings.EqualFold(text, "Bearer") && text != "access_token" {
		return invalid("its token_type is not Bearer")
	}
	if text, _ := a.text("token_use"); a.has("token_use") && text != "access_token" && text != "access" {
		return invalid("its token_use is not access_token")
	}
	return nil
}

// unbound refuses tokens that count only together with a key or certificate (RFC 8705, section 3.2): nobody here compares it.
func unbound(a answer) error {
	if a.has("cnf") {
		return invalid("it is bound to a key")
	}
	return nil
}

// issued checks iss, which answers may leave out.
func (c Config) issued(a answer) error {
	if c.Issuer == "" || !a.has("iss") {
		return nil
	}
	if issuer, ok := a.text("iss"); !ok || issuer != c.Issuer {
		return invalid("its iss is another")
	}
	return nil
}

// meant checks aud, which answers must not leave out where an audience is configured.
func (c Config) meant(a answer) error {
	if len(c.Audience) == 0 {
		return nil
	}
	audience, ok := a.texts("aud")
	if !ok || !slices.ContainsFunc(audience, func(name string) bool { return slices.Contains(c.Audience, name) }) {
		return invalid("it is not meant for here")
	}
	return nil
}
