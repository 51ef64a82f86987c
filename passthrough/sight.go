package passthrough

import (
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"slices"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/redact"
)

// sight is what of a route's answers depends on who asks.
type sight struct {
	returned []*redact.Record
	rules    []*policy.Rule // all that decide about records or their members, each once
	differs  bool           // not everybody sees the same
	stated   string         // what the rules say
}

func sightOf(returned []*redact.Record) sight {
	s := sight{returned: returned}
	for _, each := range returned {
		for _, rule := range each.Rules {
			if !slices.Contains(s.rules, rule) {
				s.rules = append(s.rules, rule)
				s.stated += fmt.Sprintf("%s %s\n", rule.Name, rule.Says())
			}
			s.differs = s.differs || !rule.Public()
		}
	}
	return s
}

// verdicts are what rules say of a caller.
type verdicts func(*policy.Rule) policy.Verdict

// refusing is a rule by which a caller sees none of the records that a route returns. Of several types, one suffices.
func (s sight) refusing(verdict verdicts) (rule *policy.Rule) {
	for _, each := range s.returned {
		i := slices.IndexFunc(each.Guards, func(rule *policy.Rule) bool { return verdict(rule) == policy.Refuse })
		if i < 0 {
			return nil
		}
		rule = each.Guards[i]
	}
	return rule
}

// asks reports whether it depends on a record whether the caller gets to know of it.
func (s sight) asks(verdict verdicts) bool {
	return slices.ContainsFunc(s.returned, func(each *redact.Record) bool {
		return slices.ContainsFunc(each.Guards, func(rule *policy.Rule) bool { return verdict(rule) == policy.Ask })
	})
}

// decides reports whether a rule decides for some callers otherwise than for others.
func (r *route) decides() bool { return r.sight.differs || r.writing != nil }

// forAnybody reports whether callers without a name may use a method of the route.
func (r *route) forAnybody(method string) bool {
	if r.Public {
		return true
	}
	if r.writing != nil && !reads(method) {
		return !slices.ContainsFunc(r.writing.rules, func(w written) bool { return !w.rule.Public() })
	}
	return len(r.sight.returned) > 0 && !slices.ContainsFunc(r.sight.returned, func(each *redact.Record) bool {
		return slices.ContainsFunc(each.Guards, func(rule *policy.Rule) bool { return !rule.Public() })
	})
}

// allowed is nil where the caller may use the route, as far as that is known before anything was read or sent. A write is not
// refused because its result may not be shown.
func (h *handler) allowed(w http.ResponseWriter, r *http.Request, c *caller) error {
	if len(h.Scopes) > 0 || c.principal.Anonymous() && !h.forAnybody(r.Method) {
		if err := auth.Require(w, r, h.Scopes...); err != nil {
			return err
		}
	}
	if !h.decides {
		return nil
	}
	rule := h.refusing(r.Method, c.sees.Caller().Verdict)
	if rule == nil {
		return nil
	}
	reason, kind := policy.Why(c.sees.Caller())
	audit.From(r.Context()).Deny(rule.Name, reason)
	if kind == problem.Forbidden {
		w.Header().Set("WWW-Authenticate", auth.ChallengeScope)
	}
	return problem.New(kind, "")
}

// refusing is a rule by which a caller may not use a method of the route, whatever the record. Nil is none.
func (r *route) refusing(method string, verdict verdicts) *policy.Rule {
	if reads(method) {
		return r.sight.refusing(verdict)
	}
	return r.writing.refusing(verdict)
}

// markFor tells the tags of what one caller sees from those of what others do, and from those of what the rules said before they
// were changed.
func (h *handler) markFor(c *caller) mark {
	switch {
	case !h.sight.differs:
		return h.mark
	case c.mark != "":
		return c.mark
	}
	view, sum, asked := c.sees.Caller(), fnv.New64a(), false
	_, _ = io.WriteString(sum, string(h.mark)+h.sight.stated) // never fails
	for _, rule := range h.sight.rules {
		verdict := view.Verdict(rule)
		_, _ = sum.Write([]byte{byte(verdict)})
		asked = asked || verdict == policy.Ask
	}
	if asked {
		_, _ = io.WriteString(sum, c.principal.ID)
	}
	c.mark = mark(fmt.Sprintf("~%016x", sum.Sum64()))
	return c.mark
}
