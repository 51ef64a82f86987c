package record

import (
	stdjson "encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type colour string

func (c *colour) UnmarshalText(text []byte) error {
	*c = EnumOf[colour](text, "RED", "BLUE")
	return nil
}

// strict is a text type that takes no empty text.
type strict string

func (s *strict) UnmarshalText(text []byte) error {
	if *s = strict(text); len(text) == 0 {
		return errors.New("a value is needed")
	}
	return nil
}

// sized reads itself from JSON, so that no rule is about it.
type sized struct{ Of colour }

func (s *sized) UnmarshalJSON([]byte) error { return nil }

type part struct {
	Colour colour  `json:"colour"`
	Price  Decimal `json:"price"`
	Cost   *Money  `from:"price,/currency" json:"-"`
	Below  []*part `json:"below"`
}

type whole struct {
	ID       ID         `json:"id"`
	Currency string     `json:"currency"`
	Total    Decimal    `json:"total"`
	Sum      *Money     `from:"total,currency" json:"-"`
	Colour   colour     `json:"colour"`
	Maybe    *colour    `json:"maybe"`
	Colours  []colour   `json:"colours"`
	Parts    []*part    `json:"parts"`
	Part     *part      `json:"part"`
	Address  *Address   `json:"address"`
	Places   []*Address `json:"places"`
	Within   part       `json:"within"`
	Sized    sized      `json:"sized"`
	At       time.Time  `json:"at"`
	Hidden   colour     `json:"-"`
	Untagged colour
}

func dollars(t *testing.T, amount string) *Money {
	t.Helper()
	d, err := ParseDecimal(amount)
	if err != nil {
		t.Fatal(err)
	}
	return NewMoney(d, "USD")
}

// alike compares records, digits and all.
var alike = cmp.AllowUnexported(Decimal{})

func TestDecodeKeepsTheRulesOfTheType(t *testing.T) {
	// empty is what there is where nothing is said.
	empty := func(change func(w *whole)) *whole {
		w := &whole{Colour: Unknown, Within: part{Colour: Unknown}, Untagged: Unknown}
		change(w)
		return w
	}
	price := func(text string) Decimal { return dollars(t, text).Amount }
	red := colour("RED")
	for text, want := range map[string]*whole{
		`{}`:                                                empty(func(*whole) {}),
		`null`:                                              empty(func(*whole) {}),
		`{"id":7,"other":{"id":8},"ID":9}`:                  empty(func(w *whole) { w.ID = 7 }),
		`{"total":1.50,"currency":"USD"}`:                   empty(func(w *whole) { w.Total, w.Currency, w.Sum = price("1.50"), "USD", dollars(t, "1.50") }),
		`{"currency":"USD","total":"0"}`:                    empty(func(w *whole) { w.Total, w.Currency, w.Sum = price("0"), "USD", dollars(t, "0") }),
		`{"total":1.50}`:                                    empty(func(w *whole) { w.Total = price("1.50") }),
		`{"total":null,"currency":"USD"}`:                   empty(func(w *whole) { w.Currency = "USD" }),
		`{"total":1.50,"currency":""}`:                      empty(func(w *whole) { w.Total = price("1.50") }),
		`{"colour":"red","Untagged":"blue"}`:                empty(func(w *whole) { w.Colour, w.Untagged = "RED", "BLUE" }),
		`{"colour":null,"maybe":null,"Hidden":"red"}`:       empty(func(*whole) {}),
		`{"colour":"","maybe":""}`:                          empty(func(w *whole) { w.Maybe = new(colour(Unknown)) }),
		`{"maybe":"red","colours":["red",null,"","green"]}`: empty(func(w *whole) { w.Maybe, w.Colours = &red, []colour{"RED", Unknown, Unknown, Unknown} }),
		`{"parts":[],"colours":[]}`:                         empty(func(w *whole) { w.Parts, w.Colours = []*part{}, []colour{} }),
		`{"parts":null,"part":null}`:                        empty(func(*whole) {}),
		`{"parts":[{},{"price":2,"colour":"blue"}],"currency":"USD"}`: empty(func(w *whole) {
			w.Currency = "USD"
			w.Parts = []*part{{Colour: Unknown}, {Colour: "BLUE", Price: price("2"), Cost: dollars(t, "2")}}
		}),
		`{"part":{"below":[{"below":[{"price":3}]}]},"currency":"USD"}`: empty(func(w *whole) {
			w.Currency = "USD"
			deep := &part{Colour: Unknown, Price: price("3"), Cost: dollars(t, "3")}
			w.Part = &part{Colour: Unknown, Below: []*part{{Colour: Unknown, Below: []*part{deep}}}}
		}),
		`{"within":{"price":4,"currency":"EUR"},"currency":"USD"}`: empty(func(w *whole) {
			w.Currency, w.Within.Price, w.Within.Cost = "USD", price("4"), dollars(t, "4")
		}),
		`{"address":{"city":"Ulm"},"places":[{}],"sized":{"Of":"red"}}`: empty(func(w *whole) {
			w.Address, w.Places = &Address{City: new("Ulm")}, []*Address{{}}
		}),
	} {
		got, err := Decode[whole](jsontext.Value(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, alike); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestDecodeRefusesWhatBreaksARule(t *testing.T) {
	type needs struct {
		Kind strict `json:"kind"`
	}
	decode := func(text string) error { _, err := Decode[whole](jsontext.Value(text)); return err }
	for text, want := range map[string]string{
		`{"parts":[{},null]}`:           "parts[1] is null",
		`{"places":[null]}`:             "places[0] is null",
		`{"part":{"below":[{},null]}}`:  "below[1] is null",
		`{"id":"7"}`:                    "json: ",
		`{"id":7,"id":7}`:               "jsontext: ",
		`{"other":{"a":1,"a":1}}`:       "jsontext: ",
		`{} {}`:                         "jsontext: ",
		`[]`:                            "json: ",
		``:                              "unexpected EOF",
		"{\"other\":\"\xff\"}":          "jsontext: ",
		`{"colour":1}`:                  "json: ",
		`{"total":"much"}`:              "json: ",
		`{"total":1.50,"currency":"US"`: "unexpected EOF",
	} {
		if err := decode(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
	for _, text := range []string{`{}`, `{"kind":null}`} {
		_, err := Decode[needs](jsontext.Value(text))
		if want := "read the empty kind: a value is needed"; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if err := DecodeInto(jsontext.Value(`{}`), whole{}); err == nil {
		t.Error("a record is decoded into nothing")
	}
}

func TestDecodeRefusesTypesWhoseRulesCannotBeKept(t *testing.T) {
	type list []list
	type node struct {
		Next *node
		All  list
	}
	type base struct{ Name string }
	for want, of := range map[string]any{
		`.Sum: a from tag names the two members of a *record.Money: an amount and a currency`: new(struct {
			Total Decimal `json:"total"`
			Sum   *Money  `from:"total" json:"-"`
		}),
		`.Name: a from tag names the two members`: new(struct {
			Name string `from:"a,b" json:"-"`
		}),
		`has the json tag "currency"`: new(struct {
			Total Decimal `json:"total"`
			Sum   *Money  `from:"total,currency" json:"-"`
		}),
		`has the json tag "/total"`: new(struct {
			Total Decimal `json:"total"`
			Sum   *Money  `from:"//total,/total" json:"-"`
		}),
		`a record.Decimal, and a string is needed`: new(struct {
			Total Decimal `json:"total"`
			Sum   *Money  `from:"total,total" json:"-"`
		}),
		`.Sum: it is made of members, and not read from one`: new(struct {
			Total    Decimal `json:"total"`
			Currency string  `json:"currency"`
			Sum      *Money  `from:"total,currency" json:"sum"`
		}),
		`.Parts: the member parts is a []record.part: parts in a list are pointers`: new(struct {
			Parts []part `json:"parts"`
		}),
		`.Colours: the member colours is a map[string]record.colour: nothing in one can have rules`: new(struct {
			Colours map[string]colour `json:"colours"`
		}),
		`.base: it is embedded`: new(struct{ base }),
		`.sum: it has a from tag, and is not exported`: new(struct {
			sum *Money `from:"total,currency"`
		}),
		`a []*record.part has no member currency`: new([]*part),
	} {
		if err := DecodeInto(jsontext.Value(`null`), of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v, want an error with %q", of, err, want)
		}
	}
	if _, err := Decode[node](jsontext.Value(`{"Next":{"Next":null},"All":[[]]}`)); err != nil {
		t.Errorf("a type that holds itself: %v", err)
	}
}

// plain is a type without rules.
type plain struct {
	ID      int64           `json:"id"`
	Name    *string         `json:"name"`
	Number  float64         `json:"number"`
	Flags   map[string]bool `json:"flags"`
	At      time.Time       `json:"at"`
	Address *Address        `json:"address"`
	Words   []string        `json:"words"`
}

func TestOfATypeWithoutRulesDecodeIsUnmarshal(t *testing.T) {
	values := rapid.Deferred(func() *rapid.Generator[any] {
		return rapid.OneOf(
			rapid.SampledFrom([]any{nil, true, 7, -1.5, "", "Ulm", "2026-01-31T12:00:00Z"}),
			rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]any{"a", nil, 1, "b"}), 0, 3), func(v []any) any { return v }),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"city", "zip", "x"}), rapid.SampledFrom([]any{"a", nil, true}), 0, 3),
				func(v map[string]any) any { return v }),
		)
	})
	names := rapid.SampledFrom([]string{"id", "name", "number", "flags", "at", "address", "words", "Name", "other"})
	rapid.Check(t, func(t *rapid.T) {
		text, err := stdjson.Marshal(rapid.MapOfN(names, values, 0, 5).Draw(t, "record"))
		if err != nil {
			t.Fatal(err)
		}
		want := new(plain)
		wantErr := json.Unmarshal(text, want)
		got, gotErr := Decode[plain](text)
		if (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("%s: %v, want %v", text, gotErr, wantErr)
		}
		if gotErr == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %+v, want %+v", text, got, want)
		}
	})
}

