package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// canary stands in bodies that are refused. Neither an answer nor the log may show it.
const canary = "canary-7731"

// body is a GraphQL request as JSON, with the canary in it.
func body(t *testing.T, members map[string]any) string {
	t.Helper()
	members["extensions"] = map[string]string{"note": canary}
	encoded, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// post sends a body as the customer.
func (p *program) post(t *testing.T, body, accept string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.public+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	req.Header.Set("Authorization", "Bearer "+p.token(t, "customer"))
	return send(t, req)
}

func TestABodyThatIsNoRequestIsAProblem(t *testing.T) {
	p := start(t, standard)
	for name, c := range map[string]struct{ body, message string }{
		"nothing":                   {"", "the request body is empty"},
		"blanks":                    {" \r\n\t", "the request body is empty"},
		"not JSON":                  {`{"query": "{ me { id } }", "` + canary, "the request is not valid JSON"},
		"not JSON at all":           {canary, "the request is not valid JSON"},
		"a list":                    {`[{"query": "{ me { id } }", "note": "` + canary + `"}]`, "batches of operations are not supported: send one JSON object"},
		"a text":                    {`"` + canary + `"`, "the request is of the wrong type"},
		"null":                      {`null`, "the request has no query"},
		"an object without a query": {`{"note": "` + canary + `"}`, "the request has no query"},
		"a query in capitals":       {`{"QUERY": "{ me { id } }"}`, "the request has no query"},
		"a query that is null":      {`{"query": null}`, "the request has no query"},
		"a query that is a number":  {`{"query": 7731}`, "query is of the wrong type"},
		"variables that are a text": {`{"query": "{ me { id } }", "variables": "` + canary + `"}`, "variables is of the wrong type"},
		"variables that are a list": {`{"query": "{ me { id } }", "variables": ["` + canary + `"]}`, "variables is of the wrong type"},
		"a name that is a number":   {`{"query": "{ me { id } }", "operationName": 7731}`, "operationName is of the wrong type"},
		"extensions that are false": {`{"query": "{ me { id } }", "extensions": false}`, "extensions is of the wrong type"},
		"an object behind it":       {`{"query": "{ me { id } }"} {"note": "` + canary + `"}`, "the request has more behind its JSON object"},
		"words behind it":           {`{"query": "{ me { id } }"} ` + canary, "the request has more behind its JSON object"},
		"a bracket behind it":       {`{"query": "{ me { id } }"}]`, "the request has more behind its JSON object"},
		"a brace behind it":         {`{"query": "{ me { id } }"}}`, "the request has more behind its JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, accept := range []string{plainJSON, graphqlJSON} {
				r := p.post(t, c.body, accept)
				refusal{Status: 400, Form: problemJSON, Code: "BAD_USER_INPUT", Message: c.message}.check(t, r)
				saysNothingOf(t, string(r.body), append(p.inside(), canary)...)
			}
			p.answers(t)
		})
	}
	saysNothingOf(t, p.log.String(), canary)
}

