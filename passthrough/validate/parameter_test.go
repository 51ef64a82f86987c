package validate

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// with is a contract of one operation, with one parameter.
func with(t testing.TB, version, parameter string) *Contract {
	t.Helper()
	path := "/a"
	if strings.Contains(parameter, "in: path") {
		path = "/a/{p}"
	}
	return parsed(t, "openapi: "+version+"\npaths:\n  "+path+":\n    get:\n      parameters: [{name: p, "+parameter+"}]\n")
}

func TestParametersAreReadAsTheContractWritesThem(t *testing.T) {
	const v30, v31 = "3.0.3", "3.1.0"
	for _, c := range []struct {
		version, parameter, target string
		want                       string // empty where it is right
	}{
		{v31, "in: query, required: true, schema: {type: string}", "/a", "query p is missing"},
		{v31, "in: query, required: true, schema: {type: string}", "/a?q=1", "query p is missing"},
		{v31, "in: query, required: true, schema: {type: string}", "/a?p", ""},
		{v31, "in: query, schema: {type: string, minLength: 1}", "/a?p=", "query p must have at least 1 character"},
		{v31, "in: query, allowEmptyValue: true, schema: {type: integer}", "/a?p=", ""},
		{v31, "in: query, schema: {type: integer}", "/a?p=-7", ""},
		{v31, "in: query, schema: {type: integer}", "/a?p=1e3", ""},
		{v31, "in: query, schema: {type: integer}", "/a?p=007", "query p must be an integer"},
		{v31, "in: query, schema: {type: integer}", "/a?p=%207", "query p must be an integer"},
		{v31, "in: query, schema: {type: number}", "/a?p=1.5", ""},
		{v31, "in: query, schema: {type: number}", "/a?p=.5", "query p must be a number"},
		{v31, "in: query, schema: {type: number}", "/a?p=1.", "query p must be a number"},
		{v31, "in: query, schema: {type: number}", "/a?p=NaN", "query p must be a number"},
		{v31, "in: query, schema: {type: number}", "/a?p=-", "query p must be a number"},
		{v31, "in: query, schema: {type: number}", "/a?p=1e", "query p must be a number"},
		{v31, "in: query, schema: {type: number, multipleOf: 0.01}", "/a?p=19.99", ""},
		{v31, "in: query, schema: {type: number, multipleOf: 0.01}", "/a?p=19.995", "query p must be a multiple of 0.01"},
		{v31, "in: query, schema: {type: number, multipleOf: 2}", "/a?p=1e999999999", "query p must be a multiple of 2"},
		{v31, "in: query, schema: {type: number, multipleOf: 2}", "/a?p=1e3", ""},
		{v31, "in: query, schema: {type: number, exclusiveMinimum: 0}", "/a?p=0", "query p must be more than 0"},
		{v31, "in: query, schema: {type: number, exclusiveMaximum: 10}", "/a?p=10.0", "query p must be less than 10"},
		{v30, "in: query, schema: {type: number, minimum: 0, exclusiveMinimum: true}", "/a?p=0", "query p must be more than 0"},
		{v30, "in: query, schema: {type: number, minimum: 0, exclusiveMinimum: false}", "/a?p=0", ""},
		{v30, "in: query, schema: {type: number, maximum: 9, exclusiveMaximum: true}", "/a?p=9", "query p must be less than 9"},
		{v31, "in: query, schema: {type: boolean}", "/a?p=true", ""},
		{v31, "in: query, schema: {type: boolean}", "/a?p=1", "query p must be a boolean"},
		{v31, "in: query, schema: {type: string}", "/a?p=7", ""},
		{v31, "in: query, schema: {type: string}", "/a?p=%FF", "query p must be UTF-8"},
		{v31, "in: query, schema: {type: [string, integer], pattern: '^x$', maximum: 5}", "/a?p=x", ""},
		{v31, "in: query, schema: {type: [string, integer], pattern: '^[67]$', maximum: 5}", "/a?p=6", ""},
		{v31, "in: query, schema: {type: [string, integer], pattern: '^[67]$', maximum: 5}", "/a?p=8", "query p must fit the pattern that the service names"},
		{v31, "in: query, schema: {anyOf: [{type: integer}, {const: all}]}", "/a?p=all", ""},
		{v31, "in: query, schema: {anyOf: [{type: integer}, {const: all}]}", "/a?p=7", ""},
		{v31, "in: query, schema: {anyOf: [{type: integer}, {const: all}]}", "/a?p=none", "query p must be the one value that is allowed"},
		{v31, "in: query, schema: {enum: [1, 2]}", "/a?p=2.0", ""},
		{v31, "in: query, schema: {enum: [1, 2]}", "/a?p=3", "query p must be one of the listed values"},
		{v31, "in: query, schema: {enum: [true]}", "/a?p=true", ""},
		{v31, "in: query, schema: {pattern: '^a'}", "/a?p=7", "query p must fit the pattern that the service names"},
		{v31, "in: query, schema: {type: string, format: date}", "/a?p=2025-02-29", "query p must be of the format date"},
		{v31, "in: query, schema: {type: string, format: uuid}", "/a?p=7f9c24e5-2f1a-4b3c-8d6e-0123456789ab", ""},
		{v31, "in: query, schema: {type: string, format: uuid}", "/a?p=7f9c24e52f1a4b3c8d6e0123456789ab", "query p must be of the format uuid"},
		{v31, "in: query, schema: {type: string, format: password}", "/a?p=x", ""},
		{v31, "in: query, schema: {type: array, items: {type: integer}}", "/a?p=1&p=2", ""},
		{v31, "in: query, schema: {type: array, items: {type: integer}}", "/a?p=1,2", "query p /0 must be an integer"},
		{v31, "in: query, schema: {type: array, items: {type: integer}, maxItems: 1}", "/a?p=1&p=2", "query p must have at most 1 element"},
		{v31, "in: query, explode: false, schema: {type: array, items: {type: string, maxLength: 1}}", "/a?p=a,bc", "query p /1 must have at most 1 character"},
		{v31, "in: query, explode: false, schema: {type: array, items: {type: string}}", "/a?p=a&p=b", "query p must be there only once"},
		{v31, "in: query, explode: false, schema: {type: array, uniqueItems: true, items: {type: number}}", "/a?p=1,1.0", "query p must not have the same element twice"},
		{v31, "in: query, explode: false, schema: {type: array, uniqueItems: true}", "/a?p=1,1.0", ""},
		{v31, "in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}", "/a?p=1|2|x", "query p /2 must be an integer"},
		{v31, "in: query, style: spaceDelimited, explode: false, schema: {type: array, items: {type: integer}}", "/a?p=1%202+x", "query p /2 must be an integer"},
		{v31, "in: query, style: deepObject, schema: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}", "/a?p[n]=7", ""},
		{v31, "in: query, style: deepObject, schema: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}", "/a?p%5Bn%5D=x", "query p /n must be an integer"},
		{v31, "in: query, style: deepObject, schema: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}", "/a?p[n]=1&p[n]=2", "query p /n must be there only once"},
		{v31, "in: query, style: deepObject, schema: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}", "/a?p[n]=1&p[m]=2", "query p /m is not known"},
		{v31, "in: query, style: deepObject, schema: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}", "/a?p=2", "query p must be given by its members"},
		{v31, "in: query, style: deepObject, required: true, schema: {type: object, properties: {n: {type: array, items: {type: integer}}}}", "/a", "query p is missing"},
		{v31, "in: query, style: deepObject, schema: {type: object, properties: {n: {type: array, items: {type: integer}}}}", "/a?p[n]=1&p[n]=x", "query p /n/1 must be an integer"},
		{v31, "in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}", "/a?p[n]=1", ""},
		{v31, "in: query, content: {application/json: {schema: {type: object, required: [n]}}}", "/a?p={}", "query p /n is missing"},
		{v31, "in: query, content: {application/json: {schema: {type: object, required: [n]}}}", "/a?p=n", "query p must be JSON in UTF-8, with each member once"},
		{v31, "in: path, required: true, schema: {type: array, items: {type: integer}}", "/a/1,2", ""},
		{v31, "in: path, required: true, schema: {type: array, items: {type: integer}}", "/a/1,b", "path p /1 must be an integer"},
		{v31, "in: query", "/a?p=anything", ""},
	} {
		t.Run(c.parameter+" "+c.target, func(t *testing.T) {
			s := sent{method: "GET", template: "/a", target: c.target}
			if value, ok := strings.CutPrefix(c.target, "/a/"); ok {
				s.template, s.params = "/a/{x}", map[string]string{"x": value}
			}
			if got := strings.Join(said(t, s.check(t, with(t, c.version, c.parameter))), "; "); got != c.want {
				t.Errorf("Check says %q, want %q", got, c.want)
			}
		})
	}
}

