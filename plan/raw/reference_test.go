package raw_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// everything has a field of each kind that can be read.
type everything struct {
	ID      record.ID      `json:"id"`
	OtherID *record.ID     `json:"other_id"`
	Name    string         `json:"name"`
	Note    *string        `json:"note"`
	Email   email          `json:"email,omitempty"`
	Price   record.Decimal `json:"price"`
	Was     *record.Decimal
	Money   *record.Money `from:"price,name"     json:"-"`
	At      time.Time     `json:"at"`
	Until   *time.Time    `json:"until,omitzero"`
	Open    bool          `json:"open"`
	Shut    *flag         `json:"shut"`
	Count   int32         `json:"count"`
	Left    *int32        `json:"left"`
	Colour  colour        `json:"colour"`
	Second  *colour       `json:"second"`
	Tag     tag           `json:"tag"`
	Level   level         `json:"level"`
	Top     *level        `json:"top"`
	Flow    *flow         `json:"flow"`
	Inner   *inner        `json:"inner"`
	Items   []*item       `json:"items"`
	Ignored chan int      `json:"-"`
}

type inner struct {
	Street *string        `json:"street"`
	Colour colour         `json:"colour"`
	Cost   record.Decimal `json:"cost"`
	Near   *record.Money  `from:"cost,/name" json:"-"`
	Items  []*item        `json:"items"`
}

type item struct {
	ID     record.ID      `json:"id"`
	Unit   string         `json:"unit"`
	Cost   record.Decimal `json:"cost"`
	Near   *record.Money  `from:"cost,unit"  json:"-"`
	Far    *record.Money  `from:"cost,/name" json:"-"`
	Inner  *leaf          `json:"inner"`
	Leaves []*leaf        `json:"leaves"`
}

type leaf struct {
	At     time.Time      `json:"at"`
	Colour colour         `json:"colour"`
	Cost   record.Decimal `json:"cost"`
	Far    *record.Money  `from:"cost,/name" json:"-"`
}

type (
	flag   bool
	email  string // shown by its own marshaler
	colour string // a text type
	tag    string // a text type that takes no exclamation marks, and may hold nothing
	level  int32  // reads itself from JSON
	flow   string // the same, from a decoder's bytes, and shows itself
)

func (e email) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote("<"+string(e)+">")) }

func (c *colour) UnmarshalText(text []byte) error {
	*c = record.EnumOf[colour](text, "RED", "DARK_RED")
	return nil
}

func (t *tag) UnmarshalText(text []byte) error {
	if bytes.IndexByte(text, '!') >= 0 {
		return io.ErrUnexpectedEOF
	}
	*t = tag(strings.Trim(string(text), "-"))
	if text == nil {
		*t = "none"
	}
	return nil
}

