package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The members of the services' records that the query asks for.
type (
	order struct {
		ID       int         `json:"id"`
		UserID   int         `json:"user_id"`
		Status   string      `json:"status"`
		Total    json.Number `json:"total"`
		Currency string      `json:"currency"`
		Items    []struct {
			ProductID int         `json:"product_id"`
			Quantity  json.Number `json:"quantity"`
		} `json:"items"`
	}
	user struct {
		ID    int    `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
	}
	product struct {
		ID       int         `json:"id"`
		Name     string      `json:"name"`
		Price    json.Number `json:"price"`
		Currency string      `json:"currency"`
	}
	payment struct {
		ID       int         `json:"id"`
		OrderID  int         `json:"order_id"`
		Status   string      `json:"status"`
		Amount   json.Number `json:"amount"`
		Currency string      `json:"currency"`
	}
)

// orderPage is the right answer to the headline query for a page of some size.
func orderPage(ctx context.Context, s *services, size, n int) (any, error) {
	orders, err := s.orders(ctx, size, n)
	if err != nil {
		return nil, err
	}
	return s.wholeOrders(ctx, orders)
}

// ownOrders is the right answer to what a user has ordered.
func ownOrders(ctx context.Context, s *services, n int) (any, error) {
	var orders []order
	if err := getJSON(ctx, fmt.Sprintf("%s/orders?limit=20&user_id=%d", s.url("order"), n+1), &orders); err != nil {
		return nil, err
	}
	return s.wholeOrders(ctx, orders)
}

// wholeOrders is an answer of orders with all that is around them.
func (s *services) wholeOrders(ctx context.Context, orders []order) (any, error) {
	around, err := s.around(ctx, orders)
	if err != nil {
		return nil, err
	}
	nodes := make([]any, len(orders))
	for i, o := range orders {
		nodes[i] = around.whole(o)
	}
	return object{"data": object{"orders": object{"nodes": nodes}}}, nil
}

// buyers is the right answer to who bought the orders of a page.
func buyers(ctx context.Context, s *services, n int) (any, error) {
	orders, err := s.orders(ctx, 100, n)
	if err != nil {
		return nil, err
	}
	users, err := s.users(ctx, orders)
	if err != nil {
		return nil, err
	}
	nodes := make([]any, len(orders))
	for i, o := range orders {
		nodes[i] = object{"id": strconv.Itoa(o.ID), "status": strings.ToUpper(o.Status), "user": users[o.UserID].answer()}
	}
	return object{"data": object{"orders": object{"nodes": nodes}}}, nil
}

// oneOrder is the right answer to the order with an id, and all that is around it.
func oneOrder(ctx context.Context, s *services, n int) (any, error) {
	var o order
	if err := getJSON(ctx, fmt.Sprintf("%s/orders/%d", s.url("order"), n+1), &o); err != nil {
		return nil, err
	}
	around, err := s.around(ctx, []order{o})
	if err != nil {
		return nil, err
	}
	return object{"data": object{"order": around.whole(o)}}, nil
}

// userPage is the right answer to what the users of a page have ordered.
func userPage(ctx context.Context, s *services, n int) (any, error) {
	var users []user
	if err := getJSON(ctx, fmt.Sprintf("%s/users?limit=10&offset=%d", s.url("user"), n*10), &users); err != nil {
		return nil, err
	}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = strconv.Itoa(u.ID)
	}
	var orders []order
	url := s.url("order") + "/orders?limit_each=3&user_ids=" + strings.Join(ids, ",")
	if err := getJSON(ctx, url, &orders); err != nil {
		return nil, err
	}
	products, err := s.products(ctx, orders)
	if err != nil {
		return nil, err
	}
	bought := make(map[int][]any)
	for _, o := range orders {
		items := make([]any, len(o.Items))
		for i, item := range o.Items {
			p := products[item.ProductID]
			items[i] = object{"quantity": item.Quantity, "product": object{"id": strconv.Itoa(p.ID), "name": p.Name}}
		}
		bought[o.UserID] = append(bought[o.UserID],
			object{"id": strconv.Itoa(o.ID), "status": strings.ToUpper(o.Status), "items": items})
	}
	nodes := make([]any, len(users))
	for i, u := range users {
		nodes[i] = object{"id": strconv.Itoa(u.ID), "name": u.Name, "orders": object{"nodes": bought[u.ID]}}
	}
	return object{"data": object{"users": object{"nodes": nodes}}}, nil
}

// orders are a page of all orders.
func (s *services) orders(ctx context.Context, size, n int) ([]order, error) {
	var orders []order
	err := getJSON(ctx, fmt.Sprintf("%s/orders?limit=%d&offset=%d", s.url("order"), size, n*size), &orders)
	return orders, err
}

// around are the records around some orders, by the ids that orders know them by.
type around struct {
	users    map[int]user
	products map[int]product
	payments map[int]payment
}

func (s *services) around(ctx context.Context, orders []order) (around, error) {
	var found around
	var err error
	if found.users, err = s.users(ctx, orders); err != nil {
		return found, err
	}
	if found.products, err = s.products(ctx, orders); err != nil {
		return found, err
	}
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = strconv.Itoa(o.ID)
	}
	url := s.url("payment") + "/payments?order_ids="
	found.payments, err = byKey(ctx, url, ids, func(p payment) int { return p.OrderID })
	return found, err
}

// users are those who bought some orders.
func (s *services) users(ctx context.Context, orders []order) (map[int]user, error) {
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = strconv.Itoa(o.UserID)
	}
	return byKey(ctx, s.url("user")+"/users?ids=", ids, func(u user) int { return u.ID })
}

// products are those in the lines of some orders.
func (s *services) products(ctx context.Context, orders []order) (map[int]product, error) {
	var ids []string
	for _, o := range orders {
		for _, item := range o.Items {
			ids = append(ids, strconv.Itoa(item.ProductID))
		}
	}
	return byKey(ctx, s.url("product")+"/products?ids=", ids, func(p product) int { return p.ID })
}

// whole is an order with all that is around it.
func (a around) whole(o order) object {
	items := make([]any, len(o.Items))
	for i, item := range o.Items {
		items[i] = object{"quantity": item.Quantity, "product": a.products[item.ProductID].answer()}
	}
	return object{
		"id": strconv.Itoa(o.ID), "status": strings.ToUpper(o.Status), "total": money(o.Total, o.Currency),
		"user": a.users[o.UserID].answer(), "items": items, "payment": a.payments[o.ID].answer(),
	}
}

type object = map[string]any

// byKey reads records by key, as many at a time as the services take.
func byKey[T any](ctx context.Context, url string, keys []string, keyOf func(T) int) (map[int]T, error) {
	const most = 100
	found := make(map[int]T, len(keys))
	for part := range slices.Chunk(keys, most) {
		var list []T
		if err := getJSON(ctx, url+strings.Join(part, ","), &list); err != nil {
			return nil, err
		}
		for _, each := range list {
			found[keyOf(each)] = each
		}
	}
	return found, nil
}

func (u user) answer() object {
	return object{"id": strconv.Itoa(u.ID), "name": u.Name, "email": u.Email}
}

func (p product) answer() object {
	return object{"id": strconv.Itoa(p.ID), "name": p.Name, "price": money(p.Price, p.Currency)}
}

func (p payment) answer() object {
	return object{"id": strconv.Itoa(p.ID), "status": strings.ToUpper(p.Status), "amount": money(p.Amount, p.Currency)}
}

func money(amount json.Number, currency string) object {
	return object{"amount": amount, "currency": currency}
}
