package raw

import (
	"reflect"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/upstreams/payment"
)

func textOf(t testing.TB, of reflect.Type) *text {
	t.Helper()
	by, err := showing(of)
	if err != nil {
		t.Fatal(err)
	}
	return newText(of, by, true)
}

func TestWordsAreRemembered(t *testing.T) {
	of := textOf(t, reflect.TypeFor[payment.PaymentStatus]())
	for range 2 {
		if shown, ok := of.append(nil, []byte("captured"), true); !ok || string(shown) != `"CAPTURED"` {
			t.Errorf("captured is shown as %s, %v", shown, ok)
		}
	}
	if shown, ok := of.recall([]byte("captured")); !ok || shown != `"CAPTURED"` {
		t.Errorf("captured is remembered as %s, %v", shown, ok)
	}
}

func TestNumbersOfCardsAreNotRemembered(t *testing.T) {
	of := textOf(t, reflect.TypeFor[payment.LastFour]())
	for _, each := range []string{"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"} {
		if shown, ok := of.append(nil, []byte(each), true); !ok || string(shown) != `"1111"` {
			t.Errorf("%s is shown as %s, %v", each, shown, ok)
		}
		if _, ok := of.recall([]byte(each)); ok {
			t.Errorf("%s is remembered", each)
		}
	}
}

func TestOnlySoManySpellingsAreRemembered(t *testing.T) {
	of := textOf(t, reflect.TypeFor[payment.PaymentStatus]())
	for i := range 2 * maxSpellings {
		of.append(nil, []byte(strings.Repeat("x", i%maxSpelling)+strings.Repeat("y", i/maxSpelling)), true)
	}
	of.append(nil, []byte(strings.Repeat("z", maxSpelling+1)), true)
	if got := len(*of.memory.Load()); got != maxSpellings {
		t.Errorf("%d spellings are remembered, want %d", got, maxSpellings)
	}
}
