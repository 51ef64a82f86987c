package raw

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

type keptPart struct {
	City string `json:"city"`
	Zip  string `json:"zip"`
}

type keptLine struct {
	ProductID record.ID      `json:"product_id"`
	Amount    record.Decimal `json:"unit_price"`
	Price     *record.Money  `from:"unit_price,/currency" json:"-"`
}

type keptRecord struct {
	ID       record.ID   `json:"id"`
	UserID   record.ID   `json:"user_id"`
	Name     string      `json:"name"`
	Currency string      `json:"currency"`
	Home     *keptPart   `json:"home"`
	Lines    []*keptLine `json:"lines"`
	Others   []*keptLine `json:"others"`
}

func TestALayoutNamesWhatItKeeps(t *testing.T) {
	of, err := NewType(reflect.TypeFor[keptRecord]())
	if err != nil {
		t.Fatal(err)
	}
	b := of.Want()
	if got := b.Layout().Kept(); len(got) > 0 {
		t.Errorf("of nothing wanted it keeps %v", got)
	}
	want := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	slot, err := b.ID("UserID")
	_, shown := b.Text("ID")
	home, _, part := b.Part("Home")
	_, city := home.Text("City")
	lines, _, list := b.List("Lines")
	_, price := lines.Money("Price")
	_, _, others := b.List("Others")
	want(err, shown, part, city, list, price, others)
	layout := b.Layout()
	if diff := cmp.Diff([]string{"id", "user_id", "currency", "home.city", "lines.unit_price", "others"}, layout.Kept()); diff != "" {
		t.Errorf("it keeps (-want +got):\n%s", diff)
	}
	if got, ok := layout.ID("user_id"); !ok || got != slot {
		t.Errorf("user_id is at %d, %t, want %d", got, ok, slot)
	}
	for _, name := range []string{"id", "name", "nothing"} { // id is shown, and no number is kept of it
		if got, ok := layout.ID(name); ok {
			t.Errorf("%s is at %d, and nobody wanted it as a number", name, got)
		}
	}
}
