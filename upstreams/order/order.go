// Package order is the order service: its record, as the gateway reads it, and its calls.
package order

import (
	"cmp"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Order is the service's record, as far as the schema shows it. What is not declared here is never decoded.
type Order struct {
	ID              record.ID       `json:"id"`
	UserID          record.ID       `json:"user_id"`
	Status          OrderStatus     `json:"status"`
	Currency        string          `json:"currency"`
	TotalAmount     record.Decimal  `json:"total"`
	Items           []*OrderItem    `json:"items"`
	ShippingAddress *record.Address `json:"shipping_address"`
	CreatedAt       time.Time       `json:"created_at"`
	UpdatedAt       time.Time       `json:"updated_at"`
}

// UnmarshalJSONFrom reads the service's record. A status that is missing or null is an unknown one, and the lines get the order's
// currency.
func (o *Order) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain Order
	if err := json.UnmarshalDecode(dec, (*plain)(o)); err != nil {
		return err
	}
	o.Status = cmp.Or(o.Status, record.Unknown)
	for i, item := range o.Items {
		if item == nil {
			return fmt.Errorf("line %d is null", i)
		}
		item.currency = o.Currency
	}
	return nil
}

// Total is the sum of the order's lines in the order's currency.
func (o *Order) Total() *record.Money { return record.NewMoney(o.TotalAmount, o.Currency) }

// OrderItem is a line of an order.
type OrderItem struct {
	ProductID  record.ID      `json:"product_id"`
	Quantity   int32          `json:"quantity"`
	UnitAmount record.Decimal `json:"unit_price"`
	// currency is the order's: the record has it once, beside the total.
	currency string
}

// UnitPrice is the price of one in the order's currency.
func (i *OrderItem) UnitPrice() *record.Money { return record.NewMoney(i.UnitAmount, i.currency) }

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
