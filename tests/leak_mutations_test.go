package tests

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// mistaken are operations that do not fit the schema, or whose variables do not: errors may say too much.
func mistaken() []string {
	var all []string
	for _, query := range []string{
		`{ user(id: 8) { passwordHash apiToken } }`, `{ user(id: 8) { emial streat } }`, `{ user(id: 8) { email(x: 1) } }`, `{ order(id: "8 or 1") { id } }`,
		`{ users(first: "all") { nodes { email } } }`, `{ users(first: 100000) { nodes { email } } }`, `{ users(after: "b2Zmc2V0") { nodes { email } } }`,
		`query A($id: ID!) { user(id: $id) { email } }`, `{ user(id: 8) { email `, `{ user(id: 8) { ... on Order { total { amount } } } }`,
		`{ user(id: 8) { ...F } } fragment F on User { email ...F }`, `{ payment(id: 4993) { cardNumber card_number cardCvv processorRef riskScore } }`,
		`mutation { updateUser(id: 8) { user { email } } }`, `subscription { user(id: 8) { email } }`, `{ user(id: 8) { email } user(id: 7) { email } }`,
		`{ a: __type(name: "User") { fields { name description type { name } } } __schema { types { name fields(includeDeprecated: true) { name args { name defaultValue } } } } }`,
		`{ __schema { directives { name args { name } } queryType { name } mutationType { fields { name } } } }`,
	} {
		all = append(all, graphqlBody(query, nil))
	}
	return append(all, `{"query": "{ me { email } }", "variables": []}`, `{"query": `, `[]`, `{"query": "query A { me { email } }", "operationName": "B"}`)
}

// changes are arguments of each mutation: those that are refused, of somebody else's record, and those that do something.
func changes() map[string][]string {
	const to = `shippingAddress: {street: "Somewhere 1", city: "Town", zip: "1"}`
	return map[string][]string{
		"updateProfile": {`input: {email: "no address"}`, `input: {}`, `input: {name: ""}`, `input: {phone: "+1 555", name: "Somebody"}`},
		"placeOrder": {
			`input: {items: [], ` + to + `}`, `input: {items: [{productId: 999999, quantity: 1}], ` + to + `}`, `input: {items: [{productId: 2, quantity: 1}], ` + to + `}`,
		},
		"cancelOrder": {`id: 8`, `id: 999999`, `id: 2007`, `id: 1007`},
		"payOrder": {
			`input: {orderId: 8, method: CARD, cardNumber: "4242424242424242"}`, `input: {orderId: 7, method: CARD, cardNumber: "none"}`,
			`input: {orderId: 7, method: CARD, cardNumber: "4242424242424242"}`,
		},
		"refundPayment": {`id: 4993`, `id: 999999`, `id: 3994`},
	}
}

// mutations are the changes, with all that comes back of each.
func (g *generator) mutations() (bodies, unknown []string) {
	for i, mutation := range g.schema.Mutation.Fields {
		known := changes()[mutation.Name]
		if len(known) == 0 {
			unknown = append(unknown, mutation.Name)
		}
		payload := g.typeOf(mutation)
		for _, arguments := range known {
			d := &written{generator: g, style: style(i) % styles}
			var parts []string
			for _, field := range payload.Fields {
				parts = append(parts, field.Name+" { "+d.object(g.typeOf(field), g.onwards(g.typeOf(field)))+" }")
			}
			query := fmt.Sprintf("mutation M($yes: Boolean! = true) { m: %s(%s) { __typename @include(if: $yes) %s } }", mutation.Name, arguments, strings.Join(parts, " "))
			bodies = append(bodies, graphqlBody(query+strings.Join(d.fragments, ""), nil))
		}
	}
	return bodies, unknown
}

// onwards is a step from a record that was changed to another.
func (g *generator) onwards(object *ast.Definition) trail {
	for _, field := range object.Fields {
		if below := g.typeOf(field); below.Kind == ast.Object && below.Fields.ForName("id") != nil {
			return trail{field}
		}
	}
	return nil
}
