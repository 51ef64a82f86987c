package introspection

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// Bounds on what is remembered of one token.
const (
	maxNameBytes  = 256
	maxScopeBytes = 8 << 10
	maxScopes     = 256
)

// leeway is how far ahead nbf may lie. The issuer has just called the token active, so its clock is ahead of this one.
const leeway = 30 * time.Second

// endOfTime is where RFC 3339, and time.Time's encodings with it, have no more years.
const endOfTime = 253402300800

// grant is what an answer grants at the time now. The error is credential.ErrInvalid or ErrExpired; its text says which rule the
// answer breaks, and quotes nothing of it.
func (c Config) grant(a answer, now time.Time) (credential.Grant, error) {
	if !a.isTrue("active") {
		return credential.Grant{}, invalid("the issuer does not call it active")
	}
	for _, rule := range []func(answer) error{kind, unbound, c.issued, c.meant} {
		if err := rule(a); err != nil {
			return credential.Grant{}, err
		}
	}
	var granted credential.Grant
	for _, read := range []func(answer, *credential.Grant) error{c.subject, scopes, c.tenant, id, times(now)} {
		if err := read(a, &granted); err != nil {
			return credential.Grant{}, err
		}
	}
	granted.Plan, granted.Client = a.named(c.Plan), a.named(c.Client)
	return granted, nil
}

// named reads the name of a plan or a client from the first of the members that is there. It is empty where that is none. No
// token is refused for it: both say how much its bearer may ask for, and not what.
func (a answer) named(members []string) string {
	for _, member := range members {
		if a.has(member) {
			text, _ := a.text(member)
			return credential.Name(text)
		}
	}
	return ""
}

// tenant reads whom the caller belongs to from the first of the members that is there. It is empty where nothing is said; what is
// said and cannot be a name is refused, since services would take the caller for somebody who belongs to nobody.
func (c Config) tenant(a answer, into *credential.Grant) error {
	for _, member := range c.Tenant {
		if !a.has(member) {
			continue
		}
		text, ok := a.text(member)
		if a[member].Kind() == jsontext.KindNumber && strings.Trim(string(a[member]), "0123456789") == "" {
			text, ok = string(a[member]), true
		}
		if into.Tenant = credential.Name(text); !ok || into.Tenant != text {
			return invalid("its tenant is neither a short name without spaces nor an integer")
		}
		return nil
	}
	return nil
}

func invalid(reason string) error { return fmt.Errorf("%w: %s", credential.ErrInvalid, reason) }

func (c Config) subject(a answer, into *credential.Grant) error {
	name, ok := a.text(c.Subject)
	if !ok || name == "" || len(name) > maxNameBytes || hasControls(name) {
		return invalid("it names nobody")
	}
	into.Subject = c.SubjectPrefix + name
	return nil
}

func hasControls(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

// scopes are separated by spaces (RFC 7662, section 2.2). Too many are refused: to leave some out could leave a limit out.
func scopes(a answer, into *credential.Grant) error {
	if !a.has("scope") {
		return nil
	}
	text, ok := a.text("scope")
	if !ok || len(text) > maxScopeBytes {
		return invalid("its scope is not a string, or too long")
	}
	if into.Scopes = strings.Fields(text); len(into.Scopes) > maxScopes {
		return invalid("it has too many scopes")
	}
	return nil
}

// id reads jti. One that cannot be read is refused, since tokens are revoked by it.
func id(a answer, into *credential.Grant) error {
	if !a.has("jti") {
		return nil
	}
	name, ok := a.text("jti")
	if !ok || len(name) > maxNameBytes || hasControls(name) {
		return invalid("its jti is not a short string")
	}
	into.ID = name
	return nil
}

func times(now time.Time) func(answer, *credential.Grant) error {
	return func(a answer, into *credential.Grant) error {
		var start time.Time
		switch {
		case !a.time("exp", &into.Until) || !a.time("iat", &into.Issued) || !a.time("nbf", &start):
			return invalid("its exp, iat or nbf is not a time")
		case a.has("exp") && !now.Before(into.Until):
			return credential.ErrExpired
		case start.After(now.Add(leeway)):
			return invalid("its time has not come")
		}
		return nil
	}
}

// time reads seconds since 1970, with a fraction or without (RFC 7519, section 2). It leaves t alone where there are none, and is
// false where they cannot be read.
func (a answer) time(name string, t *time.Time) bool {
	if !a.has(name) {
		return true
	}
	if a[name].Kind() != jsontext.KindNumber {
		return false
	}
	seconds, err := strconv.ParseFloat(string(a[name]), 64)
	if err != nil || seconds < 0 || seconds >= endOfTime {
		return false
	}
	whole, fraction := math.Modf(seconds)
	*t = time.Unix(int64(whole), int64(fraction*float64(time.Second)))
	return true
}
