package openapi

import "slices"

// Schema is what a value may be: of one of some shapes, or null.
type Schema struct {
	Node

	// Nullable allows null.
	Nullable bool
	// Shapes are what it may be otherwise. There is at least one, unless the schema contradicts itself.
	Shapes []Shape
}

// Shape is one type of JSON value, and what is said of such values in all places that the schema joins.
type Shape struct {
	// Type is string, integer, number, boolean, object or array. It is empty where the schema does not say.
	Type string

	parts []Node
}

// The bounds of what is read of one schema. Documents that reach them are made to: schemas can hold themselves several times.
const (
	mostAlternatives = 50
	mostParts        = 200
)

// Schema reads a schema: through references, allOf, oneOf and anyOf, lists of types, and the nullable of OpenAPI 3.0.
func (n Node) Schema() Schema {
	s := Schema{Node: n}
	left := mostParts
	for _, parts := range alternatives(n, &left) {
		types, said := typesOf(parts)
		for _, part := range parts {
			s.Nullable = s.Nullable || part.child("nullable").True()
		}
		if !said {
			s.Shapes = append(s.Shapes, Shape{Type: implied(parts), parts: parts})
			continue
		}
		for _, name := range types {
			if name == "null" {
				s.Nullable = true
				continue
			}
			s.Shapes = append(s.Shapes, Shape{Type: name, parts: parts})
		}
	}
	return s
}

// alternatives are the ways in which a schema can be fulfilled: each is the nodes that must be fulfilled together. It looks at as
// many nodes as are left.
func alternatives(n Node, left *int) [][]Node {
	all := [][]Node{{n}}
	*left--
	if *left < 0 {
		return all
	}
	if target, ok := n.reference(); ok {
		all = both(all, alternatives(target, left))
	}
	for _, part := range n.child("allOf").Items() {
		all = both(all, alternatives(part, left))
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		var either [][]Node
		for _, part := range n.child(keyword).Items() {
			either = append(either, alternatives(part, left)...)
		}
		if len(either) > 0 {
			all = both(all, either)
		}
	}
	return all
}

func both(a, b [][]Node) [][]Node {
	var all [][]Node
	for _, left := range a {
		for _, right := range b {
			if len(all) < mostAlternatives {
				all = append(all, slices.Concat(left, right))
			}
		}
	}
	return all
}

// typesOf are the types that all parts allow which say something of types.
func typesOf(parts []Node) (types []string, said bool) {
	for _, part := range parts {
		names := typeNames(part.child("type"))
		switch {
		case len(names) == 0:
		case !said:
			types, said = names, true
		default:
			types = common(types, names)
		}
	}
	return types, said
}

func typeNames(n Node) []string {
	if text := n.Text(); text != "" {
		return []string{text}
	}
	var names []string
	for _, item := range n.Items() {
		names = append(names, item.Text())
	}
	return names
}

// common are the types in both lists. Every integer is a number.
func common(a, b []string) []string {
	var both []string
	for _, name := range a {
		switch {
		case slices.Contains(b, name):
			both = append(both, name)
		case name == "integer" && slices.Contains(b, "number"), name == "number" && slices.Contains(b, "integer"):
			both = append(both, "integer")
		}
	}
	return both
}

// implied is the type that a schema means that does not say one.
func implied(parts []Node) string {
	s := Shape{parts: parts}
	values, _ := s.Enum()
	allText := len(values) > 0
	for _, each := range values {
		_, isText := each.(string)
		allText = allText && isText
	}
	switch {
	case s.said("properties").Exists():
		return "object"
	case s.said("items").Exists():
		return "array"
	case allText:
		return "string"
	default:
		return ""
	}
}

// said is the first place where a shape's schema has a keyword; where it has none, the place where it should be.
func (s Shape) said(keyword string) Node {
	for _, part := range s.parts {
		if found := part.child(keyword); found.Exists() {
			return found
		}
	}
	return s.parts[len(s.parts)-1].child(keyword)
}

// Nowhere is a reference of the shape's schema that leads nowhere in the document.
func (s Shape) Nowhere() (Node, bool) {
	for _, part := range s.parts {
		if !part.Exists() {
			return part, true
		}
	}
	return Node{}, false
}

// Keyword is what the shape's schema says under a keyword, such as format.
func (s Shape) Keyword(name string) Node { return s.said(name) }

// Members are the names of an object's members, in the document's order.
func (s Shape) Members() []string {
	var names []string
	for _, part := range s.parts {
		for _, name := range part.child("properties").Names() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Member is the schema of an object's member. Where there is none of the name, it is the place where it should be.
func (s Shape) Member(name string) (Node, bool) {
	for _, part := range s.parts {
		if found := part.child("properties").child(name); found.Exists() {
			return found, true
		}
	}
	return s.said("properties"), false
}

// Requires reports whether an object must have a member.
func (s Shape) Requires(name string) bool {
	for _, part := range s.parts {
		for _, item := range part.child("required").Items() {
			if item.Text() == name {
				return true
			}
		}
	}
	return false
}

// Item is the schema of a list's elements.
func (s Shape) Item() Node { return s.said("items") }

// Enum are the values that the shape is limited to, and the place that says so. Without values it is not limited.
func (s Shape) Enum() ([]any, Node) {
	if only := s.said("const"); only.Exists() {
		return []any{only.Scalar()}, only
	}
	place := s.said("enum")
	var values []any
	for _, item := range place.Items() {
		if item.Scalar() != nil {
			values = append(values, item.Scalar())
		}
	}
	return values, place
}