// An operation that cannot run is a GraphQL answer without data. Its status tells so only in the media type that was made for it.
func TestAnOperationThatCannotRunIsRefusedAsAWhole(t *testing.T) {
	const (
		parse      = "GRAPHQL_PARSE_FAILED"
		validation = "GRAPHQL_VALIDATION_FAILED"
		input      = "BAD_USER_INPUT"
	)
	type members = map[string]any
	variable := func(declared, field string, value any) members {
		return members{"query": "query($v: " + declared + ") { " + field + " }", "variables": members{"v": value}}
	}
	pay := func(input any) members {
		return members{
			"query":     "mutation($v: PayOrderInput!) { payOrder(input: $v) { payment { id } } }",
			"variables": members{"v": input},
		}
	}
	order := func(items any) members {
		address := members{"street": "a", "city": "b", "zip": "c"}
		return members{
			"query":     "mutation($v: PlaceOrderInput!) { placeOrder(input: $v) { order { id } } }",
			"variables": members{"v": members{"items": items, "shippingAddress": address}},
		}
	}
	p := start(t, strings.Replace(standard, "introspection: true", "introspection: false", 1))
	for name, c := range map[string]struct {
		members members
		code    string
		message string
	}{
		"an empty query":    {members{"query": ""}, input, "the request has no query"},
		"a query of blanks": {members{"query": " \n"}, validation, "no operation provided"},
		"fragments alone":   {members{"query": "fragment f on User { id }"}, validation, "no operation provided"},
		"a brace too few":   {members{"query": "{ me { id }"}, parse, ""},
		"signs":             {members{"query": "{ me { id } } %"}, parse, ""},
		"an unknown field":  {members{"query": "{ me { nope } }"}, validation, `Cannot query field "nope" on type "User".`},
		"no selection":      {members{"query": "{ me }"}, validation, `Field "me" of type "User" must have a selection of subfields.`},
		"an unknown argument": {
			members{"query": "{ me(x: 1) { id } }"}, validation, `Unknown argument "x" on field "Query.me".`,
		},
		"an argument too few": {
			members{"query": "{ user { id } }"},
			validation,
			`Field "user" argument "id" of type "ID!" is required, but it was not provided.`,
		},
		"an unknown directive":      {members{"query": "{ me { id @nope } }"}, validation, `Unknown directive "@nope".`},
		"@defer on a field":         {members{"query": "{ me { id @defer } }"}, validation, `Directive "@defer" may not be used on FIELD.`},
		"a question for the schema": {members{"query": "{ me { id } __schema { types { name } } }"}, validation, "introspection is turned off"},
		"a question for a type, in a fragment": {
			members{"query": `{ ...f } fragment f on Query { t: __type(name: "User") { name } }`}, validation, "introspection is turned off",
		},
		"an unknown operation": {
			members{"query": "query A { me { id } }", "operationName": strings.Repeat(canary, 1000)},
			validation,
			"the document has no operation of this name",
		},
		"several operations and no name": {
			members{"query": "query A { me { id } } query B { me { id } }"},
			validation,
			"the document has several operations, so operationName must say which one to run",
		},

		"a variable that is not given": {members{"query": "query($v: ID!) { user(id: $v) { id } }"}, validation, "variable $v is needed"},
		"a variable that is null":      {variable("ID!", "user(id: $v) { id }", nil), validation, "variable $v must not be null"},
		"a condition that is null": {
			variable("Boolean = false", "product(id: 5) { id name @skip(if: $v) }", nil), "BAD_USER_INPUT", "@skip and @include need a variable that is not null",
		},
		"an id that is a truth value":                {variable("ID!", "user(id: $v) { id }", true), validation, "variable $v is not of its type"},
		"an id that is an object":                    {variable("ID!", "user(id: $v) { id }", members{"a": canary}), validation, "variable $v is not of its type"},
		"a number that is a text":                    {variable("Int", "users(first: $v) { nodes { id } }", canary), validation, "variable $v is not of its type"},
		"an id with a fraction":                      {variable("ID!", "user(id: $v) { id }", 1.5), validation, "variable $v is not of its type"},
		"a number of 33 bits":                        {variable("Int", "users(first: $v) { nodes { id } }", 4294967296), validation, "variable $v is not of its type"},
		"a number that is a text of digits":          {variable("Int", "users(first: $v) { nodes { id } }", "5"), validation, "variable $v is not of its type"},
		"a text that is a number":                    {variable("String", "products(category: $v) { nodes { id } }", 5), validation, "variable $v is not of its type"},
		"a word that is written otherwise":           {pay(members{"orderId": 1, "method": "PayPal"}), validation, "variable $v.method is not of its type"},
		"a number with a fraction":                   {variable("Int", "users(first: $v) { nodes { id } }", 1.5), validation, "variable $v is not of its type"},
		"a number of 24 digits":                      {variable("Int", "users(first: $v) { nodes { id } }", json.Number("773177317731773177317731")), validation, "variable $v is not of its type"},
		"a text that is a list":                      {variable("String", "products(category: $v) { nodes { id } }", []string{canary}), validation, "variable $v is not of its type"},
		"an input that is a list":                    {pay([]string{canary}), validation, "variable $v is not of its type"},
		"an input that is a text":                    {pay(canary), validation, "variable $v is not of its type"},
		"an input with an unknown field":             {pay(members{"orderId": 1, "method": "PAYPAL", "nope": canary}), validation, "variable $v.nope is not a field of its type"},
		"an input with a field too few":              {pay(members{"method": "PAYPAL"}), validation, "variable $v.orderId is needed"},
		"an input with a word of another set":        {pay(members{"orderId": 1, "method": canary}), validation, "variable $v.method is not of its type"},
		"a list of one with a number that is a text": {order(members{"productId": 1, "quantity": "2"}), validation, "variable $v.items[0].quantity is not of its type"},
		"a list of one with a number of 33 bits":     {order(members{"productId": 1, "quantity": 4294967296}), validation, "variable $v.items[0].quantity is not of its type"},
		"a list with a number that is a text":        {order([]any{members{"productId": 1, "quantity": "2"}}), validation, "variable $v.items[0].quantity is not of its type"},
		"an object without a list, with a number that is a text": {
			members{"query": `mutation { placeOrder(input: {items: {productId: 1, quantity: "2"}, shippingAddress: {street: "a", city: "b", zip: "c"}}) { order { id } } }`},
			validation, `Int cannot represent non-integer value: "2"`,
		},
		"a default with a number that is a text": {
			members{"query": `mutation($v: [OrderItemInput!]! = {productId: 1, quantity: "2"}) { placeOrder(input: {items: $v, shippingAddress: {street: "a", city: "b", zip: "c"}}) { order { id } } }`},
			validation, `Int cannot represent non-integer value: "2"`,
		},
		"a number literal that is a text": {members{"query": `{ users(first: "5") { nodes { id } } }`}, validation, `Int cannot represent non-integer value: "5"`},
		"a condition that is an object":   {members{"query": `{ me { id @skip(if: {}) } }`}, validation, `An object is no value of type "Boolean!".`},
		"a number literal of 33 bits": {
			members{"query": "{ users(first: 4294967296) { nodes { id } } }"},
			validation,
			"Int cannot represent non 32-bit signed integer value: 4294967296",
		},
		"a number literal of 24 digits": {
			members{"query": "{ users(first: 773177317731773177317731) { nodes { id } } }"},
			validation,
			"Int cannot represent non 32-bit signed integer value: 773177317731773177317731",
		},
		"an id literal that is too long for a number": {
			members{"query": "{ user(id: 773177317731773177317731) { id } }"},
			validation,
			"ID cannot represent a non-string and non-integer value: 773177317731773177317731",
		},
	} {
		t.Run(name, func(t *testing.T) {
			sent := body(t, c.members)
			for accept, status := range map[string]int{plainJSON: 200, graphqlJSON: 400} {
				r := p.post(t, sent, accept)
				refusal{Status: status, Form: accept, Code: c.code, Message: c.message}.check(t, r)
				saysNothingOf(t, string(r.body), append(p.inside(), canary)...)
			}
			p.answers(t)
		})
	}
	saysNothingOf(t, p.log.String(), canary)
}

