package composed

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

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
	Schema Schema
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
			Schema:      inputs{schema: o.schema}.of(v.kind, v.otherwise),
			Example:     o.Example[v.name],
		}
		if v.in != InBody { // where null cannot be written
			parameters[i].Schema = withoutNull(parameters[i].Schema)
		}
	}
	return parameters
}

// BodySchema is the JSON Schema of the request's body, nil where it has none.
func (o *Operation) BodySchema() Schema {
	var properties Properties
	required := []string{}
	for _, each := range o.Parameters() {
		if each.In != InBody {
			continue
		}
		properties = append(properties, Property{Name: each.Name, Schema: described(each.Schema, each.Description)})
		if each.Required {
			required = append(required, each.Name)
		}
	}
	if properties == nil {
		return nil
	}
	return object(properties, required)
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

// inputs makes schemas of what a request holds. within are the inputs around it.
type inputs struct {
	schema *ast.Schema
	within []string
}

func (i inputs) of(kind *ast.Type, otherwise *ast.Value) Schema {
	made := i.value(kind)
	if !kind.NonNull {
		made = orNull(made)
	}
	if value, err := otherwise.Value(nil); otherwise != nil && err == nil {
		made["default"] = value
	}
	return made
}

func (i inputs) value(kind *ast.Type) Schema {
	if kind.Elem != nil {
		return Schema{"type": "array", "items": i.of(kind.Elem, nil)}
	}
	definition := i.schema.Types[kind.NamedType]
	if definition.Kind == ast.InputObject {
		return i.object(definition)
	}
	return leaf(definition)
}

func (i inputs) object(definition *ast.Definition) Schema {
	if slices.Contains(i.within, definition.Name) {
		return Schema{"type": "object", "description": fmt.Sprintf("The same as the %s around it.", definition.Name)}
	}
	i.within = append(slices.Clip(i.within), definition.Name)
	properties := make(Properties, len(definition.Fields))
	required := []string{}
	for n, field := range definition.Fields {
		properties[n] = Property{Name: field.Name, Schema: described(i.of(field.Type, field.DefaultValue), field.Description)}
		if field.Type.NonNull && field.DefaultValue == nil {
			required = append(required, field.Name)
		}
	}
	return described(object(properties, required), definition.Description)
}
