// Package openapi answers what an OpenAPI document says at a place, and where that place is.
//
// It reads the part of OpenAPI 3 that the gateway is compared with: paths, parameters, bodies, answers, and schemas with their
// types, members, nulls, enumerations and bounds. Every node knows its line and its JSON Pointer (RFC 6901), because whoever is
// told of a disagreement wants to see it. Libraries for OpenAPI forget lines, and each would be linked for the check command
// alone; the YAML parser is in the program already, for its configuration.
package openapi

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Document is an OpenAPI document. It is not changed once it was read.
type Document struct {
	name  string
	root  *value
	paths []template
}

// Parse reads a document, in YAML or JSON. Its places are written with the name: name:7 #/paths. What it says of no interest
// here is not looked at.
func Parse(name string, text []byte) (*Document, error) {
	root, err := read(text)
	if err != nil {
		return nil, err
	}
	d := &Document{name: name, root: root}
	if version := d.Root().Get("openapi").Text(); !strings.HasPrefix(version, "3.") {
		return nil, errors.New("is not an OpenAPI document of version 3")
	}
	paths := d.Root().Get("paths")
	for _, name := range paths.Names() {
		template, err := newTemplate(name, paths.Get(name))
		if err != nil {
			return nil, fmt.Errorf("line %d: a path cannot be read: %w", template.node.line, err)
		}
		d.paths = append(d.paths, template)
	}
	return d, nil
}

// Root is the whole document.
func (d *Document) Root() Node { return Node{doc: d, value: d.root, line: d.root.line} }

// Node is a place in a document. There may be nothing at it: it is then the place where something is missing.
type Node struct {
	doc     *Document
	pointer string
	value   *value
	line    int // where there is nothing, that of the nearest node above
}

// Exists reports whether there is something at the place.
func (n Node) Exists() bool { return n.value != nil }

// String is where the place is: the document, the line, and the JSON Pointer.
func (n Node) String() string { return fmt.Sprintf("%s:%d #%s", n.doc.name, n.line, n.pointer) }

// Get goes down by names, following references on the way.
func (n Node) Get(names ...string) Node {
	for _, name := range names {
		n = n.followed().child(name)
	}
	return n
}

func (n Node) child(name string) Node {
	below := Node{doc: n.doc, pointer: n.pointer + "/" + escape(name), line: n.line}
	if n.value == nil {
		return below
	}
	if found := n.value.members[name]; found != nil {
		below.value, below.line = found, found.line
	}
	return below
}

// Names are the names of what is below, in the document's order.
func (n Node) Names() []string {
	if n = n.followed(); n.value == nil {
		return nil
	}
	return n.value.names
}

// Items are the elements of a list.
func (n Node) Items() []Node {
	if n = n.followed(); n.value == nil {
		return nil
	}
	items := make([]Node, len(n.value.items))
	for i, item := range n.value.items {
		items[i] = Node{doc: n.doc, pointer: fmt.Sprintf("%s/%d", n.pointer, i), value: item, line: item.line}
	}
	return items
}

// Text is the text at the place, empty where there is none.
func (n Node) Text() string {
	text, _ := n.Scalar().(string)
	return text
}

// True reports whether the place says true.
func (n Node) True() bool { return n.Scalar() == true }

// Scalar is the text, number (as float64), boolean or null at the place. It is nil where there is nothing of the kind.
func (n Node) Scalar() any {
	if n.value == nil {
		return nil
	}
	return n.value.scalar
}

// mostReferences bounds the way from a reference to what it means. It ends circles.
const mostReferences = 20

// followed is what a node means: itself, or where its $ref leads. A reference that leads nowhere, or to another document, ends
// where it stands.
func (n Node) followed() Node {
	for range mostReferences {
		target, ok := n.reference()
		if !ok {
			return n
		}
		n = target
	}
	return Node{doc: n.doc, pointer: n.pointer + "/$ref", line: n.line}
}

func (n Node) reference() (Node, bool) {
	ref := n.child("$ref")
	if ref.Text() == "" {
		return Node{}, false
	}
	nowhere := Node{doc: ref.doc, pointer: ref.pointer, line: ref.line}
	pointer, inside := strings.CutPrefix(ref.Text(), "#/")
	if !inside {
		return nowhere, true
	}
	if decoded, err := url.PathUnescape(pointer); err == nil {
		pointer = decoded // it is a URL's fragment
	}
	target := n.doc.Root()
	for token := range strings.SplitSeq(pointer, "/") {
		target = target.step(unescape(token))
	}
	if !target.Exists() {
		return nowhere, true
	}
	return target, true
}

// step is child, or an element by its index, as a pointer's token can be either.
func (n Node) step(token string) Node {
	if n.value != nil && len(n.value.items) > 0 {
		for i, item := range n.Items() {
			if strconv.Itoa(i) == token {
				return item
			}
		}
	}
	return n.child(token)
}

// escape writes a name as a token of a pointer (RFC 6901, section 3).
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func unescape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}
