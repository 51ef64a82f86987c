package tests

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// hiddenFrom is a configuration in which only callers with a scope may ask for the schema.
func hiddenFrom(yaml string) string {
	return strings.Replace(yaml, "introspection: true", `introspection_scopes: ["users:read", "schema:read"]`, 1)
}

// sdlOf is the schema as its text tells it to somebody.
func (p *program) sdlOf(t *testing.T, as, method string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.public+"/schema.graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	if as != "nobody" {
		req.Header.Set("Authorization", "Bearer "+p.token(t, as))
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return send(t, req)
}

func TestTheSchemaIsToldToWhoMayAskForIt(t *testing.T) {
	t.Parallel()
	p := start(t, with(hiddenFrom(anonymous(standard)), "graphql", "sdl: true"))
	const question = `{ me { id } t: __type(name: "Order") { name } __schema { queryType { name } } }`
	off := refusal{200, plainJSON, "GRAPHQL_VALIDATION_FAILED", "introspection is turned off", ""}
	for as, may := range map[string]bool{"support": true, "admin": true, "customer": false, "nobody": false} {
		t.Run(as, func(t *testing.T) {
			r, text := p.run(t, operation{as: as, query: question}), p.sdlOf(t, as, http.MethodGet)
			switch {
			case may:
				if !strings.Contains(string(r.body), `"t":{"name":"Order"},"__schema":{"queryType":{"name":"Query"}}`) {
					t.Errorf("the question is answered with %s", r.body)
				}
				if text.status != http.StatusOK || !strings.Contains(string(text.body), "type Order {") {
					t.Errorf("the text is answered with %d %s", text.status, text.body)
				}
			case as == "nobody":
				off.check(t, r)
				refusal{401, problemJSON, "UNAUTHENTICATED", "a valid credential is needed", ""}.check(t, text)
				if text.header.Get("WWW-Authenticate") == "" {
					t.Error("nothing says by what")
				}
			default:
				off.check(t, r)
				refusal{403, problemJSON, "FORBIDDEN", "this is not allowed", ""}.check(t, text)
			}
		})
	}
	// One who may, and one who may not, do not get each other's answers by what is kept of documents.
	off.check(t, p.run(t, operation{query: question}))
}

func TestTheTextOfTheSchemaIsServedLikeAFile(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, with(standard, "graphql", "sdl: true"))
	whole := p.sdlOf(t, "customer", http.MethodGet)
	want := map[string]string{
		"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
	}
	if diff := cmp.Diff(want, headerOf(whole, "Content-Type", "Cache-Control", "X-Content-Type-Options")); diff != "" {
		t.Errorf("the header (-want +got):\n%s", diff)
	}
	if r := p.sdlOf(t, "customer", http.MethodGet, "If-None-Match", whole.header.Get("ETag")); r.status != http.StatusNotModified || len(r.body) > 0 {
		t.Errorf("who knows it is answered with %d and %d bytes", r.status, len(r.body))
	}
	if r := p.sdlOf(t, "customer", http.MethodHead); r.status != http.StatusOK || len(r.body) > 0 {
		t.Errorf("HEAD is answered with %d and %d bytes", r.status, len(r.body))
	}
	r := p.sdlOf(t, "customer", http.MethodPost)
	refusal{Status: 405, Form: problemJSON, Code: "METHOD_NOT_ALLOWED"}.check(t, r)
	if r.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow: %s", r.header.Get("Allow"))
	}
	refusal{Status: 403, Form: problemJSON, Code: "FORBIDDEN"}.check(t, p.sdlOf(t, "customer", http.MethodGet, "Sec-Fetch-Site", "cross-site"))
	saysNothingOf(t, string(whole.body), "@from", "@owner", "@public", "@requiresScopes", "@cost", "@sensitive", "@cacheControl", "RateLimitBy", "__Schema")
	other := start(t, standard)
	refusal{Status: 404, Form: problemJSON, Code: "NOT_FOUND"}.check(t, other.sdlOf(t, "customer", http.MethodGet))
}

// What the text says is what introspection says, to each caller.
func TestTheTextOfTheSchemaSaysWhatIntrospectionSays(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, with(with(standard, "graphql", "sdl: true"), "graphql", "introspection_by_caller: true"))
	sizes := make(map[string]int)
	for _, as := range []string{"customer", "support", "admin"} {
		schema, err := gqlparser.LoadSchema(&ast.Source{Input: string(p.sdlOf(t, as, http.MethodGet).body)})
		if err != nil {
			t.Fatal(err)
		}
		asked := p.asked(t, as)
		sizes[as] = len(asked)
		if diff := cmp.Diff(asked, told(schema)); diff != "" {
			t.Errorf("what %s is told (-asked +text):\n%s", as, diff)
		}
	}
	if sizes["customer"] == 0 || sizes["customer"] >= sizes["admin"] {
		t.Errorf("the callers see as many fields and values: %v", sizes)
	}
}

