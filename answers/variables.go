package answers

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// appendValue appends a variable's value as JSON that is the same for the same value: members sorted by their names, and numbers
// with the digits that came. It is not ok where a value is of a type that variables do not have.
func appendValue(to []byte, value any) (text []byte, ok bool) {
	switch value := value.(type) {
	case nil:
		return append(to, "null"...), true
	case bool:
		return strconv.AppendBool(to, value), true
	case string:
		return appendText(to, value)
	case json.Number:
		return append(append(to, '#'), value...), true // which no JSON begins with, whatever is in it
	case int:
		return strconv.AppendInt(append(to, '#'), int64(value), 10), true
	case int64:
		return strconv.AppendInt(append(to, '#'), value, 10), true
	case float64:
		return strconv.AppendFloat(append(to, '#'), value, 'g', -1, 64), true
	case []any:
		return appendList(to, value)
	case map[string]any:
		return appendMembers(to, value)
	default:
		return to, false
	}
}

// appendText is not ok for what is not UTF-8: two such texts would look alike.
func appendText(to []byte, text string) ([]byte, bool) {
	to, err := jsontext.AppendQuote(to, text)
	return to, err == nil
}

func appendList(to []byte, list []any) (text []byte, ok bool) {
	to = append(to, '[')
	for i, each := range list {
		if i > 0 {
			to = append(to, ',')
		}
		if to, ok = appendValue(to, each); !ok {
			return to, false
		}
	}
	return append(to, ']'), true
}

func appendMembers(to []byte, members map[string]any) (text []byte, ok bool) {
	to = append(to, '{')
	var room [8]string
	names := slices.AppendSeq(room[:0], maps.Keys(members))
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			to = append(to, ',')
		}
		if to, ok = appendText(to, name); !ok {
			return to, false
		}
		if to, ok = appendValue(append(to, ':'), members[name]); !ok {
			return to, false
		}
	}
	return append(to, '}'), true
}
