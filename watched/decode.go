package watched

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decode reads a node into a value. The library's own decoder would turn numbers into text, and quote the file in its errors.
func decode(node ast.Node, into reflect.Value) error {
	reader, ok := reflect.TypeAssert[encoding.TextUnmarshaler](into.Addr())
	switch {
	case ok:
		return decodeText(node, func(text string) error { return reader.UnmarshalText([]byte(text)) })
	case into.Kind() == reflect.String:
		return decodeText(node, func(text string) error {
			into.SetString(text)
			return nil
		})
	case node.Type() == ast.NullType:
		return nil // A name with nothing behind it is as good as none.
	case into.Kind() == reflect.Slice:
		return decodeList(node, into)
	case into.Kind() == reflect.Struct:
		return decodeStruct(node, into)
	}
	panic(fmt.Sprintf("watched: no YAML is read into a %s", into.Type()))
}

func decodeText(node ast.Node, set func(string) error) error {
	var text string
	switch node := node.(type) {
	case *ast.StringNode:
		text = node.Value
	case *ast.LiteralNode:
		text = node.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode, *ast.NullNode:
		return mistake(node, "text must stand here: put quotes around it")
	default:
		return mistake(node, "text must stand here")
	}
	if set(text) != nil { // The error would quote it.
		return mistake(node, "the text has not the form that it needs here")
	}
	return nil
}

func decodeList(node ast.Node, into reflect.Value) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return mistake(node, "a list must stand here")
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, item := range list.Values {
		if item == nil {
			return mistake(node, "the list has an item without a value")
		}
		if err := decode(item, into.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeStruct(node ast.Node, into reflect.Value) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return mistake(node, "names and values must stand here")
	}
	given := make([]bool, into.NumField())
	for _, pair := range mapping.Values {
		i, ok := member(pair.Key, into.Type())
		switch {
		case !ok:
			return mistake(pair.Key, "no such name is known here: those that are known are "+strings.Join(names(into.Type()), ", "))
		case given[i]:
			return mistake(pair.Key, names(into.Type())[i]+" stands here for the second time")
		case pair.Value == nil:
			continue
		}
		given[i] = true
		if err := decode(pair.Value, into.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// member is the field that a key names.
func member(key ast.MapKeyNode, t reflect.Type) (index int, ok bool) {
	name, ok := key.(*ast.StringNode)
	if !ok {
		return 0, false
	}
	for i := range t.NumField() {
		if nameOf(t.Field(i)) == name.Value {
			return i, true
		}
	}
	return 0, false
}

func names(t reflect.Type) []string {
	all := make([]string, t.NumField())
	for i := range all {
		all[i] = nameOf(t.Field(i))
	}
	return all
}

func nameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return name
}

// mistake says in which line something is wrong.
func mistake(node ast.Node, message string) error {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return fmt.Errorf("line %d: %s", t.Position.Line, message)
	}
	return fmt.Errorf("%s", message)
}
