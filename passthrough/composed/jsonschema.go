package composed

import (
	"bytes"
	"encoding/json"
	"fmt"

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
		out.Write(text(nil, each.Name))
		out.WriteByte(':')
		out.Write(made)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// object is an object with these members and no others.
func object(properties Properties, required []string) Schema {
	made := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

// described adds what a field, an argument or a type says of itself, unless something nearer has.
func described(made Schema, description string) Schema {
	if description != "" {
		made["description"] = description
	}
	return made
}

// leaf is a scalar or an enumeration. Of scalars other than these it is not known how they are written.
func leaf(definition *ast.Definition) Schema {
	if definition.Kind == ast.Enum {
		values := make([]any, len(definition.EnumValues))
		for i, each := range definition.EnumValues {
			values[i] = each.Name
		}
		return described(Schema{"type": "string", "enum": values}, definition.Description)
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
		return described(Schema{"type": "string", "format": "decimal"}, definition.Description)
	case "DateTime":
		return described(Schema{"type": "string", "format": "date-time"}, definition.Description)
	default:
		return described(Schema{}, definition.Description)
	}
}

// orNull also admits null.
func orNull(made Schema) Schema {
	if kind, ok := made["type"].(string); ok {
		made["type"] = []string{kind, "null"}
	}
	if values, ok := made["enum"].([]any); ok {
		made["enum"] = append(values, nil)
	}
	if choices, ok := made["anyOf"].([]Schema); ok {
		made["anyOf"] = append(choices, Schema{"type": "null"})
	}
	return made
}

// withoutNull takes back what orNull added.
func withoutNull(made Schema) Schema {
	if kinds, ok := made["type"].([]string); ok {
		made["type"] = kinds[0]
	}
	if values, ok := made["enum"].([]any); ok && values[len(values)-1] == nil {
		made["enum"] = values[:len(values)-1]
	}
	if items, ok := made["items"].(Schema); ok {
		made["items"] = withoutNull(items)
	}
	return made
}
