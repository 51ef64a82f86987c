package schemadiff

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// canonical is a value with the members of its objects in order, and block texts like others.
func canonical(v *ast.Value) *ast.Value {
	same := *v
	if same.Kind == ast.BlockValue {
		same.Kind = ast.StringValue
	}
	same.Children = nil
	for _, child := range v.Children {
		same.Children = append(same.Children, &ast.ChildValue{Name: child.Name, Value: canonical(child.Value)})
	}
	if v.Kind == ast.ObjectValue {
		slices.SortFunc(same.Children, func(a, b *ast.ChildValue) int { return cmp.Compare(a.Name, b.Name) })
	}
	return &same
}
