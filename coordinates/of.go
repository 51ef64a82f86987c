package coordinates

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Of is what an operation uses of a schema, for which its document was validated. Introspection uses nothing.
//
// A field counts at the type that it is selected of, which may be an interface. A fragment is looked at once, however often it is
// spread, so the time is that of the document's length.
func Of(schema *ast.Schema, operation *ast.OperationDefinition) Uses {
	r := reader{schema: schema, uses: make(Uses), spread: make(map[string]bool), open: make(map[string]bool)}
	r.operation(operation)
	return r.uses
}

// reader walks through one operation.
type reader struct {
	schema *ast.Schema
	uses   Uses
	spread map[string]bool // the fragments that were looked at
	open   map[string]bool // the types of which everything is possible already
}

func (r *reader) operation(operation *ast.OperationDefinition) {
	for _, variable := range operation.VariableDefinitions {
		r.anyOf(variable.Type.Name())
		r.value(variable.DefaultValue)
		r.directives(variable.Directives)
	}
	if root := rootOf(r.schema, operation.Operation); root != nil {
		r.typeName(root.Name)
	}
	r.directives(operation.Directives)
	r.selections(operation.SelectionSet)
}

func rootOf(schema *ast.Schema, kind ast.Operation) *ast.Definition {
	switch kind {
	case ast.Mutation:
		return schema.Mutation
	case ast.Subscription:
		return schema.Subscription
	case ast.Query:
		return schema.Query
	default:
		return nil
	}
}

func (r *reader) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			r.field(s)
		case *ast.InlineFragment:
			r.typeName(s.TypeCondition)
			r.directives(s.Directives)
			r.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			r.fragment(s)
		}
	}
}

func (r *reader) fragment(s *ast.FragmentSpread) {
	r.directives(s.Directives)
	if s.Definition == nil || r.spread[s.Name] {
		return
	}
	r.spread[s.Name] = true
	r.typeName(s.Definition.TypeCondition)
	r.directives(s.Definition.Directives)
	r.selections(s.Definition.SelectionSet)
}

func (r *reader) field(f *ast.Field) {
	r.directives(f.Directives)
	if f.Definition == nil || f.ObjectDefinition == nil || reserved(f.Name) {
		return
	}
	r.uses.add(Member(f.ObjectDefinition.Name, f.Name), Written)
	for _, argument := range f.Arguments {
		r.uses.add(Argument(f.ObjectDefinition.Name, f.Name, argument.Name), Written)
		r.value(argument.Value)
	}
	r.read(f.Definition.Type.Name())
	r.selections(f.SelectionSet)
}

// read notes that values of a type are read.
func (r *reader) read(name string) {
	r.typeName(name)
	if read := r.schema.Types[name]; read != nil && read.Kind == ast.Enum {
		r.anyValue(read)
	}
}

func (r *reader) typeName(name string) {
	if name != "" && !reserved(name) {
		r.uses.add(name, Written)
	}
}

func (r *reader) directives(list ast.DirectiveList) {
	for _, directive := range list {
		r.uses.add(Directive(directive.Name), Written)
		for _, argument := range directive.Arguments {
			r.uses.add(DirectiveArgument(directive.Name, argument.Name), Written)
			r.value(argument.Value)
		}
	}
}

// value notes what stands in a value. What a variable brings is noted where the variable is defined.
func (r *reader) value(v *ast.Value) {
	if v == nil {
		return
	}
	if v.Definition != nil {
		r.typeName(v.Definition.Name)
	}
	for _, child := range v.Children {
		if v.Kind == ast.ObjectValue && v.Definition != nil && v.Definition.Kind == ast.InputObject {
			r.uses.add(Member(v.Definition.Name, child.Name), Written)
		}
		r.value(child.Value)
	}
	if v.Kind == ast.EnumValue && v.Definition != nil {
		r.uses.add(Member(v.Definition.Name, v.Raw), Written)
	}
}

// anyOf notes a type whose values come from outside the document, and all that can be in them.
func (r *reader) anyOf(name string) {
	r.typeName(name)
	given := r.schema.Types[name]
	if given == nil || r.open[name] {
		return
	}
	r.open[name] = true
	switch given.Kind {
	case ast.Enum:
		r.anyValue(given)
	case ast.InputObject:
		for _, field := range given.Fields {
			r.uses.add(Member(name, field.Name), Possible)
			r.anyOf(field.Type.Name())
		}
	case ast.Scalar, ast.Object, ast.Interface, ast.Union:
	}
}

func (r *reader) anyValue(enum *ast.Definition) {
	for _, value := range enum.EnumValues {
		r.uses.add(Member(enum.Name, value.Name), Possible)
	}
}

// reserved reports whether a name belongs to introspection.
func reserved(name string) bool { return strings.HasPrefix(name, "__") }
