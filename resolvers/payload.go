package resolvers

import (
	"context"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// The payloads' edges show the record that the write answered with. They are resolvers for the reason that gqlgen.yml gives.
type (
	updateProfilePayload struct{}
	placeOrderPayload    struct{}
	cancelOrderPayload   struct{}
	payOrderPayload      struct{}
	refundPaymentPayload struct{}
)

// User is the record after the change.
func (updateProfilePayload) User(_ context.Context, p *graph.UpdateProfilePayload) (*user.User, error) {
	return p.User, nil
}

// Order is the order that was placed.
func (placeOrderPayload) Order(_ context.Context, p *graph.PlaceOrderPayload) (*order.Order, error) {
	return p.Order, nil
}

// Order is the order after the change.
func (cancelOrderPayload) Order(_ context.Context, p *graph.CancelOrderPayload) (*order.Order, error) {
	return p.Order, nil
}

// Payment is the payment that was made.
func (payOrderPayload) Payment(_ context.Context, p *graph.PayOrderPayload) (*payment.Payment, error) {
	return p.Payment, nil
}

// Payment is the payment after the change.
func (refundPaymentPayload) Payment(_ context.Context, p *graph.RefundPaymentPayload) (*payment.Payment, error) {
	return p.Payment, nil
}
