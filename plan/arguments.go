package plan

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// arguments are those of one field, read once for all instances.
type arguments struct {
	refused error // what is wrong with them, to all instances alike

	ids   map[string]record.ID // by the schema's names; null is none
	key   record.ID
	named string
	first *int32
	after *string
	part  page.Range
	wrong error // what is wrong with the part of a list that they ask for
}

// arguments reads the arguments of an edge, by the functions that gqlgen's code reads them by, in the schema's order.
func (r *run) arguments(e *edge) (a arguments) {
	if len(e.field.Definition.Arguments) == 0 {
		return a
	}
	given := e.field.ArgumentMap(r.variables)
	for _, definition := range e.field.Definition.Arguments {
		value, ok := given[definition.Name]
		// A variable that may be null, since it has a default, can bring null where it must not be.
		if !ok || value == nil && !definition.Type.NonNull {
			continue
		}
		if err := a.read(e, definition, value); err != nil {
			a.refused = problem.OfArgument(err)
			return a
		}
	}
	if e.kind == many {
		a.part, a.wrong = r.Pages.Range(a.first, a.after)
	}
	return a
}

// read reads one argument.
func (a *arguments) read(e *edge, definition *ast.ArgumentDefinition, value any) (err error) {
	switch name := definition.Name; {
	case definition.Type.NamedType == "ID":
		return a.id(e, name, value)
	case e.kind == many && name == "first":
		a.first, err = read(graphql.UnmarshalInt32, value)
	case e.kind == many && name == "after":
		a.after, err = read(graphql.UnmarshalString, value)
	default:
		var text *string
		if text, err = read(graphql.UnmarshalString, value); err == nil && strings.EqualFold(e.named.argument, name) {
			a.named = *text
		}
	}
	return err
}

func (a *arguments) id(e *edge, name string, value any) error {
	var id record.ID
	if err := id.UnmarshalGQL(value); err != nil {
		return err
	}
	if a.ids == nil {
		a.ids = make(map[string]record.ID)
	}
	a.ids[name] = id
	if strings.EqualFold(e.key.argument, name) {
		a.key = id
	}
	return nil
}

func read[T any](by func(any) (T, error), value any) (*T, error) {
	v, err := by(value)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// readable reports whether the arguments of a field can be read here: ids, texts, and the first of a page.
func readable(arguments ast.ArgumentDefinitionList, ofPage bool) bool {
	return !slices.ContainsFunc(arguments, func(argument *ast.ArgumentDefinition) bool {
		switch t := argument.Type; t.NamedType {
		case "ID", "String":
			return false
		case "Int":
			return !ofPage || argument.Name != "first"
		default:
			return true
		}
	})
}
