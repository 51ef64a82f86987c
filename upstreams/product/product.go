// Package product is the product service: its record, as the gateway reads it, and its calls.
package product

import (
	"time"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Product is the service's record, as far as the schema shows it. What is not declared here is never decoded.
type Product struct {
	ID          record.ID      `json:"id"`
	Name        string         `json:"name"`
	SKU         *string        `json:"sku"`
	PriceAmount record.Decimal `json:"price"`
	Currency    string         `json:"currency"`
	Price       *record.Money  `from:"price,currency" json:"-"`
	Category    *string        `json:"category"`
	Description *string        `json:"description"`
	Stock       *int32         `json:"stock"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
}