// A wrong argument fails its own field, in an answer that is otherwise whole.
func TestAWrongArgumentFailsItsField(t *testing.T) {
	type members = map[string]any
	const noID, noCursor = "an id is a whole number from 1", "after is not a cursor of this list"
	const outOfRange = "first must lie between 0 and 100"
	p := start(t, standard)
	for name, c := range map[string]struct {
		query    string
		variable any
		message  string
	}{
		"an id of letters":                   {`{ user(id: "seven") { id } }`, nil, noID},
		"an empty id":                        {`{ user(id: "") { id } }`, nil, noID},
		"an id below zero":                   {`{ user(id: -7) { id } }`, nil, noID},
		"an id of zero":                      {`{ user(id: 0) { id } }`, nil, noID},
		"an id with a zero before it":        {`{ user(id: "007") { id } }`, nil, noID},
		"an id with a sign":                  {`{ user(id: "+7") { id } }`, nil, noID},
		"an id with a path":                  {`{ user(id: "7/../8") { id } }`, nil, noID},
		"an id of 23 digits":                 {`{ user(id: "99999999999999999999999") { id } }`, nil, noID},
		"an id past what JSON keeps exactly": {`{ user(id: "9007199254740992") { id } }`, nil, noID},
		"an id of letters in a variable":     {`query($v: ID!) { user(id: $v) { id } }`, "seven", noID},
		"an id below zero in a variable":     {`query($v: ID!) { user(id: $v) { id } }`, -7, noID},
		"an id of 23 digits in a variable": {
			`query($v: ID!) { user(id: $v) { id } }`, json.Number("99999999999999999999999"), noID,
		},
		"a page of less than nothing":  {`{ user: products(first: -1) { nodes { id } } }`, nil, outOfRange},
		"a page too large":             {`{ user: products(first: 101) { nodes { id } } }`, nil, outOfRange},
		"a cursor of signs":            {`{ user: products(after: "%%%") { nodes { id } } }`, nil, noCursor},
		"an empty cursor":              {`{ user: products(after: "") { nodes { id } } }`, nil, noCursor},
		"a cursor below zero":          {`{ user: products(after: "bzotMQ") { nodes { id } } }`, nil, noCursor},
		"a cursor behind every record": {`{ user: products(after: "bzo0Mjk0OTY3Mjk2") { nodes { id } } }`, nil, noCursor},
	} {
		t.Run(name, func(t *testing.T) {
			sent := body(t, members{"query": c.query, "variables": members{"v": c.variable}})
			for _, accept := range []string{plainJSON, graphqlJSON} {
				r := p.post(t, sent, accept)
				want := refusal{Status: 200, Form: accept, Code: "BAD_USER_INPUT", Message: c.message, Data: `{"user":null}`}
				want.check(t, r)
				saysNothingOf(t, string(r.body), append(p.inside(), canary)...)
			}
			p.answers(t)
		})
	}
}

