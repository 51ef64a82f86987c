package record

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseIDTakesOneSpellingOfEachID(t *testing.T) {
	for text, want := range map[string]ID{"1": 1, "42": 42, "9007199254740991": maxID} {
		if got, err := ParseID(text); err != nil || got != want {
			t.Errorf("ParseID(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "+1", "01", " 1", "1 ", "1.0", "1e3", "seven", "9007199254740992", "99999999999999999999", "١"} {
		if got, err := ParseID(text); err == nil {
			t.Errorf("ParseID(%q) = %v, want an error", text, got)
		}
	}
}

func TestIDReadsStringsAndIntegers(t *testing.T) {
	for _, value := range []any{"7", json.Number("7"), int64(7)} {
		var id ID
		if err := id.UnmarshalGQL(value); err != nil || id != 7 {
			t.Errorf("UnmarshalGQL(%#v) = %v, %v, want 7", value, id, err)
		}
	}
	for _, value := range []any{7.0, true, nil, []any{"7"}, json.Number("7.0")} {
		var id ID
		if err := id.UnmarshalGQL(value); err == nil {
			t.Errorf("UnmarshalGQL(%#v) = %v, want an error", value, id)
		}
	}
	var out strings.Builder
	ID(7).MarshalGQL(&out)
	if out.String() != `"7"` {
		t.Errorf("MarshalGQL = %s, want a string", out.String())
	}
}

func TestDecimalKeepsEveryDigit(t *testing.T) {
	for text, want := range map[string]string{
		`19.90`: `"19.90"`, `0`: `"0"`, `-0.10`: `"-0.10"`, `"7.50"`: `"7.50"`,
		`123456789012345678901234567890.12`: `"123456789012345678901234567890.12"`,
	} {
		var d Decimal
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Errorf("reading %s: %v", text, err)
			continue
		}
		var out strings.Builder
		d.MarshalGQL(&out)
		if out.String() != want {
			t.Errorf("%s is written as %s, want %s", text, out.String(), want)
		}
	}
	for _, text := range []string{`1e3`, `""`, `"1,5"`, `"01"`, `true`, `{}`, `"+1"`, `".5"`, `"5."`, `"` + strings.Repeat("9", 65) + `"`} {
		var d Decimal
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("reading %s = %v, want an error", text, d)
		}
	}
}

func TestThereIsNoMoneyWithoutAmountOrCurrency(t *testing.T) {
	amount, err := ParseDecimal("0.00")
	if err != nil {
		t.Fatal(err)
	}
	if NewMoney(Decimal{}, "USD") != nil || NewMoney(amount, "") != nil {
		t.Error("half a price is no price")
	}
	if m := NewMoney(amount, "USD"); m == nil || m.Amount != amount || m.Currency != "USD" {
		t.Errorf("NewMoney = %v, want nothing to pay in USD, which is a price", m)
	}
}

func TestEnumOfKnowsWhatItKnows(t *testing.T) {
	type colour string
	for text, want := range map[string]colour{"red": "RED", "RED": "RED", "Blue": "BLUE", "green": Unknown, "": Unknown} {
		if got := EnumOf[colour]([]byte(text), "RED", "BLUE"); got != want {
			t.Errorf("EnumOf(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-1.50", "00", "1.", "1e5", "٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDecimal(text)
		if err != nil {
			return
		}
		if d.String() != text || !json.Valid([]byte(text)) {
			t.Errorf("ParseDecimal(%q) took what is no JSON number", text)
		}
	})
}
