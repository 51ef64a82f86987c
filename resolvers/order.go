package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Order is one order.
func (r *queryResolver) Order(ctx context.Context, id record.ID) (*order.Order, error) {
	return loaders.For(ctx).Order.Load(ctx, id)
}

// Orders are all orders, or one user's. One user's go together with those of other users at the same level.
func (r *queryResolver) Orders(
	ctx context.Context, first *int32, after *string, userID *record.ID,
) (*page.OrderConnection, error) {
	return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{Of: given(userID)})
}

// User is who placed an order.
func (r *orderResolver) User(ctx context.Context, o *order.Order) (*user.User, error) {
	return loaders.For(ctx).User.Load(ctx, o.UserID)
}

// Items are an order's lines. They came with it.
func (r *orderResolver) Items(_ context.Context, o *order.Order) ([]*order.OrderItem, error) {
	return o.Items, nil
}

// Payment is what was paid for an order.
func (r *orderResolver) Payment(ctx context.Context, o *order.Order) (*payment.Payment, error) {
	return loaders.For(ctx).PaymentOfOrder.Load(ctx, o.ID)
}

// Product is what a line is about.
func (r *orderItemResolver) Product(ctx context.Context, i *order.OrderItem) (*product.Product, error) {
	return loaders.For(ctx).Product.Load(ctx, i.ProductID)
}

// PlaceOrder orders products in the caller's name.
func (r *mutationResolver) PlaceOrder(ctx context.Context, input graph.PlaceOrderInput) (*graph.PlaceOrderPayload, error) {
	id, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	if wrong := checkPlacement(input); wrong != nil {
		return &graph.PlaceOrderPayload{UserErrors: wrong}, nil
	}
	placed, err := r.services.Order.Place(ctx, placementOf(id, input))
	wrong, err := outcome(ctx, err)
	if err != nil {
		return nil, err
	}
	return &graph.PlaceOrderPayload{Order: placed, UserErrors: wrong}, nil
}

// CancelOrder cancels an order.
func (r *mutationResolver) CancelOrder(ctx context.Context, id record.ID) (*graph.CancelOrderPayload, error) {
	if _, err := signedIn(ctx); err != nil {
		return nil, err
	}
	cancelled, err := r.services.Order.Cancel(ctx, id)
	wrong, err := outcome(ctx, err)
	if err != nil {
		return nil, err
	}
	return &graph.CancelOrderPayload{Order: cancelled, UserErrors: wrong}, nil
}

func placementOf(user record.ID, input graph.PlaceOrderInput) order.Placement {
	items := make([]order.PlacementItem, len(input.Items))
	for i, item := range input.Items {
		items[i] = order.PlacementItem{ProductID: item.ProductID, Quantity: item.Quantity}
	}
	return order.Placement{
		UserID:          user,
		Items:           items,
		ShippingAddress: addressOf(input.ShippingAddress),
		Notes:           input.Notes.Value(),
	}
}
