package validate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// taking is a contract of one operation that takes a body.
func taking(version, schema string) string {
	return "openapi: " + version + `
paths:
  /a:
    post:
      requestBody: {content: {application/json: {schema: ` + schema + `}}}
components:
  schemas:
    Word: {type: string, minLength: 1, nullable: true}
    Node: {type: object, required: [value], properties: {value: {type: integer}, next: {$ref: "#/components/schemas/Node"}}}
    Given: {type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
    Loop: {allOf: [{$ref: "#/components/schemas/Loop"}]}
`
}

func TestBothVersionsOfTheSpecificationAreRead(t *testing.T) {
	const v30, v31 = "3.0.3", "3.1.1"
	for _, c := range []struct {
		version, schema, body string
		want                  string // empty where it is right
	}{
		{v30, "{type: string, nullable: true}", `null`, ""},
		{v30, "{type: string, nullable: true}", `7`, "body must be a string or null"},
		{v30, "{type: string}", `null`, "body must be a string"},
		{v30, "{type: string, nullable: true, enum: [a]}", `null`, "body must be one of the listed values"},
		{v30, "{type: string, nullable: true, enum: [a, null]}", `null`, ""},
		{v30, `{$ref: "#/components/schemas/Word", maxLength: 1}`, `"ab"`, ""},
		{v31, `{$ref: "#/components/schemas/Word", maxLength: 1}`, `"ab"`, "body must have at most 1 character"},
		{v31, `{$ref: "#/components/schemas/Word", maxLength: 1}`, `""`, "body must have at least 1 character"},
		{v31, "{type: [string, 'null']}", `null`, ""},
		{v31, "{type: [string, 'null']}", `7`, "body must be a string or null"},
		{v31, "{const: {a: [1, x]}}", `{"a":[1.0,"x"]}`, ""},
		{v31, "{const: {a: [1, x]}}", `{"a":[1,"y"]}`, "body must be the one value that is allowed"},
		{v31, "{const: null}", `null`, ""},
		{v31, "{const: null}", `0`, "body must be the one value that is allowed"},
		{v31, "true", `7`, ""},
		{v31, "false", `7`, "body must not be there"},
		{v31, "{}", `7`, ""},
		{v31, `{$ref: "#/components/schemas/Node"}`, `{"value":1,"next":{"value":2,"next":{"next":1}}}`, "body /next/next/next must be an object; body /next/next/value is missing"},
		{v31, `{$ref: "#/components/schemas/Given"}`, `{"name":"a"}`, ""},
		{v31, `{$ref: "#/components/schemas/Given"}`, `{"id":7}`, "body /name is missing"},
		{v31, "{oneOf: [{type: object, required: [a]}, {type: string}]}", `{}`, "body /a is missing"},
		{v31, "{oneOf: [{type: object, required: [a]}, {type: object, required: [b]}]}", `{}`, "body has none of the forms that it may have"},
		{v31, "{oneOf: [{type: object, required: [a]}, {type: object, required: [b]}]}", `{"a":1,"b":2}`, "body fits more than one of the forms of which it must have one"},
		{v31, "{anyOf: [{type: 'null'}, {type: integer, minimum: 5}]}", `3`, "body must be at least 5"},
		{v31, "{not: {type: string}}", `"a"`, "body is of a form that is not allowed"},
		{v31, "{type: object, additionalProperties: {type: integer}}", `{"a":1,"b":"x"}`, "body /b must be an integer"},
		{v31, "{type: object, patternProperties: {'^x-': {type: integer}}, additionalProperties: false}", `{"x-a":1,"b":2}`, "body /b is not known"},
		{v31, "{type: object, propertyNames: {maxLength: 3}}", `{"abcd":1}`, "body /abcd must not have this name"},
		{v31, "{type: object, minProperties: 1}", `{}`, "body must have at least 1 member"},
		{v31, "{type: object, maxProperties: 1}", `{"a":1,"b":2}`, "body must have at most 1 member"},
		{v31, "{allOf: [{properties: {a: true}}], unevaluatedProperties: false}", `{"a":1,"b":2}`, "body /b is not known"},
		{v31, "{type: array, uniqueItems: true}", `[{"a":1,"b":2},{"b":2,"a":1.0}]`, "body must not have the same element twice"},
		{v31, "{type: array, prefixItems: [{type: integer}], items: {type: string}}", `[1,2]`, "body /1 must be a string"},
		{v31, "{type: array, contains: {const: 1}}", `[2]`, "body must have another number of elements of the form that the service names"},
		{v31, "{type: integer}", `1.0`, ""},
		{v31, "{type: integer, format: int32}", `2147483648`, "body must be an integer of 32 bits"},
		{v31, "{type: integer, format: int32}", `2147483647.0`, ""},
		{v31, "{type: integer, format: int64}", `1e30`, "body must be an integer of 64 bits"},
		{v31, "{type: integer, format: int64}", `-9223372036854775808`, ""},
		{v31, "{type: number, maximum: 5}", `1e400`, "body must be at most 5"},
		{v31, "{format: date-time}", `"2025-01-02T03:04:05Z"`, ""},
		{v31, "{format: date-time}", `"2025-01-02t03:04:05.5+01:00"`, ""},
		{v31, "{format: date-time}", `"2025-01-02 03:04:05"`, "body must be of the format date-time"},
		{v31, "{format: date-time}", `7`, ""},
		{v31, "{format: email}", `"a b@example.org"`, "body must be of the format email"},
		{v31, "{format: email}", `"a.b+c@[127.0.0.1]"`, ""},
		{v31, "{format: hostname}", `"a-.org"`, "body must be of the format hostname"},
		{v31, "{format: ipv4}", `"127.0.0.1"`, ""},
		{v31, "{format: ipv4}", `"::1"`, "body must be of the format ipv4"},
		{v31, "{format: ipv6}", `"::1"`, ""},
		{v31, "{format: ipv6}", `"fe80::1%eth0"`, "body must be of the format ipv6"},
		{v31, "{format: uri}", `"/a"`, "body must be of the format uri"},
		{v31, "{format: uri}", `"https://example.org/a?b"`, ""},
		{v31, "{format: uri-reference}", `"a b"`, "body must be of the format uri-reference"},
		{v30, "{format: byte}", `"YQ=="`, ""},
		{v30, "{format: byte}", `"YQ"`, "body must be of the format byte"},
	} {
		t.Run(c.version+" "+c.schema+" "+c.body, func(t *testing.T) {
			s := sent{method: "POST", template: "/a", target: "/a", body: c.body}
			if got := strings.Join(said(t, s.check(t, parsed(t, taking(c.version, c.schema)))), "; "); got != c.want {
				t.Errorf("Check says %q, want %q", got, c.want)
			}
		})
	}
}

