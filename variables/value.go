package variables

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
)

// FromText reads a value of a scalar or an enumeration that stands in a URL; ok is false where it is none. Numbers are written as
// in JSON. Scalars of the schema's own are texts, which they read themselves.
func FromText(definition *ast.Definition, text string) (value any, ok bool) {
	switch {
	case !utf8.ValidString(text):
		return nil, false
	case definition.Kind == ast.Enum:
		return text, definition.EnumValues.ForName(text) != nil
	case definition.Name == "Int":
		return wholeNumber(text)
	case definition.Name == "Float":
		return number(text)
	case definition.Name == "Boolean":
		return text == "true", text == "true" || text == "false"
	default:
		return text, true
	}
}

// fromJSON reads a value of a scalar or an enumeration that stands in a body. An ID is a text or a whole number there.
func fromJSON(definition *ast.Definition, raw jsontext.Value) (value any, ok bool) {
	kind := raw.Kind()
	switch {
	case definition.Kind == ast.Scalar && (definition.Name == "Int" || definition.Name == "Float"):
		if kind != '0' {
			return nil, false
		}
		return FromText(definition, string(raw))
	case definition.Kind == ast.Scalar && definition.Name == "Boolean":
		return kind == 't', kind == 't' || kind == 'f'
	case definition.Kind == ast.Scalar && definition.Name == "ID" && kind == '0':
		return string(raw), !strings.ContainsAny(string(raw), ".eE")
	case kind == '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return nil, false
		}
		return FromText(definition, string(text))
	default:
		return nil, false
	}
}

// wholeNumber reads an Int, which has 32 bits.
func wholeNumber(text string) (any, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return n, err == nil && isNumber(text)
}

func number(text string) (any, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && isNumber(text)
}

// isNumber reports whether text is a number of RFC 8259, without blanks around it.
func isNumber(text string) bool {
	value := jsontext.Value(text)
	return value.Kind() == '0' && !strings.ContainsAny(text, " \t\r\n") && value.IsValid()
}

// Wanted says what values of a type are, for a sentence that begins with must be.
func Wanted(definition *ast.Definition) string {
	switch {
	case definition.Kind == ast.Enum:
		names := make([]string, len(definition.EnumValues))
		for i, each := range definition.EnumValues {
			names[i] = each.Name
		}
		return "one of " + strings.Join(names, ", ")
	case definition.Kind == ast.InputObject:
		return "an object"
	case definition.Name == "Int":
		return "a whole number of 32 bits"
	case definition.Name == "Float":
		return "a number"
	case definition.Name == "Boolean":
		return "true or false"
	case definition.Name == "ID":
		return "an id"
	default:
		return "a text in UTF-8"
	}
}
