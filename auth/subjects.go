package auth

import (
	"fmt"
	"slices"
	"strings"
)

// validateSubjects reports issuers whose users could be taken for each other's: user 7 of a partner for our own.
func (c Config) validateSubjects(fail func(path, message string)) {
	if c.SharedSubjects {
		return
	}
	all := c.sources()
	for i, one := range all {
		if other := slices.IndexFunc(all[:i], one.meets); other >= 0 {
			fail(one.at+".subject_prefix", one.mistake(all[other]))
		}
	}
}

// source is where subjects come from: who issues them, by which claim, and what is put before them.
type source struct{ at, issuer, claim, prefix string }

func (c Config) sources() []source {
	var all []source
	for i, each := range c.Issuers {
		all = append(all, source{fmt.Sprintf("issuers[%d]", i), each.Issuer, each.Subject, each.SubjectPrefix})
	}
	if c.Introspection.Enabled() {
		all = append(all, source{"introspection", c.Introspection.Issuer, c.Introspection.Subject, c.Introspection.SubjectPrefix})
	}
	return all
}

// meets tells whether subjects of both can be the same. One issuer can stand here for several audiences; two without a name are
// two issuers. A prefix that begins with another is as bad as the same: user 21 behind "a" is user 1 behind "a2". One may have
// none: it is trusted not to give its own users the names of others.
func (s source) meets(other source) bool {
	switch {
	case s.issuer != "" && s.issuer == other.issuer && s.claim == other.claim:
		return false
	case s.prefix == "" || other.prefix == "":
		return s.prefix == other.prefix
	default:
		return strings.HasPrefix(s.prefix, other.prefix) || strings.HasPrefix(other.prefix, s.prefix)
	}
}

func (s source) mistake(other source) string {
	if s.prefix != other.prefix {
		return "must not begin with that of " + other.at + ", nor that with it: their users could have the same ids"
	}
	return "must differ from that of " + other.at + ", whose users could have the same ids; or set shared_subjects: true"
}
