package policy

import (
	"context"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"
)

// Shows reports whether the caller may see a field that fetches nothing of an object that has come: whether Before would neither
// refuse it nor show something in its place. No other record is needed for that (owner.go refuses rules that would need one).
func (e *Enforcer) Shows(ctx context.Context, object string, field *ast.FieldDefinition, of any) bool {
	guard := e.policy.guard(object, field)
	if guard == nil {
		return false
	}
	view := viewOf(ctx)
	if guard.Refusing(view) != nil {
		return false
	}
	for _, rule := range guard.Rules {
		verdict := view.Verdict(rule)
		if verdict == Refuse || verdict == Ask && !view.Is(rule.Owner.Steps[0].ID(of)) {
			return false
		}
	}
	return true
}

// Hides reports whether who sees how many other records were asked for, to find out whose one is, knows more of it than the field
// shows: where that does not show the record that it leads to. Of a list, and of a rule about an argument, what is shown does not
// say how many were.
func (e *Enforcer) Hides(ctx context.Context, object string, field *ast.FieldDefinition, shown any) bool {
	guard := e.policy.guard(object, field)
	view := func() *View { return viewOf(ctx) }
	switch {
	case guard == nil:
		return false
	case askOthers(guard.Rules, view):
		return true
	case !guard.AsksOthers(view):
		return false
	}
	value := reflect.ValueOf(shown)
	_, isPage := shown.(page)
	return isPage || isNil(value) || value.Kind() == reflect.Slice
}

// Withheld reports whether something else is shown in the place of the field's value.
func (d Decision) Withheld() bool { return d.withheld != nil }
