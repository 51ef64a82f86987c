package describe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// filter makes schemas of what a contract describes, as far as shapes let it through.
type filter struct {
	// named are paths of members that shapes have by name, whether or not the contract does.
	named []string
	// record is told of the schema at each place in the envelope that holds records, and gives the one to take.
	record func(pointer string, node openapi.Node) (schema jsonschema.Schema, through, is bool, err error)

	within []string // the places around, which a schema may hold itself
}

// deepest bounds how deep schemas stand within each other.
const deepest = 20

// of is the schema of values at a place of the contract, by a shape. It is false where none of them goes through.
func (f *filter) of(node openapi.Node, shape *reshape.Shape, path string) (schema jsonschema.Schema, through bool, err error) {
	if !node.Exists() {
		return f.unknown(shape, path), true, nil
	}
	if slices.Contains(f.within, node.String()) || len(f.within) == deepest {
		return jsonschema.Schema{"description": "The same as what stands around it."}, true, nil
	}
	f.within = append(f.within, node.String())
	defer func() { f.within = f.within[:len(f.within)-1] }()
	said := node.Schema()
	var choices []jsonschema.Schema
	for _, each := range said.Shapes {
		made, ok, err := f.shape(each, shape, path)
		if err != nil {
			return nil, false, err
		}
		if ok {
			choices = append(choices, made)
		}
	}
	return anyOf(choices, said.Nullable), len(choices) > 0 || said.Nullable, nil
}

// anyOf is one of several schemas, or null.
func anyOf(choices []jsonschema.Schema, nullable bool) jsonschema.Schema {
	if len(choices) == 1 {
		if nullable {
			return orNull(choices[0])
		}
		return choices[0]
	}
	if nullable {
		choices = append(choices, jsonschema.Schema{"type": "null"})
	}
	if len(choices) == 1 {
		return choices[0]
	}
	return jsonschema.Schema{"anyOf": choices}
}

// orNull also admits null.
func orNull(schema jsonschema.Schema) jsonschema.Schema {
	if _, isRef := schema["$ref"]; isRef {
		return jsonschema.Schema{"anyOf": []jsonschema.Schema{schema, {"type": "null"}}}
	}
	if kind, ok := schema["type"].(string); ok && kind != "null" {
		schema["type"] = []string{kind, "null"}
	}
	if only, ok := schema["const"]; ok {
		delete(schema, "const")
		schema["enum"] = []any{only}
	}
	if values, ok := schema["enum"].([]any); ok && !slices.Contains(values, nil) {
		schema["enum"] = append(values, nil)
	}
	return schema
}

// unknown is what can be said of values that the contract does not describe.
func (f *filter) unknown(shape *reshape.Shape, path string) jsonschema.Schema {
	schema := jsonschema.Schema{}
	f.addNamed(schema, shape, path)
	return schema
}

// shape is the schema of one type of values.
func (f *filter) shape(said openapi.Shape, shape *reshape.Shape, path string) (jsonschema.Schema, bool, error) {
	switch said.Type {
	case "":
		return f.unknown(shape, path), true, nil
	case "array":
		return f.array(said, shape, path)
	case "object":
		return f.object(said, shape, path)
	}
	if kindOf(shape) == known {
		return nil, false, nil
	}
	if n := lastOf(shape); n > 0 {
		return lastDigits(n, said), true, nil
	}
	schema := jsonschema.Schema{"type": said.Type}
	copyKeywords(schema, said, "description", "title", "format", "default", "deprecated", "examples", "example", "minimum",
		"maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern")
	copyValues(schema, said)
	return schema, true, nil
}

// lastDigits is the end of a number, or null where it is too short to be shown a part of.
func lastDigits(n int, said openapi.Shape) jsonschema.Schema {
	return jsonschema.Schema{
		"type": []string{"string", "null"}, "maxLength": n, "pattern": fmt.Sprintf("^[0-9]{%d}$", n),
		"description": strings.TrimSpace(fmt.Sprintf("The last %d digits. %s", n, said.Keyword("description").Text())),
	}
}

