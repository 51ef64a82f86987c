package composed

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// ResponseSchema is the JSON Schema of an answer with status 200 or 422: what is selected, and the member that tells of failures.
func (o *Operation) ResponseSchema() Schema {
	out := outputs{o.schema}
	root := o.schema.Query
	if o.Mutation {
		root = o.schema.Mutation
	}
	roots := collect(o.schema, root, o.definition.SelectionSet)
	if o.root == "" {
		return withErrors(out.members(roots))
	}
	made := out.composite(o.schema.Types[roots[0].field.Definition.Type.Name()], roots[0].sets)
	if choices, ok := made["anyOf"].([]Schema); ok {
		for i := range choices {
			choices[i] = withErrors(choices[i])
		}
		return made
	}
	return withErrors(made)
}

// withErrors adds the member that a partial answer ends with.
func withErrors(made Schema) Schema {
	properties, _ := made["properties"].(Properties) // as made
	text := func(description string) Schema { return Schema{"type": "string", "description": description} }
	failure := object(Properties{
		{Name: "path", Schema: text("A JSON pointer to the null in this body that stands for what failed.")},
		{Name: "code", Schema: text("What went wrong, for programs.")},
		{Name: "message", Schema: text("What went wrong, for people.")},
	}, []string{"path", "code", "message"})
	made["properties"] = append(properties, Property{Name: errorsMember, Schema: Schema{
		"type":        "array",
		"description": "What is missing, where a part failed. " + PartialHeader + " is then true.",
		"items":       failure,
	}})
	return made
}

// outputs makes schemas of what is answered.
type outputs struct{ schema *ast.Schema }

func (s outputs) of(kind *ast.Type, sets []ast.SelectionSet) Schema {
	var made Schema
	definition := s.schema.Types[kind.Name()]
	switch {
	case kind.Elem != nil:
		made = Schema{"type": "array", "items": s.of(kind.Elem, sets)}
	case definition.IsCompositeType():
		made = s.composite(definition, sets)
	default:
		made = leaf(definition)
	}
	if kind.NonNull {
		return made
	}
	return orNull(made)
}

// composite is an object, or each of those that an interface or a union stands for.
func (s outputs) composite(definition *ast.Definition, sets []ast.SelectionSet) Schema {
	if definition.Kind == ast.Object {
		return described(s.members(collect(s.schema, definition, sets...)), definition.Description)
	}
	var choices []Schema
	for _, possible := range s.schema.PossibleTypes[definition.Name] {
		choices = append(choices, s.composite(possible, sets))
	}
	return described(Schema{"anyOf": choices}, definition.Description)
}

func (s outputs) members(members []*selected) Schema {
	properties := make(Properties, len(members))
	required := []string{}
	for i, each := range members {
		definition := each.field.Definition
		properties[i] = Property{Name: each.name, Schema: described(s.of(definition.Type, each.sets), definition.Description)}
		if !each.conditional {
			required = append(required, each.name)
		}
	}
	return object(properties, required)
}
