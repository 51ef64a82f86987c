package config

import (
	"encoding"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/units"
)

// isScalar tells whether a setting of this type is one value, rather than a list or a mapping.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
		return true
	default:
		return t == reflect.TypeFor[time.Duration]() || readsText(t)
	}
}

func readsText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// scalar reads one value as what the setting asks for. Quotes make no difference, save that a setting of text refuses a bare
// number or boolean: YAML drops the zeros of 0123, and whoever wrote such a password meant them.
func (d *decoder) scalar(path string, node ast.Node, into reflect.Value) {
	wanted := noun(into.Type())
	text, isText, ok := scalarText(node)
	switch {
	case node.Type() == ast.NullType:
		d.failf(path, "has no value: give it %s, or leave it out", wanted)
		return
	case !ok:
		d.failf(path, "must be %s, not %s", wanted, describe(node))
		return
	case into.Kind() == reflect.String && !isText:
		d.failf(path, "must be text: put quotes around it")
		return
	}
	text, filled, mistakes := d.variables.fill(text)
	for _, mistake := range mistakes {
		d.failf(path, "%s", mistake)
	}
	if len(mistakes) > 0 || set(into, text) {
		return
	}
	// Only what stands in the file is shown again, and no text setting is: it may be a secret.
	if filled || into.Kind() == reflect.String {
		d.failf(path, "is not %s, once its variables are filled in", wanted)
		return
	}
	d.failf(path, "%q is not %s", text, wanted)
}

// scalarText is a scalar as it stands in the file, without its quotes.
func scalarText(node ast.Node) (text string, isText, ok bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true, true
	case *ast.LiteralNode:
		return node.Value.Value, true, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, false, true
	}
	return "", false, false
}

// noun completes the sentence: the value must be.
func noun(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration such as 500ms, 5s or 1m30s"
	case reflect.TypeFor[units.Bytes]():
		return "a size such as 512B, 64KiB or 8MiB"
	case reflect.TypeFor[priority.Class]():
		return "batch, interactive or critical"
	case reflect.TypeFor[time.Time]():
		return "a moment such as 2027-01-31T12:00:00Z"
	case reflect.TypeFor[passthrough.Date]():
		return "a day such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z"
	case reflect.TypeFor[ratelimit.Period]():
		return "a duration such as 1m or 24h, or day or month"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number such as 1 or 0.25"
	default:
		return "text"
	}
}

// set reads text as the type of into, and tells whether it could.
func set(into reflect.Value, text string) bool {
	switch {
	case readsText(into.Type()):
		reader, ok := reflect.TypeAssert[encoding.TextUnmarshaler](into.Addr())
		return ok && reader.UnmarshalText([]byte(text)) == nil
	case into.Type() == reflect.TypeFor[time.Duration]():
		return setDuration(into, text)
	case into.Kind() == reflect.Bool:
		return setBool(into, text)
	case into.Kind() == reflect.Int:
		return setInt(into, text)
	case into.Kind() == reflect.Float64:
		return setFloat(into, text)
	}
	into.SetString(text)
	return true
}

func setDuration(into reflect.Value, text string) bool {
	duration, err := time.ParseDuration(text)
	if err == nil {
		into.SetInt(int64(duration))
	}
	return err == nil
}

// setBool knows true and false alone: what YAML 1.1 read as booleans (yes, on, y) surprised people.
func setBool(into reflect.Value, text string) bool {
	lower := strings.ToLower(text)
	into.SetBool(lower == "true")
	return lower == "true" || lower == "false"
}

func setInt(into reflect.Value, text string) bool {
	number, err := strconv.Atoi(text)
	if err == nil {
		into.SetInt(int64(number))
	}
	return err == nil
}

// setFloat reads a number. What is none, or has no end, is none here.
func setFloat(into reflect.Value, text string) bool {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		return false
	}
	into.SetFloat(number)
	return true
}
