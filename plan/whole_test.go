package plan_test

import (
	"slices"
	"strings"
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
		"a list without an id":       {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},{"user_id":7}]`},
		"a list with a wrong record": {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},{"id":72,"user_id":{}}]`},
		"a list that says id twice":  {orders, `[{"id":71,"user_id":7,"currency":"EUR","total":1},{"id":71,"user_id":8}]`},
	} {
		readAlike(t, what, query, c.call, c.body)
	}
}

// TestListsInOneAnswerAreReadTheSameHoweverTheyAreWritten is the same for first parts of several users' lists.
func TestListsInOneAnswerAreReadTheSameHoweverTheyAreWritten(t *testing.T) {
	const (
		query = `{ users(first: 20) { nodes { id
			two: orders(first: 2) { nodes { id total { amount currency } user { name } } pageInfo { hasNextPage } }
			one: orders(first: 1) { nodes { id status } }
		} } }`
		call                         = "/orders?limit_each=3&user_ids=7,8,100"
		first, second, third, fourth = `{"id":71,"user_id":7}`, `{"id":72,"user_id":7}`, `{"id":73,"user_id":7}`, `{"id":74,"user_id":7}`
		bobs, eves                   = `{"id":81,"user_id":8,"currency":"EUR","total":1}`, `{"id":91,"user_id":100}`
	)
	for what, body := range map[string]string{
		"of one after the other":         `[` + first + `,` + second + `,` + bobs + `,` + eves + `]`,
		"the other way round":            `[` + eves + `,` + bobs + `,` + second + `,` + first + `]`,
		"one among the other":            `[` + first + `,` + bobs + `,` + second + `,` + eves + `,` + third + `]`,
		"with more than was asked for":   `[` + first + `,` + second + `,` + third + `,` + fourth + `,` + bobs + `]`,
		"with what nobody asked for":     `[{"id":11,"user_id":1},` + bobs + `,{"id":12,"user_id":9},{"id":13,"user_id":101}]`,
		"with a record twice":            `[` + first + `,` + first + `,` + bobs + `]`,
		"with a record in two lists":     `[` + first + `,{"id":71,"user_id":8,"status":"paid"}]`,
		"each among many":                `[` + third + `,` + eves + `,` + second + strings.Repeat(`,`+bobs+`,`+first, 20) + `]`,
		"with space":                     " [ " + first + " ,\n" + bobs + "\t] ",
		"with nothing":                   `[]`,
		"a record":                       first,
		"one is wrong":                   `[` + first + `,{"id":72,"user_id":7,"status":[]},` + bobs + `]`,
		"one that goes too far is wrong": `[` + first + `,` + second + `,` + third + `,{"id":74,"user_id":7,"status":[]},` + bobs + `]`,
		"a stranger's is wrong":          `[` + first + `,{"id":12,"user_id":9,"status":[]}]`,
		"one is somebody's by a text":    `[` + first + `,{"id":81,"user_id":"8"}]`,
		"one is nobody's":                `[` + first + `,{"id":81,"user_id":0}]`,
		"one does not say whose it is":   `[` + first + `,{"id":81}]`,
		"one has no id":                  `[` + first + `,{"user_id":8}]`,
		"one is none":                    `[` + first + `,null]`,
		"it breaks off":                  `[` + first + `,{"id":81,`,
		"more follows":                   `[` + first + `,` + bobs + `] x`,
		"one says twice whose it is":     `[` + first + `,{"id":81,"user_id":8,"user_id":7}]`,
		"one is somebody's by a part":    `[` + first + `,{"id":81,"user_id":8.0}]`,
		"one is somebody's by a power":   `[` + first + `,{"id":81,"user_id":8e0}]`,
		"one is somebody's by zeros":     `[` + first + `,{"id":81,"user_id":08}]`,
		"one belongs to null":            `[` + first + `,{"id":81,"user_id":null}]`,
		"one says it another way":        `[` + first + `,{"id":81,"user\u005fid":8}]`,
		"one holds whose another is":     `[` + first + `,{"id":81,"shipping_address":{"city":"x","user_id":7},"user_id":8}]`,
		"one is a list":                  `[` + first + `,[` + bobs + `]]`,
	} {
		readAlike(t, what, query, call, body)
	}
}

// TestARecordBehindThePartOfItsListIsNotKnown: a service may give more of a list than anybody wants, since all lists are asked for
// as far down as the longest part.
func TestARecordBehindThePartOfItsListIsNotKnown(t *testing.T) {
	const query = `{ payment(id: 172) { order { status } }
		adas: orders(userId: 7, first: 2) { nodes { id } } bobs: orders(userId: 8, first: 1) { nodes { id } } }`
	readAlike(t, "behind the part", query, "/orders?limit_each=2&user_ids=7,8",
		`[{"id":71,"user_id":7},{"id":81,"user_id":8},{"id":72,"user_id":8,"status":"shipped"}]`)
}

// readAlike compares what becomes of a call's answer.
func readAlike(t *testing.T, what, query, call, body string) {
	t.Helper()
	s := open(t)
	s.instead = map[string]string{call: body}
	if got := s.ask(t, support, query, nil); !slices.Contains(got.Calls, call) {
		t.Errorf("%s: it asks %v", what, got.Calls)
	}
	if t.Failed() {
		t.Fatalf("%s: %s", what, body)
	}
}
