package plan_test

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
)

func TestAnAnswerHasTheShapeOfItsQuery(t *testing.T) {
	s := open(t)
	s.instead = map[string]string{
		"/users?ids=1":  `[{"name":"a\u0041\/\"\\\n\u2028<>&é\ud83d\ude00","username":"","email":"","id":1}]`,
		"/users?ids=2":  `[{"id":2,"name":null,"address":{"city":"\"","more":[1,{"zip":"x"}]},"created_at":null,"role":null,"unknown":{"name":"y"}}]`,
		"/users?ids=3":  ` [ { "id" : 3 , "address" : { } , "created_at" : "2024-01-15T10:30:00.120-07:00" , "role" : "" } ] `,
		"/orders?ids=1": `[{"id":1,"user_id":null,"items":null,"total":0.10,"currency":"USD","created_at":"0001-01-01T00:00:00Z"}]`,
		"/orders?ids=2": `[{"id":2,"items":[{"quantity":-3,"unit_price":1.10,"product_id":1},{}],"currency":"JPY"}]`,
		"/orders?ids=3": `[{"id":3,"total":0}]`,
	}
	for name, c := range map[string]struct{ query, want string }{
		"escapes":                  {`{ user(id: 1) {name username email} }`, "{\"user\":{\"name\":\"aA/\\\"\\\\\\n\u2028<>&é😀\",\"username\":\"\",\"email\":\"\"}}"},
		"null and what is missing": {`{ user(id: 2) {name username email role status createdAt address {street city}} }`, `{"user":{"name":"","username":"","email":null,"role":"UNKNOWN","status":"UNKNOWN","createdAt":null,"address":{"street":null,"city":"\""}}}`},
		"spaces and an empty part": {`{ user(id: 3) {id address {zip __typename} createdAt role} }`, `{"user":{"id":"3","address":{"zip":null,"__typename":"Address"},"createdAt":"2024-01-15T10:30:00.12-07:00","role":"UNKNOWN"}}`},
		"a part that is not there": {`{ me {address {zip}} }`, `{"me":{"address":null}}`},
		"no record":                {`{ user(id: 99) {id} order(id: 99) {user {id}} }`, `{"user":null,"order":null}`},
		"money":                    {`{ a: product(id: 1) {price {c: currency amount}} b: order(id: 72) {total {amount} items {unitPrice {amount}}} }`, `{"a":{"price":{"c":"USD","amount":"1.50"}},"b":{"total":null,"items":[{"unitPrice":null}]}}`},
		"money without a currency": {`{ order(id: 3) {total {amount}} }`, `{"order":{"total":null}}`},
		"a list that is null":      {`{ order(id: 1) {total {amount} items {quantity} user {id} createdAt} }`, `{"order":{"total":{"amount":"0.10"},"items":[],"user":null,"createdAt":null}}`},
		"lists":                    {`{ order(id: 2) {items {quantity product {name} unitPrice {amount currency}}} }`, `{"order":{"items":[{"quantity":-3,"product":{"name":"Pen"},"unitPrice":{"amount":"1.10","currency":"JPY"}},{"quantity":0,"product":null,"unitPrice":null}]}}`},
		"numbers":                  {`{ a: product(id: 1) {stock} b: product(id: 2) {stock} c: product(id: 4) {stock sku} }`, `{"a":{"stock":3},"b":{"stock":null},"c":{"stock":0,"sku":null}}`},
		"cards":                    {`{ a: payment(id: 171) {cardLast4 method status} b: payment(id: 172) {cardLast4 method} }`, `{"a":{"cardLast4":"4242","method":"CARD","status":"CAPTURED"},"b":{"cardLast4":null,"method":"PAYPAL"}}`},
		"a page":                   {`{ products(first: 2) {pageInfo {endCursor startCursor hasNextPage hasPreviousPage p: __typename} n: nodes {id} edges {node {id} c: cursor} nodes {name}} }`, `{"products":{"pageInfo":{"endCursor":"bzox","startCursor":"bzow","hasNextPage":true,"hasPreviousPage":false,"p":"PageInfo"},"n":[{"id":"1"},{"id":"2"}],"edges":[{"node":{"id":"1"},"c":"bzow"},{"node":{"id":"2"},"c":"bzox"}],"nodes":[{"name":"Pen"},{"name":"Pad"}]}}`},
		"the last page":            {`{ products(first: 2, after: "bzox") {nodes {id} pageInfo {hasNextPage hasPreviousPage startCursor}} }`, `{"products":{"nodes":[{"id":"4"}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true,"startCursor":"bzoy"}}}`},
		"a page of nothing":        {`{ products(first: 2, after: "bzo5OTk") {nodes {id} edges {cursor} pageInfo {hasNextPage hasPreviousPage startCursor endCursor}} a: products(first: 0) {nodes {id} pageInfo {hasNextPage endCursor}} }`, `{"products":{"nodes":[],"edges":[],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true,"startCursor":null,"endCursor":null}},"a":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":null}}}`},
		"a page in a page":         {`{ users(first: 2) {edges {node {orders(first: 1) {edges {node {id}} pageInfo {hasNextPage}}}}} }`, `{"users":{"edges":[{"node":{"orders":{"edges":[{"node":{"id":"71"}}],"pageInfo":{"hasNextPage":true}}}},{"node":{"orders":{"edges":[{"node":{"id":"81"}}],"pageInfo":{"hasNextPage":false}}}}]}}`},
		"nothing of a page":        {`{ products(first: 1) {nodes {id @skip(if: true)} edges {cursor @skip(if: true)} pageInfo {endCursor @skip(if: true)}} a: products {edges @skip(if: true) {cursor}} }`, `{"products":{"nodes":[{}],"edges":[{}],"pageInfo":{}},"a":{}}`},
		"nothing of money":         {`{ product(id: 1) {price {amount @skip(if: true)}} order(id: 71) {items {quantity @skip(if: true)}} me {address {zip @skip(if: true)}} user(id: 7) {address {zip @skip(if: true)}} }`, `{"product":{"price":{}},"order":{"items":[{},{}]},"me":{"address":null},"user":{"address":{}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.ask(t, support, c.query, nil).String(); got != c.want {
				t.Errorf("%s\nis answered %s\nwant        %s", c.query, got, c.want)
			}
		})
	}
}

const emailField = `email: String @sensitive(scopes: [["users:pii"]], owner: "id")`

// withheldAs is the schema where an email address is shown to others in a form.
func withheldAs(form string) change {
	return change{emailField, strings.Replace(emailField, `"id")`, `"id", as: `+form+")", 1)}
}

func TestFormsStandInThePlaceOfValues(t *testing.T) {
	const query = `{ a: user(id: 7) {email} b: user(id: 8) {email} c: user(id: 7) {x: email name} d: user(id: 9) {email} }`
	records := map[string]string{
		"/users?ids=7,8,9": `[{"id":7,"name":"Ada","email":"ada.\u006covelace@example.c\"m"},{"id":8,"email":"b@x.de"},{"id":9,"email":null}]`,
	}
	const shown = `{"a":{"email":"ada.lovelace@example.c\"m"},"b":{"email":"b@x.de"},"c":{"x":"ada.lovelace@example.c\"m","name":"Ada"},"d":{"email":null}}`
	for name, c := range map[string]struct {
		form string
		who  auth.Principal
		want string
	}{
		"masked":            {"MASK", caller("6"), `{"a":{"email":"••••.c\"m"},"b":{"email":null},"c":{"x":"••••.c\"m","name":"Ada"},"d":{"email":null}}`},
		"masked but my own": {"MASK", customer, strings.Replace(shown, `"b@x.de"`, "null", 1)},
		"with the scope":    {"MASK", support, shown},
		"pseudonyms":        {"PSEUDONYM", caller("6"), ""},
		"scope, pseudonyms": {"PSEUDONYM", support, shown},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, withheldAs(c.form))
			s.instead = records
			got := s.ask(t, c.who, query, nil).String()
			if texts := strings.Split(got, `"`); c.want == "" {
				a, b := texts[5], texts[11]
				c.want = strings.NewReplacer(`ada.lovelace@example.c\"m`, a, `b@x.de`, b).Replace(shown)
				if len(a) != 16 || len(b) != 16 || a == b {
					t.Errorf("the answer is %s, want a pseudonym for each", got)
				}
			}
			if got != c.want {
				t.Errorf("the answer is %s\nwant %s", got, c.want)
			}
		})
	}
}

// A Go type that is shown as null where it is empty holds a text all the same.
func TestNothingStandsInThePlaceOfNoValue(t *testing.T) {
	const field = `@from(members: ["card_number"], last: 4)`
	s := open(t, change{field, field + ` @sensitive(scopes: [["cards"]], as: PSEUDONYM)`})
	const query = `{ with: payment(id: 171) {cardLast4} without: payment(id: 172) {cardLast4} }`
	if got := s.ask(t, support, query, nil).String(); !strings.HasSuffix(got, `"},"without":{"cardLast4":null}}`) {
		t.Errorf("the answer is %s, want a pseudonym of the card alone", got)
	}
}
