package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// compare says how an answer differs from the wanted one, after the one normalisation there is.
func compare(answer []byte, want any) error {
	dec := json.NewDecoder(bytes.NewReader(answer))
	dec.UseNumber()
	var got any
	if err := dec.Decode(&got); err != nil {
		return fmt.Errorf("read %.200s: %w", answer, err)
	}
	if diff := cmp.Diff(want, normalise(got)); diff != "" {
		return errors.New("the answer differs (-want +got):\n" + diff)
	}
	return nil
}

// normalise makes amounts of money equal that differ in spelling alone: Concierge writes the services' decimals digit by digit,
// as text ("19.90"), and the peers write numbers (19.9). Everything else must be equal as it is.
func normalise(value any) any {
	switch v := value.(type) {
	case []any:
		for i, each := range v {
			v[i] = normalise(each)
		}
	case map[string]any:
		for name, member := range v {
			if text, ok := digits(member); ok && name == "amount" {
				v[name] = text
				continue
			}
			v[name] = normalise(member)
		}
	}
	return value
}

// digits is a number, or a text, without zeros at its end.
func digits(value any) (string, bool) {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return "", false
	}
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text, true
}
