package record

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads a service's record into a client's own type: the JSON by the fields' json tags, and then what the type's rules
// make of it.
//
//   - A field with a tag such as from:"price,currency" is a *Money made of the two members of these names, nil where there is
//     none. A name that begins with / is a member of the whole record, any other of the struct that the field stands in.
//   - A text type that holds nothing, because its member is missing, null or empty, gets what its UnmarshalText makes of the
//     empty text. So does one in a list; a pointer to one stays nil.
//   - A null in a list of parts, which are structs read by their members' names, is an error.
//
// An error never repeats a value of the record. A type whose rules cannot be kept fails with every record.
func Decode[T any](raw jsontext.Value) (*T, error) {
	decoded := new(T)
	if err := DecodeInto(raw, decoded); err != nil {
		return nil, err
	}
	return decoded, nil
}

// DecodeInto is Decode for whoever knows the type only while running. It is told a pointer to the record's type.
func DecodeInto(raw jsontext.Value, pointer any) error {
	record := reflect.ValueOf(pointer)
	if record.Kind() != reflect.Pointer || record.IsNil() {
		return fmt.Errorf("a record is decoded into a pointer, and not into a %T", pointer)
	}
	rules := rulesOf(record.Type().Elem())
	if rules.err != nil {
		return rules.err
	}
	if err := json.Unmarshal(raw, pointer); err != nil {
		return err
	}
	if rules.keep == nil {
		return nil
	}
	return rules.keep(record.Elem(), record.Elem())
}

// compiled are the rules of a type, or why it can have none.
type compiled struct {
	keep keeper
	err  error
}

// known remembers the rules of each type. It is state of the package because they follow from the type alone, of which a program
// has a few, and because functions that are generic in the record's type have nowhere else to keep what is known of it. Finding
// them out for each record would take three times as long as decoding it.
var known sync.Map //nolint:gochecknoglobals // reflect.Type to compiled; the reason stands above

func rulesOf(t reflect.Type) compiled {
	if found, ok := known.Load(t); ok {
		rules, _ := found.(compiled) // as stored
		return rules
	}
	c := &compiler{whole: t, begun: make(map[reflect.Type]*keeper)}
	keep, err := c.rules(t, t.String())
	found, _ := known.LoadOrStore(t, compiled{keep: keep, err: err})
	rules, _ := found.(compiled) // as stored
	return rules
}
