package reshape

import "testing"

func TestWhatIsBlankedKeepsItsEndAndNothingElse(t *testing.T) {
	plan, err := Compile(Spec{Shape: AnythingBut(map[string]bool{"cvv": true}).Blanking(map[string]int{"card": 4})})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"card":"4242 4242-4242 1234","n":1}`:        `{"card":"0000000000001234","n":1}`,
		`{"card":424242424242}`:                       `{"card":"000000004242"}`,
		`[{"a":{"card":"424242424242","cvv":"1"}}]`:   `[{"a":{"card":"000000004242"}}]`,
		`{"c\u0061rd":"\u0034242\u0020424242421234"}`: `{"c\u0061rd":"0000000000001234"}`,
		`{"card":["424242421234","12345678901"]}`:     `{"card":["000000001234",null]}`,
		`{"card":{"number":"424242421234"}}`:          `{}`,
		`{"card":1.5e300,"b":true}`:                   `{"card":null,"b":true}`,
		`{"card":null,"a":{"card":true}}`:             `{"card":null,"a":{"card":null}}`,
	} {
		got, err := plan.Append(nil, []byte(text), With{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if string(got) != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
}