func TestContractsThatCannotBeCheckedAreRefusedWithThePlace(t *testing.T) {
	for schema, want := range map[string]string{
		`{$ref: "#/components/schemas/Nobody"}`:     "openapi.yaml:5 #/paths/~1a/post/requestBody/content/application~1json/schema: the reference leads nowhere",
		`{$ref: "other.yaml#/Word"}`:                "openapi.yaml:5 #/paths/~1a/post/requestBody/content/application~1json/schema: only references within the document, by path, are followed",
		`{$ref: "#/components/schemas/Loop"}`:       "the schema is made of itself",
		`{type: string, pattern: "(?=a)"}`:          "the pattern is not one that RE2 understands",
		`{type: text}`:                              "there is no such type",
		`{type: string, maxLength: many}`:           "this is not a whole number",
		`{type: string, maxLength: 1.5}`:            "this is not a whole number",
		`{minimum: "1"}`:                            "this is not a number",
		`{multipleOf: 0}`:                           "this is not a number above 0",
		`{enum: a}`:                                 "this is not a list",
		`{items: 7}`:                                "this is not a schema",
		`{unevaluatedItems: false}`:                 "requests cannot be held against this keyword",
		`{properties: {a: {$dynamicRef: "#meta"}}}`: "#/paths/~1a/post/requestBody/content/application~1json/schema/properties/a/$dynamicRef: requests cannot be held against this keyword",
	} {
		_, err := parsed(t, taking("3.1.0", schema)).Operation("POST", "/a")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Operation = %v, want it to say %q", schema, err, want)
		}
	}
	for parameter, want := range map[string]string{
		"in: body":                          "parameters stand in path, query, header or cookie",
		"in: path":                          "",
		"in: query, schema: {type: object}": "objects are read in queries alone, with the style deepObject",
		"in: path, style: label, schema: {type: integer}": "values of this style are not read",
		"in: path, style: matrix, schema: {type: array}":  "arrays of this style are not read",
	} {
		template := "/a"
		if strings.Contains(parameter, "path") {
			template = "/a/{x}"
		}
		_, err := with(t, "3.1.0", parameter).Operation("GET", template)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Operation = %v, want it to say %q", parameter, err, want)
		}
	}
	for _, text := range []string{"", "openapi: 2.0", "openapi: 3.1.0\npaths: [", "{", "a: &a [*a]"} {
		if _, err := Parse("openapi.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "openapi.yaml: ") {
			t.Errorf("Parse(%q) = %v, want an error that names the contract", text, err)
		}
	}
}

