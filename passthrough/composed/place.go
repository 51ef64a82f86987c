package composed

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// variables gives each variable its place.
func (r *reading) variables(o *Operation, endpoint *ast.Directive) []variable {
	inPath := r.inPath(o.Path, endpoint)
	variables := make([]variable, 0, len(r.definition.VariableDefinitions))
	for _, each := range r.definition.VariableDefinitions {
		v := variable{
			name:        each.Variable,
			in:          InQuery,
			kind:        each.Type,
			definition:  each.Definition,
			otherwise:   each.DefaultValue,
			description: each.Description,
		}
		if slices.Contains(inPath, v.name) {
			v.in = InPath
		} else if takesBody(o.Method) {
			v.in = InBody
		}
		if v.description == "" {
			v.description = r.argumentDescription(v.name)
		}
		r.fits(&v, each.Position)
		variables = append(variables, v)
	}
	return variables
}

// inPath are the parameters of the path, which all have to be variables.
func (r *reading) inPath(path string, endpoint *ast.Directive) []string {
	at := endpoint.Position
	names, err := parameters(path)
	if err != nil {
		r.failf(at, "the path %s: %v", path, err)
		return nil
	}
	for i, name := range names {
		switch {
		case slices.Contains(names[:i], name):
			r.failf(at, "the path names {%s} twice", name)
		case r.definition.VariableDefinitions.ForName(name) == nil:
			r.failf(at, "the path's {%s} is no variable of the operation", name)
		}
	}
	return names
}

// fits reports a variable that cannot come from its place.
func (r *reading) fits(v *variable, at *ast.Position) {
	composite := v.definition.Kind == ast.InputObject
	switch {
	case v.in == InPath && (composite || v.kind.Elem != nil):
		r.failf(at, "$%s is a %s, which cannot stand in a path", v.name, v.kind)
	case v.in == InQuery && composite:
		r.failf(at, "$%s is a %s, which cannot stand in a query: only POST, PUT and PATCH have a body", v.name, v.kind)
	case v.in == InQuery && v.kind.Elem != nil && v.kind.Elem.Elem != nil:
		r.failf(at, "$%s is a list of lists, which cannot stand in a query", v.name)
	}
}

// argumentDescription is what the schema says of the argument, or of the member of an input, that a variable is the value of.
func (r *reading) argumentDescription(name string) string {
	found := ""
	var look func(value *ast.Value, description string)
	look = func(value *ast.Value, description string) {
		if value.Kind == ast.Variable && value.Raw == name && found == "" {
			found = strings.TrimSpace(description)
		}
		for _, child := range value.Children {
			below := description // of a list's elements, as of the list
			if value.Kind == ast.ObjectValue && value.Definition != nil {
				if field := value.Definition.Fields.ForName(child.Name); field != nil {
					below = field.Description
				}
			}
			look(child.Value, below)
		}
	}
	eachField(r.definition.SelectionSet, make(map[string]bool), func(field *ast.Field) {
		for _, given := range field.Arguments {
			if argument := field.Definition.Arguments.ForName(given.Name); argument != nil {
				look(given.Value, argument.Description)
			}
		}
	})
	return found
}