func TestHeadersAndCookiesAreParametersToo(t *testing.T) {
	c := parsed(t, `openapi: 3.0.3
paths:
  /a:
    parameters:
      - {name: X-Kind, in: header, required: true, schema: {type: string, enum: [a, b]}}
    get:
      parameters:
        - {name: x-numbers, in: header, schema: {type: array, items: {type: integer}}}
        - {name: Authorization, in: header, required: true, schema: {type: integer}}
        - {name: Host, in: header, schema: {type: string, maxLength: 4}}
        - {name: session, in: cookie, required: true, schema: {type: integer}}
`)
	for name, test := range map[string]struct {
		header http.Header
		want   []string
	}{
		"all are right": {http.Header{"X-Kind": {"a"}, "Cookie": {"session=7"}, "X-Numbers": {"1, 2", "3"}}, nil},
		"none is there": {nil, []string{"header X-Kind is missing", "cookie session is missing"}},
		"all are wrong": {
			http.Header{"X-Kind": {"c"}, "Cookie": {"session=x"}, "X-Numbers": {"1, x"}},
			[]string{"header x-numbers /1 must be an integer", "header X-Kind must be one of the listed values", "cookie session must be an integer"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sent{method: "GET", template: "/a", target: "/a", header: test.header}
			if diff := cmp.Diff(test.want, said(t, s.check(t, c))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFormsAreObjects(t *testing.T) {
	c := parsed(t, `openapi: 3.1.0
paths:
  /a:
    post:
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              additionalProperties: false
              required: [name]
              properties:
                name: {type: string, minLength: 1}
                age: {type: integer}
                tags: {type: array, items: {type: string}, maxItems: 2}
`)
	for body, want := range map[string][]string{
		"name=Ada+L&age=36&tags=a&tags=b": nil,
		"name=7":                          nil,
		"age=x&name=":                     {"body /age must be an integer", "body /name must have at least 1 character"},
		"name=a&name=b":                   {"body /name must be there only once"},
		"name=a&other=1":                  {"body /other is not known"},
		"name=a&tags=1&tags=2&tags=3":     {"body /tags must have at most 2 elements"},
		"name=%zz":                        {"body must be written so that it can be read in one way only"},
		"name=%ff":                        {"body must be UTF-8"},
		"":                                {"body is missing"},
	} {
		s := sent{method: "POST", template: "/a", target: "/a", body: body, header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
		if diff := cmp.Diff(want, said(t, s.check(t, c))); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}
