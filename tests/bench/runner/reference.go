package main

import (
	"context"
	"encoding/json"
	"fmt"
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

// references are the right answers to all pages, made from the services' records one by one, without any peer.
func references(ctx context.Context, s *services) ([]any, error) {
	all := make([]any, pageCount)
	for i := range all {
		answer, err := s.reference(ctx, i*pageSize)
		if err != nil {
			return nil, fmt.Errorf("make out page %d: %w", i, err)
		}
		all[i] = normalise(answer)
	}
	return all, nil
}

func (s *services) reference(ctx context.Context, offset int) (any, error) {
	var orders []order
	url := fmt.Sprintf("%s/orders?limit=%d&offset=%d", s.url("order"), pageSize, offset)
	if err := getJSON(ctx, url, &orders); err != nil {
		return nil, err
	}
	var userIDs, productIDs, orderIDs []string
	for _, o := range orders {
		orderIDs = append(orderIDs, strconv.Itoa(o.ID))
		userIDs = append(userIDs, strconv.Itoa(o.UserID))
		for _, item := range o.Items {
			productIDs = append(productIDs, strconv.Itoa(item.ProductID))
		}
	}
	users, err := byKey(ctx, s.url("user")+"/users?ids=", userIDs, func(u user) int { return u.ID })
	if err != nil {
		return nil, err
	}
	products, err := byKey(ctx, s.url("product")+"/products?ids=", productIDs, func(p product) int { return p.ID })
	if err != nil {
		return nil, err
	}
	payments, err := byKey(ctx, s.url("payment")+"/payments?order_ids=", orderIDs, func(p payment) int { return p.OrderID })
	if err != nil {
		return nil, err
	}
	nodes := make([]any, len(orders))
	for i, o := range orders {
		items := make([]any, len(o.Items))
		for j, item := range o.Items {
			items[j] = object{"quantity": item.Quantity, "product": products[item.ProductID].answer()}
		}
		nodes[i] = object{
			"id": strconv.Itoa(o.ID), "status": strings.ToUpper(o.Status), "total": money(o.Total, o.Currency),
			"user": users[o.UserID].answer(), "items": items, "payment": payments[o.ID].answer(),
		}
	}
	return object{"data": object{"orders": object{"nodes": nodes}}}, nil
}

type object = map[string]any

func byKey[T any](ctx context.Context, url string, keys []string, keyOf func(T) int) (map[int]T, error) {
	var list []T
	if err := getJSON(ctx, url+strings.Join(keys, ","), &list); err != nil {
		return nil, err
	}
	found := make(map[int]T, len(list))
	for _, each := range list {
		found[keyOf(each)] = each
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
