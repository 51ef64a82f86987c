// Package order is the order service: its record, as the gateway reads it, and its calls.
package order

import (
	"time"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Order is the service's record, as far as the schema shows it. What is not declared here is never decoded.
type Order struct {
	ID              record.ID       `json:"id"`
	UserID          record.ID       `json:"user_id"`
	Status          OrderStatus     `json:"status"`
	Currency        string          `json:"currency"`
	TotalAmount     record.Decimal  `json:"total"`
	Total           *record.Money   `from:"total,currency"   json:"-"`
	Items           []*OrderItem    `json:"items"`
	ShippingAddress *record.Address `json:"shipping_address"`
	CreatedAt       time.Time       `json:"created_at"`
	UpdatedAt       time.Time       `json:"updated_at"`
}

// OrderItem is a line of an order.
type OrderItem struct {
	ProductID  record.ID      `json:"product_id"`
	Quantity   int32          `json:"quantity"`
	UnitAmount record.Decimal `json:"unit_price"`
	// UnitPrice has the order's currency: the record has it once, beside the total.
	UnitPrice *record.Money `from:"unit_price,/currency" json:"-"`
}

// OrderStatus is how far an order has come.
type OrderStatus string

// The statuses of the schema.
const (
	Pending   OrderStatus = "PENDING"
	Paid      OrderStatus = "PAID"
	Shipped   OrderStatus = "SHIPPED"
	Delivered OrderStatus = "DELIVERED"
	Cancelled OrderStatus = "CANCELLED"
	Refunded  OrderStatus = "REFUNDED"
)

// UnmarshalText reads the service's value; one that the schema does not know is UNKNOWN.
func (s *OrderStatus) UnmarshalText(text []byte) error {
	*s = record.EnumOf(text, Pending, Paid, Shipped, Delivered, Cancelled, Refunded)
	return nil
}