// FuzzDecode looks at what must be so of whatever was decoded, read by a second decoder that knows no rules.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"id":7,"total":19.90,"currency":"USD","colour":"red","parts":[{"price":"1.5","colour":null}]}`,
		`{"parts":[null]}`, `{"currency":null,"colours":[null,"x"],"maybe":""}`, `{"within":{"below":[{"price":0}]}}`, `null`, `{"id":1,"id":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Decode[whole](text)
		if err != nil {
			return
		}
		if unruled := new(whole); json.Unmarshal(text, unruled) != nil {
			t.Fatalf("%q was read, and is not a record", text)
		}
		if diff := cmp.Diff(NewMoney(got.Total, got.Currency), got.Sum, alike); diff != "" {
			t.Error(diff)
		}
		for _, each := range slices.Concat(got.Colours, []colour{got.Colour, got.Within.Colour, got.Untagged}) {
			if each != "RED" && each != "BLUE" && each != Unknown {
				t.Errorf("%q shows the colour %q", text, each)
			}
		}
		parts := slices.Concat(got.Parts, []*part{&got.Within})
		for len(parts) > 0 {
			each := parts[0] // a null among them panics
			parts = append(parts[1:], each.Below...)
			if diff := cmp.Diff(NewMoney(each.Price, got.Currency), each.Cost, alike); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// BenchmarkDecode is what the rules of a record cost beside its decoding.
func BenchmarkDecode(b *testing.B) {
	raw := jsontext.Value(`{"id":7,"total":19.90,"currency":"USD","colour":"red","at":"2026-01-31T12:00:00Z","address":{"city":"Ulm"},` +
		`"parts":[{"price":1.5,"colour":"blue"},{"price":2.5,"colour":"red"},{"price":3.5}]}`)
	b.Run("without rules", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(raw, new(whole)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("with rules", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode[whole](raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("with rules found out anew", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			known.Delete(reflect.TypeFor[whole]())
			if _, err := Decode[whole](raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}
