package composed

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/problem"
)

const reads = `
	query Things($id: ID!, $ids: [ID!], $sizes: [Int], $day: Date, $colour: Colour = GREEN, $on: Boolean, $weight: Float)
	@endpoint(path: "/things/{id}") {
		thing(id: $id, ids: $ids, sizes: $sizes, day: $day, colour: $colour, on: $on, weight: $weight) { id }
	}`

const needs = `
	query Things($colour: Colour!, $ids: [ID!]!) @endpoint(path: "/things") { thing(id: 1, colour: $colour, ids: $ids) { id } }`

const searches = `
	query Things($id: ID!, $filter: Filter!, $ids: [ID!], $grid: [[Int!]!], $day: Date, $on: Boolean, $weight: Float)
	@endpoint(method: POST, path: "/things/{id}") {
		thing(id: $id, filter: $filter, ids: $ids, grid: $grid, day: $day, on: $on, weight: $weight) { id }
	}`

// param tells one parameter of a path.
func param(name, value string) func(string) (string, bool) {
	return func(asked string) (string, bool) { return value, asked == name }
}

func TestVariablesOfAQuery(t *testing.T) {
	o := load(t, shop(t), reads)
	for query, want := range map[string]map[string]any{
		"":                                      {},
		"ids=1&ids=b":                           {"ids": []any{"1", "b"}},
		"ids=1,b%2Cc&ids=d":                     {"ids": []any{"1", "b", "c", "d"}},
		"ids=":                                  {"ids": []any{}},
		"sizes=1,-2":                            {"sizes": []any{int64(1), int64(-2)}},
		"colour=RED&on=true&weight=1.5e3":       {"colour": "RED", "on": true, "weight": 1500.0},
		"on=false&day=2026-01-31&weight=-0":     {"on": false, "day": "2026-01-31", "weight": math.Copysign(0, -1)},
		"day=&sizes=2147483647,-2147483648":     {"day": "", "sizes": []any{int64(2147483647), int64(-2147483648)}},
		"day=a%20b+c%26d%c3%a9&weight=12345678": {"day": "a b c&dé", "weight": 12345678.0},
	} {
		got, err := o.Variables(httptest.NewRequest("GET", "/things/7?"+query, nil), param("id", "7"))
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		want["id"] = "7"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestVariablesOfAQueryThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, query, id, want string }{
		"what nobody knows":    {reads, "idz=1&on=BLUE", "7", `there is no query parameter "idz"`},
		"what the path has":    {reads, "id=8", "7", `there is no query parameter "id"`},
		"a long name":          {reads, strings.Repeat("a", 999) + "=1", "7", `there is no query parameter "` + strings.Repeat("a", 40) + `"`},
		"no escape":            {reads, "on=%zz", "7", "the query string is not well formed"},
		"a semicolon":          {reads, "on=true;day=1", "7", "the query string is not well formed"},
		"twice":                {reads, "on=true&on=true", "7", "the query parameter on is given more than once"},
		"no truth":             {reads, "on=1", "7", "the query parameter on must be true or false"},
		"no number":            {reads, "weight=NaN", "7", "the query parameter weight must be a number"},
		"a number of Go's":     {reads, "weight=0x1p4", "7", "the query parameter weight must be a number"},
		"a number too large":   {reads, "weight=1e999", "7", "the query parameter weight must be a number"},
		"a blank":              {reads, "weight=%201", "7", "the query parameter weight must be a number"},
		"no whole number":      {reads, "sizes=1,1.5", "7", "each element of the query parameter sizes must be a whole number of 32 bits"},
		"a leading zero":       {reads, "sizes=01", "7", "each element of the query parameter sizes must be a whole number of 32 bits"},
		"more than 32 bits":    {reads, "sizes=2147483648", "7", "each element of the query parameter sizes must be a whole number of 32 bits"},
		"an element left out":  {reads, "sizes=1,,2", "7", "each element of the query parameter sizes must be a whole number of 32 bits"},
		"no value of the list": {reads, "colour=red", "7", "the query parameter colour must be one of RED, GREEN"},
		"no UTF-8":             {reads, "day=%ff", "7", "the query parameter day must be a text in UTF-8"},
		"no UTF-8 in the path": {reads, "", "\xff", "id in the path must be an id"},
		"what is needed":       {needs, "colour=RED", "", "the query parameter ids is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			o := load(t, shop(t), c.text)
			_, err := o.Variables(httptest.NewRequest("GET", "/things/7?"+c.query, nil), param("id", c.id))
			if problem.KindOf(err) != problem.BadInput || problem.From(err).Public() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAPathThatDoesNotHaveItsParameterIsRefused(t *testing.T) {
	o := load(t, shop(t), reads)
	_, err := o.Variables(httptest.NewRequest("GET", "/", nil), param("other", ""))
	if problem.KindOf(err) != problem.BadInput || err.Error() != "id in the path is needed" {
		t.Errorf("got %v", err)
	}
}

func TestVariablesOfABody(t *testing.T) {
	o := load(t, shop(t), searches)
	for body, want := range map[string]map[string]any{
		`{"filter": {"least": 1}}`: {"filter": map[string]any{"least": int64(1)}},
		` {"filter":{"least":-1,"not":{"least":2,"not":null},"colour":"GREEN","tags":["a","\u00e9\n"]}} `: {"filter": map[string]any{
			"least": int64(-1), "not": map[string]any{"least": int64(2), "not": nil}, "colour": "GREEN", "tags": []any{"a", "é\n"},
		}},
		`{"filter":{"least":1},"ids":["a",7],"grid":[[1,2],[]],"day":"2026","on":false,"weight":1}`: {
			"filter": map[string]any{"least": int64(1)}, "ids": []any{"a", "7"}, "grid": []any{[]any{int64(1), int64(2)}, []any{}},
			"day": "2026", "on": false, "weight": 1.0,
		},
		`{"filter":{"least":1},"ids":null,"on":null}`: {"filter": map[string]any{"least": int64(1)}, "ids": nil, "on": nil},
	} {
		got, err := o.Variables(post(body), param("id", "7"))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		want["id"] = "7"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestVariablesOfABodyThatAreRefused(t *testing.T) {
	o := load(t, shop(t), searches)
	deep := strings.Repeat(`{"least":1,"not":`, 100) + `{"least":"1"}` + strings.Repeat("}", 100)
	for body, want := range map[string]string{
		"":                                      "the request body is empty, and /filter in it is needed",
		" ":                                     "the body is not valid JSON",
		"{":                                     "the body is not valid JSON",
		`{"filter": {"least" 1}}`:               "the body is not valid JSON",
		`{"on": tru}`:                           "the body is not valid JSON",
		`{"ids": [1`:                            "the body is not valid JSON",
		`{"grid": x}`:                           "the body is not valid JSON",
		"[]":                                    "the body must be a JSON object",
		"null":                                  "the body must be a JSON object",
		`{"filter":{"least":1}} {}`:             "the body has more behind its JSON object",
		`{"filter":{"least":1}} x`:              "the body has more behind its JSON object",
		`{}`:                                    "/filter in the body is needed",
		`{"filter":null}`:                       "/filter in the body must not be null",
		`{"filter":[]}`:                         "/filter in the body must be an object",
		`{"filter":{}}`:                         "/filter/least in the body is needed",
		`{"filter":{"least":null}}`:             "/filter/least in the body must not be null",
		`{"filter":{"least":1.0}}`:              "/filter/least in the body must be a whole number of 32 bits",
		`{"filter":{"least":"1"}}`:              "/filter/least in the body must be a whole number of 32 bits",
		`{"filter":{"least":9999999999}}`:       "/filter/least in the body must be a whole number of 32 bits",
		`{"filter":{"least":1,"least":2}}`:      "the body has two members of one name in an object",
		`{"filter":{"least":1,"role":"admin"}}`: `/filter in the body has no member "role"`,
		`{"filter":{"least":1,"not":{"least":1,"x":1}}}`:  `/filter/not in the body has no member "x"`,
		`{"filter":{"least":1,"colour":"BLUE"}}`:          "/filter/colour in the body must be one of RED, GREEN",
		`{"filter":{"least":1,"colour":null,"tags":"a"}}`: "/filter/tags in the body must be a list",
		`{"filter":{"least":1,"tags":["a",null]}}`:        "/filter/tags/1 in the body must not be null",
		`{"filter":` + deep + `}`:                         "/filter" + strings.Repeat("/not", 48) + "/… in the body must be a whole number of 32 bits",
		`{"role":"admin"}`:                                `the body has no member "role"`,
		`{"id":"8"}`:                                      `the body has no member "id"`,
		`{"` + strings.Repeat("x", 999) + `":1}`:          `the body has no member "` + strings.Repeat("x", 40) + `"`,
		`{"ids":[1.5]}`:                                   "/ids/0 in the body must be an id",
		`{"ids":[true]}`:                                  "/ids/0 in the body must be an id",
		`{"grid":[[1],2]}`:                                "/grid/1 in the body must be a list",
		`{"on":"true"}`:                                   "/on in the body must be true or false",
		`{"weight":"1"}`:                                  "/weight in the body must be a number",
		`{"weight":1e999}`:                                "/weight in the body must be a number",
		`{"day":1}`:                                       "/day in the body must be a text in UTF-8",
		"{\"day\":\"\xff\"}":                              "the body is not valid JSON",
	} {
		_, err := o.Variables(post(body), param("id", "7"))
		if problem.KindOf(err) != problem.BadInput || problem.From(err).Public() != want {
			t.Errorf("%.60s: got %v, want %s", body, err, want)
		}
	}
}

func TestABodyOfAnotherKindIsRefused(t *testing.T) {
	o := load(t, shop(t), searches)
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ";"} {
		r := post(`{"filter":{"least":1}}`)
		r.Header.Set("Content-Type", contentType)
		if _, err := o.Variables(r, param("id", "7")); problem.KindOf(err) != problem.UnsupportedMediaType {
			t.Errorf("%q: got %v", contentType, err)
		}
	}
}

func TestABodyThatCannotBeReadKeepsItsProblem(t *testing.T) {
	o := load(t, shop(t), searches)
	for want, cause := range map[problem.Kind]error{
		problem.TooLarge: &http.MaxBytesError{Limit: 1},
		problem.BadInput: io.ErrUnexpectedEOF,
	} {
		r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("{"), failing{cause}))
		if _, err := o.Variables(r, param("id", "7")); problem.KindOf(err) != want || !errors.Is(err, cause) {
			t.Errorf("%v: got %v", want, err)
		}
	}
}

func TestAnEndpointThatNeedsNoBodyCanBeCalledWithoutOne(t *testing.T) {
	o := load(t, shop(t), `mutation M($id: ID!) @endpoint(path: "/things/{id}/empty") { empty(id: $id) { id } }`)
	for body, want := range map[string]string{"": "", "{}": "", `{"a":1}`: `the body has no member "a"`} {
		got, err := o.Variables(post(body), param("id", "7"))
		if want == "" && (err != nil || got["id"] != "7") || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: got %v, %v", body, got, err)
		}
	}
	if _, err := o.Variables(httptest.NewRequest("POST", "/?id=8", nil), param("id", "7")); err == nil {
		t.Error("a query parameter was let pass")
	}
}

func post(body string) *http.Request {
	r := httptest.NewRequest("POST", "/things/7", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	return r
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzVariables: whatever comes is either refused, with a short problem, or the executor can take it.
func FuzzVariables(f *testing.F) {
	for _, seed := range [][3]string{
		{"7", "", ""},
		{"", "ids=1,2&ids=3&sizes=-1,0&day=x&colour=RED&on=true&weight=1e3", `{"filter":{"least":1}}`},
		{"é", "idz=1&%zz&on=1;2", `{"filter":{"least":1,"not":{"least":2},"colour":"RED","tags":["a"]},"ids":[1,"b"],"grid":[[1],[]]}`},
		{"\xff", "weight=-0.5E-7&sizes=", `{"filter":{"least":1,"least":1}}`},
		{"1", "ids=%2c%2C", `{"filter":{"least":null},"day":"\ud800","weight":1e400,"on":null} {}`},
		{"1", "colour=&sizes=9999999999", `[{"filter":`},
	} {
		f.Add(seed[0], seed[1], []byte(seed[2]))
	}
	schema := shop(f)
	get, search := load(f, schema, reads), load(f, schema, searches)
	f.Fuzz(func(t *testing.T, id, query string, body []byte) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		checkVariables(t, schema, get, r, id)
		checkVariables(t, schema, search, post(string(body)), id)
	})
}

func checkVariables(t *testing.T, schema *ast.Schema, o *Operation, r *http.Request, id string) {
	t.Helper()
	values, err := o.Variables(r, param("id", id))
	if err != nil {
		if said := problem.From(err).Public(); problem.KindOf(err) != problem.BadInput || len(said) > 400 || !utf8.ValidString(said) {
			t.Errorf("%v: %d bytes: %s", problem.KindOf(err), len(said), said)
		}
		return
	}
	if values["id"] != id {
		t.Errorf("id is %v, want %q", values["id"], id)
	}
	if _, err := validator.VariableValues(schema, o.definition, values); err != nil {
		t.Errorf("the executor does not take %v: %v", values, err)
	}
}
