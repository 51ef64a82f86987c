package describe

import (
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// someOnly marks members that not every caller sees, for programs.
const someOnly = "x-some-callers-only"

// guarded is the schema of a member as all callers get it, of whom not each may see it.
func guarded(schema jsonschema.Schema, shape *reshape.Shape) jsonschema.Schema {
	if _, is := shape.IsMetered(); is {
		say(schema, "It is left out where the caller has read it too often.")
	}
	if !shape.IsGuarded() {
		return schema
	}
	sentence := "Not every caller gets it."
	if shape.IsVeiled() {
		sentence = "Not every caller sees it: others get a text in its place, or null."
		schema = either(schema, jsonschema.Schema{"type": []string{"string", "null"}})
	}
	say(schema, sentence)
	schema[someOnly] = true
	return schema
}

// say adds a sentence to what a schema says of itself.
func say(schema jsonschema.Schema, sentence string) {
	said, _ := schema["description"].(string)
	schema["description"] = strings.TrimSpace(said + " " + sentence)
}

// isCertain reports whether every caller gets a member, each time.
func isCertain(shape *reshape.Shape) bool {
	_, metered := shape.IsMetered()
	return !metered && !shape.IsGuarded()
}

// perhaps is the schema of records within an answer of which some are kept from the caller: one that stands alone is null then.
func perhaps(schema jsonschema.Schema) jsonschema.Schema {
	fewer(schema)
	switch {
	case schema["anyOf"] != nil:
		return either(schema, jsonschema.Schema{"type": "null"})
	case schema["type"] == "array":
		return schema
	default:
		return orNull(schema)
	}
}

// fewer makes lists ones from which records may be missing.
func fewer(schema jsonschema.Schema) {
	delete(schema, "minItems")
	for _, choice := range choicesOf(schema) {
		delete(choice, "minItems")
	}
}

// keepsRecords reports whether some records that a route answers are kept from some callers.
func keepsRecords(r *Route) bool {
	return r.Shows != nil && (len(r.Shows.Guards) > 0 ||
		slices.ContainsFunc(r.Shows.Records, func(at reshape.RecordsAt) bool { return len(at.Guards) > 0 }))
}
