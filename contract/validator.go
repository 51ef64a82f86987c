package contract

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/contract/openapi"
)

// validator compares JSON with schemas. What it says never repeats a value, so it may be used on real records.
type validator struct {
	// accept, where given, lets a text stand for any text.
	accept func(value any) bool
}

// deviation is a value that is not as its schema says.
type deviation struct {
	pointer string // RFC 6901
	place   openapi.Node
	message string
}

// json reads JSON and compares it with a schema.
func (v validator) json(schema openapi.Node, text []byte) []deviation {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return []deviation{{place: schema, message: "it is not JSON"}}
	}
	return v.value("", schema, value)
}

// value compares one value. Of several shapes, that counts from which it deviates least.
func (v validator) value(pointer string, place openapi.Node, value any) []deviation {
	schema := place.Schema()
	if value == nil {
		if schema.Nullable || len(schema.Shapes) == 0 || schema.Shapes[0].Type == "" {
			return nil
		}
		return []deviation{{pointer, place, "it is null, which is not said"}}
	}
	var nearest []deviation
	var types []string
	fits := false
	for _, shape := range schema.Shapes {
		if !isOf(shape.Type, value) {
			types = append(types, article(shape.Type))
			continue
		}
		found := v.shape(pointer, place, shape, value)
		if !fits || len(found) < len(nearest) {
			fits, nearest = true, found
		}
	}
	if !fits {
		return []deviation{{pointer, place, "it is " + article(kindOf(value)) + ", and said to be " + strings.Join(types, " or ")}}
	}
	return nearest
}

func (v validator) shape(pointer string, place openapi.Node, shape openapi.Shape, value any) []deviation {
	switch value := value.(type) {
	case map[string]any:
		return v.object(pointer, shape, value)
	case []any:
		var found []deviation
		for i, item := range value {
			if shape.Item().Exists() {
				found = append(found, v.value(pointer+"/"+strconv.Itoa(i), shape.Item(), item)...)
			}
		}
		return found
	}
	values, enum := shape.Enum()
	switch {
	case v.accept != nil && v.accept(value):
		return nil
	case len(values) > 0 && !slices.Contains(values, value):
		return []deviation{{pointer, enum, "it is a value that is not listed"}}
	}
	if text, isText := value.(string); isText && shape.Keyword("format").Text() == "date-time" && !isDateTime(text) {
		return []deviation{{pointer, shape.Keyword("format"), "it is not of the format date-time"}}
	}
	if number, isNumber := value.(float64); isNumber {
		if least, most := bounds(shape); number < least || number > most {
			return []deviation{{pointer, place, "it is a number beyond the bounds"}}
		}
	}
	return nil
}

func (v validator) object(pointer string, shape openapi.Shape, value map[string]any) []deviation {
	var found []deviation
	for _, name := range shape.Members() {
		member, _ := shape.Member(name)
		if below, ok := value[name]; ok {
			found = append(found, v.value(pointer+"/"+name, member, below)...)
		} else if shape.Requires(name) {
			found = append(found, deviation{pointer + "/" + name, member, "it is missing"})
		}
	}
	if extra := shape.Keyword("additionalProperties"); extra.True() || len(extra.Names()) > 0 || len(shape.Members()) == 0 {
		return found
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if missing, ok := shape.Member(name); !ok {
			found = append(found, deviation{pointer + "/" + printable(name), missing, "there is no member of this name"})
		}
	}
	return found
}

// printable keeps a stranger's name from writing more on a terminal than a name.
func printable(name string) string {
	const most = 100
	quoted := strconv.Quote(name[:min(len(name), most)])
	return quoted[1 : len(quoted)-1]
}

func isDateTime(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

// isOf reports whether a value is of a type of JSON Schema. The type that is not said is any.
func isOf(name string, value any) bool {
	kind := kindOf(value)
	return name == "" || kind == name || name == "number" && kind == "integer"
}

// kindOf is the type of a value as JSON is read into any.
func kindOf(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if value == math.Trunc(value) {
			return "integer"
		}
		return "number"
	default:
		return "null"
	}
}

// article is a type of JSON Schema within a sentence.
func article(name string) string {
	switch name {
	case "":
		return "of no said type"
	case "integer", "object", "array":
		return "an " + name
	case "null":
		return name
	default:
		return "a " + name
	}
}