func TestARecordThatDoesNotExistIsNullWithoutAnError(t *testing.T) {
	p := start(t, standard)
	r := p.run(t, operation{as: "support", query: `{ user(id: 9007199254740991) { id } order(id: 999999) { id } product(id: 999999) { id } payment(id: 999999) { id } }`})
	if got, want := string(r.body), `{"data":{"user":null,"order":null,"product":null,"payment":null}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Each of these would keep validation busy, some for seconds. The reason, which metrics count, shows that it was not asked.
func TestALargeDocumentIsRefusedBeforeItIsValidated(t *testing.T) {
	repeat := strings.Repeat
	numbered := func(n int, format string) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, format, i, i+1)
		}
		return all.String()
	}
	p := start(t, standard)
	for name, c := range map[string]struct{ query, reason, message string }{
		"fields": {"{ me {" + repeat(" id", 501) + " } }", "fields", "the operation selects 502 fields where 500 are allowed"},
		"the field that took six seconds": {
			"{" + repeat(" __typename", 4000) + " }", "fields", "the operation selects 4000 fields where 500 are allowed",
		},
		"depth": {
			repeat("{ user ", 16) + "{ id" + repeat(" }", 17), "depth", "the operation nests fields 17 deep where 15 are allowed",
		},
		"depth of a value": {
			"{ user(id: " + repeat("[", 16) + repeat("]", 16) + ") { id } }", "depth",
			"a value nests lists and objects 16 deep where 15 are allowed",
		},
		"aliases":     {"{ me { " + numbered(51, "a%d: id #%d\n") + " } }", "aliases", "the operation has 51 aliases where 50 are allowed"},
		"root fields": {"{" + repeat(" __typename", 21) + " }", "root_fields", "the operation selects 21 root fields where 20 are allowed"},
		"tokens":      {"{ me {" + repeat(" id", 5001) + " } }", "tokens", "the document has more than the 5000 tokens that are allowed"},
		"comments":    {"{ me { id } }" + repeat("#\n", 5001), "tokens", "the document has more than the 5000 tokens that are allowed"},
		"bytes":       {"{ me { id } } #" + repeat("x", 64<<10), "bytes", "the document has 65551 bytes where 65536 are allowed"},
		"fragments": {
			"{ me { ...f0 } }" + numbered(51, " fragment f%d on User { id name #%d\n}"), "fragments",
			"the document defines 51 fragments where 50 are allowed",
		},
		"fragments that double": {
			"{ me { ...f0 } }" + numbered(45, " fragment f%d on User { ...f%[2]d ...f%[2]d }") + " fragment f45 on User { id }", "fields",
			"the operation selects 35184372088833 fields where 500 are allowed",
		},
		"directives": {"{ me { id" + repeat(" @skip(if: false)", 51) + " } }", "directives", "the document has 51 directives where 50 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			before := counted(t, p, `concierge_documents_refused_total{reason="`+c.reason+`"}`)
			sent := body(t, map[string]any{"query": c.query})
			for accept, status := range map[string]int{plainJSON: 200, graphqlJSON: 400} {
				r := p.post(t, sent, accept)
				want := refusal{Status: status, Form: accept, Code: "OPERATION_LIMIT_EXCEEDED", Message: c.message}
				want.check(t, r)
				if len(r.body) > 300 {
					t.Errorf("the answer has %d bytes", len(r.body))
				}
			}
			if after := counted(t, p, `concierge_documents_refused_total{reason="`+c.reason+`"}`); after != before+2 {
				t.Errorf("%v refusals are counted under %s, want %v", after-before, c.reason, 2)
			}
			p.answers(t)
		})
	}
}

func TestAFragmentWithinItselfIsRefused(t *testing.T) {
	p := start(t, standard)
	r := p.run(t, operation{query: "{ me { ...a } } fragment a on User { ...b } fragment b on User { ...a }"})
	refusal{200, plainJSON, "GRAPHQL_VALIDATION_FAILED", `fragment "a" is spread within itself`, ""}.check(t, r)
	p.answers(t)
}

func TestARequestOfTheWrongKindIsAProblem(t *testing.T) {
	p := start(t, with(standard, "server", "max_body: 1KiB"))
	const query = `{"query": "{ me { id } }"}`
	large := `{"query": "{ me { id } }", "extensions": {"note": "` + strings.Repeat(canary, 200) + `"}}`
	for name, c := range map[string]struct {
		method string
		path   string
		header map[string]string
		body   string
		chunks bool
		want   refusal
		allow  string
	}{
		"a body of no type": {
			body: query, header: map[string]string{"Content-Type": ""},
			want: refusal{Status: 415, Code: "UNSUPPORTED_MEDIA_TYPE", Message: "a request body is application/json in UTF-8"},
		},
		"a body as a form sends it": {
			body: query, header: map[string]string{"Content-Type": "text/plain"},
			want: refusal{Status: 415, Code: "UNSUPPORTED_MEDIA_TYPE", Message: "a request body is application/json in UTF-8"},
		},
		"a body in another encoding": {
			body: query, header: map[string]string{"Content-Type": "application/json; charset=utf-16"},
			want: refusal{Status: 415, Code: "UNSUPPORTED_MEDIA_TYPE", Message: "a request body is application/json in UTF-8"},
		},
		"an answer that nobody can make": {
			body: query, header: map[string]string{"Accept": "text/html, application/json;q=0"},
			want: refusal{
				Status: 406, Code: "NOT_ACCEPTABLE", Message: "answers are application/graphql-response+json or application/json",
			},
		},
		"a body larger than is said to be allowed": {
			body: large, want: refusal{Status: 413, Code: "PAYLOAD_TOO_LARGE", Message: "the request body is larger than 1KiB"},
		},
		"a body that turns out to be larger": {
			body: large, chunks: true,
			want: refusal{Status: 413, Code: "PAYLOAD_TOO_LARGE", Message: "the request body is larger than 1KiB"},
		},
		"PUT": {
			method: http.MethodPut, body: query, allow: "GET, POST",
			want: refusal{Status: 405, Code: "METHOD_NOT_ALLOWED", Message: "GraphQL is served by GET and POST"},
		},
		"DELETE": {
			method: http.MethodDelete, allow: "GET, POST",
			want: refusal{Status: 405, Code: "METHOD_NOT_ALLOWED", Message: "GraphQL is served by GET and POST"},
		},
		"a method that nobody knows": {
			method: "BREW", allow: "GET, POST",
			want: refusal{Status: 405, Code: "METHOD_NOT_ALLOWED", Message: "this method is not allowed here"},
		},
		"a mutation by GET": {
			method: http.MethodGet, path: "/graphql?query=" + url.QueryEscape(`mutation { cancelOrder(id: 1) { order { id } } }`), allow: "POST",
			want: refusal{Status: 405, Code: "METHOD_NOT_ALLOWED", Message: "GET is for queries: use POST"},
		},
		"a GET of nothing": {
			method: http.MethodGet,
			want:   refusal{Status: 400, Code: "BAD_USER_INPUT", Message: "the request has no query"},
		},
		"a GET with wrong variables": {
			method: http.MethodGet, path: "/graphql?query=" + url.QueryEscape(`{ me { id } }`) + "&variables=" + canary,
			want: refusal{Status: 400, Code: "BAD_USER_INPUT", Message: "the request is not valid JSON"},
		},
		"a GET with a broken query string": {
			method: http.MethodGet, path: "/graphql?query=%zz" + canary,
			want: refusal{Status: 400, Code: "BAD_USER_INPUT", Message: "the query string is not well formed"},
		},
		"a path that leads nowhere": {
			method: http.MethodGet, path: "/" + canary,
			want: refusal{Status: 404, Code: "NOT_FOUND", Message: "there is nothing here"},
		},
		"a path with a NUL": {
			method: http.MethodGet, path: "/graphql%00",
			want: refusal{Status: 400, Code: "BAD_USER_INPUT", Message: "the path contains a NUL"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			r := send(t, p.raw(t, c.method, c.path, c.header, c.body, c.chunks))
			c.want.Form = problemJSON
			c.want.check(t, r)
			if got := r.header.Get("Allow"); got != c.allow {
				t.Errorf("Allow: %s, want %q", got, c.allow)
			}
			saysNothingOf(t, string(r.body), append(p.inside(), canary)...)
			if calls := p.services.Calls(); len(calls) > 0 {
				t.Errorf("the services were called: %v", calls)
			}
			p.answers(t)
		})
	}
}

// raw is a request for /graphql, a POST unless it says otherwise, with the token of the customer.
func (p *program) raw(t *testing.T, method, path string, header map[string]string, body string, chunks bool) *http.Request {
	t.Helper()
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/graphql"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, p.public+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if chunks {
		req.ContentLength = -1
	}
	req.Header.Set("Authorization", "Bearer "+p.token(t, "customer"))
	req.Header.Set("Content-Type", "application/json")
	for field, value := range header {
		req.Header.Set(field, value)
	}
	return req
}

func TestAQueryByGETIsAnswered(t *testing.T) {
	p := start(t, standard)
	for name, c := range map[string]struct{ query, want string }{
		"alone": {"query=" + url.QueryEscape(`{ me { id } }`), `{"data":{"me":{"id":"7"}}}`},
		"with variables and a name": {
			"query=" + url.QueryEscape(`query A { me { id } } query B($id: ID!) { user(id: $id) { id } }`) +
				"&operationName=B&variables=" + url.QueryEscape(`{"id": 9}`),
			`{"data":{"user":{"id":"9"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := send(t, p.raw(t, http.MethodGet, "/graphql?"+c.query, nil, "", false))
			if got := string(r.body); r.status != http.StatusOK || got != c.want {
				t.Errorf("got %d %s, want %s", r.status, got, c.want)
			}
		})
	}
}

