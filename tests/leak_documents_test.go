package tests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// focus are the records that are asked for by name, by the type that stands for them: the owner's, somebody else's, and one that
// there is not.
func focus() map[string][]int64 {
	return map[string][]int64{
		"User": {7, 8, 999_999}, "Order": {7, 8, 1007, 999_999}, "Payment": {4994, 4993, 3994, 999_999}, "Product": {1, 2},
	}
}

// style is a manner of writing the same selection.
type style int

const (
	plain style = iota
	aliased
	spread
	inline
	alone
	twice
	styles // how many there are
)

// generator writes operations that lead along every trail of a schema.
type generator struct {
	schema *ast.Schema
	turn   int // of nodes and edges, and of the fields that stand alone
}

// trail is fields that lead from the query to an object.
type trail []*ast.FieldDefinition

// trails are all that go at most so many steps beyond the first. What belongs to a page is no step.
func (g *generator) trails(steps int) []trail {
	var all []trail
	for _, root := range g.schema.Query.Fields {
		if !strings.HasPrefix(root.Name, "__") {
			all = append(all, g.beyond(trail{root}, steps)...)
		}
	}
	return all
}

func (g *generator) beyond(so trail, steps int) []trail {
	all := []trail{so}
	object := g.typeOf(so[len(so)-1])
	g.turn++
	for _, field := range object.Fields {
		below, cost := g.typeOf(field), 1
		switch field.Name {
		case "nodes", "edges":
			if (field.Name == "nodes") == (g.turn%2 == 0) {
				continue
			}
			cost = 0
		case "node":
			cost = 0
		}
		if below.Kind == ast.Object && !g.isValue(below) && steps >= cost {
			all = append(all, g.beyond(append(slices.Clip(so), field), steps-cost)...)
		}
	}
	return all
}

func (g *generator) typeOf(field *ast.FieldDefinition) *ast.Definition {
	return g.schema.Types[field.Type.Name()]
}

// isValue reports whether an object leads to no record, such as an amount of money.
func (g *generator) isValue(object *ast.Definition) bool {
	return object.Fields.ForName("id") == nil && !slices.ContainsFunc(object.Fields, func(f *ast.FieldDefinition) bool {
		below := g.typeOf(f)
		return below.Kind == ast.Object && !g.isValue(below)
	})
}

// graphqlBody is an operation as clients send it.
func graphqlBody(query string, variables map[string]any) string {
	return inJSON(map[string]any{"query": query, "variables": variables})
}

// document is a trail, written in a style.
func (g *generator) document(along trail, in style) string {
	d := &written{generator: g, style: in}
	object := g.typeOf(along[0])
	var roots []string
	for i, arguments := range d.arguments(along[0], object) {
		roots = append(roots, fmt.Sprintf("root%d: %s%s { %s }", i, along[0].Name, arguments, d.object(object, along[1:])))
	}
	query := fmt.Sprintf("query Q%d($yes: Boolean! = true, $id: ID = 8) { __typename @include(if: $yes) skipped: user(id: $id) @skip(if: $yes) { id } %s }",
		in, strings.Join(roots, " "))
	return graphqlBody(query+strings.Join(d.fragments, ""), map[string]any{"yes": true})
}

// written is one document under trail.
type written struct {
	*generator

	style     style
	fragments []string
	aliases   int
}

// arguments are those by which a root field is asked for, once for each record that is wanted.
func (d *written) arguments(root *ast.FieldDefinition, object *ast.Definition) []string {
	var all []string
	switch {
	case root.Arguments.ForName("id") != nil:
		for _, id := range focus()[object.Name] {
			all = append(all, fmt.Sprintf(`(id: "%d")`, id))
		}
	case root.Arguments.ForName("userId") != nil:
		all = []string{"(first: 9)", "(first: 9, userId: 7)", "(first: 9, userId: 8)"}
	case root.Arguments.ForName("first") != nil:
		all = []string{"(first: 9)"}
	default:
		all = []string{""}
	}
	return all
}

// object is what is selected of an object: all that is no trail to records, and the next step.
func (d *written) object(object *ast.Definition, along trail) string {
	own := d.own(object)
	if len(along) == 0 {
		return own
	}
	field, arguments := along[0], ""
	if field.Arguments.ForName("first") != nil {
		arguments = "(first: 3)"
	}
	return own + " " + field.Name + arguments + " { " + d.object(d.typeOf(field), along[1:]) + " }"
}

// own are the fields of an object that lead no further.
func (d *written) own(object *ast.Definition) string {
	var fields, named []string
	for _, field := range object.Fields {
		below := d.typeOf(field)
		if strings.HasPrefix(field.Name, "__") || below.Kind == ast.Object && !d.isValue(below) {
			continue
		}
		text := field.Name
		if below.Kind == ast.Object {
			text += " { " + d.own(below) + " }"
		}
		fields = append(fields, text)
		named = append(named, d.named(text))
	}
	if len(fields) == 0 {
		return "__typename"
	}
	return d.styled(object, fields, named)
}

// named is a field under another name, as long as there may be more of them.
func (d *written) named(text string) string {
	d.aliases++
	if d.aliases > 40 || d.style != aliased && d.style != twice {
		return text
	}
	name, _, _ := strings.Cut(text, " ")
	return fmt.Sprintf("x%d_%s: %s", d.aliases, name, text)
}

func (d *written) styled(object *ast.Definition, fields, named []string) string {
	all := strings.Join(fields, " ")
	switch d.style {
	case aliased:
		return strings.Join(named, " ")
	case spread:
		return d.spread(object, all)
	case inline:
		return fmt.Sprintf("... on %s @include(if: $yes) { %s } ... @skip(if: $yes) { %s } ... { __typename }", object.Name, all, fields[0])
	case alone:
		d.turn++
		each := fields[d.turn%len(fields)]
		if object.Fields.ForName("username") != nil {
			each += " username" // it says whose the others are
		}
		return each
	case twice:
		return strings.Join(named, " ") + " " + d.spread(object, all)
	case plain, styles:
	}
	return all
}

// spread writes a fragment. There are no more of them than there may be.
func (d *written) spread(object *ast.Definition, all string) string {
	if len(d.fragments) >= 40 {
		return all
	}
	name := fmt.Sprintf("F%d", len(d.fragments))
	d.fragments = append(d.fragments, fmt.Sprintf(" fragment %s on %s { %s }", name, object.Name, all))
	return "..." + name
}
