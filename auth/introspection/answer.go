package introspection

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// answer is what the issuer wrote: the members of a JSON object, each of them valid JSON.
type answer map[string]jsontext.Value

// readAnswer takes one JSON object in UTF-8 and nothing else. Members that stand twice are refused at any depth, since two
// readers might take different ones. The errors of the decoder are left out: they quote what they found.
func readAnswer(body []byte) (answer, error) {
	var read answer
	if err := json.Unmarshal(body, &read); err != nil {
		return nil, errors.New("the issuer's answer is not a JSON object, or repeats a member")
	}
	if read == nil {
		return nil, errors.New("the issuer's answer is null")
	}
	return read, nil
}

// has is false where the answer leaves a member out, or says null, which some issuers write instead.
func (a answer) has(name string) bool {
	value, ok := a[name]
	return ok && value.Kind() != jsontext.KindNull
}

// isTrue takes true alone: neither "true" nor 1.
func (a answer) isTrue(name string) bool { return a[name].Kind() == jsontext.KindTrue }

func (a answer) text(name string) (string, bool) {
	if a[name].Kind() != jsontext.KindString {
		return "", false
	}
	var text string
	return text, json.Unmarshal(a[name], &text) == nil
}

// texts is a string or a list of them, as aud may be (RFC 7519, section 4.1.3).
func (a answer) texts(name string) ([]string, bool) {
	if text, ok := a.text(name); ok {
		return []string{text}, true
	}
	if a[name].Kind() != jsontext.KindBeginArray {
		return nil, false
	}
	var elements []jsontext.Value
	if json.Unmarshal(a[name], &elements) != nil {
		return nil, false
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if element.Kind() != jsontext.KindString || json.Unmarshal(element, &texts[i]) != nil {
			return nil, false
		}
	}
	return texts, true
}
