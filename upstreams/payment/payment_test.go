package payment

import "testing"

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
	if last := (&Payment{}).CardLast4(); last != nil {
		t.Errorf("CardLast4 without a card = %q, want nil", *last)
	}
}
