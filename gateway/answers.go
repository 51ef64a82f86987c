package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/upstreams"
)

// readAnswers reads what the schema says of keeping and sharing answers.
func readAnswers(all config.Config, s *statement, limits *ratelimit.Fields) (*answers.Rules, error) {
	rules, err := answers.Read(s.schema, answers.Parts{
		Policy: s.policy, Inputs: inputsOf(all), Generation: generation(all, s.schema),
		Limited: func(object, field string) bool {
			return all.Limits.Mode != ratelimit.Off && limits.Of(object, field) != nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("read what the schema says of keeping answers: %w", err)
	}
	return rules, nil
}

// inputsOf are what answers of a service depend on, whichever of its paths they are from.
func inputsOf(c config.Config) func(service string) sharing.Inputs {
	inputs := make(map[string]sharing.Inputs)
	for name, way := range c.Upstreams.Ways() {
		inputs[name] = way.Cache.Inputs()
	}
	return func(service string) sharing.Inputs { return inputs[service] }
}

// generation is all that answers depend on beside their requests and the services: instances that differ in it, and share what
// they keep, find different answers.
func generation(c config.Config, schema *ast.Schema) string {
	sources := make(map[string]string)
	for _, each := range schema.Types {
		if each.Position != nil && each.Position.Src != nil {
			sources[each.Position.Src.Name] = each.Position.Src.Input
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %d %d", telemetry.Version(), c.GraphQL.Pages.Default, c.GraphQL.Pages.Max)
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		text.WriteString("\n" + name + "\n" + sources[name])
	}
	return text.String()
}

// doors are what holds for the answers that leave by each. Callers without a name are let in where nothing else keeps strangers
// out.
func doors(c config.Config) (graphql, rest *keeping.Door) {
	open := func(lists ...networks.Config) bool {
		return c.Auth.Anonymous && !slices.ContainsFunc(lists, func(list networks.Config) bool {
			read, err := networks.New(list)
			return err != nil || !read.Empty()
		})
	}
	credentials := credentialHeaders(c.Auth)
	graphql = &keeping.Door{Open: open(c.GraphQL.Networks), Vary: []string{"Accept"}, Credentials: credentials}
	return graphql, &keeping.Door{Open: open(c.REST.Networks), Credentials: credentials}
}

// sentOn are the header fields of callers that any service is sent as they came.
func sentOn(c upstreams.Config) []string {
	var names []string
	for name := range c.Ways() {
		names = append(names, c.Told(name).Credentials...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// reads tells which services an operation asks, where a plan knows all that it does.
func (e *execution) reads(operation *graphql.OperationContext, by *beside) answers.Reads {
	return func() (services []string, known bool) {
		if !e.plannable(operation, by) {
			return nil, false
		}
		for _, each := range by.plans.Reckoning(operation, e.demands.sizes).Unknown() {
			services = append(services, each.Service)
		}
		return services, true
	}
}

// plannable reports whether there is a plan of an operation, or would be if plans were on.
func (e *execution) plannable(operation *graphql.OperationContext, by *beside) bool {
	var err error
	if e.planner != nil {
		_, err = by.plans.Of(operation)
	} else {
		_, err = e.demands.reckoner.Compile(operation)
	}
	return err == nil
}
