package tool

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/variables"
)

// inputs describes the arguments of a call: the variables, in their order.
func (o *marked) inputs(t *Tool) {
	defs := &definitions{}
	defs.inputs = jsonschema.Inputs{Schema: o.schema, Leaf: exactLeaf, Again: defs.refer}
	properties := make(jsonschema.Properties, len(o.definition.VariableDefinitions))
	required := []string{}
	for i, v := range o.definition.VariableDefinitions {
		made := defs.inputs.Of(v.Type, v.DefaultValue)
		made.Describe(cmp.Or(strings.TrimSpace(v.Description), jsonschema.Description(o.definition.SelectionSet, v.Variable)))
		if o.isPageSize(v) {
			made["minimum"], made["maximum"] = 0, o.pages.Max
			t.sizes = append(t.sizes, v.Variable)
		}
		needed := v.Type.NonNull && v.DefaultValue == nil
		if needed {
			required = append(required, v.Variable)
		}
		properties[i] = jsonschema.Property{Name: v.Variable, Schema: made}
		t.variables = append(t.variables, variables.Variable{Name: v.Variable, Type: v.Type, Required: needed})
	}
	whole := jsonschema.Object(properties, required)
	if made := defs.all(); len(made) > 0 {
		whole["$defs"] = made
	}
	t.Input = o.written(whole)
}

// exactLeaf says all of what package variables asks of a scalar: an Int has 32 bits, and one of the schema's own is a text.
func exactLeaf(definition *ast.Definition) jsonschema.Schema {
	made := jsonschema.Leaf(definition)
	if definition.Name == "Int" {
		made["minimum"], made["maximum"] = math.MinInt32, math.MaxInt32
	}
	if made["type"] == nil {
		made["type"] = "string"
	}
	return made
}

// definitions are the inputs that stand within themselves.
type definitions struct {
	inputs jsonschema.Inputs
	found  []*ast.Definition
}

func (d *definitions) refer(definition *ast.Definition) jsonschema.Schema {
	if !slices.Contains(d.found, definition) {
		d.found = append(d.found, definition)
	}
	return jsonschema.Schema{"$ref": "#/$defs/" + definition.Name}
}

// all are their schemas. More may be found on the way.
func (d *definitions) all() jsonschema.Properties {
	var made jsonschema.Properties
	for len(made) < len(d.found) {
		next := d.found[len(made)]
		made = append(made, jsonschema.Property{Name: next.Name, Schema: d.inputs.Object(next)})
	}
	return made
}

// isPageSize reports whether a variable says how long a page is. Package page refuses what is out of range.
func (o *marked) isPageSize(v *ast.VariableDefinition) bool {
	return v.Type.NamedType == "Int" &&
		slices.ContainsFunc(jsonschema.Uses(o.definition.SelectionSet, v.Variable), func(use jsonschema.Use) bool {
			return use.Argument != "" && slices.Contains(slicing(use.Field), use.Argument)
		})
}

// slicing are the arguments of a field that say how long its list is.
func slicing(field *ast.FieldDefinition) []string {
	directive := field.Directives.ForName("listSize")
	if directive == nil {
		return nil
	}
	given := directive.Arguments.ForName("slicingArguments")
	if given == nil {
		return nil
	}
	if given.Value.Kind != ast.ListValue {
		return []string{given.Value.Raw}
	}
	var arguments []string
	for _, each := range given.Value.Children {
		arguments = append(arguments, each.Value.Raw)
	}
	return arguments
}

// written is a schema as text.
func (o *marked) written(made jsonschema.Schema) json.RawMessage {
	text, err := json.Marshal(made)
	if err != nil { // of a default that is no JSON, which a valid document has not
		o.failf("write its schema: %v", err)
	}
	return text
}
