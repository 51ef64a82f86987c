package policy_test

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/secret"
)

func TestFormsStandInThePlaceOfValues(t *testing.T) {
	mask := change{email, `email: String @sensitive(scopes: [["users:pii"]], owner: "id", as: MASK)`}
	pseudonym := change{email, `email: String @sensitive(scopes: [["users:pii"]], owner: "id", as: PSEUDONYM)`}
	const query = `{ a: user(id: 7) {email} b: user(id: 8) {email} c: user(id: 7) {email} }`
	d := open(t, mask)
	if got, want := d.answer(t, caller("9"), query, nil), `{"a":{"email":"••••.com"},"b":{"email":null},"c":{"email":"••••.com"}}`; got != want {
		t.Errorf("masked, the answer is %s, want %s", got, want)
	}
	d = open(t, pseudonym)
	got := d.answer(t, caller("9"), query, nil)
	if strings.Contains(got, "@") || strings.Contains(got, " | ") || strings.Count(got, textOf(t, "ada.lovelace@example.com")) != 2 ||
		strings.Count(got, textOf(t, "b@x.de")) != 1 {
		t.Errorf("the answer is %s, want a pseudonym for each", got)
	}
	for _, changes := range []change{mask, pseudonym} {
		const plain = `{"a":{"email":"ada.lovelace@example.com"},"b":{"email":"b@x.de"},"c":{"email":"ada.lovelace@example.com"}}`
		if got := open(t, changes).answer(t, support, query, nil); got != plain {
			t.Errorf("whoever has the scope gets %s, want %s", got, plain)
		}
		if got := open(t, changes).answer(t, customer, `{ me {email} }`, nil); !strings.Contains(got, "ada.lovelace@example.com") {
			t.Errorf("the user gets %s, want the address", got)
		}
	}
}

// textOf is the pseudonym of a value.
func textOf(t *testing.T, value string) string {
	t.Helper()
	p, err := policy.NewPseudonyms(read(t, load(t)), policy.Config{PseudonymKey: key})
	if err != nil {
		t.Fatal(err)
	}
	text, ok := p.Of(value)
	if !ok {
		t.Fatal("there is a key, and no pseudonym")
	}
	return text
}

func TestTheMaskShowsLittleOfWhatIsLong(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "1234": "", "12345678901": "", "123456789012": "••••9012", "ααααααααααβγδε": "••••βγδε", "\xff\xff\xff\xff\xff\xff\xff\xff1234": "••••1234",
	} {
		got, ok := policy.Masked(value)
		if got != want || ok != (want != "") {
			t.Errorf("Masked(%q) = %q, %t, want %q", value, got, ok, want)
		}
	}
}

func TestPseudonymsNeedAKey(t *testing.T) {
	asks := read(t, load(t, change{email, `email: String @sensitive(as: PSEUDONYM)`}))
	for _, key := range []secret.Text{"", "short"} {
		if _, err := policy.NewPseudonyms(asks, policy.Config{PseudonymKey: key}); err == nil || !strings.Contains(err.Error(), "set policy.pseudonym_key") {
			t.Errorf("with a key of %d bytes NewPseudonyms = %v, want it to ask for one", len(key), err)
		}
	}
	none, err := policy.NewPseudonyms(read(t, load(t)), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := none.Of("value"); ok {
		t.Errorf("without a key there is the pseudonym %q", text)
	}
}

func TestAnotherKeyMakesOtherPseudonyms(t *testing.T) {
	p, err := policy.NewPseudonyms(read(t, load(t)), policy.Config{PseudonymKey: key + "!"})
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := p.Of("value"); text == textOf(t, "value") {
		t.Errorf("two keys make the same pseudonym %q", text)
	}
}

func TestFormsTakeTextsAsTheyAreHeld(t *testing.T) {
	type word string
	p, err := policy.NewPseudonyms(read(t, load(t)), policy.Config{PseudonymKey: key})
	if err != nil {
		t.Fatal(err)
	}
	value, short := "123456789012", "1"
	held, pointer := word(value), &value
	if got, ok := p.Instead(policy.Mask, &value).(*string); !ok || *got != "••••9012" || value != "123456789012" {
		t.Errorf("of a pointer the mask is %v, and the value now %s", got, value)
	}
	if got, ok := p.Instead(policy.Mask, &held).(*word); !ok || *got != "••••9012" {
		t.Errorf("of a pointer to a named type the mask is %v", got)
	}
	if got := p.Instead(policy.Mask, held); got != word("••••9012") {
		t.Errorf("of a named type the mask is %v", got)
	}
	for _, none := range []any{nil, (*string)(nil), &short, 123456789012, &pointer, []string{value}} {
		if got := p.Instead(policy.Mask, none); got != nil {
			t.Errorf("of %v the mask is %v, want nothing", none, got)
		}
	}
}

func TestAShortKeyIsReported(t *testing.T) {
	for key, want := range map[secret.Text]int{"": 0, "short": 1, "0123456789abcdef0123456789abcdef": 0} {
		got := 0
		policy.Config{PseudonymKey: key}.Validate(func(path, _ string) {
			if path != "pseudonym_key" {
				t.Errorf("the path is %s", path)
			}
			got++
		})
		if got != want {
			t.Errorf("of a key of %d bytes there are %d mistakes, want %d", len(key), got, want)
		}
	}
}