func TestAContractMayBeJSON(t *testing.T) {
	c := parsed(t, `{"openapi": "3.1.0", "paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"maximum": 1e3}}}}}}}}`)
	got := said(t, sent{method: "POST", template: "/a", target: "/a", body: `1001`}.check(t, c))
	if diff := cmp.Diff([]string{"body must be at most 1000"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPathsAreFoundByTheirShape(t *testing.T) {
	c := parsed(t, `openapi: 3.1.0
servers: [{url: "https://example.org/api/"}]
paths:
  /users/{userId}: {get: {parameters: [{name: userId, in: path, required: true, schema: {type: integer}}]}}
  /users/me: {get: {}}
  /users/{userId}/orders/{id}: {get: {parameters: [{name: userId, in: path, schema: {maximum: 9, type: integer}}, {name: id, in: path, schema: {type: string}}]}}
  /files/{name}.json: {get: {parameters: [{name: name, in: path, schema: {maxLength: 2}}]}, head: {parameters: [{name: q, in: query, required: true}]}}
`)
	for _, test := range []struct {
		method, template string
		params           map[string]string
		want             string
	}{
		{"GET", "/users/{id}", map[string]string{"id": "7"}, ""},
		{"HEAD", "/users/{id}", map[string]string{"id": "x"}, "path userId must be an integer"},
		{"GET", "/users/{id}", nil, "path userId is missing"},
		{"GET", "/users/me", nil, ""},
		{"GET", "/users/7", nil, ""},
		{"GET", "/users/you", nil, "path userId must be an integer"},
		{"GET", "/api/users/{id}", map[string]string{"id": "x"}, "path userId must be an integer"},
		{"GET", "/users/{id}/orders/{order}", map[string]string{"id": "10", "order": "7"}, "path userId must be at most 9"},
		{"GET", "/files/{x}.json", map[string]string{"x": "abc"}, "path name must have at most 2 characters"},
		{"HEAD", "/files/{x}.json", map[string]string{"x": "ab"}, "query q is missing"},
	} {
		s := sent{method: test.method, template: test.template, target: "/", params: test.params}
		if got := strings.Join(said(t, s.check(t, c)), "; "); got != test.want {
			t.Errorf("%s %s with %v: %q, want %q", test.method, test.template, test.params, got, test.want)
		}
	}
	for _, template := range []string{"/users", "/users/{id}/orders", "/users/{rest...}", "/{kind}/me", "/files/{x}", "/files/{x}.xml", "/users/{a}-{b}"} {
		if _, err := c.Operation("GET", template); err == nil || !strings.Contains(err.Error(), "there is no path like "+template) {
			t.Errorf("Operation(%s) = %v, want no path", template, err)
		}
	}
	if _, err := c.Operation("POST", "/users/{id}"); err == nil || err.Error() != "openapi.yaml:4 #/paths/~1users~1{userId}: there is no POST" {
		t.Errorf("Operation(POST) = %v", err)
	}
}
