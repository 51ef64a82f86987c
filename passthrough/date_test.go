package passthrough

import (
	"testing"
	"time"
)

func TestADateIsADayOrAMoment(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2027-01-31":                time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
		"2027-01-31T12:00:00Z":      time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC),
		"2027-01-31T01:30:00+02:00": time.Date(2027, 1, 30, 23, 30, 0, 0, time.UTC),
		"":                          {},
	} {
		d := Date{time.Now()}
		if err := d.UnmarshalText([]byte(text)); err != nil || !d.Equal(want) {
			t.Errorf("%q is %v, %v, want %v", text, d, err, want)
		}
		written, err := d.MarshalText()
		var again Date
		if err != nil || again.UnmarshalText(written) != nil || again != d {
			t.Errorf("%q is written as %q, %v, and read as %v", text, written, err, again)
		}
	}
	for _, text := range []string{"soon", "2027", "2027-02-30", "31.1.2027", "2027-01-31 12:00:00", "2027-01-31T12:00:00", " 2027-01-31"} {
		var d Date
		if err := d.UnmarshalText([]byte(text)); err == nil || !d.IsZero() {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
}
