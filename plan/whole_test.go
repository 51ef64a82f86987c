package plan_test

import (
	"slices"
	"testing"
)

// TestAnswersAreReadTheSameHoweverTheyAreWritten compares with gqlgen, whose records are taken out of the answers one by one.
func TestAnswersAreReadTheSameHoweverTheyAreWritten(t *testing.T) {
	const (
		query  = `{ orders(first: 20) { nodes { id total { amount } user { id name email } payment { id method } } } }`
		ada    = `{"id":7,"name":"Ada","email":"ada@example.com"}`
		bob    = `{"id":8,"name":"Bob","email":"bob@example.com"}`
		paid   = `{"id":171,"order_id":71,"method":"card"}`
		paying = `{"id":172,"order_id":72,"method":"paypal"}`
	)
	const users, payments, orders = "/users?ids=0,7,8", "/payments?order_ids=71,72,81,90", "/orders?limit=20&offset=0"
	for what, c := range map[string]struct{ call, body string }{
		"in another order":           {users, `[` + bob + `,` + ada + `]`},
		"with space":                 {users, "\n[ " + ada + "\t,\r\n" + bob + " ]\n"},
		"with nothing":               {users, `[]`},
		"a record":                   {users, ada},
		"a record nobody asked for":  {users, `[` + ada + `,{"id":9,"name":"Eve"},` + bob + `]`},
		"one that is wrong":          {users, `[` + ada + `,{"id":9,"name":7},` + bob + `]`},
		"one is wrong":               {users, `[` + ada + `,{"id":8,"name":7}]`},
		"one is no JSON":             {users, `[` + ada + `,{"id":8,"name":"x" "y"}]`},
		"one doubles a member":       {users, `[` + ada + `,{"id":8,"name":"x","name":"y"}]`},
		"one has an odd id":          {users, `[` + ada + `,{"id":"8","name":"x"}]`},
		"one has an id with a sign":  {users, `[` + ada + `,{"id":+8,"name":"x"}]`},
		"one has no id":              {users, `[` + ada + `,{"name":"x"}]`},
		"one has a name with escape": {users, `[` + ada + `,{"i\u0064":8,"name":"x"}]`},
		"the last counts":            {users, `[` + ada + `,{"id":7,"name":"Ada II"},` + bob + `]`},
		"the wrong one is not last":  {users, `[{"id":7,"name":7},` + ada + `,` + bob + `]`},
		"the wrong one is last":      {users, `[` + ada + `,{"id":7,"name":7},` + bob + `]`},
		"none is none":               {users, `[` + ada + `,null]`},
		"more follows":               {users, `[` + ada + `] x`},
		"it breaks off":              {users, `[` + ada + `,{"id":8,`},
		"it is no list":              {users, `"` + ada + `"`},
		"by another key":             {payments, `[` + paying + `,` + paid + `]`},
		"by a wrong key":             {payments, `[` + paying + `,{"id":171,"order_id":0,"method":"card"}]`},
		"without a key":              {payments, `[` + paying + `,{"id":171,"method":"card"}]`},
		"two of a key":               {payments, `[` + paid + `,{"id":173,"order_id":71,"method":"bank"}]`},
		"a list that breaks off":     {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},`},
		"a list with a wrong id":     {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},{"id":-1,"user_id":7}]`},
		"a list with a wrong record": {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},{"id":72,"user_id":{}}]`},
		"a list that says id twice":  {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},{"id":71,"user_id":8}]`},
	} {
		s := open(t)
		s.instead = map[string]string{c.call: c.body}
		if got := s.ask(t, support, query, nil); !slices.Contains(got.Calls, c.call) {
			t.Errorf("%s: it asks %v", what, got.Calls)
		}
		if t.Failed() {
			t.Fatalf("%s: %s", what, c.body)
		}
	}
}
