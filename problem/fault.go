package problem

import "strings"

// Fault is a member of an input that is wrong.
type Fault struct {
	// Field is the way to the member, such as items[0].product_id; empty for all of the input.
	Field string `json:"field"`
	// Code is what is wrong, for programs, such as TOO_LONG.
	Code string `json:"code"`
}

// The bounds of a fault that a service reports.
const (
	maxFieldBytes = 200
	maxCodeBytes  = 50
)

// Plain reports whether a fault that a service reports is a name and a code and nothing else: only such are shown, since a
// sentence may hold anything.
func (f Fault) Plain() bool {
	return len(f.Field) <= maxFieldBytes && !strings.ContainsFunc(f.Field, notInField) &&
		f.Code != "" && len(f.Code) <= maxCodeBytes && !strings.ContainsFunc(f.Code, notInCode)
}

func notInField(r rune) bool {
	return !isLetter(r) && !isDigit(r) && !strings.ContainsRune("_-.[]/", r)
}

func notInCode(r rune) bool { return (r < 'A' || r > 'Z') && !isDigit(r) && r != '_' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
