package gateway

import (
	"fmt"
	"log/slog"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/resolvers"
)

// survey reads off the resolvers where each field leads.
func survey(
	c config.GraphQL, statement *statement, served *ast.Schema, reads *loaders.Reads, metrics *plan.Metrics,
) (*plan.Planner, error) {
	written, err := edges.Read(resolvers.Source())
	if err != nil {
		return nil, fmt.Errorf("read the resolvers: %w", err)
	}
	planner, err := plan.New(plan.Parts{
		Schema: served, Fields: statement.fields, Edges: written, Resolved: resolvers.Has, Reads: reads, Policy: statement.policy,
		Pseudonyms: statement.pseudonyms, Pages: page.Limits{Default: c.Pages.Default, Max: c.Pages.Max}, Caller: resolvers.Caller,
		Metrics: metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("read the resolvers: %w", err)
	}
	return planner, nil
}

// newPlanner says what cannot be planned. It is nil where nothing is to be.
func newPlanner(c config.GraphQL, surveyed *plan.Planner, limits *ratelimit.Fields, log *slog.Logger) *plan.Planner {
	if !c.Plans.Enabled {
		return nil
	}
	for _, field := range surveyed.Unplanned() {
		log.Warn("operations with this field are not planned", "field", field.Field, "why", field.Why)
	}
	return surveyed.Limited(limits)
}
