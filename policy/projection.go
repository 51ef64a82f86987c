package policy

import (
	"context"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"
)

// Permit tells whether a field may be shown of records without running it: of all, of those for which the condition holds, or,
// where always is false and there is no condition, of none.
func (e *Enforcer) Permit(
	ctx context.Context, definition *ast.FieldDefinition,
) (always bool, holds func(record reflect.Value) bool) {
	guard, known := e.policy.fields[definition]
	if !known {
		return false, nil
	}
	view := viewOf(ctx)
	for _, rule := range guard.Records {
		if view.Verdict(rule) != Allow {
			return false, nil
		}
	}
	var owners []Step
	for _, rule := range guard.Rules {
		switch verdict := view.Verdict(rule); {
		case verdict == Allow:
		case verdict == Ask && rule.Owner.AtHand():
			owners = append(owners, rule.Owner.Steps[0])
		default:
			return false, nil
		}
	}
	if len(owners) == 0 {
		return true, nil
	}
	return false, func(record reflect.Value) bool {
		for _, step := range owners {
			if !view.Is(step.id(record)) {
				return false
			}
		}
		return true
	}
}
