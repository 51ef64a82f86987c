// Package resolvers answers where each edge of the graph leads: one short method per edge, one file per noun.
//
// Reads go through the request's loaders, so that they are batched; writes go to the services' clients. There is no HTTP here, no
// caching, and no policy.
package resolvers

import (
	"reflect"
	"strings"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Root is where gqlgen finds every resolver.
type Root struct {
	services *upstreams.Services
	pages    page.Limits
}

var _ graph.ResolverRoot = (*Root)(nil)

// New returns resolvers that write through services and bound connections by pages.
func New(services *upstreams.Services, pages page.Limits) *Root {
	return &Root{services: services, pages: pages}
}

type (
	queryResolver     struct{ *Root }
	mutationResolver  struct{ *Root }
	userResolver      struct{ *Root }
	orderResolver     struct{ *Root }
	orderItemResolver struct{ *Root }
	paymentResolver   struct{ *Root }
)

// Query resolves what can be read.
func (r *Root) Query() graph.QueryResolver { return &queryResolver{r} }

// Mutation resolves what can be changed.
func (r *Root) Mutation() graph.MutationResolver { return &mutationResolver{r} }

// User resolves a user's edges.
func (r *Root) User() graph.UserResolver { return &userResolver{r} }

// UserConnection resolves what a page of users holds.
func (r *Root) UserConnection() graph.UserConnectionResolver { return connectionResolver[user.User]{} }

// UserEdge resolves what an edge of such a page leads to.
func (r *Root) UserEdge() graph.UserEdgeResolver { return edgeResolver[user.User]{} }

// UpdateProfilePayload resolves what was changed.
func (r *Root) UpdateProfilePayload() graph.UpdateProfilePayloadResolver {
	return updateProfilePayload{}
}

// Order resolves an order's edges.
func (r *Root) Order() graph.OrderResolver { return &orderResolver{r} }

// OrderItem resolves an order line's edges.
func (r *Root) OrderItem() graph.OrderItemResolver { return &orderItemResolver{r} }

// OrderConnection resolves what a page of orders holds.
func (r *Root) OrderConnection() graph.OrderConnectionResolver {
	return connectionResolver[order.Order]{}
}

// OrderEdge resolves what an edge of such a page leads to.
func (r *Root) OrderEdge() graph.OrderEdgeResolver { return edgeResolver[order.Order]{} }

// PlaceOrderPayload resolves what was placed.
func (r *Root) PlaceOrderPayload() graph.PlaceOrderPayloadResolver { return placeOrderPayload{} }

// CancelOrderPayload resolves what was cancelled.
func (r *Root) CancelOrderPayload() graph.CancelOrderPayloadResolver { return cancelOrderPayload{} }

// Payment resolves a payment's edges.
func (r *Root) Payment() graph.PaymentResolver { return &paymentResolver{r} }

// PayOrderPayload resolves what was paid.
func (r *Root) PayOrderPayload() graph.PayOrderPayloadResolver { return payOrderPayload{} }

// RefundPaymentPayload resolves what was paid back.
func (r *Root) RefundPaymentPayload() graph.RefundPaymentPayloadResolver {
	return refundPaymentPayload{}
}

// Has reports whether a field of the schema has a resolver. It reads that off the interfaces that gqlgen made, so nobody has to
// keep a list.
func Has(object, field string) bool {
	_, ok := result(object, field)
	return ok
}

// result is the Go type that a field's resolver returns.
func result(object, field string) (reflect.Type, bool) {
	of, ok := reflect.TypeFor[graph.ResolverRoot]().MethodByName(object)
	if !ok {
		return nil, false
	}
	for method := range of.Type.Out(0).Methods() {
		// gqlgen writes orderId as OrderID; apart from case the names are the same.
		if strings.EqualFold(method.Name, field) {
			return method.Type.Out(0), true
		}
	}
	return nil, false
}
