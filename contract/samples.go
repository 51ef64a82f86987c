package contract

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
)

// sample is a value that a schema allows.
type sample struct {
	value any // as JSON is read into any
	what  string
}

// The bounds of how deep samples get: where a Go type reads them, and where nothing looks into them. A schema can hold itself
// several times over, and so can a Go type.
const (
	deepestRead   = 8
	deepestUnread = 2
)

func tooDeep(as reflect.Type, depth int) bool {
	return depth >= deepestRead || as == nil && depth >= deepestUnread
}

// typical is one value that a schema allows: no null, and with all members that a Go type reads.
func typical(schema openapi.Schema, as reflect.Type) any { return typicalWithin(schema, as, 0) }

func typicalWithin(schema openapi.Schema, as reflect.Type, depth int) any {
	for _, shape := range schema.Shapes {
		if all := samplesOf(shape, as, depth); len(all) > 0 {
			return all[0].value
		}
	}
	return nil
}

// samples are values at the edges of what a schema allows besides null, each of another kind.
func samples(schema openapi.Schema, as reflect.Type) []sample {
	all := make([]sample, 0, len(schema.Shapes))
	for _, shape := range schema.Shapes {
		all = append(all, samplesOf(shape, as, 0)...)
	}
	return all
}

func samplesOf(shape openapi.Shape, as reflect.Type, depth int) []sample {
	if values, _ := shape.Enum(); len(values) > 0 {
		return listed(values)
	}
	switch shape.Type {
	case "string":
		return texts(shape)
	case "integer":
		least, most := bounds(shape)
		return []sample{
			{max(least, min(most, 12)), "an integer"},
			{least, fmt.Sprintf("an integer as small as %.0f", least)},
			{most, fmt.Sprintf("an integer as large as %.0f", most)},
		}
	case "number":
		return numbers(shape)
	case "boolean":
		return []sample{{true, "true"}, {false, "false"}}
	case "array":
		return lists(shape, as, depth)
	case "object":
		return []sample{{object(shape, as, depth), "an object"}}
	default:
		return nil // whatever the type may be
	}
}

func listed(values []any) []sample {
	all := make([]sample, len(values))
	for i, value := range values {
		all[i] = sample{value, fmt.Sprintf("the value %v", value)}
	}
	return all
}

// object has the members that a Go type reads, or all where it reads none by name.
func object(shape openapi.Shape, as reflect.Type, depth int) map[string]any {
	members := make(map[string]any)
	if tooDeep(as, depth) {
		return members
	}
	fields := tagged(element(as))
	for _, field := range fields {
		if member, ok := shape.Member(nameOf(field)); ok {
			members[nameOf(field)] = typicalWithin(member.Schema(), field.Type, depth+1)
		}
	}
	if len(fields) > 0 {
		return members
	}
	for _, name := range shape.Members() {
		member, _ := shape.Member(name)
		members[name] = typicalWithin(member.Schema(), nil, depth+1)
	}
	return members
}

func lists(shape openapi.Shape, as reflect.Type, depth int) []sample {
	if tooDeep(as, depth) {
		return []sample{{[]any{}, "an empty list"}}
	}
	items := shape.Item().Schema()
	if depth > 0 {
		return []sample{{[]any{typicalWithin(items, as, depth+1)}, "a list"}}
	}
	var all []sample
	for _, each := range items.Shapes {
		for _, item := range samplesOf(each, as, 1) {
			all = append(all, sample{[]any{item.value}, "a list that holds " + item.what})
		}
	}
	for _, item := range nullOf(items) {
		all = append(all, sample{[]any{item.value}, "a list that holds " + item.what})
	}
	return all
}

// outlines are samples of objects, and of lists of objects, with nothing in them.
func outlines(schema openapi.Schema) []sample {
	var all []sample
	for _, shape := range schema.Shapes {
		switch shape.Type {
		case "object":
			all = append(all, sample{map[string]any{}, "an object"})
		case "array":
			for _, each := range append(outlines(shape.Item().Schema()), nullOf(shape.Item().Schema())...) {
				all = append(all, sample{[]any{each.value}, "a list that holds " + each.what})
			}
		default:
			all = append(all, samplesOf(shape, nil, 0)...)
		}
	}
	return all
}

// nullOf is null where a schema allows it.
func nullOf(schema openapi.Schema) []sample {
	if schema.Nullable {
		return []sample{{nil, "null"}}
	}
	return nil
}

