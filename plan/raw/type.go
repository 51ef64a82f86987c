// Package raw answers what of a service's record an answer is made of, without decoding it.
//
// A Type says how records of a Go struct type are read, a Layout what is wanted of them, and Rows hold it: where in the record's
// bytes each value stands, as far as the answer shows it as the record spells it. What Rows say of a record is what
// record.Decode and gqlgen's marshalers would make of it, and a record that the one refuses is refused by the other.
//
// A record is read in one pass which understands the usual spelling of things (read.go). Whatever is spelt otherwise, and
// whatever is wrong, is left to record.Decode itself (careful.go), so there is one opinion of what a record may be.
package raw

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Type is how records of one Go struct type are read. It is safe for concurrent use.
type Type struct {
	goType reflect.Type
	object *object
}

// NewType finds out how records of a Go struct type are read. The error says what about it only record.Decode can read.
func NewType(t reflect.Type) (*Type, error) {
	c := &compiler{within: make(map[reflect.Type]bool)}
	found, err := c.object(t)
	if err != nil {
		return nil, fmt.Errorf("read %s raw: %w", t, err)
	}
	if err := record.DecodeInto([]byte("{}"), reflect.New(t).Interface()); err != nil {
		return nil, fmt.Errorf("read %s raw: %w", t, err)
	}
	return &Type{goType: t, object: found}, nil
}

// object is how a record, or a part of one, is read.
type object struct {
	fields   []field
	monies   []money
	byLength [][]uint8 // the fields whose member names have a length
	usual    atomic.Pointer[shape]
}

// maxFields bounds the members of an object that a Go type declares: a bit of a word says of each whether it was seen.
const maxFields = 64

// field is a field of a Go struct and the member that it is read from.
type field struct {
	kind    kind
	pointer bool
	index   int     // in the Go struct
	goName  string  // in the Go struct
	name    string  // of the member
	missing string  // what is shown where there is no such member, or where it is null
	show    show    // for the careful way
	text    *text   // of textKind
	own     *own    // of ownKind
	part    *object // of partKind and listKind
}

// kind is how a member's value is read.
type kind uint8

const (
	stringKind kind = iota
	idKind
	decimalKind
	timeKind
	boolKind
	intKind
	textKind // what reads itself from a text
	ownKind  // what reads itself from JSON
	partKind
	listKind
)

// money is a field that is made of two members.
type money struct {
	goName   string
	amount   string // the member's name
	currency string // the same
	whole    bool   // the currency is a member of the whole record
}
