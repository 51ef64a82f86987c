package raw

import (
	"fmt"
	"reflect"
	"slices"
)

// Slot is where Rows have the text of a value, as Row.Append shows it.
type Slot int

// IDSlot is where Rows have an id as a number.
type IDSlot int

// PartSlot is where Rows have whether there is a part.
type PartSlot int

// ListSlot is where Rows have the elements of a list.
type ListSlot struct{ column, list int }

// MoneySlot is where Rows have an amount of money.
type MoneySlot struct {
	// Amount is the decimal number and Currency its unit. Both mean something only where Row.Money says that there is money.
	Amount, Currency Slot
}

// Builder gathers what is wanted of a record, or of a part of one. Who asks for the same twice is given the same slot. It is for
// one goroutine at a time.
type Builder struct {
	object *object
	whole  *Builder
	table  *table
	wants  []want       // by field
	goType reflect.Type // of the whole record
}

// want is what is wanted of a field.
type want struct {
	text, id, present int  // columns, 0 for what is not wanted
	onlyKey           bool // whether the id is wanted to tell whose the record is, and for nothing else
	part              *Builder
	list              int // among the table's lists
}

// Want begins to gather what is wanted of records.
func (t *Type) Want() *Builder {
	b := within(t.object, &table{missing: []string{""}})
	b.whole, b.goType = b, t.goType
	return b
}

func within(o *object, in *table) *Builder {
	return &Builder{object: o, table: in, wants: make([]want, len(o.fields))}
}

// Text wants a scalar as the answer shows it. The field is named by its Go name, as everywhere below.
func (b *Builder) Text(field string) (Slot, error) {
	i, err := b.find(field)
	if err != nil {
		return 0, err
	}
	if kind := b.object.fields[i].kind; kind == partKind || kind == listKind {
		return 0, fmt.Errorf("%s is no scalar", field)
	}
	return b.text(i), nil
}

func (b *Builder) text(i int) Slot {
	return Slot(b.table.column(&b.wants[i].text, b.object.fields[i].missing))
}

// ID wants a record.ID, or what a *record.ID points to, as a number.
func (b *Builder) ID(field string) (IDSlot, error) {
	i, err := b.find(field)
	if err != nil {
		return 0, err
	}
	if b.object.fields[i].kind != idKind {
		return 0, fmt.Errorf("%s is no id", field)
	}
	b.wants[i].onlyKey = false
	return IDSlot(b.table.column(&b.wants[i].id, "")), nil
}

// Key wants the id that records are asked for by, by the name that the service gives the member. It is not among what a layout
// says is kept, unless somebody wants it as an ID. It is not ok where there is no such id.
func (b *Builder) Key(member string) (slot IDSlot, ok bool) {
	i := slices.IndexFunc(b.object.fields, func(f field) bool { return f.name == member && f.kind == idKind })
	if i < 0 {
		return 0, false
	}
	wanted := &b.wants[i]
	wanted.onlyKey = wanted.onlyKey || wanted.id == 0
	return IDSlot(b.table.column(&wanted.id, "")), true
}

// Part wants something of a part, which is a pointer to a struct. What is wanted within stands in the same row.
func (b *Builder) Part(field string) (*Builder, PartSlot, error) {
	i, err := b.find(field)
	if err != nil {
		return nil, 0, err
	}
	f, wanted := &b.object.fields[i], &b.wants[i]
	if f.kind != partKind {
		return nil, 0, fmt.Errorf("%s is no part", field)
	}
	if wanted.part == nil {
		wanted.part = within(f.part, b.table)
		wanted.part.whole = b.whole
	}
	return wanted.part, PartSlot(b.table.column(&wanted.present, "")), nil
}

// List wants something of a list's elements, which are pointers to structs. Each element is a row of Rows of their own.
func (b *Builder) List(field string) (*Builder, ListSlot, error) {
	i, err := b.find(field)
	if err != nil {
		return nil, ListSlot{}, err
	}
	f, wanted := &b.object.fields[i], &b.wants[i]
	if f.kind != listKind {
		return nil, ListSlot{}, fmt.Errorf("%s is no list", field)
	}
	if wanted.part == nil {
		wanted.part = within(f.part, &table{missing: []string{""}})
		wanted.part.whole = b.whole
		wanted.list = len(b.table.lists)
		b.table.lists = append(b.table.lists, wanted.part)
	}
	return wanted.part, ListSlot{column: b.table.column(&wanted.present, ""), list: wanted.list}, nil
}

// Money wants an amount of money, which is a field with a from tag.
func (b *Builder) Money(field string) (MoneySlot, error) {
	at := slices.IndexFunc(b.object.monies, func(m money) bool { return m.goName == field })
	if at < 0 {
		return MoneySlot{}, fmt.Errorf("no field %s is made of an amount and a currency", field)
	}
	m := b.object.monies[at]
	amount, err := b.named(m.amount, decimalKind)
	if err != nil {
		return MoneySlot{}, err
	}
	of := b
	if m.whole {
		of = b.whole
	}
	currency, err := of.named(m.currency, stringKind)
	if err != nil {
		return MoneySlot{}, err
	}
	return MoneySlot{Amount: amount, Currency: b.table.copy(of.table, currency)}, nil
}

// named wants the text of a member.
func (b *Builder) named(name string, of kind) (Slot, error) {
	for i, f := range b.object.fields {
		if f.name == name && f.kind == of && !f.pointer {
			return b.text(i), nil
		}
	}
	return 0, fmt.Errorf("no member %s is of the kind that money is made of", name)
}

func (b *Builder) find(name string) (int, error) {
	i := slices.IndexFunc(b.object.fields, func(f field) bool { return f.goName == name })
	if i < 0 {
		return 0, fmt.Errorf("no member is read into a field %s", name)
	}
	return i, nil
}
