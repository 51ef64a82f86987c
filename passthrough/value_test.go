package passthrough

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/problem"
)

// callerOf is somebody who asks for a target of the pattern GET /users/{id}/{rest...}.
func callerOf(t *testing.T, principal auth.Principal, target string, header ...string) *caller {
	t.Helper()
	pattern, err := routing.ParsePattern("GET /users/{id}/{rest...}")
	if err != nil {
		t.Fatal(err)
	}
	table, _ := routing.New([]routing.Rule{{Pattern: pattern}}, routing.Policy{})
	r := httptest.NewRequestWithContext(t.Context(), "GET", target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	match, err := table.Find(r)
	if err != nil {
		t.Fatal(err)
	}
	return &caller{request: r, params: match.Params, principal: principal}
}

var paramsOfTests = []string{"id", "rest"}

func TestAValueIsMadeOfWhatARequestBrings(t *testing.T) {
	c := callerOf(t, ada("a", "b:c"), "/users/7%20/x/y%3Fz?limit=5&limit=6&empty=&q=a%26b", "Accept-Language", "de", "X-Many", "1", "x-many", "2")
	for text, want := range map[string]string{
		"":                               "",
		"constant":                       "constant",
		"{path.id}":                      "7 ",
		"{path.rest}":                    "x/y?z",
		"{query.limit}":                  "5",
		"{query.empty}":                  "",
		"{query.q}":                      "a&b",
		"{header.accept-language}":       "de",
		"{header.X-Many}":                "1, 2",
		"{identity.id}":                  "7",
		"{identity.scopes}":              "a b:c",
		"user {identity.id}, {path.id}!": "user 7, 7 !",
		"{path.id}{path.id}":             "7 7 ",
		// What names no source is text.
		"{}":                     "{}",
		"{id}":                   "{id}",
		"{path.}":                "{path.}",
		"{.id}":                  "{.id}",
		"{path.id":               "{path.id",
		"path.id}":               "path.id}",
		"{{path.id}}":            "{7 }",
		"{ path.id }":            "{ path.id }",
		`{"a.b": 1}`:             `{"a.b": 1}`,
		`{"a": {"b": "c.d"}}`:    `{"a": {"b": "c.d"}}`,
		`["{path.id}", "{id}"]`:  `["7 ", "{id}"]`,
		"^[0-9]{1,2}.{path.id}$": "^[0-9]{1,2}.7 $",
	} {
		v, err := parseValue(text, paramsOfTests)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, ok := v.text(c); !ok || got != want {
			t.Errorf("%q is %q, %t, want %q", text, got, ok, want)
		}
	}
}

func TestAValueThatLacksAPartIsNone(t *testing.T) {
	nobody := callerOf(t, auth.Principal{}, "/users/7/x?other=1")
	for _, text := range []string{
		"{query.limit}", "{header.X-Kind}", "{identity.id}", "{identity.scopes}", "{path.id} {query.limit}", "{identity.id} and more",
	} {
		v, err := parseValue(text, paramsOfTests)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, ok := v.text(nobody); ok || got != "" {
			t.Errorf("%q is %q, want none", text, got)
		}
	}
	v, err := parseValue("{identity.scopes}", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := v.text(callerOf(t, ada(), "/users/7/x")); !ok || got != "" {
		t.Errorf("the scopes of somebody without any are %q, %t, want an empty text", got, ok)
	}
}

func TestReferencesToNothingAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{path.name}":        "match has no parameter {name}",
		"{path.ID}":          "match has no parameter {ID}",
		"a {identity.email}": "of the identity there are {identity.id} and {identity.scopes}",
		"{body.name}":        "knows path, query, header and identity, and not body",
		"{Path.id}":          "knows path, query, header and identity, and not Path",
		"{env.SECRET}":       "knows path, query, header and identity, and not env",
		"{path.id.x}":        "match has no parameter {id.x}",
	} {
		if _, err := parseValue(text, paramsOfTests); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestAMemberIsGivenJSONOrAText(t *testing.T) {
	c := callerOf(t, ada("a"), "/users/7/x?n=-1.50&e=1e3&text=%22&zero=007&list=[1]&bad=%ff&space=+1")
	for text, want := range map[string]string{
		`true`:                   `true`,
		`null`:                   `null`,
		`1.50`:                   `1.50`,
		`"quoted"`:               `"quoted"`,
		`{"door": "rest"}`:       `{"door": "rest"}`,
		`[1, 2]`:                 `[1, 2]`,
		`plain`:                  `"plain"`,
		``:                       `""`,
		`{door}`:                 `"{door}"`,
		`say "hi"`:               `"say \"hi\""`,
		`{path.id}`:              `"7"`,
		`{path.id:number}`:       `7`,
		`{identity.id:number}`:   `7`,
		`{query.n:number}`:       `-1.50`,
		`{query.e:number}`:       `1e3`,
		`{query.text}`:           `"\""`,
		`user {path.id}`:         `"user 7"`,
		`user {path.id:number}`:  `"user 7"`,
		`{query.missing}`:        ``,
		`{query.missing:number}`: ``,
	} {
		m, err := parseMember(text, paramsOfTests)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, err := m.json(c)
		if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		`{query.text:number}`:      "the query must hold a number at text",
		`{query.zero:number}`:      "the query must hold a number at zero",
		`{query.list:number}`:      "the query must hold a number at list",
		`{query.space:number}`:     "", // white space around it is none of a number
		`{header.X-None:number}`:   "",
		`{identity.scopes:number}`: "the identity must hold a number at scopes",
		`{query.bad}`:              "the request holds text that is not UTF-8",
	} {
		m, err := parseMember(text, paramsOfTests)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		_, err = m.json(c)
		switch {
		case want == "" && err == nil:
		case want == "" || err == nil || problem.KindOf(err) != problem.BadInput || problem.From(err).Public() != want:
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestJSONHoldsNoReferences(t *testing.T) {
	for _, text := range []string{`"{path.id}"`, `{"id": "{path.id}"}`, `["a", "{identity.id}"]`} {
		if m, err := parseMember(text, paramsOfTests); err == nil {
			t.Errorf("%s is taken for %+v", text, m)
		}
	}
}
