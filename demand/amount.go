package demand

import (
	"fmt"
	"math"
	"strconv"
)

// amount is a cost in thousandths. Sums of whole numbers are the same in any order, so that whoever counts comes to the same.
type amount int64

const (
	one       amount = 1000
	most      amount = Countless * one
	maxWeight        = 1e6
)

// units is a cost as people read it: rounded up.
func (a amount) units() int64 { return int64((max(a, 0) + one - 1) / one) }

// plus adds what is not negative, up to most.
func plus(a, b amount) amount { return min(a+b, most) }

// times is the cost of n of the same, up to most.
func times(n int, a amount) amount {
	if n <= 0 || a <= 0 {
		return 0
	}
	if amount(n) > most/a {
		return most
	}
	return amount(n) * a
}

// readWeight reads a weight as @cost has it.
func readWeight(text string) (amount, error) {
	weight, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("its weight %q is no number", text)
	case math.Abs(weight) > maxWeight, math.IsNaN(weight):
		return 0, fmt.Errorf("its weight %s is beyond %d", text, int(maxWeight))
	}
	thousandths := math.Round(weight * float64(one))
	if math.Abs(thousandths-weight*float64(one)) > 1e-6*math.Max(1, math.Abs(weight)) {
		return 0, fmt.Errorf("its weight %s has more than three decimals", text)
	}
	return amount(thousandths), nil
}
