package tests

import (
	"fmt"
	"strconv"
	"strings"
)

// write writes one operation into a trial.
func (a *author) write(c *trial) {
	a.names = make(map[string]choice)
	kind, write := "query", a.query
	if a.often(4) {
		kind, write = "mutation", a.mutation
	}
	root := write() // it says which variables and fragments there are
	name := one(a.Rand, []string{"", "", " Main", " Other"})
	other := ""
	if a.often(4) {
		name, other, c.name = " Main", " query Other { me { id } }", "Main"
	}
	parts := []string{kind + name + a.declarations(), root}
	if kind == "query" && name == "" && len(a.variables) == 0 && a.often(50) {
		parts = parts[1:]
	}
	for _, each := range a.fragments {
		parts = append(parts, fmt.Sprintf("fragment %s on %s %s", each.name, each.on, each.text))
	}
	c.query = strings.Join(parts, " ") + other
}

// query is a selection at the top, now and then with what tells of the schema.
func (a *author) query() string {
	text := a.selection(a.schema.Query, spot{width: 1})
	if a.often(2) {
		text = strings.TrimSuffix(text, "}") + one(a.Rand, []string{
			`__type(name: "User") { name kind }`, `__schema { queryType { name } }`, `s: __schema { mutationType { name __typename } }`,
		}) + " }"
	}
	return text
}

func (a *author) mutation() string {
	var parts []string
	for range 1 + a.IntN(2) {
		field := one(a.Rand, a.schema.Mutation.Fields)
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		what := a.ask(a.schema.Mutation, field, spot{width: 1})
		parts = append(parts, a.named(a.schema.Mutation, what)+a.directive()+a.below(field, what, spot{width: 1}))
	}
	return "{ " + strings.Join(append(parts, "__typename"), " ") + " }"
}

// declarations are the variables, in brackets.
func (a *author) declarations() string {
	var parts []string
	for _, each := range a.variables {
		text := "$" + each.name + ": " + each.typ
		if each.missing != "" {
			text += " = " + each.missing
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// vary gives the variables other values of their types, or none where that is allowed.
func (a *author) vary() {
	for i := range a.variables {
		v := &a.variables[i]
		optional := v.missing != "" || !strings.HasSuffix(v.typ, "!")
		switch name := strings.TrimSuffix(v.typ, "!"); {
		case optional && name != "Int" && a.often(15):
			v.isGiven = false
		case name == "Boolean":
			v.given, v.isGiven = strconv.FormatBool(a.often(50)), true
		case name == "ID":
			v.given, v.isGiven = a.id().json, true
		case name == "Int" && a.often(30):
			v.given, v.isGiven = one(a.Rand, []string{"1", "2", "0"}), true
		}
	}
}

// spoil gives a variable now and then what does not fit.
func (a *author) spoil() bool {
	if len(a.variables) == 0 || !a.often(4) {
		return false
	}
	wrong := &a.variables[a.IntN(len(a.variables))]
	wrong.given, wrong.isGiven = one(a.Rand, []string{`"x"`, `{}`, `[1]`, `1.5`, `true`, `null`, `null`, `null`, `1e3`, `-7`, `""`, `["7"]`}), a.often(80)
	return true
}

// given are the variables' values, in JSON.
func (a *author) given() string {
	var parts []string
	for _, each := range a.variables {
		if each.isGiven {
			parts = append(parts, inJSON(each.name)+": "+each.given)
		}
	}
	if a.often(2) {
		parts = append(parts, `"nobodys": [1, null]`)
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
