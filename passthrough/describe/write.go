package describe

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/jsonschema"
)

// object is a JSON object whose members have an order.
type object []member

type member struct {
	name  string
	value any
}

// keywords is the order of what a schema says first. What is not here follows in alphabetical order.
var keywords = []string{ //nolint:gochecknoglobals // it is a table that nothing changes
	"$ref", "title", "description", "type", "format", "const", "enum", "default", "examples", "pattern", "minLength", "maxLength",
	"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "items",
	"required", "properties", "additionalProperties", "anyOf",
}

// write is a value as JSON, indented for those who read it. Members that stand twice in an object are an error.
func write(value any) ([]byte, error) {
	var text bytes.Buffer
	w := writer{jsontext.NewEncoder(&text, jsontext.WithIndent(" "))}
	if err := w.value(value); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

type writer struct{ out *jsontext.Encoder }

func (w writer) value(value any) error {
	switch v := value.(type) {
	case object:
		return w.object(v)
	case jsonschema.Schema:
		return w.object(inReadingOrder(v))
	case jsonschema.Properties:
		members := make(object, len(v))
		for i, each := range v {
			members[i] = member{each.Name, each.Schema}
		}
		return w.object(members)
	case map[string]any:
		members := make(object, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, member{name, v[name]})
		}
		return w.object(members)
	case []any:
		return list(w, v)
	case []object:
		return list(w, v)
	case []jsonschema.Schema:
		return list(w, v)
	default:
		return w.leaf(v)
	}
}

func (w writer) object(members object) error {
	if err := w.out.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, each := range members {
		if err := w.out.WriteToken(jsontext.String(each.name)); err != nil {
			return fmt.Errorf("name %q: %w", each.name, err)
		}
		if err := w.value(each.value); err != nil {
			return err
		}
	}
	return w.out.WriteToken(jsontext.EndObject)
}

func list[T any](w writer, values []T) error {
	if err := w.out.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, each := range values {
		if err := w.value(each); err != nil {
			return err
		}
	}
	return w.out.WriteToken(jsontext.EndArray)
}

func (w writer) leaf(value any) error {
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	return w.out.WriteValue(text)
}

// inReadingOrder are the keywords of a schema, those first that one looks for. Descriptions of nothing are left out.
func inReadingOrder(schema jsonschema.Schema) object {
	members := make(object, 0, len(schema))
	add := func(keyword string) {
		if value, is := schema[keyword]; is && (keyword != "description" || value != "") {
			members = append(members, member{keyword, value})
		}
	}
	for _, keyword := range keywords {
		add(keyword)
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		if !slices.Contains(keywords, keyword) {
			add(keyword)
		}
	}
	return members
}
