package policy

import (
	"cmp"
	"math"
	"slices"
)

// Guard is what decides about one field.
type Guard struct {
	// Rules decide about the field itself: by the caller, by the record that the field belongs to, or by its arguments. Those that
	// need no other record come first, and last the one that shows something in the value's place.
	Rules []*Rule
	// Records decide about each record that the field leads to. What they say of the caller alone is said before any is fetched.
	Records []*Rule
	// Keys decide about the member by which the field leads there, for doors that show members: who may not know of the record may
	// not know its id either. Each is one of Records, looked at from the record that has the member.
	Keys []*Rule
}

func (g *Guard) empty() bool { return len(g.Rules)+len(g.Records) == 0 }

// Refusing is the first rule that refuses the field whatever the record, and shows nothing in its place. Nil is none.
func (g *Guard) Refusing(view *View) *Rule {
	for _, rules := range [...][]*Rule{g.Rules, g.Records} {
		for _, rule := range rules {
			if rule.Form == Null && view.Verdict(rule) == Refuse {
				return rule
			}
		}
	}
	return nil
}

// AsksOthers reports whether other records have to be asked for, to know whose the records are that the field leads to.
func (g *Guard) AsksOthers(view func() *View) bool { return askOthers(g.Records, view) }

func askOthers(rules []*Rule, view func() *View) bool {
	return slices.ContainsFunc(rules, func(rule *Rule) bool {
		return rule.Owner != nil && rule.Owner.IsFar() && view().Verdict(rule) == Ask
	})
}

// order sorts the rules so that nothing is fetched, or shown in part, for a caller whom another rule refuses anyway.
func (g *Guard) order() {
	slices.SortStableFunc(g.Rules, func(a, b *Rule) int { return cmp.Compare(a.effort(), b.effort()) })
}

// effort is how late a rule is asked.
func (r *Rule) effort() int {
	switch {
	case r.Form != Null:
		return math.MaxInt
	case r.Owner != nil:
		return len(r.Owner.Steps)
	default:
		return 0
	}
}
