package jsonschema

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Inputs makes schemas of what a request holds.
type Inputs struct {
	// Schema is the schema whose types they are.
	Schema *ast.Schema
	// Leaf says how scalars and enumerations are written. Nil is the function of that name.
	Leaf func(*ast.Definition) Schema
	// Again is what stands for an input within itself. Nil is a note: OpenAPI's readers show no schema that refers to itself.
	Again func(*ast.Definition) Schema

	within []string // the inputs around
}

// Of is the schema of a value of a type. otherwise is its default, or nil.
func (i Inputs) Of(kind *ast.Type, otherwise *ast.Value) Schema {
	made := i.value(kind)
	if !kind.NonNull {
		made = made.OrNull()
	}
	if value, err := otherwise.Value(nil); otherwise != nil && err == nil {
		made["default"] = value
	}
	return made
}

func (i Inputs) value(kind *ast.Type) Schema {
	if kind.Elem != nil {
		return Schema{"type": "array", "items": i.Of(kind.Elem, nil)}
	}
	definition := i.Schema.Types[kind.NamedType]
	switch {
	case definition.Kind == ast.InputObject:
		return i.Object(definition)
	case i.Leaf != nil:
		return i.Leaf(definition)
	default:
		return Leaf(definition)
	}
}

// Object is the schema of an input.
func (i Inputs) Object(definition *ast.Definition) Schema {
	if slices.Contains(i.within, definition.Name) {
		return i.again(definition)
	}
	i.within = append(slices.Clip(i.within), definition.Name)
	properties := make(Properties, len(definition.Fields))
	required := []string{}
	for n, field := range definition.Fields {
		properties[n] = Property{Name: field.Name, Schema: i.Of(field.Type, field.DefaultValue).Describe(field.Description)}
		if field.Type.NonNull && field.DefaultValue == nil {
			required = append(required, field.Name)
		}
	}
	return Object(properties, required).Describe(definition.Description)
}

func (i Inputs) again(definition *ast.Definition) Schema {
	if i.Again != nil {
		return i.Again(definition)
	}
	return Schema{"type": "object", "description": fmt.Sprintf("The same as the %s around it.", definition.Name)}
}
