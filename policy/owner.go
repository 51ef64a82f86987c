package policy

import (
	"reflect"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Owner is how it is found out whose a record is.
type Owner struct {
	// Steps lead to the user: each but the last to a record that has the member of the next one.
	Steps []Step
	// Argument is the path to the argument that is the first step. It is empty where that is a member of the record at hand.
	Argument []string
	// Self is true where what is written is always the caller's own, and nothing else says so.
	Self bool
}

// userType is the type whose records are callers.
const userType = "User"

// namesRecord reports whether an argument names a record that is somebody's: to others it looks as if there were none.
func (o *Owner) namesRecord() bool { return len(o.Argument) > 0 && len(o.Steps) > 1 }

// AtHand reports whether the record itself says whose it is, so that no other has to be asked for.
func (o *Owner) AtHand() bool { return len(o.Argument) == 0 && len(o.Steps) == 1 }

// IsFar reports whether other records say whose the record is, beyond the one in question. How many are asked for then depends on
// whether there is one.
func (o *Owner) IsFar() bool { return len(o.Steps) > 1+min(len(o.Argument), 1) }

// from are the steps to the owner of the record that a key names. The key of a user is the user.
func (o *Owner) from(key Step) []Step {
	if len(o.Steps) == 1 && o.Steps[0].Type == userType && o.Steps[0].Member == "id" {
		return []Step{key}
	}
	return append([]Step{key}, o.Steps...)
}

// Step is what names a record, or in the last place the user.
type Step struct {
	// Type is the type of the record that has the member. An argument's is empty.
	Type string
	// Member is its name, as the service writes it.
	Member string

	of    reflect.Type // the client's Go type
	index []int        // of its field
}

// Field is the field of the client's Go type that the member is read into. An argument's step has none.
func (s Step) Field() string { return s.of.FieldByIndex(s.index).Name }

// ID is what the step's member holds in a record, zero where there is none, or where the record is of another type.
func (s Step) ID(of any) record.ID { return s.id(reflect.ValueOf(of)) }

func (s Step) id(of reflect.Value) record.ID {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Interface {
		of = of.Elem()
	}
	if !of.IsValid() || of.Type() != s.of {
		return 0
	}
	member, err := of.FieldByIndexErr(s.index)
	if err != nil {
		return 0 // it is part of a struct that is not there
	}
	return idOf(member)
}

// idOf is the id that a value holds or points to, zero where it is none.
func idOf(value reflect.Value) record.ID {
	value = reflect.Indirect(value)
	if !value.IsValid() || value.Type() != reflect.TypeFor[record.ID]() {
		return 0
	}
	return record.ID(value.Int())
}
