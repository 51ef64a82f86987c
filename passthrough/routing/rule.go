package routing

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Rule says which requests a route takes.
type Rule struct {
	Pattern Pattern
	// Host is a name such as api.example.com, or *.example.com for all names of one or more labels before it. It is compared
	// without port and case. Empty, every host fits.
	Host string
	// Headers are the values that headers must have, by name; * is any value. A header that is given twice has no one value, so
	// only * fits it.
	Headers map[string]string
	// Query is the same for the parameters of the query, decoded.
	Query map[string]string
	// Version is empty or such as v1.
	Version string
	// ByPath lets the path name the version: /v1/users/{id}.
	ByPath bool
	// ByHeader lets the header API-Version name it: 1 or v1.
	ByHeader bool
	// ByMediaType lets Accept name it by a parameter: application/json;version=1, or v=1.
	ByMediaType bool
	// Default takes the requests that name no version.
	Default bool
}

// String is what tables and messages call a rule: "GET /v1/users/{id}", with its host and conditions where it has any.
func (r Rule) String() string {
	var b strings.Builder
	if r.Pattern.methods != nil {
		b.WriteString(strings.Join(r.Pattern.methods, ",") + " ")
	}
	b.WriteString(strings.ToLower(r.Host))
	if r.ByPath {
		b.WriteString("/" + r.Version)
	}
	b.WriteString(r.Pattern.path)
	var with []string
	if r.Version != "" && !r.ByPath {
		with = append(with, "version "+r.Version)
	}
	for _, c := range conditionsOf(r) {
		with = append(with, c.String())
	}
	if len(with) > 0 {
		b.WriteString(" with " + strings.Join(with, ", "))
	}
	return b.String()
}

// Validate reports what is wrong with a rule, by the field that is.
func (r Rule) Validate(fail func(path, message string)) {
	if r.Pattern.segments == nil {
		fail("match", "must not be empty")
	}
	if r.Host != "" {
		if reason := refuseHost(r.Host); reason != "" {
			fail("host", reason)
		}
	}
	r.validateVersion(fail)
	r.validateHeaders(fail)
	if _, ok := r.Query[""]; ok {
		fail("query", "a parameter must have a name")
	}
}

func (r Rule) validateVersion(fail func(path, message string)) {
	named := r.ByPath || r.ByHeader || r.ByMediaType || r.Default
	switch {
	case r.Version == "" && named:
		fail("version", "must not be empty where requests can name it, or leave it out")
	case r.Version != "" && !isVersion(r.Version):
		fail("version", "must be such as v1 or v1.2")
	case r.Version != "" && !named:
		fail("version", "cannot be reached: neither path, header nor media type names it, and it is not the default")
	}
}

func (r Rule) validateHeaders(fail func(path, message string)) {
	seen := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case name == "" || strings.ContainsFunc(name, notInHeader):
			fail("headers."+name, "must be the name of a header")
		case canonical == "Host":
			fail("headers."+name, "is not compared here: host is")
		case seen[canonical]:
			fail("headers."+name, "is given twice")
		}
		seen[canonical] = true
	}
}

// notInHeader reports whether a character is none of those in a header's name (RFC 9110, section 5.6.2).
func notInHeader(c rune) bool {
	return !isLetter(c) && !isDigit(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}
