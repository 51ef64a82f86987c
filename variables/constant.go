package variables

import "github.com/vektah/gqlparser/v2/ast"

// Constant reports whether a value is the same whatever the variables are.
func Constant(value *ast.Value) bool {
	if value.Kind == ast.Variable {
		return false
	}
	for _, child := range value.Children {
		if !Constant(child.Value) {
			return false
		}
	}
	return true
}
