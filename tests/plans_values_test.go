package tests

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// value is a value as GraphQL writes it, and as JSON does.
type value struct{ graphql, json string }

func same(text string) value { return value{text, text} }

func quoted(text string) value { return same(inJSON(text)) }

// variable is a variable as it is declared, and what it is given.
type variable struct {
	name, typ, missing, given string
	isGiven                   bool
}

// arguments are those of a field, in brackets, and how many objects the field leads to with them.
func (a *author) arguments(of *ast.Definition, field *ast.FieldDefinition, width int) (text string, many int) {
	var parts []string
	if field.Type.Elem != nil && of.Fields.ForName("pageInfo") == nil {
		many = 3 // what is in a page was counted with the page
	}
	for _, argument := range field.Arguments {
		if argument.Name == "first" {
			many = 20
		}
		if !argument.Type.NonNull && !a.often(60) && (argument.Name != "first" || many*width <= maxWidth) {
			continue
		}
		v := a.valueFor(argument.Type, argument.Name)
		if argument.Name == "first" {
			v, many = a.first(width)
		}
		parts = append(parts, argument.Name+": "+a.written(argument.Type, argument.Name, v))
	}
	if len(parts) == 0 {
		return "", many
	}
	return "(" + strings.Join(parts, ", ") + ")", many
}

// first is how many records a page should have.
func (a *author) first(width int) (value, int) {
	if a.often(5) {
		return same(one(a.Rand, []string{"-1", "0", "101", "2147483647", "8"})), 8 // some are refused
	}
	most := maxWidth / width
	n := min(most, one(a.Rand, []int{1, 1, 2, 2, 3, 5, 7, 20, 100}))
	if a.often(5) && 20*width <= maxWidth {
		return same("null"), 20
	}
	return same(strconv.Itoa(max(n, 1))), max(n, 1)
}

// valueFor is a value of a type, mostly one that leads somewhere.
func (a *author) valueFor(typ *ast.Type, name string) value {
	if !typ.NonNull && a.often(8) {
		return same("null")
	}
	if typ.Elem != nil {
		var items []value
		for range a.IntN(3) {
			items = append(items, a.valueFor(typ.Elem, name))
		}
		return joined("[", items, "]")
	}
	switch definition := a.schema.Types[typ.NamedType]; definition.Kind {
	case ast.Enum:
		word := one(a.Rand, definition.EnumValues).Name
		return value{word, inJSON(word)}
	case ast.InputObject:
		return a.object(definition)
	default:
		return a.scalar(definition.Name, name)
	}
}

func (a *author) object(definition *ast.Definition) value {
	var members []value
	for _, field := range definition.Fields {
		if !field.Type.NonNull && a.often(40) {
			continue
		}
		v := a.valueFor(field.Type, field.Name)
		members = append(members, value{field.Name + ": " + v.graphql, inJSON(field.Name) + ": " + v.json})
	}
	return joined("{", members, "}")
}

func joined(open string, parts []value, end string) value {
	var graphql, json []string
	for _, part := range parts {
		graphql, json = append(graphql, part.graphql), append(json, part.json)
	}
	return value{open + strings.Join(graphql, ", ") + end, open + strings.Join(json, ", ") + end}
}

func (a *author) scalar(typ, name string) value {
	switch {
	case typ == "ID":
		return a.id()
	case typ == "Int":
		return same(strconv.Itoa(a.IntN(40) - 2))
	case typ == "Float":
		return same("1.5")
	case typ == "Boolean":
		return same(strconv.FormatBool(a.often(50)))
	case name == "after" && a.often(85):
		return quoted(one(a.Rand, a.known.cursors))
	case typ == "String" && name != "after" && a.often(70):
		return quoted(one(a.Rand, a.known.texts))
	default:
		return quoted(one(a.Rand, []string{
			"", "x", "0", "b2Zmc2V0", "bzotMQ", "bzo5OTk5OTk5", "bzow", "%%%", "<&>\u2028", "é", "a b&limit=1", "4242424242424242", "somebody@example.com", strings.Repeat("long", 200),
		}))
	}
}

// id is an id of a record, or what is none, as a text or as a number.
func (a *author) id() value {
	id := strconv.Itoa(1 + a.IntN(6000))
	switch roll := a.IntN(30); {
	case roll < 26:
		id = one(a.Rand, []string{"1", "2", "3", "7", "7", "8", "9", "10", "1007", "3994", "4992", "4993", "4994", "5000"})
	case roll == 26:
		id = one(a.Rand, []string{"0", "-7", "999999", "007", "9007199254740991", "9007199254740992", "99999999999999999999"})
	case roll == 27:
		return quoted(one(a.Rand, []string{"", "x", "seven", " 7", "7 ", "7.0", "+7", "٧"}))
	}
	if a.often(50) && !strings.HasPrefix(id, "00") && len(id) < 17 {
		return same(id)
	}
	return quoted(id)
}

// written is a value as it stands in the document: there, or in a variable.
func (a *author) written(typ *ast.Type, name string, v value) string {
	if a.often(55) {
		return v.graphql
	}
	for _, each := range a.variables {
		if name != "first" && strings.TrimSuffix(each.typ, "!") == typ.Name() && strings.HasSuffix(each.typ, "!") && a.often(30) {
			return "$" + each.name
		}
	}
	return a.declare(typ, name, v)
}

// declare writes a variable that has a value in one of the ways in which it can have one.
func (a *author) declare(typ *ast.Type, name string, v value) string {
	nullable := strings.TrimSuffix(typ.String(), "!")
	declared := variable{name: fmt.Sprintf("v%d", len(a.variables)), typ: typ.String(), given: v.json, isGiven: true}
	isNull := v.json == "null"
	switch roll := a.IntN(10); {
	case roll < 2 && !isNull:
		declared.typ, declared.missing, declared.isGiven = nullable, v.graphql, false
	case roll < 4 && !isNull:
		declared.typ, declared.missing = nullable, v.graphql
	case roll < 6 && !isNull:
		declared.typ = nullable + "!"
	case roll == 6 && !typ.NonNull && name != "first":
		declared.isGiven = false
	}
	a.variables = append(a.variables, declared)
	return "$" + declared.name
}

// condition is a truth value, more often one that lets something be.
func (a *author) condition(wanted bool) string {
	if !a.often(70) {
		wanted = !wanted
	}
	truth := strconv.FormatBool(wanted)
	if a.often(40) {
		return truth
	}
	for _, each := range a.variables {
		if strings.HasPrefix(each.typ, "Boolean") && a.often(50) {
			return "$" + each.name
		}
	}
	return a.declare(ast.NonNullNamedType("Boolean", nil), "if", same(truth))
}
