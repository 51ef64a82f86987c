package document

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// withLiterals is a rule about the types of values that also refuses what gqlparser's own lets pass: an object in the place of a
// scalar or of an enumeration, which whoever executes the document takes for what it should be, and an Int of more than 32 bits
// (sections 3.5.1 and 5.6.1 of the specification).
func withLiterals(rule core.RuleFunc) core.RuleFunc {
	return func(observers *core.Events, addError core.AddErrFunc) {
		rule(observers, addError)
		observers.OnValue(func(_ *core.Walker, value *ast.Value) {
			if value.Definition == nil || value.ExpectedType == nil {
				return
			}
			switch {
			case value.Kind == ast.ObjectValue && !isInputObject(value.Definition):
				addError(core.Message("An object is no value of type %q.", value.ExpectedType.String()), core.At(value.Position))
			case value.Kind == ast.IntValue && value.Definition.Name == "Int" && isLong(value.Raw):
				addError(core.Message("Int cannot represent non 32-bit signed integer value: %s", value.Raw), core.At(value.Position))
			}
		})
	}
}

// isInputObject reports whether objects may be values of a type: of an input, or of a scalar of the schema's own.
func isInputObject(definition *ast.Definition) bool {
	isOwn := definition.Kind == ast.Scalar && !definition.OneOf("Int", "Float", "String", "Boolean", "ID")
	return isOwn || definition.Kind == ast.InputObject
}

// isLong reports whether a number has more than 32 bits, and no more than the 64 of which gqlparser takes care.
func isLong(text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && int64(int32(n)) != n //nolint:gosec // what is lost is the question
}
