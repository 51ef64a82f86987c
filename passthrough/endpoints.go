package passthrough

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/describe"
)

// Describe is the OpenAPI document of all routes and operations. contract finds what a service says of itself; anonymous says
// whether callers need no token.
func (p *Plan) Describe(
	version string, anonymous bool, contract func(service string) (*openapi.Document, bool),
) ([]byte, error) {
	endpoints := make([]describe.Endpoint, 0, len(p.rules))
	for _, each := range p.routes {
		endpoints = append(endpoints, each.described())
	}
	for _, each := range p.operations {
		endpoints = append(endpoints, describe.Endpoint{Rule: p.rules[len(endpoints)], Scopes: each.Scopes, Operation: each})
	}
	for i := range endpoints {
		endpoints[i].SignedIn = endpoints[i].SignedIn || !anonymous
	}
	return describe.Document("Concierge", version, endpoints, contract)
}

func (r *route) described() describe.Endpoint {
	takes := r.takesSpec
	if r.As == "" && len(r.Accepts) == 0 {
		takes = nil // it takes no member
	}
	return describe.Endpoint{
		Rule: r.rule, Summary: r.Summary, SignedIn: r.As != "", Scopes: r.Scopes, Deprecated: r.Deprecated.Time, Sunset: r.Sunset.Time,
		Example: r.Example,
		Route: &describe.Route{
			Service: r.Upstream, To: r.To, Raw: r.Raw,
			Headers: describe.Fields(r.Request.Headers), Query: describe.Fields(r.Request.Query),
			Shows: r.showsSpec, Returns: r.Returns, Parts: r.Parts, Expose: r.Expose, Added: constants(r.showsAdded),
			Takes: takes, Accepts: r.Accepts,
		},
	}
}

// constants are the values that are the same for each request, nil where one is not.
func constants(members []member) []jsontext.Value {
	values := make([]jsontext.Value, len(members))
	for i, each := range members {
		values[i] = each.constant
	}
	return values
}