// What a service says when it fails stays behind: its words, its address, and the gateway's own trouble in reading them.
func TestNothingOfAFailingServiceReachesTheCaller(t *testing.T) {
	p := start(t, standard)
	for name, c := range map[string]struct {
		fault demo.Fault
		code  string
	}{
		"it fails":                      {demo.Fault{Status: 500, Body: canary, ContentType: "text/plain"}, "UPSTREAM_ERROR"},
		"it refuses":                    {demo.Fault{Status: 403, Body: `{"detail": "` + canary + `"}`}, "UPSTREAM_REJECTED"},
		"it is overloaded":              {demo.Fault{Status: 503, Body: canary}, "UPSTREAM_UNAVAILABLE"},
		"it answers with a page":        {demo.Fault{Status: 200, Body: "<h1>" + canary + "</h1>", ContentType: "text/html"}, "UPSTREAM_ERROR"},
		"it answers with broken JSON":   {demo.Fault{Status: 200, Body: `[{"id": 7, "name": "` + canary}, "UPSTREAM_ERROR"},
		"it answers with another type":  {demo.Fault{Status: 200, Body: `[{"id": "` + canary + `"}]`}, "UPSTREAM_ERROR"},
		"it closes the connection":      {demo.Fault{CloseConnection: true}, "UPSTREAM_UNAVAILABLE"},
		"it closes it within an answer": {demo.Fault{Truncate: true}, "UPSTREAM_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.SetFault(demo.User, c.fault)
			r := p.run(t, operation{query: `{ user(id: 8) { id name } }`})
			got := refused(t, r)
			if got.Code != c.code || got.Data != `{"user":null}` {
				t.Errorf("got %+v, want %s", got, c.code)
			}
			saysNothingOf(t, string(r.body), append(p.inside(), canary, "<h1>")...)
			p.services.ClearFaults()
			p.answers(t)
		})
	}
	saysNothingOf(t, p.log.String(), canary)
}

// counted is the value of a metric, given with its labels as /metrics writes it; 0 where it was never counted.
func counted(t *testing.T, p *program, metric string) float64 {
	t.Helper()
	lines := strings.Split(string(get(t, p.admin+"/metrics").body), "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, metric+" ") })
	if i < 0 {
		return 0
	}
	var value float64
	if _, err := fmt.Sscan(strings.TrimPrefix(lines[i], metric+" "), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
