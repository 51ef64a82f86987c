package passthrough

import (
	"errors"
	"time"
)

// Date is a moment that is written as a day (2027-01-31, its beginning in UTC) or as RFC 3339 has it. The zero Date is none.
type Date struct{ time.Time }

// UnmarshalText reads either form. Empty is none.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		d.Time = time.Time{}
		return nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(form, string(text)); err == nil {
			d.Time = at.UTC()
			return nil
		}
	}
	return errors.New("must be a day such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z")
}

// MarshalText is how a configuration is printed.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.UTC().Format(time.RFC3339)), nil
}
