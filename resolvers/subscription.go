package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

type subscriptionResolver struct{ *Root }

// Subscription resolves what somebody wants to be told of. What is told when something has happened is no matter of these: it is
// read by queries, one for each event.
func (r *Root) Subscription() graph.SubscriptionResolver { return &subscriptionResolver{r} }

// OrderStatusChanged is about an order.
func (r *subscriptionResolver) OrderStatusChanged(ctx context.Context, orderID record.ID) (<-chan *order.Order, error) {
	return nil, aboutOrder(ctx, orderID)
}

// PaymentStatusChanged is about an order, too. Of its payment there may be none yet.
func (r *subscriptionResolver) PaymentStatusChanged(
	ctx context.Context, orderID record.ID,
) (<-chan *payment.Payment, error) {
	return nil, aboutOrder(ctx, orderID)
}

// subscribed is the extension of an answer, which nobody is sent, that has the id of the order that a subscription is about.
const subscribed = "subscribed"

// aboutOrder notes which order a subscription is about. It is an error where there is none.
func aboutOrder(ctx context.Context, id record.ID) error {
	found, err := loaders.For(ctx).Order.Load(ctx, id)
	switch {
	case err != nil:
		return err
	case found == nil:
		return problem.New(problem.NotFound, "there is no such order")
	}
	graphql.RegisterExtension(ctx, subscribed, id)
	return nil
}

// Subscribed is the order that the subscription is about whose answer has these extensions. ok is false where its resolver did
// not come so far.
func Subscribed(extensions map[string]any) (id record.ID, ok bool) {
	id, ok = extensions[subscribed].(record.ID)
	return id, ok
}
