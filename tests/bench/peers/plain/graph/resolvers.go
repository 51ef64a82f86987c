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
	userResolver      struct{ *Resolver }
)

// Query resolves the fields of Query.
func (r *Resolver) Query() QueryResolver { return &queryResolver{r} }

// Order resolves the edges of Order.
func (r *Resolver) Order() OrderResolver { return &orderResolver{r} }

// OrderItem resolves the edges of OrderItem.
func (r *Resolver) OrderItem() OrderItemResolver { return &orderItemResolver{r} }

// User resolves the edges of User.
func (r *Resolver) User() UserResolver { return &userResolver{r} }

// Orders is a page of orders.
func (r *queryResolver) Orders(ctx context.Context, first *int, after *string) (*OrderConnection, error) {
	offset, err := offsetOf(after)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("%s/orders?limit=%d&offset=%d", r.Services.Order, *first, offset)
	orders, err := get[[]*Order](ctx, r.Services.Client, url)
	if err != nil {
		return nil, err
	}
	return &OrderConnection{Nodes: orders, PageInfo: endAt(offset + len(orders))}, nil
}

// Users is a page of users.
func (r *queryResolver) Users(ctx context.Context, first *int, after *string) (*UserConnection, error) {
	offset, err := offsetOf(after)
	if err != nil {
		return nil, err
	}
	url := fmt.Sprintf("%s/users?limit=%d&offset=%d", r.Services.User, *first, offset)
	users, err := get[[]*User](ctx, r.Services.Client, url)
	if err != nil {
		return nil, err
	}
	return &UserConnection{Nodes: users, PageInfo: endAt(offset + len(users))}, nil
}

// Order is one order.
func (r *queryResolver) Order(ctx context.Context, id int) (*Order, error) {
	return get[*Order](ctx, r.Services.Client, fmt.Sprintf("%s/orders/%d", r.Services.Order, id))
}

// offsetOf reads a cursor: it is the offset of what comes after it.
func offsetOf(after *string) (int, error) {
	if after == nil {
		return 0, nil
	}
	text, err := base64.StdEncoding.DecodeString(*after)
	if err != nil {
		return 0, fmt.Errorf("read cursor: %w", err)
	}
	offset, err := strconv.Atoi(string(text))
	if err != nil {
		return 0, fmt.Errorf("read cursor: %w", err)
	}
	return offset, nil
}

func endAt(offset int) *PageInfo {
	end := base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(offset)))
	return &PageInfo{EndCursor: &end}
}

// Orders are the first orders of a user.
func (r *userResolver) Orders(ctx context.Context, obj *User, first *int) (*OrderConnection, error) {
	orders, err := loadersOf(ctx).OrdersOf.Load(ctx, obj.ID)()
	if err != nil {
		return nil, err
	}
	return &OrderConnection{Nodes: orders[:min(*first, len(orders))]}, nil
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
