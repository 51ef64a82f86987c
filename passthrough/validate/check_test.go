package validate

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams"
)

// sent is a request to a service.
type sent struct {
	method, template string
	target           string
	params           map[string]string
	header           http.Header
	body             string
}

func contractOf(t testing.TB, service string) *Contract {
	t.Helper()
	text, err := upstreams.Contract(service)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(text))
}

func parsed(t testing.TB, text string) *Contract {
	t.Helper()
	contract, err := Parse("openapi.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

func operation(t testing.TB, c *Contract, method, template string) *Operation {
	t.Helper()
	o, err := c.Operation(method, template)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (s sent) check(t testing.TB, c *Contract) error {
	t.Helper()
	r := httptest.NewRequest(s.method, "http://user"+s.target, nil)
	if s.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range s.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	param := func(name string) (string, bool) { value, ok := s.params[name]; return value, ok }
	return operation(t, c, s.method, s.template).Check(r, param, []byte(s.body))
}

// said are the violations in an error.
func said(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	violations, ok := errors.AsType[Violations](err)
	if !ok || problem.KindOf(err) != problem.BadInput {
		t.Fatalf("Check = %v, want violations", err)
	}
	var list []string
	for _, each := range violations {
		list = append(list, each.String())
	}
	return list
}

func TestRequestsAreHeldAgainstARealContract(t *testing.T) {
	users := contractOf(t, "user")
	list := func(query string) sent { return sent{method: "GET", template: "/users", target: "/users" + query} }
	one := func(id string) sent {
		return sent{method: "GET", template: "/users/{userId}", target: "/users/7", params: map[string]string{"userId": id}}
	}
	create := func(body string) sent { return sent{method: "POST", template: "/users", target: "/users", body: body} }
	change := func(body string) sent {
		return sent{method: "PATCH", template: "/users/{id}", target: "/users/7", params: map[string]string{"id": "7"}, body: body}
	}
	for name, c := range map[string]struct {
		sent sent
		want []string
	}{
		"nothing is asked for":                {list(""), nil},
		"all is asked for":                    {list("?ids=1,2&limit=1000&offset=0"), nil},
		"what the contract does not name":     {list("?trace=%F0%9F%98%80&limit=1"), nil},
		"a list with its commas escaped":      {list("?ids=1%2C2"), nil},
		"a limit beyond the bound":            {list("?limit=1001"), []string{"query limit must be at most 1000"}},
		"a limit that is none":                {list("?limit=many"), []string{"query limit must be an integer"}},
		"a limit that is empty":               {list("?limit="), []string{"query limit must be an integer"}},
		"a limit with a fraction":             {list("?limit=1.5"), []string{"query limit must be an integer"}},
		"a limit that is written otherwise":   {list("?limit=0x10&offset=+1"), []string{"query limit must be an integer", "query offset must be an integer"}},
		"a limit that is said twice":          {list("?limit=1&limit=2"), []string{"query limit must be there only once"}},
		"a name that is escaped":              {list("?lim%69t=0"), []string{"query limit must be at least 1"}},
		"an offset that no int32 can hold":    {list("?offset=2147483648"), []string{"query offset must be an integer of 32 bits"}},
		"an id that no int64 can hold":        {list("?ids=1,9223372036854775808"), []string{"query ids /1 must be an integer of 64 bits"}},
		"the largest id":                      {list("?ids=9223372036854775807"), nil},
		"ids that are none":                   {list("?ids=1,x,,3"), []string{"query ids /1 must be an integer", "query ids /2 must be an integer"}},
		"too many ids":                        {list("?ids=" + strings.TrimSuffix(strings.Repeat("7,", 101), ",")), []string{"query ids must have at most 100 elements"}},
		"a semicolon":                         {list("?limit=1;limit=5000"), []string{"query must be written so that it can be read in one way only"}},
		"a percent sign that escapes nothing": {list("?q=100%"), []string{"query must be written so that it can be read in one way only"}},
		"several mistakes": {list("?offset=-1&limit=0&ids=a"), []string{
			"query ids /0 must be an integer", "query limit must be at least 1", "query offset must be at least 0",
		}},
		"an id":                          {one("7"), nil},
		"an id that is too small":        {one("0"), []string{"path id must be at least 1"}},
		"an id that is a word":           {one("me"), []string{"path id must be an integer"}},
		"an id that is empty":            {one(""), []string{"path id must be an integer"}},
		"the least that makes a user":    {create(`{"name": "A", "username": "a", "email": "a@example.org"}`), nil},
		"all that makes a user":          {create(`{"name":"A","username":"a","email":"a@example.org","role":"support","phone":"","address":{"street":"1","city":"T","zip":"0"}}`), nil},
		"nothing in an object":           {create(`{}`), []string{"body /name is missing", "body /username is missing", "body /email is missing"}},
		"no object":                      {create(`[]`), []string{"body must be an object"}},
		"null":                           {create(`null`), []string{"body must be an object"}},
		"no body":                        {create(``), []string{"body is missing"}},
		"no JSON":                        {create(`{"name": `), []string{"body must be JSON in UTF-8, with each member once"}},
		"two bodies":                     {create(`{}{}`), []string{"body must be JSON in UTF-8, with each member once"}},
		"a member twice":                 {create(`{"name":"A","name":"B"}`), []string{"body must be JSON in UTF-8, with each member once"}},
		"a member twice, once escaped":   {create(`{"name":"A","n\u0061me":"B"}`), []string{"body must be JSON in UTF-8, with each member once"}},
		"bytes that are no UTF-8":        {create("{\"name\":\"\xff\"}"), []string{"body must be JSON in UTF-8, with each member once"}},
		"a member that is escaped":       {change(`{"n\u0061me":""}`), []string{"body /name must have at least 1 character"}},
		"characters are counted":         {change(`{"name":"` + strings.Repeat("ä", 200) + `"}`), nil},
		"a character too many":           {change(`{"name":"` + strings.Repeat("ä", 201) + `"}`), []string{"body /name must have at most 200 characters"}},
		"a role that nobody has":         {create(`{"name":"A","username":"a","email":"a@b.c","role":"root"}`), []string{"body /role must be one of the listed values"}},
		"an address without a city":      {create(`{"name":"A","username":"a","email":"a@b.c","address":{"street":"1","zip":"2"}}`), []string{"body /address/city is missing"}},
		"an email address that is none":  {change(`{"email":"nobody"}`), []string{"body /email must be of the format email"}},
		"a member that is not to change": {change(`{"role":"admin"}`), []string{"body /role is not known"}},
		"a name that breaks lines": {change(`{"a/b~\n` + strings.Repeat("x", 100) + `":1}`), []string{
			`body /a~1b~0\n` + strings.Repeat("x", 59) + "… is not known",
		}},
		"several mistakes in a body": {change(`{"phone":5,"address":{"zip":null,"city":7},"x":1,"name":""}`), []string{
			"body /phone must be a string", "body /address/zip must be a string", "body /address/city must be a string",
			"body /x is not known", "body /name must have at least 1 character",
		}},
		"a header that is too long": {
			sent{method: "POST", template: "/users", target: "/users", body: `{}`, header: http.Header{"idempotency-key": {strings.Repeat("k", 256)}}},
			[]string{
				"header Idempotency-Key must have at most 255 characters",
				"body /name is missing", "body /username is missing", "body /email is missing",
			},
		},
		"a header twice": {
			sent{method: "GET", template: "/users/{id}", target: "/users/7", params: map[string]string{"id": "7"}, header: http.Header{"If-None-Match": {"a", "b"}}},
			[]string{"header If-None-Match must be there only once"},
		},
		"a body where there is none": {
			sent{method: "GET", template: "/users", target: "/users", body: `{}`}, []string{"body must not be there"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, said(t, c.sent.check(t, users))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryContractOfTheSampleServicesIsUnderstood(t *testing.T) {
	for _, c := range []struct{ service, method, template string }{
		{"user", "GET", "/users"},
		{"user", "POST", "/users"},
		{"user", "GET", "/users/{id}"},
		{"user", "PATCH", "/users/{id}"},
		{"order", "GET", "/orders"},
		{"order", "POST", "/orders"},
		{"order", "GET", "/orders/{id}"},
		{"order", "PATCH", "/orders/{id}"},
		{"product", "GET", "/products"},
		{"product", "POST", "/products"},
		{"product", "GET", "/products/{id}"},
		{"product", "PATCH", "/products/{id}"},
		{"payment", "GET", "/payments"},
		{"payment", "POST", "/payments"},
		{"payment", "GET", "/payments/{id}"},
		{"payment", "POST", "/payments/{id}/refund"},
	} {
		operation(t, contractOf(t, c.service), c.method, c.template)
	}
}

func TestOnlyTheMediaTypesOfTheContractAreTaken(t *testing.T) {
	c := parsed(t, `openapi: 3.1.0
paths:
  /a:
    post:
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/merge-patch+json; charset=utf-8: {schema: {type: array}}
          image/*: {}
`)
	for name, test := range map[string]struct {
		header http.Header
		kind   problem.Kind
		want   bool
	}{
		"the type":                       {http.Header{"Content-Type": {"application/json"}}, 0, true},
		"the type with a parameter":      {http.Header{"Content-Type": {"Application/JSON; charset=utf-8"}}, 0, true},
		"another one":                    {http.Header{"Content-Type": {"application/merge-patch+json"}}, problem.BadInput, false},
		"one of a range":                 {http.Header{"Content-Type": {"image/png"}}, 0, true},
		"none of the types":              {http.Header{"Content-Type": {"text/plain"}}, problem.UnsupportedMediaType, false},
		"one whose name is longer":       {http.Header{"Content-Type": {"application/json-patch"}}, problem.UnsupportedMediaType, false},
		"no type":                        {http.Header{"Content-Type": {""}}, problem.UnsupportedMediaType, false},
		"what is no type":                {http.Header{"Content-Type": {"application/json, text/plain"}}, problem.UnsupportedMediaType, false},
		"two types":                      {http.Header{"Content-Type": {"application/json", "text/plain"}}, problem.UnsupportedMediaType, false},
		"a body that is coded":           {http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, problem.UnsupportedMediaType, false},
		"a range that a client asks for": {http.Header{"Content-Type": {"*/*"}}, problem.UnsupportedMediaType, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := sent{method: "POST", template: "/a", target: "/a", body: `{}`, header: test.header}.check(t, c)
			if (err == nil) != test.want || err != nil && problem.KindOf(err) != test.kind {
				t.Errorf("Check = %v, want it to be right: %t, or else of kind %v", err, test.want, test.kind)
			}
		})
	}
}

func TestNoMoreThanTwentyViolationsAreLookedFor(t *testing.T) {
	c := parsed(t, `openapi: 3.1.0
paths:
  /a:
    post:
      requestBody:
        content:
          application/json: {schema: {type: array, items: {type: object}}}
`)
	body := "[" + strings.TrimSuffix(strings.Repeat("1,", 1000), ",") + "]"
	got := said(t, sent{method: "POST", template: "/a", target: "/a", body: body}.check(t, c))
	if len(got) != 20 || got[19] != "body /19 must be an object" {
		t.Errorf("%d violations were found, the last is %q", len(got), got[len(got)-1])
	}
}

// A body of a few bytes could otherwise cost more than all others together: each level asks two times for what is below.
func TestSchemasThatAskThemselvesAgainAndAgainEnd(t *testing.T) {
	c := parsed(t, `openapi: 3.1.0
paths:
  /a:
    post:
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Nested"}}
components:
  schemas:
    Nested:
      anyOf:
        - {type: array, items: {$ref: "#/components/schemas/Nested"}, minItems: 1}
        - {type: array, items: {$ref: "#/components/schemas/Nested"}, maxItems: 1}
        - {type: boolean}
`)
	body := strings.Repeat("[", 100) + "1" + strings.Repeat("]", 100)
	got := said(t, sent{method: "POST", template: "/a", target: "/a", body: body}.check(t, c))
	if len(got) == 0 {
		t.Error("the body was found right")
	}
	if err := (sent{method: "POST", template: "/a", target: "/a", body: `[[true]]`}).check(t, c); err != nil {
		t.Error(err)
	}
}

func TestValuesAreNeverRepeated(t *testing.T) {
	const secret = "hunter2"
	users := contractOf(t, "user")
	for _, s := range []sent{
		{method: "GET", template: "/users", target: "/users?ids=" + secret + "&limit=" + secret + "&offset=" + secret},
		{method: "GET", template: "/users/{id}", target: "/users/7", params: map[string]string{"id": secret}},
		{method: "POST", template: "/users", target: "/users", body: fmt.Sprintf(`{"name":[%q],"username":{"a":%q},"email":%q}`, secret, secret, secret)},
		{method: "POST", template: "/users", target: "/users", body: secret},
		{method: "POST", template: "/users", target: "/users", body: `{}`, header: http.Header{"Content-Type": {secret}}},
	} {
		err := s.check(t, users)
		if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(problem.From(err).Public(), secret) {
			t.Errorf("Check(%s %s) = %v, want an error that repeats nothing", s.target, s.body, err)
		}
	}
}
