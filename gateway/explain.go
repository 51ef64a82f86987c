package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/plan"
)

// planExtension is what a request asks for its plan by, and where the answer has it.
const planExtension = "plan"

// explaining adds to an answer how it came about, where the caller asks for that and may know it. why is why there is no plan.
func (e *execution) explaining(
	ctx context.Context, planned *plan.Plan, why error, answer graphql.ResponseHandler,
) graphql.ResponseHandler {
	asked, _ := graphql.GetOperationContext(ctx).Extensions[planExtension].(bool)
	if scope := e.settings.Plans.Scope; !asked || scope == "" || !auth.FromContext(ctx).Has(scope) {
		return answer
	}
	return func(ctx context.Context) *graphql.Response {
		response := answer(ctx)
		if response != nil {
			graphql.RegisterExtension(ctx, planExtension, e.explained(planned, why))
		}
		return response
	}
}

func (e *execution) explained(planned *plan.Plan, why error) plan.Explanation {
	if why != nil {
		return plan.Unexplained(why)
	}
	return planned.Explain(e.demands.sizes)
}
