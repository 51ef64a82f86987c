package redact

import (
	"context"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// rulesOf are the rules as shapes number them, each with the member that says whose a record is.
func rulesOf(statement *policy.Policy) []reshape.Rule {
	rules := make([]reshape.Rule, len(statement.Rules()))
	for i, rule := range statement.Rules() {
		if rule.Owner != nil && len(rule.Owner.Argument) == 0 && len(rule.Owner.Steps) > 0 {
			rules[i].Owner = rule.Owner.Steps[0].Member
		}
	}
	return rules
}

// alike finds for each rule the first one by which the owner is found in the same way, so that nobody asks twice.
func alike(rules []*policy.Rule) []int {
	first := make([]int, len(rules))
	for i, rule := range rules {
		first[i] = slices.IndexFunc(rules, func(other *policy.Rule) bool { return sameOwner(rule.Owner, other.Owner) })
	}
	return first
}

func sameOwner(a, b *policy.Owner) bool {
	if a == nil || b == nil {
		return a == b
	}
	sameStep := func(a, b policy.Step) bool { return a.Type == b.Type && a.Member == b.Member }
	return a.Self == b.Self && slices.Equal(a.Argument, b.Argument) && slices.EqualFunc(a.Steps, b.Steps, sameStep)
}

// View is what one caller sees of records. It is for one answer at a time, unless no rule asks it whose a record is.
type View struct {
	policy   *Policy
	of       *policy.View
	verdicts []reshape.Verdict
	wanted   map[int]map[record.ID]bool // by the first rule that asks in the same way: the ids that an answer has
	owned    map[int]map[record.ID]bool // the same, of which it is known whether they lead to the caller
	refused  []bool                     // by rule: whether it refused a record of the answer, or a part of one
}

// View is what a caller sees.
func (p *Policy) View(of *policy.View) *View {
	v := &View{policy: p, of: of, verdicts: make([]reshape.Verdict, len(p.rules))}
	for i, rule := range p.statement.Rules() {
		switch of.Verdict(rule) {
		case policy.Allow:
			v.verdicts[i] = reshape.Allow
		case policy.Ask:
			v.verdicts[i] = reshape.Ask
		case policy.Refuse:
		}
	}
	return v
}

// Caller is what the rules say of the caller.
func (v *View) Caller() *policy.View { return v.of }

// Far reports whether other records have to be asked for to know whose the records are that rules decide about.
func (v *View) Far(rules []*policy.Rule) bool {
	return slices.ContainsFunc(rules, func(rule *policy.Rule) bool {
		return v.of.Verdict(rule) == policy.Ask && !rule.Owner.AtHand()
	})
}

// Gathering is the view with which a text is read to find out which records to ask for. What it lets through is for nobody: it
// lets all through, since of a record that is refused nothing more is asked.
func (v *View) Gathering() reshape.View {
	v.wanted = make(map[int]map[record.ID]bool)
	return reshape.View{Verdicts: v.verdicts, Pseudonym: v.policy.pseudonym, Owns: func(index int, owner []byte) bool {
		if v.rule(index).Owner.AtHand() {
			return true
		}
		index = v.policy.alike[index]
		if v.wanted[index] == nil {
			v.wanted[index] = make(map[record.ID]bool)
		}
		v.wanted[index][idOf(owner)] = true
		return true
	}}
}

// Ask finds out whose the records are that were gathered. All of one kind are asked for at once. After an error they are
// nobody's.
func (v *View) Ask(ctx context.Context, records policy.Records) error {
	known := make(map[int]map[record.ID]bool, len(v.wanted))
	v.owned = nil
	for index, wanted := range v.wanted {
		ids := slices.Sorted(maps.Keys(wanted))
		owned, err := v.of.Owned(ctx, v.rule(index).Owner, ids, records)
		if err != nil {
			return err
		}
		known[index] = make(map[record.ID]bool, len(ids))
		for i, id := range ids {
			known[index][id] = owned[i]
		}
	}
	v.owned = known
	return nil
}

// Showing is the view with which a text is read for the caller. refused is told each rule that refuses a record, or a part of it,
// for being somebody else's, or nobody's, once.
func (v *View) Showing(refused func(*policy.Rule)) reshape.View {
	seen := reshape.View{Verdicts: v.verdicts, Pseudonym: v.policy.pseudonym}
	if !slices.Contains(v.verdicts, reshape.Ask) {
		return seen // and nothing of v has changed
	}
	v.refused = nil
	seen.Unowned = func(index int) {
		if v.refused == nil {
			v.refused = make([]bool, len(v.verdicts))
		}
		if !v.refused[index] {
			v.refused[index] = true
			refused(v.rule(index))
		}
	}
	seen.Owns = func(index int, owner []byte) bool {
		owned := v.owns(index, owner)
		if !owned {
			seen.Unowned(index)
		}
		return owned
	}
	return seen
}

// Refused reports whether a rule refused something for being somebody else's since Showing was called.
func (v *View) Refused(rule *policy.Rule) bool {
	return rule.Index < len(v.refused) && v.refused[rule.Index]
}

// owns reports whether the caller owns a record, of which a member leads to the owner.
func (v *View) owns(index int, owner []byte) bool {
	if v.rule(index).Owner.AtHand() {
		return v.of.Names(unquoted(owner))
	}
	return v.owned[v.policy.alike[index]][idOf(owner)]
}

func (v *View) rule(index int) *policy.Rule { return v.policy.statement.Rules()[index] }

// pseudonymOf appends the text that stands for a value. Only a text has one.
func pseudonymOf(pseudonyms *policy.Pseudonyms) func(dst, value []byte) []byte {
	return func(dst, value []byte) []byte {
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return dst
		}
		pseudonym, ok := pseudonyms.Of(string(text))
		if !ok {
			return dst
		}
		dst, _ = jsontext.AppendQuote(dst, pseudonym) // it is ASCII
		return dst
	}
}

// idOf is the id that a member holds, as a number or as a text, zero where it is none.
func idOf(text []byte) record.ID {
	id, err := record.ParseID(string(unquoted(text)))
	if err != nil {
		return 0
	}
	return id
}

// unquoted is a number, or a text without its quotes. One with escapes is no id.
func unquoted(text []byte) []byte {
	if n := len(text); n >= 2 && text[0] == '"' {
		return text[1 : n-1]
	}
	return text
}
