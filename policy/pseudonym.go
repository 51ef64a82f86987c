package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// Pseudonyms makes texts that stand for values. A keyed hash, and not a plain one: there are few enough phone numbers to try all.
type Pseudonyms struct{ key []byte }

// pseudonymBytes is how much of the hash is shown: 96 bits, so that no two of a billion values look the same by chance.
const pseudonymBytes = 12

// NewPseudonyms makes pseudonyms with the configured key. Without one there are none, which is an error where a rule asks for
// them.
func NewPseudonyms(p *Policy, c Config) (*Pseudonyms, error) {
	for _, rule := range p.rules {
		if rule.Form == Pseudonym && len(c.PseudonymKey) < minKeyBytes {
			return nil, fmt.Errorf("%s needs a key: set policy.pseudonym_key", rule.Name)
		}
	}
	return &Pseudonyms{key: []byte(c.PseudonymKey)}, nil
}

// Of is the pseudonym of a value, ok only where there is a key, and a value: types that are shown as null hold an empty text.
func (p *Pseudonyms) Of(value string) (pseudonym string, ok bool) {
	if len(p.key) == 0 || value == "" {
		return "", false
	}
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(value)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:pseudonymBytes]), true
}

// The mask shows the last four characters of a text that has at least three times as many: of a shorter one, four are too much.
const (
	maskShown = 4
	maskLeast = 12
	maskSign  = "••••"
)

// Masked is a value of which only the end is shown, ok only where it is long enough.
func Masked(value string) (masked string, ok bool) {
	if utf8.RuneCountInString(value) < maskLeast {
		return "", false
	}
	runes := []rune(value)
	return maskSign + string(runes[len(runes)-maskShown:]), true
}

// InText is what a form shows in the place of a text, ok only where it shows anything.
func (p *Pseudonyms) InText(form Form, text string) (shown string, ok bool) {
	if form == Pseudonym {
		return p.Of(text)
	}
	return Masked(text)
}

// Instead is InText of a value in whatever Go type has texts, nil where nothing is shown.
func (p *Pseudonyms) Instead(form Form, value any) any {
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.String {
		return nil
	}
	text, ok := p.InText(form, v.String())
	if !ok {
		return nil
	}
	return inKind(value, text)
}

// inKind is a text as the field's Go type has texts.
func inKind(value any, text string) any {
	if reflect.TypeOf(value).Kind() != reflect.Pointer {
		return reflect.ValueOf(text).Convert(reflect.TypeOf(value)).Interface()
	}
	shown := reflect.New(reflect.TypeOf(value).Elem())
	shown.Elem().SetString(text)
	return shown.Interface()
}
