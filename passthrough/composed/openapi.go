package composed

import "github.com/concierge-gateway/concierge/jsonschema"

// Parameter is a variable as OpenAPI describes it.
type Parameter struct {
	// Name is the variable's.
	Name string
	// In is where it comes from.
	In In
	// Required is true where a request without it is refused.
	Required bool
	// Description is the variable's, or that of the argument that it is the value of.
	Description string
	// Schema is the JSON Schema of its value.
	Schema jsonschema.Schema
	// Example is its value in the operation's example, or nil.
	Example any
}

// Parameters are the operation's variables, in its order. Those in the body are the members of BodySchema.
func (o *Operation) Parameters() []Parameter {
	parameters := make([]Parameter, len(o.variables))
	for i, v := range o.variables {
		parameters[i] = Parameter{
			Name:        v.name,
			In:          v.in,
			Required:    v.required(),
			Description: v.description,
			Schema:      jsonschema.Inputs{Schema: o.schema}.Of(v.kind, v.otherwise),
			Example:     o.Example[v.name],
		}
		if v.in != InBody { // where null cannot be written
			parameters[i].Schema = parameters[i].Schema.WithoutNull()
		}
	}
	return parameters
}

// BodySchema is the JSON Schema of the request's body, nil where it has none.
func (o *Operation) BodySchema() jsonschema.Schema {
	var properties jsonschema.Properties
	required := []string{}
	for _, each := range o.Parameters() {
		if each.In != InBody {
			continue
		}
		properties = append(properties, jsonschema.Property{Name: each.Name, Schema: each.Schema.Describe(each.Description)})
		if each.Required {
			required = append(required, each.Name)
		}
	}
	if properties == nil {
		return nil
	}
	return jsonschema.Object(properties, required)
}

// BodyExample is the part of the example that stands in the body, nil where there is none.
func (o *Operation) BodyExample() map[string]any {
	var example map[string]any
	for i := range o.variables {
		v := &o.variables[i]
		if value, given := o.Example[v.name]; given && v.in == InBody {
			if example == nil {
				example = make(map[string]any)
			}
			example[v.name] = value
		}
	}
	return example
}
