package demo

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// user is a record of the user service.
type user struct {
	ID           int64     `json:"id"`
	Name         string    `json:"name"`
	Username     string    `json:"username"`
	Email        string    `json:"email"`
	Phone        string    `json:"phone"`
	Role         string    `json:"role"`
	Status       string    `json:"status"`
	PasswordHash string    `json:"password_hash"`
	APIToken     string    `json:"api_token"`
	Address      address   `json:"address"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// address is where a user lives or an order goes.
type address struct {
	Street string `json:"street"`
	City   string `json:"city"`
	Zip    string `json:"zip"`
}

// order is a record of the order service.
type order struct {
	ID              int64     `json:"id"`
	UserID          int64     `json:"user_id"`
	Status          string    `json:"status"`
	Currency        string    `json:"currency"`
	Total           cents     `json:"total"`
	Items           []line    `json:"items"`
	ShippingAddress address   `json:"shipping_address"`
	Notes           string    `json:"notes"`
	InternalMargin  cents     `json:"internal_margin"`
	WarehouseCode   string    `json:"warehouse_code"`
	CreatedAt       time.Time `json:"created_at"`
	UpdatedAt       time.Time `json:"updated_at"`
}

// line is one product of an order, at the price it had when it was ordered. Line ids count from 1 within an order.
type line struct {
	LineID    int64 `json:"line_id"`
	ProductID int64 `json:"product_id"`
	Quantity  int64 `json:"quantity"`
	UnitPrice cents `json:"unit_price"`
	Discount  cents `json:"discount"`
}

// product is a record of the product service.
type product struct {
	ID           int64     `json:"id"`
	Name         string    `json:"name"`
	SKU          string    `json:"sku"`
	Price        cents     `json:"price"`
	Currency     string    `json:"currency"`
	Category     string    `json:"category"`
	Description  string    `json:"description"`
	Stock        int64     `json:"stock"`
	SupplierCost cents     `json:"supplier_cost"`
	SupplierID   int64     `json:"supplier_id"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// payment is a record of the payment service. Card number and code are null unless the method is card.
type payment struct {
	ID           int64          `json:"id"`
	OrderID      int64          `json:"order_id"`
	Status       string         `json:"status"`
	Amount       cents          `json:"amount"`
	Currency     string         `json:"currency"`
	Method       string         `json:"method"`
	CardNumber   *string        `json:"card_number"`
	CardCVV      *string        `json:"card_cvv"`
	ProcessorRef string         `json:"processor_ref"`
	RiskScore    jsontext.Value `json:"risk_score"`
	CreatedAt    time.Time      `json:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
}

// The states of orders and payments, and the other words that records choose from.
const (
	pending   = "pending"
	paid      = "paid"
	shipped   = "shipped"
	delivered = "delivered"
	cancelled = "cancelled"
	refunded  = "refunded"

	authorized = "authorized"
	captured   = "captured"
	failed     = "failed"

	card         = "card"
	paypal       = "paypal"
	bankTransfer = "bank_transfer"

	customer = "customer"
	support  = "support"
	admin    = "admin"

	active    = "active"
	suspended = "suspended"

	usd = "USD"
)

// totalOf is what an order costs.
func totalOf(items []line) cents {
	var total cents
	for _, item := range items {
		total += cents(item.Quantity)*item.UnitPrice - item.Discount
	}
	return total
}

// cents is money, which is never a float. On the wire it is a decimal number with two places.
type cents int64

// MarshalJSON writes 1990 as 19.90.
func (c cents) MarshalJSON() ([]byte, error) {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	digits := strconv.FormatInt(int64(c), 10)
	if missing := 3 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - 2
	return []byte(sign + digits[:point] + "." + digits[point:]), nil
}

var errNotMoney = errors.New("money is a number with at most two decimal places")

// UnmarshalJSON reads 19, 19.9 and 19.90. Exponents and more places are errors: they would have to be rounded.
func (c *cents) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*c = 0
		return nil
	}
	whole, fraction, _ := strings.Cut(string(text), ".")
	if len(fraction) > 2 {
		return errNotMoney
	}
	n, err := strconv.ParseInt(whole+fraction+"00"[len(fraction):], 10, 64)
	if err != nil {
		return errNotMoney
	}
	*c = cents(n)
	return nil
}