func (l *level) UnmarshalJSON(text []byte) error {
	*l = level(len(text))
	if text[0] == 't' {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (f *flow) UnmarshalJSON(text []byte) error {
	*f = flow(text)
	return nil
}

func (f *flow) MarshalGQL(w io.Writer) { graphql.MarshalString(string(*f)).MarshalGQL(w) }

// typesRead are the types of which records are read in tests.
var typesRead = []reflect.Type{
	reflect.TypeFor[everything](), reflect.TypeFor[user.User](), reflect.TypeFor[order.Order](),
	reflect.TypeFor[product.Product](), reflect.TypeFor[payment.Payment](),
}

// wanted is a field that is wanted of a struct.
type wanted struct {
	field reflect.StructField
	text  raw.Slot
	id    raw.IDSlot
	part  raw.PartSlot
	list  raw.ListSlot
	money raw.MoneySlot
	below []wanted
}

// wantSome wants some fields of a struct.
func wantSome(t testing.TB, b *raw.Builder, of reflect.Type, choose func() bool) []wanted {
	t.Helper()
	var all []wanted
	for field := range of.Fields() {
		if !choose() || !field.IsExported() || field.Name == "Ignored" {
			continue
		}
		w := wanted{field: field}
		var below *raw.Builder
		var err, again error
		switch kindOf(field) {
		case "money":
			w.money, err = b.Money(field.Name)
		case "part":
			if below, w.part, err = b.Part(field.Name); err == nil {
				w.below = wantSome(t, below, field.Type.Elem(), choose)
			}
		case "list":
			if below, w.list, err = b.List(field.Name); err == nil {
				w.below = wantSome(t, below, field.Type.Elem().Elem(), choose)
			}
		case "id":
			w.id, err = b.ID(field.Name)
			w.text, again = b.Text(field.Name)
		default:
			w.text, err = b.Text(field.Name)
		}
		if err := errors.Join(err, again); err != nil {
			t.Fatalf("want %s.%s: %v", of, field.Name, err)
		}
		all = append(all, w)
	}
	return all
}

func kindOf(field reflect.StructField) string {
	isPart := func(t reflect.Type) bool {
		return t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]() && t != reflect.TypeFor[record.Decimal]()
	}
	t := field.Type
	switch {
	case t == reflect.TypeFor[*record.Money]():
		return "money"
	case t == reflect.TypeFor[record.ID]() || t == reflect.TypeFor[*record.ID]():
		return "id"
	case t.Kind() == reflect.Pointer && isPart(t.Elem()):
		return "part"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Pointer:
		return "list"
	default:
		return "text"
	}
}

// shown is how gqlgen writes a field's value.
func shown(value reflect.Value) string {
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return "null"
		}
		value = value.Elem()
	}
	var out bytes.Buffer
	switch v := value.Addr().Interface().(type) {
	case graphql.Marshaler:
		v.MarshalGQL(&out)
	case *time.Time:
		graphql.MarshalTime(*v).MarshalGQL(&out)
	default:
		switch value.Kind() {
		case reflect.String:
			graphql.MarshalString(value.String()).MarshalGQL(&out)
		case reflect.Int32:
			graphql.MarshalInt32(int32(value.Int())).MarshalGQL(&out)
		case reflect.Bool:
			graphql.MarshalBoolean(value.Bool()).MarshalGQL(&out)
		default:
			panic(value.Type())
		}
	}
	return out.String()
}

// compare compares a row with the decoded struct.
func compare(t testing.TB, rows *raw.Rows, row int, all []wanted, of reflect.Value) {
	t.Helper()
	at := rows.Row(row)
	for _, w := range all {
		value := of.FieldByIndex(w.field.Index)
		switch kindOf(w.field) {
		case "money":
			compareMoney(t, at, w, value)
		case "part":
			if got := at.Has(w.part); got == value.IsNil() {
				t.Errorf("%s.%s: Has = %v, want %v", of.Type(), w.field.Name, got, !value.IsNil())
			} else if got {
				compare(t, rows, row, w.below, value.Elem())
			}
		case "list":
			list, from, to := rows.List(row, w.list)
			if to-from != value.Len() {
				t.Errorf("%s.%s has %d elements, want %d", of.Type(), w.field.Name, to-from, value.Len())
				continue
			}
			for i := range value.Len() {
				compare(t, list, from+i, w.below, value.Index(i).Elem())
			}
		case "id":
			var want record.ID
			if id := reflect.Indirect(value); id.IsValid() {
				want = record.ID(id.Int())
			}
			if got := rows.ID(row, w.id); got != want {
				t.Errorf("%s.%s = %d, want %d", of.Type(), w.field.Name, got, want)
			}
			fallthrough
		default:
			if got := string(at.Append(nil, w.text)); got != shown(value) {
				t.Errorf("%s.%s = %s, want %s", of.Type(), w.field.Name, got, shown(value))
			}
		}
	}
}

