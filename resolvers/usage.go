package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// Usage is what the caller has used of each limit.
func (r *queryResolver) Usage(ctx context.Context) ([]*graph.Usage, error) {
	account := ratelimit.From(ctx)
	if account == nil {
		return nil, nil
	}
	all := []*graph.Usage{}
	for _, each := range account.Usage(ctx) {
		all = append(all, &graph.Usage{
			Name: each.Name, By: string(each.By), Counts: string(each.Counts), Per: each.Per, Resets: each.Resets,
			Limit: int32(each.Limit), Used: int32(each.Used), Remaining: int32(each.Remaining), //nolint:gosec // of at most 1e9
		})
	}
	return all, nil
}
