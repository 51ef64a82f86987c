// Package payment is the payment service: its record, as the gateway reads it, and its calls.
package payment

import (
	"fmt"
	"io"
	"time"

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
	Amount      *record.Money  `from:"amount,currency" json:"-"`
	Method      PaymentMethod  `json:"method"`
	CardLast4   LastFour       `json:"card_number"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
}

// LastFour is the last four digits of a card number, empty where there was no card. The rest is dropped while decoding, so it is
// nowhere in the gateway.
type LastFour string

// minCardDigits is the length of the shortest card numbers. Four digits of anything shorter could be most of it.
const minCardDigits = 12

// mostCardDigits is how many card numbers have at most (ISO/IEC 7812). Longer texts take more memory.
const mostCardDigits = 19

// UnmarshalText keeps the last four digits of a card number, written with or without separators.
func (l *LastFour) UnmarshalText(text []byte) error {
	digits := make([]byte, 0, mostCardDigits)
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

// MarshalGQL writes the digits as a string, or null where there are none.
func (l LastFour) MarshalGQL(w io.Writer) {
	text := []byte("null")
	if l != "" {
		text, _ = jsontext.AppendQuote(nil, string(l)) // what is no UTF-8 is replaced
	}
	_, _ = w.Write(text) // the writer is a buffer
}

// UnmarshalGQL reads an argument that is a card number: a string.
func (l *LastFour) UnmarshalGQL(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a card number is a string, not a %T", value)
	}
	return l.UnmarshalText([]byte(text))
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
