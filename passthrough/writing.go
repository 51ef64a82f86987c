package passthrough

import (
	"context"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/redact"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// writing is how it is known whether a caller may do what a route that stands for a mutation does. Nil says nothing.
type writing struct{ rules []written }

// written is a rule of the mutation, and where a request says which record the rule is about.
type written struct {
	rule   *policy.Rule
	param  string   // of the path
	member []string // or the path to a member of the body that goes out
}

// writing finds where requests say what the rules of the mutation ask for.
func (c *compiler) writing() {
	r := c.route
	if r.As == "" || r.Raw || !r.writes() {
		return // or it is a mistake, which is reported elsewhere
	}
	r.writing, r.writeLimit = new(writing), c.around.Policy.WritingLimit(r.As)
	for _, rule := range c.around.Policy.Writing(r.As) {
		w := written{rule: rule}
		switch {
		case rule.Owner == nil:
		case rule.Owner.Self:
			c.ownRecord()
		case len(rule.Owner.Argument) == 1:
			w.param = rule.Owner.Argument[0]
			c.leadsTo(w.param)
		default:
			for _, name := range rule.Owner.Argument[1:] {
				w.member = append(w.member, redact.Member(name))
			}
		}
		r.writing.rules = append(r.writing.rules, w)
	}
}

// ownRecord checks that a route whose mutation writes the caller's own record leads nowhere else.
func (c *compiler) ownRecord() {
	for _, to := range c.route.targets() {
		if own := strings.Count(to.path.text, ownID); own == 0 || own != strings.Count(to.path.text, "{") {
			c.fail("to", "must lead to "+ownID+" and to nothing that a request names: "+c.route.As+" writes the caller's own record")
		}
	}
}

// leadsTo checks that a route leads to the record whose owner decides.
func (c *compiler) leadsTo(param string) {
	for _, to := range c.route.targets() {
		if !strings.Contains(to.path.text, "{"+param+"}") {
			c.fail("to", "must lead to {"+param+"}: who may do "+c.route.As+" depends on whose record that is")
		}
	}
}

// targets are all places where a route's requests go.
func (r *route) targets() []target {
	all := append(make([]target, 0, 1+len(r.shares)), r.usual)
	for _, each := range r.shares {
		all = append(all, each.target)
	}
	return all
}

// refusing is a rule that refuses a caller whatever the record, nil where none does.
func (w *writing) refusing(verdict verdicts) *policy.Rule {
	if w == nil {
		return nil
	}
	for _, each := range w.rules {
		if verdict(each.rule) == policy.Refuse {
			return each.rule
		}
	}
	return nil
}

// asks reports whether it depends on a record whether the caller may write.
func (w *writing) asks(verdict verdicts) bool {
	return w != nil && slices.ContainsFunc(w.rules, func(each written) bool { return verdict(each.rule) == policy.Ask })
}

// mayWrite is nil where a request may be sent. To somebody who may not write it, a record looks as if there were none. It is
// called twice: before the body is read, for what the path says, and then with the body that goes to the service.
func (h *handler) mayWrite(ctx context.Context, c *caller, body []byte, isRead bool) error {
	if reads(c.request.Method) || h.writing == nil {
		return nil
	}
	view := c.sees.Caller()
	for _, each := range h.writing.rules {
		if view.Verdict(each.rule) != policy.Ask || isRead != (each.member != nil) {
			continue // whom a rule refuses does not come so far
		}
		owned, err := view.Owned(ctx, each.rule.Owner, []record.ID{each.id(c, body)}, h.records(ctx))
		if err != nil {
			return err
		}
		if !owned[0] {
			audit.From(ctx).Deny(each.rule.Name, audit.NotOwner)
			return problem.New(problem.NotFound, "")
		}
	}
	return nil
}

// id is the id that a request names, zero where it names none.
func (w written) id(c *caller, body []byte) record.ID {
	text, _ := c.params.Get(w.param)
	if w.member != nil {
		text = memberOf(body, w.member)
	}
	id, err := record.ParseID(text)
	if err != nil {
		return 0
	}
	return id
}

// memberOf is a number or text within objects, as text. The body is known to be JSON in which each member stands once.
func memberOf(body []byte, path []string) string {
	value := jsontext.Value(body)
	for _, name := range path {
		var members map[string]jsontext.Value
		if err := json.Unmarshal(value, &members); err != nil {
			return ""
		}
		value = members[name]
	}
	if value.Kind() == '"' {
		text, _ := jsontext.AppendUnquote(nil, value) // which is one
		return string(text)
	}
	return string(value)
}
