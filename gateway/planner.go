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
	"github.com/concierge-gateway/concierge/resolvers"
)

// newPlanner reads off the resolvers what can be planned, and says what cannot. It is nil where nothing is to be.
func newPlanner(
	c config.GraphQL, statement *statement, served *ast.Schema, reads *loaders.Reads, metrics *plan.Metrics, log *slog.Logger,
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
	if !c.Plans.Enabled {
		return nil, nil
	}
	for _, field := range planner.Unplanned() {
		log.Warn("operations with this field are not planned", "field", field.Field, "why", field.Why)
	}
	return planner, nil
}
