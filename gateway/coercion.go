package gateway

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// coercion is an extension that refuses values of variables which are not of their types, as far as gqlparser takes them: to it
// a number is as good as a text, a text that looks like a number as good as a number, and a word of an enumeration may be
// written in any case (sections 3.5 and 3.9 of the specification).
type coercion struct{ schema *ast.Schema }

var _ graphql.OperationContextMutator = coercion{}

// ExtensionName is for gqlgen's registry.
func (coercion) ExtensionName() string { return "Coercion" }

// Validate has nothing to check.
func (coercion) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks for the first such value. The error's path is of the form that gqlparser's have.
func (c coercion) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, variable := range operation.Operation.VariableDefinitions {
		if at := c.misfit(variable.Type, operation.Variables[variable.Variable]); at != nil {
			at = append(at, ast.PathName(variable.Variable), ast.PathName("variable"))
			slices.Reverse(at)
			return gqlerror.ErrorPathf(at, "not of its type")
		}
	}
	return nil
}

// misfit is the path to a value that does not fit a type, from its end to its beginning, so that only what does not fit costs
// anything. It is nil where all fits. What gqlparser looks at is not looked at again.
func (c coercion) misfit(of *ast.Type, value any) ast.Path {
	if value == nil {
		return nil
	}
	if of.Elem != nil {
		return c.misfitIn(of.Elem, value)
	}
	definition := c.schema.Types[of.NamedType]
	if definition == nil || definition.Kind != ast.InputObject {
		if fits(definition, value) {
			return nil
		}
		return ast.Path{}
	}
	members, _ := value.(map[string]any)
	for _, field := range definition.Fields {
		if at := c.misfit(field.Type, members[field.Name]); at != nil {
			return append(at, ast.PathName(field.Name))
		}
	}
	return nil
}

// misfitIn is misfit for a list. A value that is none stands for a list of one: gqlparser makes a slice of it, of the value's own
// type.
func (c coercion) misfitIn(of *ast.Type, value any) ast.Path {
	items := reflect.ValueOf(value)
	if items.Kind() != reflect.Slice {
		return c.misfit(of, value)
	}
	for i := range items.Len() {
		if at := c.misfit(of, items.Index(i).Interface()); at != nil {
			return append(at, ast.PathIndex(i))
		}
	}
	return nil
}

// fits reports whether a value may be one of a scalar or of an enumeration. Numbers of JSON come as json.Number, those of
// defaults and of routes as numbers of Go.
func fits(definition *ast.Definition, value any) bool {
	number, isNumber := value.(json.Number)
	text, isText := value.(string)
	long, isLong := value.(int64) // what gqlparser makes of a number for an Int
	switch {
	case definition == nil:
		return true
	case definition.Kind == ast.Enum:
		return isText && definition.EnumValues.ForName(text) != nil
	case definition.Name == "String":
		return !isNumber
	case definition.Name == "ID":
		return !isNumber || isWhole(number.String())
	case definition.Name == "Int" && isNumber:
		_, err := strconv.ParseInt(number.String(), 10, 32)
		return err == nil
	case definition.Name == "Int" && isLong:
		return long == int64(int32(long)) //nolint:gosec // what is lost is the question
	case definition.Name == "Int", definition.Name == "Float":
		return !isText
	default:
		return true
	}
}

// isWhole reports whether a number of JSON has neither a fraction nor an exponent.
func isWhole(number string) bool { return !strings.ContainsAny(number, ".eE") }
