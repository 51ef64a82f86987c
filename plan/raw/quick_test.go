package raw

import (
	"reflect"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/order"
)

func TestUsualSpellingsAreReadWithoutDecoding(t *testing.T) {
	found, err := NewType(reflect.TypeFor[order.Order]())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{}`: true,
		"{\n  \"id\": 7,\n  \"total\": \"19.90\"\n}\n":                          true,
		`{"created_at":"2024-01-01T00:00:00.000000+00:00","id":7}`:              true,
		`{"currency":"\u20ac\/\ud83d\ude00"}`:                                   true,
		`{"status":"\u0070aid","items":null,"shipping_address":null}`:           true,
		`{"more":{"a":[1,{"b":null}],"c":"\u0061"},"items":[{"more":true},{}]}`: true,
		`{"total":-0.5,"items":[{"unit_price":"1"}]}`:                           true,
		`{"\u0069d":7}`:                         false,
		`{"id":"7"}`:                            false,
		`{"id":7,"id":7}`:                       false,
		`{"items":[null]}`:                      false,
		`{"more":{"a":1,"a":1}}`:                false,
		`{"created_at":"2024-02-30T00:00:00Z"}`: false,
		`null`:                                  false,
	} {
		rows := found.Want().Layout().Rows()
		rows.records = append(rows.records, []byte(text))
		if got := rows.quickly([]byte(text)); got != want {
			t.Errorf("quickly(%s) = %v, want %v", text, got, want)
		}
	}
}
