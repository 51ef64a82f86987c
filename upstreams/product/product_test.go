package product

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestAProductHasAPriceWhereThereIsAnAmountAndACurrency(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":2,"price":19.90,"currency":"USD"}`:   "19.90 USD",
		`{"id":2,"price":"19.90","currency":"USD"}`: "19.90 USD",
		`{"id":2,"price":0,"currency":"USD"}`:       "0 USD",
		`{"id":2,"price":19.90,"currency":null}`:    "",
		`{"id":2,"price":null,"currency":"USD"}`:    "",
		`{"id":2}`:                                  "",
	} {
		read, err := record.Decode[Product](jsontext.Value(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		if read.Price != nil {
			got = read.Price.Amount.String() + " " + read.Price.Currency
		}
		if got != want || read.ID != 2 {
			t.Errorf("%s costs %q, want %q", text, got, want)
		}
	}
}
