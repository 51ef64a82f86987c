// Package payment is the payment service: its record, as the gateway reads it, and its calls.
package payment

import (
	"cmp"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Payment is the service's record, as far as the schema shows it. What is not declared here is never decoded.
type Payment struct {
	ID          record.ID      `json:"id"`
	OrderID     record.ID      `json:"order_id"`
	Status      PaymentStatus  `json:"status"`
	TotalAmount record.Decimal `json:"amount"`
	Currency    string         `json:"currency"`
	Method      PaymentMethod  `json:"method"`
	Card        LastFour       `json:"card_number"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
}

// UnmarshalJSONFrom reads the service's record. A status or method that is missing or null is an unknown one.
func (p *Payment) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain Payment
	err := json.UnmarshalDecode(dec, (*plain)(p))
	p.Status, p.Method = cmp.Or(p.Status, record.Unknown), cmp.Or(p.Method, record.Unknown)
	return err
}

// Amount is how much was paid.
func (p *Payment) Amount() *record.Money { return record.NewMoney(p.TotalAmount, p.Currency) }

// CardLast4 is the end of the card's number, nil where no card was used.
func (p *Payment) CardLast4() *string {
	if p.Card == "" {
		return nil
	}
	last := string(p.Card)
	return &last
}

// LastFour is the last four digits of a card number. The rest is dropped while decoding, so it is nowhere in the gateway.
type LastFour string

// minCardDigits is the length of the shortest card numbers. Four digits of anything shorter could be most of it.
const minCardDigits = 12

// UnmarshalText keeps the last four digits of a card number, written with or without separators.
func (l *LastFour) UnmarshalText(text []byte) error {
	digits := make([]byte, 0, len(text))
	for _, c := range text {
		if c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	*l = ""
	if len(digits) >= minCardDigits {
		*l = LastFour(digits[len(digits)-4:])
	}
	return nil
}

// PaymentStatus is how far a payment has come.
type PaymentStatus string

// The statuses of the schema.
const (
	Pending    PaymentStatus = "PENDING"
	Authorized PaymentStatus = "AUTHORIZED"
	Captured   PaymentStatus = "CAPTURED"
	Refunded   PaymentStatus = "REFUNDED"
	Failed     PaymentStatus = "FAILED"
)

// UnmarshalText reads the service's value; one that the schema does not know is UNKNOWN.
func (s *PaymentStatus) UnmarshalText(text []byte) error {
	*s = record.EnumOf(text, Pending, Authorized, Captured, Refunded, Failed)
	return nil
}

// PaymentMethod is a way to pay.
type PaymentMethod string

// The methods of the schema.
const (
	Card         PaymentMethod = "CARD"
	PayPal       PaymentMethod = "PAYPAL"
	BankTransfer PaymentMethod = "BANK_TRANSFER"
)

// UnmarshalText reads the service's value; one that the schema does not know is UNKNOWN.
func (m *PaymentMethod) UnmarshalText(text []byte) error {
	*m = record.EnumOf(text, Card, PayPal, BankTransfer)
	return nil
}
