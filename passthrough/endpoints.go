package passthrough

import (
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/describe"
	"github.com/concierge-gateway/concierge/policy"
)

// Callers are what holds for all who call.
type Callers struct {
	// Anonymous is true where they need no token.
	Anonymous bool
	// Limited is true where how often they call is limited.
	Limited bool
}

// Describe is the OpenAPI document of all routes and operations. contract finds what a service says of itself.
func (p *Plan) Describe(
	version string, callers Callers, contract func(service string) (*openapi.Document, bool),
) ([]byte, error) {
	endpoints := make([]describe.Endpoint, 0, len(p.rules))
	for _, each := range p.routes {
		endpoints = append(endpoints, each.described())
	}
	for _, each := range p.operations {
		endpoints = append(endpoints, describe.Endpoint{Rule: p.rules[len(endpoints)], Scopes: each.Scopes, Operation: each})
	}
	for i := range endpoints {
		left := i < len(p.routes) && p.routes[i].unnamed() // to the service, of which nobody knows
		endpoints[i].SignedIn = endpoints[i].SignedIn || !callers.Anonymous && !left
		endpoints[i].Limited = callers.Limited
	}
	return describe.Document("Concierge", version, endpoints, contract)
}

func (r *route) described() describe.Endpoint {
	takes := r.takesSpec
	if r.As == "" && len(r.Accepts) == 0 {
		takes = nil // it takes no member
	}
	return describe.Endpoint{
		Rule: r.rule, Summary: r.Summary, SignedIn: !r.lets(auth.Principal{}), Scopes: r.Scopes,
		Forbids: !r.lets(auth.Principal{ID: "machine"}), Conceals: r.conceals(), Deprecated: r.Deprecated.Time, Sunset: r.Sunset.Time,
		Example: r.Example,
		Route: &describe.Route{
			Service: r.Upstream, To: r.To, Raw: r.Raw,
			Headers: describe.Fields(r.Request.Headers), Query: describe.Fields(r.Request.Query),
			Shows: r.showsSpec, Returns: r.Returns, Parts: r.Parts, Expose: r.Expose, Added: constants(r.showsAdded),
			Takes: takes, Accepts: r.Accepts,
		},
	}
}

// lets reports whether a caller may use the route by each of its methods, as far as rules say.
func (r *route) lets(caller auth.Principal) bool {
	methods := r.rule.Pattern.Methods()
	if methods == nil {
		methods = []string{http.MethodGet, http.MethodPost}
	}
	verdict := func(rule *policy.Rule) policy.Verdict { return rule.For(caller) }
	return !slices.ContainsFunc(methods, func(method string) bool {
		return caller.Anonymous() && !r.forAnybody(method) || r.refusing(method, verdict) != nil
	})
}

// conceals reports whether the route answers about records that are somebody else's as if there were none.
func (r *route) conceals() bool {
	verdict := func(rule *policy.Rule) policy.Verdict { return rule.For(auth.Principal{ID: "1"}) }
	return r.sight.asks(verdict) || r.writing.asks(verdict)
}

// constants are the values that are the same for each request, nil where one is not.
func constants(members []member) []jsontext.Value {
	values := make([]jsontext.Value, len(members))
	for i, each := range members {
		values[i] = each.constant
	}
	return values
}
