package policy

import (
	"strings"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// View is what all rules say of one caller.
type View struct {
	// Caller is the caller.
	Caller auth.Principal

	user     record.ID
	verdicts []Verdict
	usual    [usualRules]Verdict // what verdicts lie in, where there are no more: a request makes one piece of memory less
}

// usualRules is as many as most schemas have.
const usualRules = 64

// View is what the rules say of a caller.
func (p *Policy) View(caller auth.Principal) *View {
	v := &View{Caller: caller, user: user(caller)}
	v.verdicts = v.usual[:0]
	for _, rule := range p.rules {
		v.verdicts = append(v.verdicts, rule.of(caller, v.user))
	}
	return v
}

// Verdict is what a rule says. The zero View refuses everything.
func (v *View) Verdict(rule *Rule) Verdict {
	if rule.Index >= len(v.verdicts) {
		return Refuse
	}
	return v.verdicts[rule.Index]
}

// Is reports whether an id is the caller's own.
func (v *View) Is(id record.ID) bool { return v.user != 0 && id == v.user }

// Names is Is of an id as text.
func (v *View) Names(text []byte) bool { return v.user != 0 && string(text) == v.Caller.ID }

// Why is why a caller is refused: one without a name could do better.
func Why(view *View) (audit.Reason, problem.Kind) {
	if view.Caller.Anonymous() {
		return audit.Unauthenticated, problem.Unauthenticated
	}
	return audit.Forbidden, problem.Forbidden
}

// user is the caller as services know users, zero for a caller who is none, such as a machine.
func user(caller auth.Principal) record.ID {
	if caller.Anonymous() || strings.Trim(caller.ID, "0123456789") != "" {
		return 0 // found out without the error that reading it would make
	}
	id, err := record.ParseID(caller.ID)
	if err != nil {
		return 0
	}
	return id
}
