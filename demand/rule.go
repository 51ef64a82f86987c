package demand

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// Rule is a rule of validation, by its name: a field whose @listSize asks for exactly one slicing argument has one. One that is
// null is none; a variable counts as one whatever its value.
func (c *Costs) Rule() (name string, rule core.RuleFunc) {
	return "OneSlicingArgument", func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnField(func(_ *core.Walker, field *ast.Field) {
			l := c.listOf(field)
			if l == nil || !l.requireOne || len(l.slicing) == 0 || l.given(field) == 1 {
				return
			}
			addError(
				core.Message("%s", fmt.Sprintf("field %s needs exactly one of the arguments %s", field.Name, strings.Join(l.slicing, ", "))),
				core.At(field.Position),
			)
		})
	}
}

// listOf is what the schema says of a field's list, nil where it says nothing, or where there is no such field.
func (c *Costs) listOf(field *ast.Field) *list {
	if found := c.fields[field.Definition]; found != nil {
		return found.list
	}
	return nil
}

func (l *list) given(field *ast.Field) (n int) {
	for _, name := range l.slicing {
		given := field.Arguments.ForName(name)
		defined := field.Definition.Arguments.ForName(name)
		if given != nil && given.Value.Kind != ast.NullValue || given == nil && defined != nil && defined.DefaultValue != nil {
			n++
		}
	}
	return n
}
