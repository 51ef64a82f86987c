package resolvers

import (
	"context"
	"strings"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Payment is one payment.
func (r *queryResolver) Payment(ctx context.Context, id record.ID) (*payment.Payment, error) {
	return loaders.For(ctx).Payment.Load(ctx, id)
}

// Order is what was paid for.
func (r *paymentResolver) Order(ctx context.Context, p *payment.Payment) (*order.Order, error) {
	return loaders.For(ctx).Order.Load(ctx, p.OrderID)
}

// PayOrder pays an order.
func (r *mutationResolver) PayOrder(ctx context.Context, input graph.PayOrderInput) (*graph.PayOrderPayload, error) {
	if _, err := signedIn(ctx); err != nil {
		return nil, err
	}
	if wrong := checkCharge(input); wrong != nil {
		return &graph.PayOrderPayload{UserErrors: wrong}, nil
	}
	paid, err := r.services.Payment.Pay(ctx, payment.Charge{
		OrderID:    input.OrderID,
		Method:     strings.ToLower(string(input.Method)),
		CardNumber: input.CardNumber.Value(),
	})
	wrong, err := outcome(ctx, err)
	if err != nil {
		return nil, err
	}
	return &graph.PayOrderPayload{Payment: paid, UserErrors: wrong}, nil
}

// RefundPayment pays a payment back.
func (r *mutationResolver) RefundPayment(ctx context.Context, id record.ID) (*graph.RefundPaymentPayload, error) {
	if _, err := signedIn(ctx); err != nil {
		return nil, err
	}
	refunded, err := r.services.Payment.Refund(ctx, id)
	wrong, err := outcome(ctx, err)
	if err != nil {
		return nil, err
	}
	return &graph.RefundPaymentPayload{Payment: refunded, UserErrors: wrong}, nil
}
