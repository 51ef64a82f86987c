package composed

import (
	"bytes"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// members are those of an object that the executor wrote, which is therefore not looked at for duplicates. The values are parts
// of the object's own bytes. Of what is no object there are none.
func members(object jsontext.Value) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		dec := decoderOf(object)
		if dec.PeekKind() != '{' {
			return
		}
		_, _ = dec.ReadToken() // as seen
		for dec.PeekKind() == '"' {
			token, err := dec.ReadToken()
			if err != nil {
				return
			}
			name := token.String()
			value, err := dec.ReadValue()
			if err != nil || !yield(name, value) {
				return
			}
		}
	}
}

// member is the value of one member, nil where it is not there.
func member(object jsontext.Value, name string) jsontext.Value {
	for each, value := range members(object) {
		if each == name {
			return value
		}
	}
	return nil
}

func decoderOf(written jsontext.Value) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(written), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}
