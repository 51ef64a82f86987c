package describe

import (
	"testing"

	"github.com/concierge-gateway/concierge/jsonschema"
)

func TestWhatIsMadeUpFits(t *testing.T) {
	for name, schema := range map[string]jsonschema.Schema{
		"a text":                        {"type": "string"},
		"a long text":                   {"type": "string", "minLength": 30.0},
		"a short text":                  {"type": "string", "maxLength": 2.0},
		"an empty text":                 {"type": "string", "maxLength": 0},
		"a day":                         {"type": "string", "format": "date"},
		"a pattern":                     {"type": "string", "pattern": "^[A-Z]{3}-(a|b)+[^/]*x?$"},
		"a class of few":                {"type": "string", "pattern": `^[%&]\d\w.$`},
		"an integer":                    {"type": "integer"},
		"an integer far away":           {"type": "integer", "minimum": 1000.0},
		"an integer below zero":         {"type": "integer", "maximum": -1.0},
		"an integer above":              {"type": "integer", "exclusiveMinimum": 1.0},
		"an integer below":              {"type": "integer", "exclusiveMaximum": 0.0},
		"a multiple":                    {"type": "integer", "minimum": 8.0, "multipleOf": 5.0},
		"a number between":              {"type": "number", "exclusiveMinimum": 0.1, "exclusiveMaximum": 0.2},
		"a number of a list":            {"type": "number", "enum": []any{3.5}},
		"true or false":                 {"type": "boolean"},
		"null":                          {"anyOf": []jsonschema.Schema{{"const": nil}, {"type": "string"}}},
		"some":                          {"type": "array", "items": jsonschema.Schema{"type": "string"}, "minItems": 3.0},
		"none":                          {"type": "array", "maxItems": 0},
		"a list of who knows what":      {"type": "array"},
		"an object":                     {"type": "object", "required": []string{"a"}, "properties": jsonschema.Properties{{Name: "a", Schema: jsonschema.Schema{"type": "boolean"}}}},
		"an object without what cannot": {"properties": jsonschema.Properties{{Name: "a", Schema: jsonschema.Schema{"type": "string", "pattern": `^a\bb$`}}}},
	} {
		t.Run(name, func(t *testing.T) {
			made := newComponents().generated(schema)
			if len(made) != 1 {
				t.Fatal("nothing was made up")
			}
			text, err := write(made[0].value)
			if err != nil {
				t.Fatal(err)
			}
			described, err := write(schema)
			if err != nil {
				t.Fatal(err)
			}
			if err := fits(described, text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
}

func TestWhereNothingFitsNothingIsMadeUp(t *testing.T) {
	self := jsonschema.Schema{"type": "object", "required": []string{"self"}}
	self["properties"] = jsonschema.Properties{{Name: "self", Schema: self}}
	for name, schema := range map[string]jsonschema.Schema{
		"of what nothing is known":   {},
		"too many different ones":    {"type": "array", "items": jsonschema.Schema{"type": "string"}, "minItems": 2, "uniqueItems": true},
		"an endless object":          self,
		"a pattern that Go has not":  {"type": "string", "pattern": `(?=a)b`},
		"a pattern that is too long": {"type": "string", "pattern": `^a{9}$`, "maxLength": 3},
		"a format that is too long":  {"type": "string", "format": "uuid", "maxLength": 3},
		"an integer between":         {"type": "integer", "exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0},
		"a word boundary":            {"type": "string", "pattern": `^a\bb$`},
	} {
		t.Run(name, func(t *testing.T) {
			if made := newComponents().generated(schema); made != nil {
				t.Errorf("got %v", made[0].value)
			}
		})
	}
}