func compareMoney(t testing.TB, at raw.Row, w wanted, value reflect.Value) {
	t.Helper()
	want, _ := reflect.TypeAssert[*record.Money](value)
	if got := at.Money(w.money); got != (want != nil) {
		t.Errorf("%s: Money = %v, want %v", w.field.Name, got, want != nil)
	} else if got {
		amount, currency := string(at.Append(nil, w.money.Amount)), string(at.Append(nil, w.money.Currency))
		if amount != shown(reflect.ValueOf(&want.Amount)) || currency != shown(reflect.ValueOf(&want.Currency)) {
			t.Errorf("%s = %s %s, want %v", w.field.Name, amount, currency, want)
		}
	}
}

// agree reads records into the same rows, and compares them with what record.Decode makes of them, when all are read.
func agree(t testing.TB, of reflect.Type, choose func() bool, records ...string) {
	t.Helper()
	b := typeOf(t, of).Want()
	all := wantSome(t, b, of, choose)
	rows := b.Layout().Rows()
	defer rows.Free()
	var decoded []reflect.Value
	var read []int
	for _, each := range records {
		pointer := reflect.New(of)
		want := record.DecodeInto([]byte(each), pointer.Interface())
		row, got := rows.Read([]byte(each))
		if (got != nil) != (want != nil) {
			t.Fatalf("Read(%s): %v, want %v", each, got, want)
		}
		if got != nil {
			if got.Error() != want.Error() {
				t.Errorf("Read(%s): %v, want %v", each, got, want)
			}
			continue
		}
		decoded, read = append(decoded, pointer.Elem()), append(read, row)
	}
	if rows.Len() != len(read) {
		t.Errorf("%d rows of %d records", rows.Len(), len(read))
	}
	for i, row := range read {
		compare(t, rows, row, all, decoded[i])
	}
	agreeOnList(t, of, choose, "["+strings.Join(records, ",")+"]")
	if t.Failed() {
		t.Fatalf("of %q", records)
	}
}

// agreeOnList reads a list as a whole and compares it with what decoding each of its records gives. It need not be read.
func agreeOnList(t testing.TB, of reflect.Type, choose func() bool, list string) (read bool) {
	t.Helper()
	b := typeOf(t, of).Want()
	all := wantSome(t, b, of, choose)
	id, ok := b.Key("id")
	if !ok {
		t.Fatalf("%s has no id", of)
	}
	rows := b.Layout().Rows()
	defer rows.Free()
	const before = `{"id":1}`
	if _, err := rows.Read([]byte(before)); err != nil {
		t.Fatal(err)
	}
	from, to, read := rows.ReadList([]byte(list), id)
	if !read {
		if row, err := rows.Read([]byte(before)); err != nil || row != 1 || rows.Len() != 2 {
			t.Errorf("after a list that was not read there are %d rows, the next is %d, %v", rows.Len(), row, err)
		}
		return false
	}
	var records []jsontext.Value
	if err := json.Unmarshal([]byte(list), &records); err != nil || to-from != len(records) || from != 1 {
		t.Errorf("rows %d to %d were read of %s: %v", from, to, list, err)
		return true
	}
	for i, each := range records {
		pointer := reflect.New(of)
		if err := record.DecodeInto(each, pointer.Interface()); err != nil {
			t.Errorf("record %d was read of %s: %v", i, list, err)
			continue
		}
		compare(t, rows, from+i, all, pointer.Elem())
		if want := pointer.Elem().FieldByName("ID").Int(); want == 0 || int64(rows.ID(from+i, id)) != want {
			t.Errorf("record %d of %s has the id %d, want %d", i, list, rows.ID(from+i, id), want)
		}
	}
	return true
}

// typeOf is a type that has learned nothing yet of how its records are written.
func typeOf(t testing.TB, of reflect.Type) *raw.Type {
	t.Helper()
	made, err := raw.NewType(of)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func all() bool { return true }

func none() bool { return false }

// byBits chooses by the bits of a number, again and again.
func byBits(bits uint64) func() bool {
	i := 0
	return func() bool {
		i++
		return bits>>(i%64)&1 != 0
	}
}
