package incremental

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// Rule is a rule of validation, by its name: labels are written down in the document, each of them once; what stands at the top
// of a mutation is not deferred, since its fields run one after the other, and nothing of a subscription is, unless a condition
// says so.
func Rule() (name string, rule core.RuleFunc) {
	return "Defer", func(observers *core.Events, addError core.AddErrFunc) {
		v := &validation{labels: make(map[string]bool), seen: make(map[*ast.Directive]bool), addError: addError}
		observers.OnDirective(func(walker *core.Walker, d *ast.Directive) {
			if d.Name == Directive {
				v.directive(walker, d)
			}
		})
	}
}

// validation is that of one document. Fragments are walked through each time that they are spread.
type validation struct {
	labels   map[string]bool
	seen     map[*ast.Directive]bool
	addError core.AddErrFunc
}

func (v *validation) directive(walker *core.Walker, d *ast.Directive) {
	operation := walker.CurrentOperation
	if operation != nil {
		v.place(walker, operation, d)
	}
	if v.seen[d] {
		return
	}
	v.seen[d] = true
	label := d.Arguments.ForName("label")
	switch {
	case label == nil || label.Value.Kind == ast.NullValue:
	case label.Value.Kind == ast.Variable:
		v.fail(d, "the label of @defer is written down, and no variable")
	case v.labels[label.Value.Raw]:
		v.fail(d, "the labels of @defer are different from each other")
	default:
		v.labels[label.Value.Raw] = true
	}
}

// place says where the directive must not stand.
func (v *validation) place(walker *core.Walker, operation *ast.OperationDefinition, d *ast.Directive) {
	switch {
	case operation.Operation == ast.Mutation && d.ParentDefinition != nil && d.ParentDefinition == walker.Schema.Mutation:
		v.fail(d, "@defer is not for the fields at the top of a mutation")
	case operation.Operation == ast.Subscription && !conditional(d):
		v.fail(d, "@defer is not for subscriptions")
	}
}

// conditional reports whether a condition may turn the directive off.
func conditional(d *ast.Directive) bool {
	condition := d.Arguments.ForName("if")
	return condition != nil && (condition.Value.Kind == ast.Variable || condition.Value.Raw == "false")
}

func (v *validation) fail(d *ast.Directive, message string) {
	v.addError(core.Message("%s", message), core.At(d.Position))
}
