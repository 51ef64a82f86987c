package config

import (
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

// decoder reads YAML nodes into Go values, going on after each mistake. The library's own decoder ends at the first, and
// forgets where each value stood.
type decoder struct {
	*report
	variables *Variables
	targets   map[*ast.AliasNode]ast.Node
}

// decode reads a node. Where it cannot, it reports that and leaves the value as it was.
func (d *decoder) decode(path string, node ast.Node, into reflect.Value) {
	node, ok := d.resolve(path, node)
	if !ok {
		return
	}
	if isScalar(into.Type()) {
		d.scalar(path, node, into)
		return
	}
	if node.Type() == ast.NullType {
		return // A key with nothing below it, or with only comments, keeps the defaults.
	}
	switch into.Kind() {
	case reflect.Struct:
		d.structure(path, node, into)
	case reflect.Map:
		d.textMap(path, node, into)
	case reflect.Slice:
		d.list(path, node, into)
	default:
		panic(fmt.Sprintf("config: a setting has the type %s, which no YAML is read into", into.Type()))
	}
}

// resolve follows anchors and aliases to what they stand for.
func (d *decoder) resolve(path string, node ast.Node) (ast.Node, bool) { //nolint:ireturn // a node is of one of many types
	switch node := node.(type) {
	case nil:
		return &ast.NullNode{BaseNode: &ast.BaseNode{}}, true
	case *ast.AnchorNode:
		return d.resolve(path, node.Value)
	case *ast.AliasNode:
		target, ok := d.targets[node]
		if !ok {
			d.atf(placeOf(node), path, "no anchor &%s stands above this", node.Value.GetToken().Value)
			return nil, false
		}
		return d.resolve(path, target)
	case *ast.TagNode:
		d.atf(placeOf(node), path, "tags such as %s are not read: leave it out", node.GetToken().Value)
		return nil, false
	}
	return node, true
}

func (d *decoder) structure(path string, node ast.Node, into reflect.Value) {
	fields := fieldsOf(into.Type())
	for _, e := range d.entries(path, node) {
		child := join(path, e.name)
		if index, ok := fields.find(e.name); ok {
			d.decode(child, e.value, into.FieldByIndex(index))
			continue
		}
		if open, ok := openField(into.Type()); ok && !similar(e.name, fields.names()) {
			d.further(child, e, into.FieldByIndex(open))
			continue
		}
		d.atf(e.place, child, "%s", unknown(e.name, fields.names()))
	}
}

// further reads what stands under a key of the file's own choice.
func (d *decoder) further(path string, e entry, into reflect.Value) {
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	into.SetMapIndex(reflect.ValueOf(e.name), d.element(path, e.value, into.Type().Elem()))
}

// element reads a value that has no defaults in Default, since nobody knows that it is there: its type says them.
func (d *decoder) element(path string, node ast.Node, t reflect.Type) reflect.Value {
	value := reflect.New(t)
	if usual, ok := reflect.TypeAssert[interface{ SetDefaults() }](value); ok {
		usual.SetDefaults()
	}
	d.decode(path, node, value.Elem())
	return value.Elem()
}

func (d *decoder) textMap(path string, node ast.Node, into reflect.Value) {
	entries := d.entries(path, node)
	into.Set(reflect.MakeMapWithSize(into.Type(), len(entries)))
	for _, e := range entries {
		into.SetMapIndex(reflect.ValueOf(e.name), d.element(join(path, e.name), e.value, into.Type().Elem()))
	}
}

// list keeps a zero value for an item that cannot be read, so that the indexes of the others stay those of the file.
func (d *decoder) list(path string, node ast.Node, into reflect.Value) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.failf(path, "must be a list, not %s", describe(node))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(sequence.Values), len(sequence.Values)))
	for i, item := range sequence.Values {
		child := fmt.Sprintf("%s[%d]", path, i)
		d.places[child] = placeOf(item)
		into.Index(i).Set(d.element(child, item, into.Type().Elem()))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
