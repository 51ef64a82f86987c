package tests

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a JSON value as it is spelt, in a form that can be changed into what is no JSON, too.
type node struct {
	kind  byte // { or [, and 0 for all else
	raw   string
	names []string // of members, in quotes
	items []*node
}

// parsed reads a JSON text. It is nil where the text is none.
func parsed(text string) *node {
	in := jsontext.NewDecoder(bytes.NewReader([]byte(text)))
	read, err := parsedNext(in)
	if err != nil {
		return nil
	}
	return read
}

func parsedNext(in *jsontext.Decoder) (*node, error) {
	kind := byte(in.PeekKind())
	if kind != '{' && kind != '[' {
		value, err := in.ReadValue()
		return &node{raw: string(value)}, err
	}
	n := &node{kind: kind}
	if _, err := in.ReadToken(); err != nil {
		return nil, err
	}
	for next := in.PeekKind(); next != '}' && next != ']'; next = in.PeekKind() {
		if kind == '{' {
			name, err := in.ReadValue()
			if err != nil {
				return nil, err
			}
			n.names = append(n.names, string(name))
		}
		item, err := parsedNext(in)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, err := in.ReadToken()
	return n, err
}

// text writes the value. between stands before each member and item.
func (n *node) text(between string) string {
	if n.kind == 0 {
		return n.raw
	}
	var out strings.Builder
	out.WriteByte(n.kind)
	for i, item := range n.items {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(between)
		if n.kind == '{' {
			out.WriteString(n.names[i] + ":")
		}
		out.WriteString(item.text(between))
	}
	out.WriteByte(n.kind + 2) // } and ] stand two behind { and [
	return out.String()
}

func (n *node) copied() *node {
	c := *n
	c.names = append([]string(nil), n.names...)
	c.items = make([]*node, len(n.items))
	for i, item := range n.items {
		c.items[i] = item.copied()
	}
	return &c
}

// id is the value of a record's id, nil where there is none.
func (n *node) id() *node {
	for i, each := range n.names {
		if each == `"id"` {
			return n.items[i]
		}
	}
	return nil
}

// position is where a value stands in a record: a member, or an item of a list.
type position struct {
	in *node
	at int
}

func (p position) name() string {
	if p.in.kind != '{' {
		return ""
	}
	return strings.Trim(p.in.names[p.at], `"`)
}

func (p position) raw() string { return p.in.items[p.at].raw }

func (p position) set(raw string) { p.in.items[p.at] = &node{raw: raw} }

// add puts a member or an item before another.
func (n *node) add(at int, name string, item *node) {
	if n.kind == '{' {
		n.names = append(n.names[:at], append([]string{name}, n.names[at:]...)...)
	}
	n.items = append(n.items[:at], append([]*node{item}, n.items[at:]...)...)
}

func (p position) remove() {
	if p.in.kind == '{' {
		p.in.names = append(p.in.names[:p.at], p.in.names[p.at+1:]...)
	}
	p.in.items = append(p.in.items[:p.at], p.in.items[p.at+1:]...)
}

// places are all within a value, at every depth.
func (n *node) places() []position {
	var all []position
	for i, item := range n.items {
		all = append(append(all, position{n, i}), item.places()...)
	}
	return all
}
