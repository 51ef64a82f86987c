package tests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// choose is a field that may be selected there. It is nil where there is none.
func (a *author) choose(of *ast.Definition, at spot) *ast.FieldDefinition {
	var leaves, further []*ast.FieldDefinition
	for _, field := range of.Fields {
		switch {
		case strings.HasPrefix(field.Name, "__"):
		case field.Name == "usage" && of.Name == "Query": // it tells what was asked before, and the others do not
		case a.typeOf(field).IsCompositeType():
			further = append(further, field)
		default:
			leaves = append(leaves, field)
		}
	}
	if !a.deep(at) {
		further = nil
	}
	switch {
	case len(further) > 0 && (len(leaves) == 0 || a.often(60)):
		return a.further(further)
	case len(leaves) > 0:
		return one(a.Rand, leaves)
	default:
		return nil
	}
}

// further is a field that leads to an object, more often to one from which others lead further.
func (a *author) further(fields []*ast.FieldDefinition) *ast.FieldDefinition {
	chosen := one(a.Rand, fields)
	ends := !slices.ContainsFunc(a.typeOf(chosen).Fields, func(f *ast.FieldDefinition) bool { return a.typeOf(f).IsCompositeType() })
	if ends && a.often(80) {
		return one(a.Rand, fields)
	}
	return chosen
}

// ask gives a field its arguments, often those that it has elsewhere.
func (a *author) ask(of *ast.Definition, field *ast.FieldDefinition, at spot) choice {
	before, ok := a.names[of.Name+"."+field.Name]
	if ok && before.field == field.Name && a.often(70) && at.width*max(before.many, 1) <= maxWidth {
		return before
	}
	arguments, many := a.arguments(of, field, at.width)
	return choice{field.Name, arguments, many}
}

// named is a field under a name that stands for nothing else of the type: its own, or another.
func (a *author) named(of *ast.Definition, what choice) string {
	a.size++
	name := what.field
	if a.aliases < maxAliases && a.often(12) {
		name = one(a.Rand, []string{"a", "b", "id", "name", "nodes", "node", "x_1", "__typename2", "total", "Status"})
	}
	if taken, ok := a.names[of.Name+"."+name]; ok && taken != what {
		name = fmt.Sprintf("n%d", len(a.names))
	}
	a.names[of.Name+"."+name] = what
	if name == what.field {
		return name + what.arguments
	}
	a.aliases++
	return name + ": " + what.field + what.arguments
}

// directive is nothing, mostly, or conditions.
func (a *author) directive() string {
	if a.directives >= maxDirectives || !a.often(12) {
		return ""
	}
	var text strings.Builder
	for _, name := range one(a.Rand, [][]string{{"skip"}, {"include"}, {"include"}, {"skip", "include"}}) {
		a.directives++
		fmt.Fprintf(&text, " @%s(if: %s)", name, a.condition(name == "include"))
	}
	return text.String()
}
