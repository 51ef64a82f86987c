package payment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestOfACardNumberOnlyTheEndIsKept(t *testing.T) {
	for text, want := range map[string]LastFour{
		"4242424242424242":    "4242",
		"4000 0012 3456 7899": "7899",
		"4000-0012-3456-7899": "7899",
		"123456789012":        "9012",
		"12345678901":         "", // too short to be a card's, so the last four may be most of it
		"":                    "",
		"none":                "",
	} {
		got := LastFour("before")
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("the end of %q = %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestAPaymentShowsTheEndOfItsCardsNumber(t *testing.T) {
	for text, want := range map[string]string{
		`{"card_number":"4242424242424242","status":"captured","method":"card"}`: `"4242" CAPTURED, CARD`,
		`{"card_number":null,"status":null,"method":"cheque"}`:                   `null UNKNOWN, UNKNOWN`,
		`{"card_number":"4242"}`: `null UNKNOWN, UNKNOWN`,
		`{}`:                     `null UNKNOWN, UNKNOWN`,
	} {
		read, err := record.Decode[Payment](jsontext.Value(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var out strings.Builder
		read.CardLast4.MarshalGQL(&out)
		if got := fmt.Sprint(&out, " ", read.Status, ", ", read.Method); got != want {
			t.Errorf("%s shows %s, want %s", text, got, want)
		}
	}
}

func TestAPaymentHasAnAmount(t *testing.T) {
	read, err := record.Decode[Payment](jsontext.Value(`{"amount":19.90,"currency":"USD"}`))
	if err != nil || read.Amount == nil || read.Amount.Amount.String() != "19.90" || read.Amount.Currency != "USD" {
		t.Errorf("it is read as %+v, %v", read, err)
	}
}

func TestAnArgumentIsACardNumberAsText(t *testing.T) {
	var l LastFour
	if err := l.UnmarshalGQL("4242 4242 4242 4242"); err != nil || l != "4242" {
		t.Errorf("the end is %q, %v", l, err)
	}
	if err := l.UnmarshalGQL(4242); err == nil {
		t.Error("a number is taken")
	}
	var out strings.Builder
	LastFour(`<"` + "\xff").MarshalGQL(&out)
	if !jsontext.Value(out.String()).IsValid() {
		t.Errorf("it is written as %s", &out)
	}
}
