package revocation

import (
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// index finds what is revoked. It is never changed.
type index struct {
	tokens   map[string]struct{}
	subjects map[string]time.Time // what was issued before is revoked; zero: everything
}

// indexOf is of several lists together. Of a subject that is named more than once, the one that revokes more counts.
func indexOf(lists ...Entries) index {
	x := index{make(map[string]struct{}), make(map[string]time.Time)}
	for _, list := range lists {
		for _, id := range list.Tokens {
			x.tokens[id] = struct{}{}
		}
		for _, s := range list.Subjects {
			before, known := x.subjects[s.ID]
			if !known || s.Before.IsZero() || !before.IsZero() && s.Before.After(before) {
				x.subjects[s.ID] = s.Before
			}
		}
	}
	return x
}

func (x index) has(g credential.Grant) bool {
	if _, ok := x.tokens[g.ID]; ok {
		return true
	}
	before, ok := x.subjects[g.Subject]
	// A credential that does not say when it was issued may be as old as any.
	return ok && (before.IsZero() || g.Issued.Before(before))
}
