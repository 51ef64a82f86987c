package validate

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/problem"
)

// Whatever a client sends, it is right or has violations, which say nothing that could break a line or be long.
func FuzzCheck(f *testing.F) {
	users := contractOf(f, "user")
	mixed := parsed(f, `openapi: 3.1.0
paths:
  /a/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: [integer, string], format: uuid}}
        - {name: p, in: query, style: deepObject, schema: {type: object, properties: {n: {type: array, items: {type: integer}}}}}
        - {name: q, in: query, content: {application/json: {schema: {type: array, uniqueItems: true}}}}
        - {name: X-A, in: header, schema: {type: array, items: {type: number, multipleOf: 0.01}}}
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Node"}}
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Node"}}
components:
  schemas:
    Node:
      type: object
      properties:
        next: {anyOf: [{$ref: "#/components/schemas/Node"}, {type: array, items: {$ref: "#/components/schemas/Node"}}, {const: null}]}
        when: {type: string, format: date-time}
        email: {type: string, format: email, pattern: "^[^x]*$"}
        size: {type: integer, format: int64, multipleOf: 3}
        any: {enum: [{a: 1}, [1], 2, x, null]}
      unevaluatedProperties: {oneOf: [{type: string}, {type: number}, {not: {type: "null"}}]}
`)
	operations := []*Operation{
		operation(f, users, "GET", "/users"), operation(f, users, "PATCH", "/users/{id}"), operation(f, mixed, "POST", "/a/{id}"),
	}
	f.Add("7", "ids=1,2&limit=%31", "1, 2", []byte(`{"name":"A","address":{"zip":"1"}}`), false)
	f.Add("x", "p[n]=1&p[n]=x&q=[1,1.0,{}]", "0.01", []byte(`{"next":[{"next":{}},{"next":null}],"any":[1],"size":9e0}`), false)
	f.Add("", "p=1;q=2&%zz", "", []byte(`next=1&email=a%40b&when=2025-01-01T00:00:00Z&x=1&x=2`), true)
	f.Fuzz(func(t *testing.T, id, query, field string, body []byte, form bool) {
		header := http.Header{"Content-Type": {map[bool]string{true: "application/x-www-form-urlencoded", false: "application/json"}[form]}, "X-A": {field}}
		r := &http.Request{Method: "POST", URL: &url.URL{Path: "/a", RawQuery: query}, Header: header}
		for _, o := range operations {
			err := o.Check(r, func(string) (string, bool) { return id, true }, body)
			if err == nil {
				continue
			}
			known, ok := errors.AsType[*problem.Error](err)
			if !ok || known.Kind != problem.BadInput && known.Kind != problem.UnsupportedMediaType {
				t.Fatalf("Check = %v", err)
			}
			violations, _ := errors.AsType[Violations](err)
			if known.Kind == problem.BadInput && (len(violations) == 0 || len(violations) > most || len(known.Faults) != len(violations)) {
				t.Fatalf("there are %d violations", len(violations))
			}
			for _, each := range violations {
				if len(each.String()) > 1000 || strings.ContainsFunc(each.String(), func(r rune) bool { return r < ' ' }) {
					t.Fatalf("a violation is %q", each)
				}
			}
		}
	})
}

func FuzzContract(f *testing.F) {
	f.Add([]byte(taking("3.0.0", `{$ref: "#/components/schemas/Node"}`)), []byte(`{"value":1}`))
	f.Add([]byte(taking("3.1.0", `{oneOf: [{const: 1}, {enum: [2]}], not: {minimum: 3}, properties: {a: {pattern: a}}}`)), []byte(`2`))
	f.Fuzz(func(t *testing.T, text, body []byte) {
		contract, err := Parse("fuzzed", text)
		if err != nil {
			return
		}
		o, err := contract.Operation("POST", "/a")
		if err != nil {
			return
		}
		r := &http.Request{Method: "POST", URL: &url.URL{Path: "/a"}, Header: http.Header{"Content-Type": {"application/json"}}}
		_ = o.Check(r, func(string) (string, bool) { return "", true }, body)
	})
}
