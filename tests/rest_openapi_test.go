package tests

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/upstreams"
)

// description is what a gateway says of its REST door, read by a library that knows all of OpenAPI.
type description struct {
	*openapi3.T

	text string
}

// described asks a gateway for its description. Nobody needs a token for that.
func (p *program) described(t *testing.T) description {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+"/openapi.json", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer := send(t, req)
	if media := answer.header.Get("Content-Type"); answer.status != http.StatusOK || !strings.HasPrefix(media, "application/json") {
		t.Fatalf("the description is a %d of %q: %s", answer.status, media, answer.body)
	}
	document, err := openapi3.NewLoader().LoadFromData(answer.body)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation()); err != nil {
		t.Fatal(err)
	}
	return description{document, string(answer.body)}
}

// called is one operation of a description.
type called struct {
	method, path string
	route        *routers.Route
}

// operations are all of them, in the order of their paths.
func (d description) operations() []called {
	var all []called
	for _, path := range slices.Sorted(maps.Keys(d.Paths.Map())) {
		item := d.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			all = append(all, called{method, path, &routers.Route{
				Spec: d.T, Path: path, PathItem: item, Method: method, Operation: item.Operations()[method],
			}})
		}
	}
	return all
}

// hasExample reports whether every parameter that is needed has an example.
func (c called) hasExample() bool {
	return !slices.ContainsFunc(c.route.Operation.Parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.Required && p.Value.Example == nil
	})
}

// example is the call that the description gives as an example: every parameter that has one, and the first example of a body.
func (c called) example(t *testing.T, p *program) (req *http.Request, params map[string]string) {
	t.Helper()
	if !c.hasExample() {
		t.Fatal("a parameter has no example")
	}
	path, params, query := c.path, make(map[string]string), make(url.Values)
	for _, each := range c.route.Operation.Parameters {
		value := textOf(t, each.Value.Example)
		switch {
		case each.Value.Example == nil:
		case each.Value.In == openapi3.ParameterInPath:
			path = strings.ReplaceAll(path, "{"+each.Value.Name+"}", url.PathEscape(value))
			params[each.Value.Name] = value
		case each.Value.In == openapi3.ParameterInQuery:
			query.Set(each.Value.Name, value)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, p.public+path+"?"+query.Encode(), bytes.NewReader(c.body(t)))
	if err != nil {
		t.Fatal(err)
	}
	if req.ContentLength > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, params
}

func textOf(t *testing.T, value any) string {
	t.Helper()
	if text, is := value.(string); is {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (c called) body(t *testing.T) []byte {
	t.Helper()
	if c.route.Operation.RequestBody == nil {
		return nil
	}
	examples := c.route.Operation.RequestBody.Value.Content["application/json"].Examples
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		return []byte(textOf(t, examples[name].Value.Value))
	}
	t.Fatal("the body has no example")
	return nil
}

// call sends the example, as somebody, and returns the status. Whatever comes must be as described.
func (c called) call(t *testing.T, p *program, as string) int {
	t.Helper()
	req, params := c.example(t, p)
	if as != "nobody" {
		req.Header.Set("Authorization", "Bearer "+p.token(t, as))
	}
	answer := send(t, req)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: c.route},
		Status:                 answer.status, Header: answer.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	input.SetBodyBytes(answer.body)
	if err := openapi3filter.ValidateResponse(t.Context(), input); err != nil {
		t.Errorf("%s %s: the %d is not as described: %v\n%s", c.method, c.path, answer.status, err, answer.body)
	}
	return answer.status
}

func TestTheExamplesOfTheDescriptionAreAnsweredAsDescribed(t *testing.T) {
	p := startREST(t, nil, demoSection())
	d := p.described(t)
	read := 0
	for _, each := range d.operations() {
		if each.method != http.MethodGet {
			continue
		}
		read++
		t.Run(each.method+" "+each.path, func(t *testing.T) {
			if status := each.call(t, p, "support"); status != http.StatusOK {
				t.Errorf("the answer is %d", status)
			}
			want := http.StatusOK
			if strings.Contains(each.route.Operation.Summary, "for the support desk") {
				want = http.StatusForbidden
			}
			if status := each.call(t, p, "customer"); status != want {
				t.Errorf("for the customer who tries it, the answer is %d, want %d", status, want)
			}
			if status := each.call(t, p, "nobody"); status != http.StatusUnauthorized {
				t.Errorf("without a token, the answer is %d", status)
			}
		})
	}
	if read < 10 {
		t.Errorf("of %d operations, %d only read", len(d.operations()), read)
	}
}

func TestTheExamplesOfBodiesAreTaken(t *testing.T) {
	p := startREST(t, nil, demoSection())
	for _, each := range p.described(t).operations() {
		if each.method == http.MethodGet {
			continue
		}
		t.Run(each.method+" "+each.path, func(t *testing.T) {
			if !each.hasExample() {
				t.Skip("a parameter has no example")
			}
			req, params := each.example(t, p)
			input := &openapi3filter.RequestValidationInput{
				Request: req, PathParams: params, Route: each.route,
				Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true},
			}
			if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
				t.Errorf("the example is not as described: %v", err)
			}
			if status := each.call(t, p, "admin"); status != http.StatusOK && status != http.StatusCreated && status != http.StatusConflict {
				t.Errorf("the answer is %d", status)
			}
		})
	}
}

func TestTheDescriptionTellsOfNothingThatNobodyMaySee(t *testing.T) {
	text := startREST(t, nil, demoSection()).described(t).text
	hidden := 0
	for _, service := range demo.Names() {
		contract, err := upstreams.Contract(service)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(\w+): \{.*x-visibility: never`).FindAllSubmatch(contract, -1) {
			hidden++
			if strings.Contains(text, string(found[1])) {
				t.Errorf("it tells of %s", found[1])
			}
		}
	}
	if hidden == 0 {
		t.Error("the contracts hide nothing")
	}
}
