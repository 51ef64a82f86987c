package record

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// Decimal is a decimal number, digit by digit as the service wrote it. It is never a float inside the gateway. The zero value
// is "no number".
type Decimal struct{ text string }

// maxDecimal bounds the text of a number: longer ones are no amounts of anything.
const maxDecimal = 64

// ParseDecimal reads a JSON number without exponent, such as 19.90.
func ParseDecimal(text string) (Decimal, error) {
	if len(text) > maxDecimal || !isDecimal(text) {
		return Decimal{}, fmt.Errorf("not a decimal number of at most %d characters", maxDecimal)
	}
	return Decimal{text: text}, nil
}

// isDecimal reports whether text is -?(0|[1-9][0-9]*)(\.[0-9]+)?, the number of RFC 8259 without exponent.
func isDecimal(text string) bool {
	if text != "" && text[0] == '-' {
		text = text[1:]
	}
	whole := countDigits(text)
	if whole == 0 || (whole > 1 && text[0] == '0') {
		return false
	}
	rest := text[whole:]
	if rest == "" {
		return true
	}
	return rest[0] == '.' && len(rest) > 1 && countDigits(rest[1:]) == len(rest)-1
}

func countDigits(text string) int {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return i
		}
	}
	return len(text)
}

// IsZero reports whether there is no number at all. "0.00" is a number.
func (d Decimal) IsZero() bool { return d.text == "" }

// String is the number as it was written.
func (d Decimal) String() string { return d.text }

// UnmarshalJSON reads a JSON number, or a string that holds one, as some services write money. Null is no number.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	text := string(data)
	if text == "null" {
		*d = Decimal{}
		return nil
	}
	if len(text) > 1 && text[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return fmt.Errorf("read decimal: %w", err)
		}
	}
	parsed, err := ParseDecimal(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalGQL writes the number as a string.
func (d Decimal) MarshalGQL(w io.Writer) {
	_, _ = io.WriteString(w, strconv.Quote(d.text)) // the writer is a buffer
}

// UnmarshalGQL reads a Decimal argument: a string.
func (d *Decimal) UnmarshalGQL(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a Decimal is a string, not a %T", value)
	}
	parsed, err := ParseDecimal(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Money is an amount in one currency.
type Money struct {
	Amount   Decimal
	Currency string
}

// NewMoney joins an amount and the currency beside it. Without either there is no money, and the answer is nil.
func NewMoney(amount Decimal, currency string) *Money {
	if amount.IsZero() || currency == "" {
		return nil
	}
	return &Money{Amount: amount, Currency: currency}
}