// asked are all fields, arguments and values of the schema, as introspection tells them to somebody.
func (p *program) asked(t *testing.T, as string) (all []string) {
	t.Helper()
	type named struct {
		Name string
		Args []struct{ Name string }
	}
	var answer struct {
		Data struct {
			Schema struct {
				Types []struct {
					Name                            string
					Fields, InputFields, EnumValues []named
				}
			}
		}
	}
	r := p.run(t, operation{as: as, query: `{ schema: __schema { types { name fields(includeDeprecated: true) { name args { name } } inputFields { name }
		enumValues(includeDeprecated: true) { name } } } }`})
	if err := json.Unmarshal(r.body, &answer); err != nil {
		t.Fatalf("%v\n%s", err, r.body)
	}
	for _, each := range answer.Data.Schema.Types {
		if strings.HasPrefix(each.Name, "__") {
			continue
		}
		for _, field := range slices.Concat(each.Fields, each.InputFields, each.EnumValues) {
			all = append(all, each.Name+"."+field.Name)
			for _, argument := range field.Args {
				all = append(all, each.Name+"."+field.Name+"("+argument.Name+":)")
			}
		}
	}
	slices.Sort(all)
	return all
}

// told are the same of a schema.
func told(s *ast.Schema) (all []string) {
	for name, of := range s.Types {
		if strings.HasPrefix(name, "__") {
			continue
		}
		for _, field := range of.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			all = append(all, name+"."+field.Name)
			for _, argument := range field.Arguments {
				all = append(all, name+"."+field.Name+"("+argument.Name+":)")
			}
		}
		for _, value := range of.EnumValues {
			all = append(all, name+"."+value.Name)
		}
	}
	slices.Sort(all)
	return all
}

// A name that is nearly one of the schema's is not corrected: that would tell the schema to those who may not ask for it.
func TestNoAnswerSuggestsANameOfTheSchema(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, strings.Replace(standard, "introspection: true", "introspection: false", 1))
	type members = map[string]any
	for name, c := range map[string]struct {
		sent   members
		secret []string
	}{
		"a field":            {members{"query": `{ me { usernam } }`}, []string{"username"}},
		"a root field":       {members{"query": `{ productz(first: 1) { nodes { id } } }`}, []string{"products"}},
		"a mutation":         {members{"query": `mutation { placeOrde(input: {}) { order { id } } }`}, []string{"placeOrder"}},
		"an argument":        {members{"query": `{ products(firs: 1) { nodes { id } } }`}, []string{`"first"`, "category"}},
		"a type":             {members{"query": `{ me { ... on Usr { id } } }`}, []string{"User\"?", "mean"}},
		"a type of variable": {members{"query": `query($v: PayOrderInpu!) { me { id } }`}, []string{"PayOrderInput"}},
		"a directive":        {members{"query": `{ me { id @skp(if: true) } }`}, []string{"@skip"}},
		"a member of an input": {
			members{"query": `mutation { placeOrder(input: {itemz: [], shippingAddress: {street: "a", city: "b", zip: "c"}}) { order { id } } }`},
			[]string{`"items"?`, "mean"},
		},
		"a value of an enumeration": {
			members{"query": `mutation { payOrder(input: {orderId: 1, method: CAR}) { payment { id } } }`}, []string{"CARD"},
		},
		"a member in a variable": {
			members{
				"query": `mutation($v: UpdateProfileInput!) { updateProfile(input: $v) { user { id } } }`, "variables": members{"v": members{"nam": "x"}},
			},
			[]string{`"name"`, "mean"},
		},
		"a value in a variable": {
			members{
				"query":     `mutation($v: PayOrderInput!) { payOrder(input: $v) { payment { id } } }`,
				"variables": members{"v": members{"orderId": 1, "method": "CAR"}},
			},
			[]string{"CARD", "mean"},
		},
		"a variable":     {members{"query": `query($value: ID!) { user(id: $valu) { id } }`, "variables": members{"value": 1}}, []string{"mean"}},
		"a fragment":     {members{"query": `{ me { ...named } } fragment names on User { id }`}, []string{"mean"}},
		"an operation":   {members{"query": `query Home { me { id } }`, "operationName": "Hom"}, []string{"Home"}},
		"a leaf's field": {members{"query": `{ me { name { first } } }`}, []string{"mean"}},
		"no selection":   {members{"query": `{ me }`}, []string{"mean", "username", "{ ... }"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.post(t, body(t, c.sent), graphqlJSON)
			if r.status != http.StatusBadRequest || !strings.Contains(string(r.body), `"errors"`) {
				t.Errorf("it is answered with %d %s", r.status, r.body)
			}
			saysNothingOf(t, string(r.body), append(c.secret, "Did you mean", canary)...)
		})
	}
}
