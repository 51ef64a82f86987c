package describe

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/composed"
)

// composed describes an endpoint that is a GraphQL operation.
func (b *book) composed(o *operation, e *Endpoint) {
	of := e.Operation
	o.name = of.Name
	o.summary = cmp.Or(o.summary, strings.TrimSpace(of.Description))
	for _, each := range of.Parameters() {
		if each.In == composed.InBody {
			continue
		}
		o.parameters = append(o.parameters, parameter{
			name: each.Name, in: string(each.In), description: each.Description, required: each.Required,
			schema: each.Schema, example: each.Example,
		})
	}
	if body := of.BodySchema(); body != nil {
		required, _ := body["required"].([]string)
		o.body = &content{required: len(required) > 0, media: asJSON, schema: body}
		if value := of.BodyExample(); value != nil {
			o.body.examples = []example{{name: "working", summary: "With which there is an answer.", value: value}}
		}
	}
	schema := b.parts.named(of.Name, of.ResponseSchema())
	answered := content{media: asJSON, schema: schema, examples: b.parts.generated(schema)}
	o.answers = append(o.answers, answer{
		status: "200", description: "What was asked for.", headers: partial(), content: o.contentOf(answered),
	})
	if of.Mutation {
		o.answers = append(o.answers, answer{
			status: "422", description: "It was not done: userErrors say why.", headers: partial(), content: o.contentOf(answered),
		})
	}
	if len(of.Parameters()) > 0 {
		o.refuse(http.StatusBadRequest)
	}
	o.answers = append(o.answers, answer{status: otherwise, problem: true})
}

// partial are the fields that tell of an answer's parts.
func partial() object {
	text := jsonschema.Schema{"type": "string"}
	return object{
		{composed.PartialHeader, object{
			{"description", "It is there where a part failed; errors in the body says which."},
			{"schema", jsonschema.Schema{"type": "string", "const": "true"}},
		}},
		{composed.FallbackHeader, object{
			{"description", "The services that did not answer, and what answered in their place: user;source=static."},
			{"schema", text},
		}},
	}
}
