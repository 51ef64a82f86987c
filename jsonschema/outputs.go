package jsonschema

import "github.com/vektah/gqlparser/v2/ast"

// Outputs makes schemas of what is answered.
type Outputs struct {
	// Schema is the schema whose types they are.
	Schema *ast.Schema
}

// Composite is an object, or each of those that an interface or a union stands for, with what is selected of it.
func (s Outputs) Composite(definition *ast.Definition, sets ...Set) Schema {
	if definition.Kind == ast.Object {
		return s.Members(Collect(s.Schema, definition, sets...)).Describe(definition.Description)
	}
	var choices []Schema
	for _, possible := range s.Schema.PossibleTypes[definition.Name] {
		choices = append(choices, s.Composite(possible, sets...))
	}
	return Schema{"anyOf": choices}.Describe(definition.Description)
}

// Members is an object with members and no others.
func (s Outputs) Members(members []*Member) Schema {
	properties := make(Properties, len(members))
	required := []string{}
	for i, each := range members {
		definition := each.Field.Definition
		properties[i] = Property{Name: each.Name, Schema: s.of(definition.Type, each.Sets).Describe(definition.Description)}
		if !each.Conditional {
			required = append(required, each.Name)
		}
	}
	return Object(properties, required)
}

func (s Outputs) of(kind *ast.Type, sets []Set) Schema {
	var made Schema
	definition := s.Schema.Types[kind.Name()]
	switch {
	case kind.Elem != nil:
		made = Schema{"type": "array", "items": s.of(kind.Elem, sets)}
	case definition.IsCompositeType():
		made = s.Composite(definition, sets...)
	default:
		made = Leaf(definition)
	}
	if kind.NonNull {
		return made
	}
	return made.OrNull()
}
