package describe

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/problem"
)

// components are the parts of a document that others refer to.
type components struct {
	schemas map[string]jsonschema.Schema
	names   []string
	refused map[string]bool // the statuses of problems
}

// The names of parts.
const (
	problemSchema = "Problem"
	bearer        = "bearer"
)

func newComponents() *components {
	c := &components{schemas: make(map[string]jsonschema.Schema), refused: make(map[string]bool)}
	c.add(problemSchema, problems())
	return c
}

func (c *components) add(name string, schema jsonschema.Schema) {
	c.schemas[name] = schema
	c.names = append(c.names, name)
}

func refTo(name string) jsonschema.Schema { return jsonschema.Schema{"$ref": schemaPointer + name} }

const schemaPointer = "#/components/schemas/"

// resolve is what a reference means.
func (c *components) resolve(schema jsonschema.Schema) jsonschema.Schema {
	if ref, is := schema["$ref"].(string); is {
		return c.schemas[strings.TrimPrefix(ref, schemaPointer)]
	}
	return schema
}

// named puts an object, or each of a list, among the parts under a name, and refers to it. Another of the same name gets a
// number.
func (c *components) named(name string, schema jsonschema.Schema) jsonschema.Schema {
	if name == "" {
		return schema
	}
	if items, is := schema["items"].(jsonschema.Schema); is {
		schema["items"] = c.named(name, items)
		return schema
	}
	nullable := false
	if types, is := schema["type"].([]string); is && slices.Equal(types, []string{"object", "null"}) {
		nullable, schema["type"] = true, "object"
	}
	if schema["type"] != "object" {
		return schema
	}
	free := name
	for n := 2; c.schemas[free] != nil && !reflect.DeepEqual(c.schemas[free], schema); n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	if c.schemas[free] == nil {
		c.add(free, schema)
	}
	if nullable {
		return orNull(refTo(free))
	}
	return refTo(free)
}

// problems is the schema of a refusal.
func problems() jsonschema.Schema {
	text := func(description string) jsonschema.Schema {
		return jsonschema.Schema{"type": "string", "description": description}
	}
	kinds := problem.Kinds()
	codes := make([]any, len(kinds))
	for i, kind := range kinds {
		codes[i] = kind.Code()
	}
	fault := jsonschema.Schema{
		"type": "object", "required": []string{"field", "code"}, "additionalProperties": false, "properties": jsonschema.Properties{
			{Name: "field", Schema: text("The way to the member, such as items[0].product_id; empty for all of the input.")},
			{Name: "code", Schema: text("What is wrong with it, for programs, such as TOO_LONG.")},
		},
	}
	status := jsonschema.Schema{"type": "integer", "format": "int32", "minimum": http.StatusBadRequest, "maximum": 599}
	return jsonschema.Schema{
		"type": "object", "description": "A refusal, as RFC 9457 writes it.",
		"required": []string{"title", "status", "detail", "code"}, "additionalProperties": false, "properties": jsonschema.Properties{
			{Name: "title", Schema: text("The status, in words.")},
			{Name: "status", Schema: status},
			{Name: "detail", Schema: text("What went wrong, for people.")},
			{Name: "code", Schema: jsonschema.Schema{"type": "string", "description": "What went wrong, for programs.", "enum": codes}},
			{Name: "errors", Schema: jsonschema.Schema{
				"type": "array", "description": "What is wrong with the input, member by member, where that is known.", "items": fault,
			}},
			{Name: "request_id", Schema: text("By which the request is found in logs.")},
		},
	}
}

// problem refers to the problem of a status.
func (c *components) problem(status string) object {
	c.refused[status] = true
	return object{{"$ref", "#/components/responses/" + problemName(status)}}
}

func problemName(status string) string {
	if status == otherwise {
		return problemSchema
	}
	return problemSchema + status
}

// written is the part of the document. Operations must have been written: they say what is referred to.
func (c *components) written() object {
	schemas, responses := make(object, 0, len(c.names)), make(object, 0, len(c.refused))
	for _, name := range slices.Sorted(slices.Values(c.names)) {
		schemas = append(schemas, member{name, c.schemas[name]})
	}
	for _, status := range slices.Sorted(maps.Keys(c.refused)) {
		responses = append(responses, member{problemName(status), object{
			{"description", meaning(status)},
			{"content", object{{asProblem, object{{"schema", refTo(problemSchema)}}}}},
		}})
	}
	return object{
		{"schemas", schemas},
		{"responses", responses},
		{"securitySchemes", object{{bearer, object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}},
	}
}

// meaning is what a status says where it is a problem's.
func meaning(status string) string {
	if status == otherwise {
		return "Why there is no answer."
	}
	code, _ := strconv.Atoi(status)
	text := http.StatusText(code)
	for _, kind := range problem.Kinds() {
		if kind.Status() == code {
			text = kind.Message()
			break
		}
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
