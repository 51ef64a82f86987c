package composed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistakes are what is wrong with operations, by file and line.
type Mistakes []Mistake

// Mistake is one of them.
type Mistake struct {
	// File and Line are where it stands.
	File string
	Line int
	// Operation is the name of the operation, where it is one's.
	Operation string
	// Message says what is wrong and, where it can, what would mend it.
	Message string
}

// String is a line such as operations/orders.graphql:2 OrderSummary: @endpoint is missing.
func (m Mistake) String() string {
	place := fmt.Sprintf("%s:%d", m.File, m.Line)
	if m.Operation != "" {
		place += " " + m.Operation
	}
	return place + ": " + m.Message
}

// Error is a line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, each := range m {
		lines[i] = each.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil where there are none.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return m
}
