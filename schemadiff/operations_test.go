package schemadiff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// writer writes random operations for a schema. Not all are valid: fields of one name can contradict each other.
type writer struct {
	random    *rand.Rand
	schema    *ast.Schema
	variables []string
	budget    int
	names     int
}

func draw(random *rand.Rand, schema *ast.Schema) string {
	w := &writer{random: random, schema: schema, budget: 20}
	kind, root := "query", schema.Query
	if schema.Mutation != nil && w.chance(4) {
		kind, root = "mutation", schema.Mutation
	}
	body := w.selections(root)
	head := ""
	if len(w.variables) > 0 {
		head = "(" + strings.Join(w.variables, ", ") + ")"
	}
	return kind + " Op" + head + body
}

// chance is true once in so many times.
func (w *writer) chance(of int) bool { return w.random.IntN(of) == 0 }

func (w *writer) selections(of *ast.Definition) string {
	var all []string
	for range 1 + w.random.IntN(4) {
		w.budget--
		if w.budget <= 0 {
			break
		}
		if others := w.overlapping(of); w.chance(2) && len(others) > 0 {
			other := pick(w.random, others)
			all = append(all, "... on "+other.Name+w.directive()+w.selections(other))
			continue
		}
		if written := w.field(of); written != "" {
			all = append(all, written)
		}
	}
	if len(all) == 0 {
		all = []string{"__typename"}
	}
	return " { " + strings.Join(all, " ") + " }"
}

func (w *writer) overlapping(of *ast.Definition) []*ast.Definition {
	var all []*ast.Definition
	for _, name := range []string{"Hat", "Maker", "Named", "Node", "Shirt", "Shop", "Ware"} {
		if each := w.schema.Types[name]; slices.ContainsFunc(w.schema.GetPossibleTypes(each), func(object *ast.Definition) bool {
			return slices.Contains(w.schema.GetPossibleTypes(of), object)
		}) {
			all = append(all, each)
		}
	}
	return all
}

func (w *writer) field(of *ast.Definition) string {
	fields := slices.DeleteFunc(slices.Clone(of.Fields), func(f *ast.FieldDefinition) bool { return reserved(f.Name) })
	if len(fields) == 0 {
		return ""
	}
	field := pick(w.random, fields)
	w.names++
	text := fmt.Sprintf("f%d: ", w.names)
	if w.chance(3) {
		text = pick(w.random, []string{"a: ", "b: "})
	}
	text += field.Name + w.arguments(field.Arguments) + w.directive()
	if to := w.schema.Types[field.Type.Name()]; to.IsCompositeType() {
		text += w.selections(to)
	}
	return text
}

func (w *writer) directive() string {
	if !w.chance(8) {
		return ""
	}
	return " @part" + w.arguments(w.schema.Directives["part"].Arguments)
}

func (w *writer) arguments(all ast.ArgumentDefinitionList) string {
	var given []string
	for _, each := range all {
		if needed := each.Type.NonNull && each.DefaultValue == nil; needed || w.chance(2) {
			given = append(given, each.Name+": "+w.value(each.Type, each.DefaultValue != nil, 3))
		}
	}
	if len(given) == 0 {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

// value is a literal or a variable. A variable that may be null can stand where there is a default.
func (w *writer) value(of *ast.Type, otherwise bool, depth int) string {
	if w.chance(3) {
		name := fmt.Sprintf("$v%d", len(w.variables))
		given := *of
		if otherwise && w.chance(2) {
			given.NonNull = false
		}
		w.variables = append(w.variables, name+": "+given.String())
		return name
	}
	if !of.NonNull && (depth <= 0 || w.chance(5)) {
		return "null"
	}
	if of.Elem != nil {
		if w.chance(4) && of.Elem.Elem == nil {
			return w.literal(w.schema.Types[of.Elem.NamedType], depth-1)
		}
		return "[" + w.value(of.Elem, false, depth-1) + "]"
	}
	return w.literal(w.schema.Types[of.NamedType], depth)
}

func (w *writer) literal(of *ast.Definition, depth int) string {
	switch {
	case of.Kind == ast.Enum:
		return pick(w.random, of.EnumValues).Name
	case of.Kind == ast.InputObject && of.Directives.ForName("oneOf") != nil:
		return "{" + of.Fields[0].Name + `: "x"}`
	case of.Kind == ast.InputObject:
		var given []string
		for _, field := range of.Fields {
			if field.Type.NonNull && field.DefaultValue == nil || w.chance(2) {
				given = append(given, field.Name+": "+w.value(field.Type, field.DefaultValue != nil, depth-1))
			}
		}
		return "{" + strings.Join(given, ", ") + "}"
	case of.Name == "Int":
		return "7"
	default:
		return `"x"`
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
