package describe

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/jsonschema"
)

// generated is an example of a schema, if one can be made up.
func (c *components) generated(schema jsonschema.Schema) []example {
	value, ok := (&sampler{parts: c}).of(schema)
	if !ok {
		return nil
	}
	return []example{{name: "generated", summary: "Made up: it fits, and means nothing.", value: value}}
}

// sampler makes up values of schemas, always the same.
type sampler struct {
	parts *components
	depth int
}

// of is a value that fits. There is none where too much would have to fit together.
func (s *sampler) of(schema jsonschema.Schema) (value any, ok bool) {
	if s.depth == deepest {
		return nil, false
	}
	s.depth++
	defer func() { s.depth-- }()
	schema = s.parts.resolve(schema)
	if value, said := given(schema); said {
		return value, true
	}
	if choices, _ := schema["anyOf"].([]jsonschema.Schema); len(choices) > 0 {
		return s.of(choices[0])
	}
	switch typeOf(schema) {
	case "object":
		return s.object(schema)
	case "array":
		return s.array(schema)
	case "string":
		return text(schema)
	case "integer", "number":
		return number(schema)
	case "boolean":
		return true, true
	default:
		return nil, false // of what nothing is known, nothing is made up
	}
}

// given is a value that the schema itself names.
func given(schema jsonschema.Schema) (value any, said bool) {
	if only, is := schema["const"]; is {
		return only, true
	}
	for _, keyword := range []string{"examples", "enum"} {
		if values, _ := schema[keyword].([]any); len(values) > 0 {
			return values[0], true
		}
	}
	return nil, false
}

// typeOf is the first type of a schema.
func typeOf(schema jsonschema.Schema) string {
	switch kind := schema["type"].(type) {
	case string:
		return kind
	case []string:
		return kind[0]
	}
	if schema["properties"] != nil {
		return "object"
	}
	return ""
}

// object has all members that can be made up. What is only there when something failed is not among them.
func (s *sampler) object(schema jsonschema.Schema) (any, bool) {
	properties, _ := schema["properties"].(jsonschema.Properties)
	made := object{}
	for _, each := range properties {
		needed := requires(schema, each.Name)
		if each.Name == "errors" && !needed {
			continue
		}
		value, ok := s.of(each.Schema)
		if !ok && needed {
			return nil, false
		}
		if ok {
			made = append(made, member{each.Name, value})
		}
	}
	return made, true
}

// array has one element, or as many as it must.
func (s *sampler) array(schema jsonschema.Schema) (any, bool) {
	least, most := intOf(schema, "minItems", 0), intOf(schema, "maxItems", math.MaxInt32)
	n := min(max(least, 1), most)
	if schema["uniqueItems"] == true && n > 1 {
		return nil, false
	}
	items, _ := schema["items"].(jsonschema.Schema)
	element, ok := s.of(items)
	if !ok || n == 0 {
		return []any{}, least == 0 || n == 0
	}
	return slices.Repeat([]any{element}, n), true
}

// formats are values of formats.
var formats = map[string]string{ //nolint:gochecknoglobals // it is a table that nothing changes
	"date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31", "time": "12:00:00Z", "duration": "P1D",
	"email": "somebody@example.com",
	"uuid":  "8e03978e-40d5-43dd-bc93-6894a57f9324", "uri": "https://example.com/", "uri-reference": "/", "hostname": "example.com",
	"ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "decimal": "19.99",
}

func text(schema jsonschema.Schema) (any, bool) {
	least, most := intOf(schema, "minLength", 0), intOf(schema, "maxLength", math.MaxInt32)
	if pattern, is := schema["pattern"].(string); is {
		made, ok := matching(pattern)
		length := utf8.RuneCountInString(made)
		return made, ok && length >= least && length <= most
	}
	format, _ := schema["format"].(string)
	if made, known := formats[format]; known {
		return made, len(made) >= least && len(made) <= most
	}
	made := "text"
	if len(made) < least {
		made = strings.Repeat("text", (least+3)/4)
	}
	return made[:min(len(made), max(least, min(most, len("text"))))], true
}

// number is one, or the number closest to it that fits.
func number(schema jsonschema.Schema) (any, bool) {
	step := floatOf(schema, "multipleOf", 1)
	least := floatOf(schema, "minimum", math.Inf(-1))
	most := floatOf(schema, "maximum", math.Inf(1))
	under, over := floatOf(schema, "exclusiveMinimum", math.Inf(-1)), floatOf(schema, "exclusiveMaximum", math.Inf(1))
	fits := func(n float64) bool { return n >= least && n <= most && n > under && n < over }
	for _, near := range []float64{1, 0, least, under, most, over} {
		if math.IsInf(near, 0) {
			continue
		}
		for _, n := range []float64{
			math.Ceil(near/step) * step, math.Floor(near/step) * step, math.Floor(near/step)*step + step,
			math.Ceil(near/step)*step - step,
		} {
			if fits(n) {
				return n, true
			}
		}
	}
	middle := (max(least, under) + min(most, over)) / 2
	return middle, fits(middle) && schema["multipleOf"] == nil && typeOf(schema) == "number"
}

func intOf(schema jsonschema.Schema, keyword string, otherwise int) int {
	return int(floatOf(schema, keyword, float64(otherwise)))
}

func floatOf(schema jsonschema.Schema, keyword string, otherwise float64) float64 {
	switch n := schema[keyword].(type) {
	case float64:
		return n
	case int:
		return float64(n)
	default:
		return otherwise
	}
}
