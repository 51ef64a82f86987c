package composed

import "github.com/concierge-gateway/concierge/jsonschema"

// ResponseSchema is the JSON Schema of an answer with status 200 or 422: what is selected, and the member that tells of failures.
func (o *Operation) ResponseSchema() jsonschema.Schema {
	out := jsonschema.Outputs{Schema: o.schema}
	root := o.schema.Query
	if o.Mutation {
		root = o.schema.Mutation
	}
	roots := jsonschema.Collect(o.schema, root, jsonschema.Set{Selection: o.definition.SelectionSet})
	if o.root == "" {
		return withErrors(out.Members(roots))
	}
	made := out.Composite(o.schema.Types[roots[0].Field.Definition.Type.Name()], roots[0].Sets...)
	if choices, ok := made["anyOf"].([]jsonschema.Schema); ok {
		for i := range choices {
			choices[i] = withErrors(choices[i])
		}
		return made
	}
	return withErrors(made)
}

// withErrors adds the member that a partial answer ends with.
func withErrors(made jsonschema.Schema) jsonschema.Schema {
	properties, _ := made["properties"].(jsonschema.Properties) // as made
	text := func(description string) jsonschema.Schema {
		return jsonschema.Schema{"type": "string", "description": description}
	}
	failure := jsonschema.Object(jsonschema.Properties{
		{Name: "path", Schema: text("A JSON pointer to the null in this body that stands for what failed.")},
		{Name: "code", Schema: text("What went wrong, for programs.")},
		{Name: "message", Schema: text("What went wrong, for people.")},
	}, []string{"path", "code", "message"})
	made["properties"] = append(properties, jsonschema.Property{Name: errorsMember, Schema: jsonschema.Schema{
		"type":        "array",
		"description": "What is missing, where a part failed. " + PartialHeader + " is then true.",
		"items":       failure,
	}})
	return made
}
