package composed

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/jsonschema"
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
			v.description = jsonschema.Description(r.definition.SelectionSet, v.name)
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
