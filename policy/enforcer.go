package policy

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Enforcer holds the fields of GraphQL operations to the policy. It decides before a field's resolver runs, so that no key leaves
// for what is denied, and about each record that comes, before anything below it runs.
type Enforcer struct {
	policy  *Policy
	records func(context.Context) Records
	missing func(mutation string) any
	pseudo  *Pseudonyms
}

// NewEnforcer returns the enforcer of a policy. records are those of a request; missing is what a mutation answers about a record
// that there is not.
func NewEnforcer(
	p *Policy, records func(context.Context) Records, missing func(mutation string) any, pseudonyms *Pseudonyms,
) *Enforcer {
	return &Enforcer{policy: p, records: records, missing: missing, pseudo: pseudonyms}
}

type viewKey struct{}

// Begin finds out what the rules say of the caller.
func (e *Enforcer) Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, viewKey{}, e.policy.View(auth.FromContext(ctx)))
}

// viewOf refuses everything where nobody began.
func viewOf(ctx context.Context) *View {
	if v, ok := ctx.Value(viewKey{}).(*View); ok {
		return v
	}
	return new(View)
}

// Decision is what the policy says of a field before its resolver runs.
type Decision struct {
	// Final is true where the resolver must not run: Instead is the field's value then.
	Final   bool
	Instead any

	guard    *Guard
	view     *View
	withheld *Rule // whose form stands in the place of the value; nil where the value itself is shown
}

// Before decides about a field before its resolver runs. An error is the field's.
func (e *Enforcer) Before(ctx context.Context) (Decision, error) {
	field := graphql.GetFieldContext(ctx)
	guard := e.policy.guard(field.Object, field.Field.Definition)
	switch {
	case guard == nil:
		return Decision{}, fmt.Errorf("the policy knows no field %s.%s", field.Object, field.Field.Name)
	case guard.empty():
		return Decision{}, nil
	}
	view := viewOf(ctx)
	refusing, err := e.refusing(ctx, view, guard, field)
	switch {
	case err != nil:
		return Decision{}, err
	case refusing != nil:
		return e.refused(ctx, view, refusing, field)
	}
	if stranger := guard.stranger(view, field); stranger != nil {
		audit.From(ctx).Deny(stranger.Name, audit.NotOwner)
		return Decision{Final: true}, nil
	}
	return Decision{guard: guard, view: view}, nil
}

// After is what is shown of what a resolver returned: without the records that are somebody else's.
func (e *Enforcer) After(ctx context.Context, d Decision, value any) (any, error) {
	switch {
	case value == nil:
		return nil, nil
	case d.withheld != nil:
		return e.pseudo.Instead(d.withheld.Form, value), nil
	case d.guard == nil || len(d.guard.Records) == 0:
		return value, nil
	default:
		return e.kept(ctx, d.view, d.guard.Records, value)
	}
}

// refusing is the rule that refuses a field, nil where none does. First comes what is known without a look at any record.
func (e *Enforcer) refusing(
	ctx context.Context, view *View, guard *Guard, field *graphql.FieldContext,
) (*Rule, error) {
	if rule := guard.Refusing(view); rule != nil {
		return rule, nil
	}
	for _, rule := range guard.Rules {
		allowed, err := e.allows(ctx, view, rule, field)
		if err != nil || !allowed {
			return rule, err
		}
	}
	return nil, nil
}

func (e *Enforcer) allows(ctx context.Context, view *View, rule *Rule, field *graphql.FieldContext) (bool, error) {
	if verdict := view.Verdict(rule); verdict != Ask {
		return verdict == Allow, nil
	}
	owned, err := view.Owned(ctx, rule.Owner, []record.ID{rule.Owner.first(field)}, e.records(ctx))
	return err == nil && owned[0], err
}

// refused is what a field shows that a rule refuses.
func (e *Enforcer) refused(ctx context.Context, view *View, rule *Rule, field *graphql.FieldContext) (Decision, error) {
	if view.Verdict(rule) == Ask && rule.Owner.namesRecord() {
		audit.From(ctx).Deny(rule.Name, audit.NotOwner)
		return Decision{Final: true, Instead: e.absent(field)}, nil
	}
	reason, kind := Why(view)
	audit.From(ctx).Deny(rule.Name, reason)
	if rule.Form == Null {
		return Decision{}, problem.New(kind, "")
	}
	return Decision{withheld: rule}, nil
}

// absent is what a field answers about a record that there is not.
func (e *Enforcer) absent(field *graphql.FieldContext) any {
	if mutation := e.policy.schema.Mutation; mutation == nil || field.Object != mutation.Name {
		return nil
	}
	return e.missing(field.Field.Name)
}
