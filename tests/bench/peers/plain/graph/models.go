// Package graph is the plain server's schema and its resolvers, as gqlgen's own documentation lays them out.
package graph

import "strings"

// Order is the order service's record, as far as the schema shows it.
type Order struct {
	ID       int          `json:"id"`
	UserID   int          `json:"user_id"`
	State    string       `json:"status"`
	Currency string       `json:"currency"`
	Amount   float64      `json:"total"`
	Items    []*OrderItem `json:"items"`
}

// Status is the state as the schema spells it.
func (o *Order) Status() OrderStatus { return OrderStatus(strings.ToUpper(o.State)) }

// Total is the sum of the order.
func (o *Order) Total() *Money { return &Money{Amount: o.Amount, Currency: o.Currency} }

// OrderItem is a line of an order.
type OrderItem struct {
	ProductID int `json:"product_id"`
	Quantity  int `json:"quantity"`
}

// Product is the product service's record.
type Product struct {
	ID       int     `json:"id"`
	Name     string  `json:"name"`
	Currency string  `json:"currency"`
	Amount   float64 `json:"price"`
}

// Price is what one costs.
func (p *Product) Price() *Money { return &Money{Amount: p.Amount, Currency: p.Currency} }

// Payment is the payment service's record.
type Payment struct {
	ID       int     `json:"id"`
	OrderID  int     `json:"order_id"`
	State    string  `json:"status"`
	Currency string  `json:"currency"`
	Sum      float64 `json:"amount"`
}

// Status is the state as the schema spells it.
func (p *Payment) Status() PaymentStatus { return PaymentStatus(strings.ToUpper(p.State)) }

// Amount is what was paid.
func (p *Payment) Amount() *Money { return &Money{Amount: p.Sum, Currency: p.Currency} }

// User is the user service's record.
type User struct {
	ID    int     `json:"id"`
	Name  string  `json:"name"`
	Email *string `json:"email"`
}
