package loaders

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// A selection that cannot be read ends its field with a panic, which is the field's error. The others must not wait for it.
func TestAFieldWhoseSelectionCannotBeReadIsClosed(t *testing.T) {
	field := &ast.FieldDefinition{Name: "user", Type: ast.NamedType("User", nil)}
	operation := &graphql.OperationContext{Doc: new(ast.QueryDocument)}
	l := &Loaders{level: new(level), opening: newOpening(&Edges{}, operation)}
	l.level.enter(1)
	edge := Edge{l, &graphql.FieldContext{Field: graphql.CollectedField{
		Field:      &ast.Field{Definition: field},
		Selections: ast.SelectionSet{&ast.FragmentSpread{Name: "nowhere"}},
	}}}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the selection was read, although there is no such fragment")
			}
		}()
		edge.Leave(new(int), nil)
	}()
	if l.level.open != 0 {
		t.Errorf("%d fields are open, want none", l.level.open)
	}
}
