package reshape

import (
	"errors"
	"fmt"
)

// ErrTooLarge is a record that is longer than the limit. Outside of records it is a single text or number that is, or the names
// of the objects that are open at one time.
var ErrTooLarge = errors.New("a record is larger than allowed")

// ErrRefused is a record that the rules refuse where there is nothing to show in its place: it is the whole text, or the plan is
// strict.
var ErrRefused = errors.New("the record is not shown to this caller")

// Invalid is a text that is not JSON as this package takes it: RFC 8259, in valid UTF-8, without names that an object has twice
// (RFC 7493, section 2), and not nested deeper than MaxDepth. It never quotes the text.
type Invalid struct {
	// Offset is the byte near which it was seen, from the start of the text.
	Offset int64
	// Reason is what is wrong, in a few words.
	Reason string
}

// Error says what is wrong and where.
func (e *Invalid) Error() string { return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset) }

// UnknownMember is what a strict plan refuses. A member that a rule refuses looks like any other.
type UnknownMember struct {
	// Pointer says where it stands in the text that came in (RFC 6901). It holds a stranger's names.
	Pointer string
	// Misplaced is set where the member is known and its value is of a kind that it does not take, or cannot be moved to where
	// the plan says.
	Misplaced bool
}

// Error names the member.
func (e *UnknownMember) Error() string {
	if e.Misplaced {
		return fmt.Sprintf("the value at %q is not of a kind that is taken", e.Pointer)
	}
	return fmt.Sprintf("unknown member %q", e.Pointer)
}