// bounds are the least and the largest number of a shape. Integers without bounds are those that every JSON reader keeps exactly
// (RFC 8259, section 6).
func bounds(shape openapi.Shape) (least, most float64) {
	least, most = -math.MaxFloat64, math.MaxFloat64
	if shape.Type == "integer" {
		least, most = -(1<<53 - 1), 1<<53-1
	}
	if shape.Keyword("format").Text() == "int32" {
		least, most = math.MinInt32, math.MaxInt32
	}
	step := math.SmallestNonzeroFloat64
	if shape.Type == "integer" {
		step = 1
	}
	if n, ok := shape.Keyword("minimum").Scalar().(float64); ok {
		least = max(least, n)
	}
	if n, ok := shape.Keyword("exclusiveMinimum").Scalar().(float64); ok {
		least = max(least, n+step)
	}
	if n, ok := shape.Keyword("maximum").Scalar().(float64); ok {
		most = min(most, n)
	}
	if n, ok := shape.Keyword("exclusiveMaximum").Scalar().(float64); ok {
		most = min(most, n-step)
	}
	return least, most
}

// numbers have decimal places: integers are the other type.
func numbers(shape openapi.Shape) []sample {
	least, most := bounds(shape)
	var all []sample
	for _, n := range []float64{12.5, 7.25, (least + most) / 2} {
		if n >= least && n <= most && len(all) < 2 {
			all = append(all, sample{n, "a number with decimal places"})
		}
	}
	return all
}

// ofFormat are texts of the formats that JSON Schema and OpenAPI know.
func ofFormat(format string) []string {
	switch format {
	case "date-time":
		return []string{"2026-01-31T12:00:00Z", "2026-07-01T09:30:15.123456+02:00"}
	case "date":
		return []string{"2026-01-31", "2026-07-01"}
	case "time":
		return []string{"12:00:00Z", "09:30:15.123+02:00"}
	case "duration":
		return []string{"PT1H", "P1D"}
	case "email":
		return []string{"a@example.com", "b@example.org"}
	case "uri", "url":
		return []string{"https://example.com/", "https://example.org/a"}
	case "uuid":
		return []string{"018f4e3c-7c1e-7000-8000-000000000001", "018f4e3c-7c1e-7000-8000-000000000002"}
	case "decimal":
		return []string{"12.50", "7.25"}
	case "byte":
		return []string{"dGV4dA==", "dGV4dHM="}
	default:
		return nil
	}
}

// texts are words where a text can be anything. Where a pattern bounds it they are those of the document's examples, and of some
// usual forms, that match.
func texts(shape openapi.Shape) []sample {
	var candidates []string
	for _, example := range append(shape.Keyword("examples").Items(), shape.Keyword("example"), shape.Keyword("default")) {
		if text := example.Text(); text != "" {
			candidates = append(candidates, text)
		}
	}
	what, format := "text", shape.Keyword("format").Text()
	known := ofFormat(format)
	candidates = append(candidates, known...)
	if format != "" {
		what = "text of the format " + format
	}
	if pattern := shape.Keyword("pattern"); pattern.Exists() {
		what = "text of a pattern"
		candidates = matching(pattern.Text(), append(candidates, usual()...))
	} else if len(known) == 0 {
		candidates = append(candidates, words(shape)...)
	}
	all := make([]sample, len(candidates))
	for i, text := range candidates {
		all[i] = sample{text, what}
	}
	return all
}

func usual() []string {
	return []string{
		"text", "other", "TEXT", "USD", "EUR", "1", "12", "12.50", "-7.25", "1234", "12345", "123456789012", "4242424242424242",
		"A-1", "a_b", "a@example.com", "2026-01-31", "https://example.com/",
	}
}

func matching(pattern string, candidates []string) []string {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil // JSON Schema's expressions are JavaScript's; of one that Go does not know, nothing can be said
	}
	return slices.DeleteFunc(candidates, func(text string) bool { return !expression.MatchString(text) })
}

// longest bounds the words that are made for a schema.
const longest = 10_000

// words are two texts that keep to a length.
func words(shape openapi.Shape) []string {
	all := []string{"text", "other"}
	for i, word := range all {
		if least, ok := shape.Keyword("minLength").Scalar().(float64); ok {
			word += strings.Repeat("x", max(0, int(min(least, longest))-len(word)))
		}
		if most, ok := shape.Keyword("maxLength").Scalar().(float64); ok {
			word = word[:max(0, min(len(word), int(min(most, longest))))]
		}
		all[i] = word
	}
	return all
}
