package describe

import (
	"slices"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// takes describes the body of requests. Methods that only read have none.
func (b *book) takes(o *operation, e *Endpoint, promised openapi.Operation) error {
	spec := e.Route.Takes
	if spec == nil || reads(o.method) {
		return nil
	}
	node, _ := jsonIn(promised.Get("requestBody"))
	schema, err := taken(e.Route, node)
	if err != nil {
		return err
	}
	properties, _ := schema["properties"].(jsonschema.Properties)
	if schema["additionalProperties"] == false && len(properties) == 0 {
		return nil
	}
	required, _ := schema["required"].([]string)
	needed := len(required) > 0 || promised.Get("requestBody", "required").True() && len(spec.Adds) == 0
	o.body = &content{required: needed, media: asJSON, schema: schema, examples: b.parts.generated(schema)}
	return nil
}

// taken is what a client may send. It is read in the service's names, and then given the client's.
func taken(r *Route, node openapi.Node) (jsonschema.Schema, error) {
	back := reshape.Back(r.Takes.Moves)
	shape, err := r.Takes.Shape.Moved(r.Takes.Moves)
	if err != nil {
		return nil, err
	}
	schema, through, err := (&filter{named: r.Accepts}).of(node, shape, "")
	if err != nil || !through {
		return jsonschema.Schema{}, err
	}
	for _, path := range r.Takes.Adds {
		leaveOut(schema, namesOf(path))
	}
	arrange(schema, &reshape.Spec{Moves: back}, nil)
	emptied(schema)
	if !node.Exists() && len(r.Accepts) > 0 {
		closed(schema)
	}
	return schema, nil
}

// leaveOut makes a member one that need not be sent, because the gateway adds it. What is needed for its sake is not either.
func leaveOut(schema jsonschema.Schema, names []string) {
	for _, each := range objectsIn(schema) {
		if len(names) > 1 {
			below := propertyOf(each.schema, names[0])
			if below == nil {
				continue
			}
			leaveOut(below.Schema, names[1:])
			if needed, _ := below.Schema["required"].([]string); len(needed) > 0 {
				continue
			}
		}
		require(each.schema, names[0], false)
	}
}

// emptied takes out objects of which all members have another place for clients.
func emptied(schema jsonschema.Schema) {
	for _, each := range objectsIn(schema) {
		properties, _ := each.schema["properties"].(jsonschema.Properties)
		for _, property := range properties {
			emptied(property.Schema)
		}
		each.schema["properties"] = slices.DeleteFunc(properties, func(p jsonschema.Property) bool {
			left, isObject := p.Schema["properties"].(jsonschema.Properties)
			gone := isObject && len(left) == 0 && p.Schema["additionalProperties"] == false
			if gone {
				require(each.schema, p.Name, false)
			}
			return gone
		})
	}
}

// closed says of a body that no contract describes that it holds what is accepted and nothing else.
func closed(schema jsonschema.Schema) {
	schema["type"] = "object"
	schema["additionalProperties"] = false
	properties, _ := schema["properties"].(jsonschema.Properties)
	for _, each := range properties {
		if below, _ := each.Schema["properties"].(jsonschema.Properties); len(below) > 0 {
			closed(each.Schema)
		}
	}
}
