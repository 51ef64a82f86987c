// Package loaders answers what one request reads: each record once, and all records of a service that a level needs in one call.
package loaders

import (
	"context"
	"reflect"

	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
	"github.com/concierge-gateway/concierge/waterfall"
)

// Loaders are the reads of one request. A key that has no record loads as nil, or as an empty list.
type Loaders struct {
	User           *Loader[record.ID, *user.User]
	Users          *Loader[record.Part, []*user.User]
	Order          *Loader[record.ID, *order.Order]
	Orders         *Loader[record.Part, []*order.Order]
	Product        *Loader[record.ID, *product.Product]
	Products       *Loader[record.Part, []*product.Product]
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
func New(ctx context.Context, reads *Reads) *Loaders {
	l := &level{calls: waterfall.From(ctx), above: tracing.From(ctx)}
	r := &Loaders{
		User:           newLoader(ctx, l, last[user.User](reads.User)),
		Order:          newLoader(ctx, l, last[order.Order](reads.Order)),
		Product:        newLoader(ctx, l, last[product.Product](reads.Product)),
		Payment:        newLoader(ctx, l, last[payment.Payment](reads.Payment)),
		PaymentOfOrder: newLoader(ctx, l, last[payment.Payment](reads.PaymentOfOrder)),
		level:          l,
		unwatch:        context.AfterFunc(ctx, l.end),
	}
	userID := func(u *user.User) record.ID { return u.ID }
	orderID := func(o *order.Order) record.ID { return o.ID }
	productID := func(p *product.Product) record.ID { return p.ID }
	r.Users = newLoader(ctx, l, priming(all[user.User](reads.Users), r.User, userID))
	r.Orders = newLoader(ctx, l, priming(all[order.Order](reads.Orders), r.Order, orderID))
	r.Products = newLoader(ctx, l, priming(all[product.Product](reads.Products), r.Product, productID))
	return r
}

// Forget drops everything that was read. A resolver that writes calls it, so that what is selected below shows the change, and
// an error from before the write is not shown again.
func (l *Loaders) Forget() {
	for _, field := range reflect.ValueOf(l).Elem().Fields() {
		if !field.CanInterface() {
			continue
		}
		if loader, ok := reflect.TypeAssert[interface{ forget() }](field); ok {
			loader.forget()
		}
	}
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
