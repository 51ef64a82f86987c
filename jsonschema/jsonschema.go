// Package jsonschema answers what JSON a GraphQL operation takes and gives, as JSON Schema of draft 2020-12.
package jsonschema

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
)

// Schema is a JSON Schema of draft 2020-12, which OpenAPI 3.1 uses, as values that marshal to JSON. What is nullable has null
// among its types.
type Schema map[string]any

// Properties are the members of an object, in order.
type Properties []Property

// Property is one member.
type Property struct {
	Name   string
	Schema Schema
}

// MarshalJSON writes an object.
func (p Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, each := range p {
		if i > 0 {
			out.WriteByte(',')
		}
		made, err := json.Marshal(each.Schema)
		if err != nil {
			return nil, fmt.Errorf("write the schema of %s: %w", each.Name, err)
		}
		name, _ := jsontext.AppendQuote(nil, each.Name) // what is not UTF-8 is replaced, and the error says so
		out.Write(name)
		out.WriteByte(':')
		out.Write(made)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Object is an object with these members and no others.
func Object(properties Properties, required []string) Schema {
	made := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

// Describe adds what a field, an argument or a type says of itself, in the place of what was said from further away. An empty
// description changes nothing.
func (s Schema) Describe(description string) Schema {
	if description != "" {
		s["description"] = description
	}
	return s
}

// Leaf is a scalar or an enumeration. Of scalars other than those of GraphQL and of this gateway it is not known how they are
// written.
func Leaf(definition *ast.Definition) Schema {
	if definition.Kind == ast.Enum {
		values := make([]any, len(definition.EnumValues))
		for i, each := range definition.EnumValues {
			values[i] = each.Name
		}
		return Schema{"type": "string", "enum": values}.Describe(definition.Description)
	}
	switch definition.Name {
	case "Int":
		return Schema{"type": "integer", "format": "int32"}
	case "Float":
		return Schema{"type": "number", "format": "double"}
	case "Boolean":
		return Schema{"type": "boolean"}
	case "ID", "String":
		return Schema{"type": "string"}
	case "Decimal":
		return Schema{"type": "string", "format": "decimal"}.Describe(definition.Description)
	case "DateTime":
		return Schema{"type": "string", "format": "date-time"}.Describe(definition.Description)
	default:
		return Schema{}.Describe(definition.Description)
	}
}

// OrNull also admits null. The schema itself is changed, where its keywords can say so.
func (s Schema) OrNull() Schema {
	if _, refers := s["$ref"]; refers {
		return Schema{"anyOf": []Schema{s, {"type": "null"}}}
	}
	if kind, ok := s["type"].(string); ok {
		s["type"] = []string{kind, "null"}
	}
	if values, ok := s["enum"].([]any); ok {
		s["enum"] = append(values, nil)
	}
	if choices, ok := s["anyOf"].([]Schema); ok {
		s["anyOf"] = append(choices, Schema{"type": "null"})
	}
	return s
}

// WithoutNull takes back what OrNull added to a leaf or a list of leaves.
func (s Schema) WithoutNull() Schema {
	if kinds, ok := s["type"].([]string); ok {
		s["type"] = kinds[0]
	}
	if values, ok := s["enum"].([]any); ok && values[len(values)-1] == nil {
		s["enum"] = values[:len(values)-1]
	}
	if items, ok := s["items"].(Schema); ok {
		s["items"] = items.WithoutNull()
	}
	return s
}
