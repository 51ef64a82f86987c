package describe

import (
	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/jsonschema"
)

// copyKeywords takes over what a contract says under these keywords. Of OpenAPI 3.0 it makes what 3.1 says.
func copyKeywords(schema jsonschema.Schema, said openapi.Shape, keywords ...string) {
	for _, keyword := range keywords {
		node := said.Keyword(keyword)
		if !node.Exists() {
			continue
		}
		value := valueAt(node)
		switch keyword {
		case "example":
			if schema["examples"] == nil {
				schema["examples"] = []any{value}
			}
		case "exclusiveMinimum":
			exclude(schema, keyword, "minimum", value)
		case "exclusiveMaximum":
			exclude(schema, keyword, "maximum", value)
		default:
			schema[keyword] = value
		}
	}
}

// exclude copies a bound that is not part of what it bounds. Until 3.0 it was a remark to the bound beside it.
func exclude(schema jsonschema.Schema, keyword, bound string, value any) {
	is, remark := value.(bool)
	if !remark {
		schema[keyword] = value
		return
	}
	if is && schema[bound] != nil {
		schema[keyword] = schema[bound]
		delete(schema, bound)
	}
}

// copyValues takes over to which values a schema is limited.
func copyValues(schema jsonschema.Schema, said openapi.Shape) {
	values, _ := said.Enum()
	switch {
	case len(values) == 1 && said.Keyword("const").Exists():
		schema["const"] = values[0]
	case len(values) > 0:
		schema["enum"] = values
	}
}

// valueAt is what stands at a place of a contract.
func valueAt(node openapi.Node) any {
	if names := node.Names(); len(names) > 0 {
		made := make(object, len(names))
		for i, name := range names {
			made[i] = member{name, valueAt(node.Get(name))}
		}
		return made
	}
	if items := node.Items(); len(items) > 0 {
		values := make([]any, len(items))
		for i, item := range items {
			values[i] = valueAt(item)
		}
		return values
	}
	return node.Scalar()
}
