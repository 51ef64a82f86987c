package raw_test

import (
	"reflect"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/order"
)

func TestWhoAsksForTheSameTwiceIsGivenTheSameSlot(t *testing.T) {
	b := typeOf(t, reflect.TypeFor[order.Order]()).Want()
	for range 2 {
		for _, ask := range []func() (any, error){
			func() (any, error) { return b.Text("ID") },
			func() (any, error) { return b.ID("ID") },
			func() (any, error) { return b.Money("Total") },
			func() (any, error) { _, slot, err := b.Part("ShippingAddress"); return slot, err },
			func() (any, error) { _, slot, err := b.List("Items"); return slot, err },
			func() (any, error) {
				below, _, err := b.List("Items")
				if err != nil {
					return nil, err
				}
				return below.Money("UnitPrice")
			},
		} {
			first, err := ask()
			second, again := ask()
			if err != nil || again != nil || first != second {
				t.Errorf("%v, %v and then %v, %v", first, err, second, again)
			}
		}
	}
}

func TestWhatIsOfAnotherKindCannotBeWanted(t *testing.T) {
	b := typeOf(t, reflect.TypeFor[order.Order]()).Want()
	for _, field := range []string{"", "id", "Nothing", "Items", "ShippingAddress", "Total"} {
		if _, err := b.Text(field); err == nil {
			t.Errorf("the text of %q can be wanted", field)
		}
	}
	for _, field := range []string{"", "Status", "Items", "Total"} {
		_, idErr := b.ID(field)
		_, _, partErr := b.Part(field)
		if idErr == nil || partErr == nil {
			t.Errorf("%q: %v, %v", field, idErr, partErr)
		}
	}
	for _, field := range []string{"", "Status", "ShippingAddress", "ID"} {
		_, moneyErr := b.Money(field)
		_, _, listErr := b.List(field)
		if moneyErr == nil || listErr == nil {
			t.Errorf("%q: %v, %v", field, moneyErr, listErr)
		}
	}
}
