package graph

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
)

// Resolver is the root of the resolvers.
type Resolver struct{ Services *Services }

type (
	queryResolver     struct{ *Resolver }
	orderResolver     struct{ *Resolver }
	orderItemResolver struct{ *Resolver }
)

// Query resolves the fields of Query.
func (r *Resolver) Query() QueryResolver { return &queryResolver{r} }

// Order resolves the edges of Order.
func (r *Resolver) Order() OrderResolver { return &orderResolver{r} }

// OrderItem resolves the edges of OrderItem.
func (r *Resolver) OrderItem() OrderItemResolver { return &orderItemResolver{r} }

// Orders is a page of orders.
func (r *queryResolver) Orders(ctx context.Context, first *int, after *string) (*OrderConnection, error) {
	offset := 0
	if after != nil {
		text, err := base64.StdEncoding.DecodeString(*after)
		if err != nil {
			return nil, fmt.Errorf("read cursor: %w", err)
		}
		if offset, err = strconv.Atoi(string(text)); err != nil {
			return nil, fmt.Errorf("read cursor: %w", err)
		}
	}
	url := fmt.Sprintf("%s/orders?limit=%d&offset=%d", r.Services.Order, *first, offset)
	orders, err := get[[]*Order](ctx, r.Services.Client, url)
	if err != nil {
		return nil, err
	}
	end := base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(offset + len(orders))))
	return &OrderConnection{Nodes: orders, PageInfo: &PageInfo{EndCursor: &end}}, nil
}

// User is who placed an order.
func (r *orderResolver) User(ctx context.Context, obj *Order) (*User, error) {
	return loadersOf(ctx).Users.Load(ctx, obj.UserID)()
}

// Payment is what was paid for an order.
func (r *orderResolver) Payment(ctx context.Context, obj *Order) (*Payment, error) {
	return loadersOf(ctx).Payments.Load(ctx, obj.ID)()
}

// Product is what a line is about.
func (r *orderItemResolver) Product(ctx context.Context, obj *OrderItem) (*Product, error) {
	return loadersOf(ctx).Products.Load(ctx, obj.ProductID)()
}
