package ratelimit

import (
	"fmt"
	"strings"
	"time"
)

// Period is the length of the intervals in which a limit counts, or a unit of the calendar with which it begins anew.
type Period struct {
	// Length is any interval's. It is 0 for one of the calendar.
	Length time.Duration
	// Unit is day or month, in UTC, or empty.
	Unit string
}

// The units of the calendar.
const (
	day   = "day"
	month = "month"
)

// UnmarshalText reads a duration such as 10s, 1m or 24h, or day or month.
func (p *Period) UnmarshalText(text []byte) error {
	switch word := string(text); word {
	case day, month:
		*p = Period{Unit: word}
		return nil
	default:
		length, err := time.ParseDuration(word)
		if err != nil {
			return fmt.Errorf("%q is no duration such as 1m or 24h, and neither day nor month", word)
		}
		*p = Period{Length: length}
		return nil
	}
}

// MarshalText writes what UnmarshalText reads.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String is the period as it is written in a configuration.
func (p Period) String() string {
	if p.calendar() {
		return p.Unit
	}
	text := p.Length.String() // 1h0m0s
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (p Period) calendar() bool { return p.Unit != "" }

// longest is how long one can be.
func (p Period) longest() time.Duration {
	switch p.Unit {
	case day:
		return 24 * time.Hour
	case month:
		return 31 * 24 * time.Hour
	default:
		return p.Length
	}
}

// current is what a unit of the calendar is called, and when it ends.
func (p Period) current(now time.Time) (name string, end time.Time) {
	year, m, d := now.UTC().Date()
	if p.Unit == day {
		return now.UTC().Format("2006-01-02"), time.Date(year, m, d+1, 0, 0, 0, 0, time.UTC)
	}
	return now.UTC().Format("2006-01"), time.Date(year, m+1, 1, 0, 0, 0, 0, time.UTC)
}