// array is a list. Elements that do not go through are left out of it.
func (f *filter) array(said openapi.Shape, shape *reshape.Shape, path string) (jsonschema.Schema, bool, error) {
	items, through, err := f.of(said.Item(), shape, path)
	if err != nil {
		return nil, false, err
	}
	schema := jsonschema.Schema{"type": "array"}
	copyKeywords(schema, said, "description", "title", "deprecated", "maxItems")
	if !through {
		schema["maxItems"] = 0
		return schema, true, nil
	}
	copyKeywords(schema, said, "minItems")
	if kindOf(shape) != known {
		copyKeywords(schema, said, "uniqueItems") // what is left of different records can be the same
	}
	if len(items) > 0 {
		schema["items"] = items
	}
	return schema, true, nil
}

// object is the members that go through. What the contract hides must not be among them.
func (f *filter) object(said openapi.Shape, shape *reshape.Shape, path string) (jsonschema.Schema, bool, error) {
	takes := kindOf(shape)
	if takes == scalars {
		return nil, false, nil
	}
	schema, properties, required := jsonschema.Schema{"type": "object"}, jsonschema.Properties{}, []string{}
	copyKeywords(schema, said, "description", "title", "deprecated")
	for _, name := range said.Members() {
		at := pathTo("", name)
		below, through := shape.At(at)
		node, _ := said.Member(name)
		if !through {
			continue
		}
		if isHidden(node) {
			return nil, false, fmt.Errorf("the member %s goes through, which the contract says nobody may see", pathTo(path, name))
		}
		made, through, err := f.member(node, below, pathTo(path, name))
		if err != nil {
			return nil, false, err
		}
		if !through {
			continue
		}
		properties = append(properties, jsonschema.Property{Name: name, Schema: guarded(made, below)})
		if said.Requires(name) && isCertain(below) {
			required = append(required, name)
		}
	}
	schema["properties"] = properties
	if len(required) > 0 {
		schema["required"] = required
	}
	f.addNamed(schema, shape, path)
	return schema, true, f.others(schema, said, shape, path)
}

func (f *filter) member(node openapi.Node, shape *reshape.Shape, path string) (jsonschema.Schema, bool, error) {
	if f.record != nil {
		if schema, through, is, err := f.record("/"+path, node); is || err != nil {
			return schema, through, err
		}
	}
	return f.of(node, shape, path)
}

// others says what members there may be besides.
func (f *filter) others(schema jsonschema.Schema, said openapi.Shape, shape *reshape.Shape, path string) error {
	if kindOf(shape) == known {
		schema["additionalProperties"] = false
		return nil
	}
	node := said.Keyword("additionalProperties")
	switch {
	case node.Scalar() == false:
		schema["additionalProperties"] = false
	case len(node.Names()) > 0:
		below, _ := shape.At(unheardOf)
		made, _, err := f.of(node, below, pathTo(path, "*"))
		if err != nil {
			return err
		}
		schema["additionalProperties"] = made
	}
	return nil
}

// addNamed adds members that the shape has by name and the contract does not know.
func (f *filter) addNamed(schema jsonschema.Schema, shape *reshape.Shape, path string) {
	properties, _ := schema["properties"].(jsonschema.Properties)
	for _, each := range f.named {
		rest, below := strings.CutPrefix(each, path+"/")
		if path == "" {
			rest, below = each, true
		}
		if !below {
			continue
		}
		at, _, _ := strings.Cut(rest, "/")
		name := namesOf(at)[0]
		shown, through := shape.At(at)
		if !through || slices.ContainsFunc(properties, func(p jsonschema.Property) bool { return p.Name == name }) {
			continue
		}
		properties = append(properties, jsonschema.Property{Name: name, Schema: guarded(f.unknown(shown, pathTo(path, name)), shown)})
	}
	if len(properties) > 0 {
		schema["properties"] = properties
	}
}

// isHidden reports whether the contract says that nobody may see a member.
func isHidden(node openapi.Node) bool {
	return slices.ContainsFunc(node.Schema().Shapes, func(s openapi.Shape) bool {
		return s.Keyword("x-visibility").Text() == "never"
	})
}
