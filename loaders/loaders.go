// Package loaders answers what one request reads: each record once, and all records of a service that a level needs in one call.
package loaders

import (
	"context"

	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Loaders are the reads of one request. A key that has no record loads as nil, or as an empty list.
type Loaders struct {
	User           *Loader[record.ID, *user.User]
	Users          *Loader[user.Query, []*user.User]
	Order          *Loader[record.ID, *order.Order]
	Orders         *Loader[order.Query, []*order.Order]
	OrdersOfUser   *Loader[order.Query, []*order.Order]
	Product        *Loader[record.ID, *product.Product]
	Products       *Loader[product.Query, []*product.Product]
	Payment        *Loader[record.ID, *payment.Payment]
	PaymentOfOrder *Loader[record.ID, *payment.Payment]

	level   *level
	unwatch func() bool
	opening *opening // what gqlgen will run; set where it does
}

// Close ends the watch over the request's context. What was loaded stays readable.
func (l *Loaders) Close() { l.unwatch() }

// New returns the loaders of one request. Every call they make ends with ctx, and so does every wait for one. Close must be
// called when the answer is complete.
func New(ctx context.Context, services *upstreams.Services) *Loaders {
	l := new(level)
	r := &Loaders{
		User:           newLoader(ctx, l, byKey(services.User.ByIDs)),
		Order:          newLoader(ctx, l, byKey(services.Order.ByIDs)),
		Product:        newLoader(ctx, l, byKey(services.Product.ByIDs)),
		Payment:        newLoader(ctx, l, byKey(services.Payment.ByIDs)),
		PaymentOfOrder: newLoader(ctx, l, byKey(services.Payment.ByOrderIDs)),
		level:          l,
		unwatch:        context.AfterFunc(ctx, l.end),
	}
	userID := func(u *user.User) record.ID { return u.ID }
	orderID := func(o *order.Order) record.ID { return o.ID }
	productID := func(p *product.Product) record.ID { return p.ID }
	r.Users = newLoader(ctx, l, priming(pages(services.User.List), r.User, userID))
	r.Orders = newLoader(ctx, l, priming(pages(services.Order.List), r.Order, orderID))
	r.OrdersOfUser = newLoader(ctx, l, priming(ordersOfUsers(services.Order), r.Order, orderID))
	r.Products = newLoader(ctx, l, priming(pages(services.Product.List), r.Product, productID))
	return r
}

// Forget drops everything that was read. A resolver that writes calls it, so that what is selected below shows the change, and
// an error from before the write is not shown again.
func (l *Loaders) Forget() {
	l.User.forget()
	l.Users.forget()
	l.Order.forget()
	l.Orders.forget()
	l.OrdersOfUser.forget()
	l.Product.forget()
	l.Products.forget()
	l.Payment.forget()
	l.PaymentOfOrder.forget()
}

type contextKey struct{}

// With returns a context that carries a request's loaders.
func With(ctx context.Context, l *Loaders) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// For returns the loaders of the request, nil outside one.
func For(ctx context.Context) *Loaders {
	l, _ := ctx.Value(contextKey{}).(*Loaders)
	return l
}
