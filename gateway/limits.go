package gateway

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// openLimits makes the limiter, nil where nothing is limited.
func openLimits(
	c config.Config, fields *ratelimit.Fields, counted *counters, registry prometheus.Registerer, log *slog.Logger,
) *ratelimit.Limiter {
	if c.Limits.Mode == ratelimit.Off {
		return nil
	}
	return ratelimit.New(c.Limits.Config, ratelimit.Parts{
		Store: counted.Store, Plans: c.Limits.RulesOf(), Fields: fields, Within: counted.within(c),
		Registry: registry, Log: log,
	})
}

// documentLimits are the bounds of documents for each caller. Operations that are endpoints are the gateway's own documents,
// and no caller's.
func documentLimits(c config.Config) func(context.Context) document.Limits {
	byPlan := make(map[string]document.Limits, len(c.Limits.Plans))
	for name, plan := range c.Limits.Plans {
		byPlan[name] = plan.Documents.Over(c.GraphQL.Limits)
	}
	return func(ctx context.Context) document.Limits {
		account := ratelimit.From(ctx)
		if own, ok := byPlan[account.Plan()]; ok && account.Request().Door != ratelimit.DoorREST {
			return own
		}
		return c.GraphQL.Limits
	}
}

// widestLimits are what no caller's document may pass.
func widestLimits(c config.Config) document.Limits {
	all := append(make([]document.Limits, 0, 1+len(c.Limits.Plans)), c.GraphQL.Limits)
	for _, plan := range c.Limits.Plans {
		all = append(all, plan.Documents.Over(c.GraphQL.Limits))
	}
	return document.Widest(all...)
}

// charge charges an operation before it runs.
func (e *endpoint) charge(
	ctx context.Context, header http.Header, operation *graphql.OperationContext, spending *spending,
) error {
	asked := ratelimit.Asked{Operation: operation.Operation.Name, Tool: toolFrom(ctx)}
	return ratelimit.From(ctx).Operation(ctx, header, asked, func() ratelimit.Estimate {
		return ratelimit.Estimate(spending.estimated())
	})
}

// correct charges for what an operation has taken in the place of what it could have.
func correct(ctx context.Context, spending *spending) {
	if spending != nil {
		ratelimit.From(ctx).Actual(ctx, ratelimit.Estimate(spending.actual()))
	}
}

// demandLimits are the bounds of an operation for each caller. Those of operations that are endpoints are the general ones.
func demandLimits(c config.Config) func(context.Context) demand.Limits {
	return func(ctx context.Context) demand.Limits {
		account := ratelimit.From(ctx)
		if account.Request().Door == ratelimit.DoorREST {
			return demand.Limits{}
		}
		return c.Limits.Plans[account.Plan()].Demand
	}
}

// showed charges a request that passed through for the records that it was shown. It is nil where nothing counts those.
func (e *edition) showed() func(ctx context.Context, typeName string, records int) {
	if e.limits == nil || !e.limits.CountsWork() {
		return nil
	}
	costs := e.execution.demands.costs
	return func(ctx context.Context, typeName string, records int) {
		ratelimit.From(ctx).Showed(ctx, int64(records), int64(records)*costs.Record(typeName))
	}
}
