package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// compare says how an answer differs from the wanted one, after the one normalisation there is.
func compare(answer []byte, want any) error {
	dec := json.NewDecoder(bytes.NewReader(answer))
	dec.UseNumber()
	var got any
	if err := dec.Decode(&got); err != nil {
		return fmt.Errorf("read %.200s: %w", answer, err)
	}
	return difference("the answer", want, normalise(got))
}

// difference is the first place where two JSON values differ.
func difference(at string, want, got any) error {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return memberDifference(at, want, got)
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			for i := range want {
				if err := difference(fmt.Sprintf("%s[%d]", at, i), want[i], got[i]); err != nil {
					return err
				}
			}
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return fmt.Errorf("%s is %s, and should be %s", at, text(got), text(want))
}

func memberDifference(at string, want, got map[string]any) error {
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		wanted, due := want[name]
		found, there := got[name]
		switch {
		case !due:
			return fmt.Errorf("%s.%s should not be there: it is %s", at, name, text(found))
		case !there:
			return fmt.Errorf("%s.%s is missing", at, name)
		}
		if err := difference(at+"."+name, wanted, found); err != nil {
			return err
		}
	}
	return nil
}

// text shows the beginning of a value.
func text(value any) string {
	const most = 300
	shown, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if len(shown) > most {
		return string(shown[:most]) + "…"
	}
	return string(shown)
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
