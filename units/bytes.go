// Package units reads and writes quantities as people state them in a configuration file.
package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a number of bytes. As text it is a whole number with an optional unit: B, KiB, MiB or GiB (powers of 1024).
type Bytes int64

// The units that Bytes understands.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// UnmarshalText reads "512", "64KiB", "8 MiB" or "1GiB". Negative numbers, fractions and other units are errors.
func (b *Bytes) UnmarshalText(text []byte) error {
	number, unit := split(string(text))
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a size such as 64KiB or 8MiB", text)
	}
	factor, ok := map[string]Bytes{"": 1, "B": 1, "KiB": KiB, "MiB": MiB, "GiB": GiB}[unit]
	if !ok {
		return fmt.Errorf("%q has the unknown unit %q: use B, KiB, MiB or GiB", text, unit)
	}
	if n > math.MaxInt64/int64(factor) {
		return fmt.Errorf("%q is larger than any size can be", text)
	}
	*b = Bytes(n) * factor
	return nil
}

// MarshalText writes the shortest exact form, such as "8MiB".
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// String is the shortest exact form, such as "8MiB".
func (b Bytes) String() string {
	for _, unit := range []struct {
		size Bytes
		name string
	}{{GiB, "GiB"}, {MiB, "MiB"}, {KiB, "KiB"}} {
		if b != 0 && b%unit.size == 0 {
			return strconv.FormatInt(int64(b/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

func split(text string) (number, unit string) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end <= 0 {
		return text, ""
	}
	return text[:end], strings.TrimSpace(text[end:])
}
