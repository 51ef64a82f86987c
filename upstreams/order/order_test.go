package order

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestTheLinesOfAnOrderHaveItsCurrency(t *testing.T) {
	price := func(text string) record.Decimal {
		d, err := record.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	dollars := func(text string) *record.Money { return record.NewMoney(price(text), "USD") }
	for text, want := range map[string]*Order{
		`{"id":5,"user_id":7,"items":[{"product_id":2,"quantity":3,"unit_price":1.50,"currency":"EUR"},{"quantity":1}],"status":"paid",
			"total":4.50,"currency":"USD"}`: {
			ID: 5, UserID: 7, Status: Paid, Currency: "USD", TotalAmount: price("4.50"), Total: dollars("4.50"), Items: []*OrderItem{
				{ProductID: 2, Quantity: 3, UnitAmount: price("1.50"), UnitPrice: dollars("1.50")}, {Quantity: 1},
			},
		},
		`{"id":5,"total":4.50,"items":[{"unit_price":1.50}]}`: {
			ID: 5, Status: record.Unknown, TotalAmount: price("4.50"), Items: []*OrderItem{{UnitAmount: price("1.50")}},
		},
	} {
		got, err := record.Decode[Order](jsontext.Value(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record.Decimal{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestAnOrderWithANullInItsLinesCannotBeRead(t *testing.T) {
	if got, err := record.Decode[Order](jsontext.Value(`{"id":5,"items":[{},null]}`)); err == nil || err.Error() != "items[1] is null" {
		t.Errorf("it is read as %+v, %v", got, err)
	}
}
