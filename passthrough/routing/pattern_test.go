package routing

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPatternTellsItsParts(t *testing.T) {
	type parts struct {
		Methods []string
		Path    string
		Params  []string
		Text    string
	}
	for text, want := range map[string]parts{
		"GET /users/{id}":             {[]string{"GET"}, "/users/{id}", []string{"id"}, "GET /users/{id}"},
		"HEAD, GET  /files/{path...}": {[]string{"GET", "HEAD"}, "/files/{path...}", []string{"path"}, "GET,HEAD /files/{path...}"},
		"/anything/{x}/{y_2}":         {nil, "/anything/{x}/{y_2}", []string{"x", "y_2"}, "/anything/{x}/{y_2}"},
		"M-SEARCH /":                  {[]string{"M-SEARCH"}, "/", nil, "M-SEARCH /"},
		"GET /caf%c3%a9/*":            {[]string{"GET"}, "/caf%c3%a9/*", nil, "GET /caf%c3%a9/*"},
	} {
		p, err := ParsePattern(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, parts{p.Methods(), p.Path(), p.Params(), p.String()}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestPatternsThatCannotBeReadAreExplained(t *testing.T) {
	const segment = " is neither a literal nor {name} or {name...}, where a name has letters, digits and _"
	for text, want := range map[string]string{
		"":                      "its path must begin with /",
		"GET":                   "its path must begin with /",
		"GET users":             "its path must begin with /",
		" /users":               "it must be a path, or methods, a space and a path",
		"GET/users":             "it must be a path, or methods, a space and a path",
		"GET example.com/users": "it must be a path, or methods, a space and a path",
		"get /users":            `"get" is not a method: methods are in capitals, with commas between them`,
		"GET,,PUT /users":       `"" is not a method: methods are in capitals, with commas between them`,
		"GET PUT /users":        `"GET PUT" is not a method: methods are in capitals, with commas between them`,
		"GET,GET /users":        "GET stands in it twice",
		"GET /a//b":             "its path holds an empty segment",
		"GET /a/../b":           "its path holds a dot segment",
		"GET /a%2fb":            "its path holds an encoded slash",
		"GET /a?b=c":            "its path holds a character that must be percent-encoded",
		"GET /a%zz":             "its path has an invalid percent-encoding",
		"GET /{id}/{id}":        "{id} stands in it twice",
		"GET /{id}/{id...}":     "{id} stands in it twice",
		"GET /{path...}/x":      "{path...} must be the end of the path",
		"GET /{path...}/":       "{path...} must be the end of the path",
		"GET /{}":               `"{}"` + segment,
		"GET /{...}":            `"{...}"` + segment,
		"GET /{$}":              `"{$}"` + segment,
		"GET /{1a}":             `"{1a}"` + segment,
		"GET /{a-b}":            `"{a-b}"` + segment,
		"GET /{id}.json":        `"{id}.json"` + segment,
		"GET /x{id}":            `"x{id}"` + segment,
		"GET /{a}{b}":           `"{a}{b}"` + segment,
		"GET /{id":              `"{id"` + segment,
		"GET /id}":              `"id}"` + segment,
	} {
		if _, err := ParsePattern(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParsePattern reads what it writes, and takes its own paths.
func FuzzParsePattern(f *testing.F) {
	for _, text := range []string{"GET /users/{id}", "GET,HEAD /files/{path...}", "/", "/a%20b/{x}/", "PUT /é/%7Bx%7D", "GET /{a}{b}", "GET  /a;b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pattern, err := ParsePattern(text)
		if err != nil {
			return
		}
		again, err := ParsePattern(pattern.String())
		if err != nil || again.String() != pattern.String() || len(again.segments) != len(pattern.segments) {
			t.Fatalf("%q is %q, which is %q, %v", text, pattern, again, err)
		}
		template, err := ParseTemplate(pattern.Path(), pattern)
		if err != nil {
			t.Fatalf("%q is no template for itself: %v", pattern.Path(), err)
		}
		if len(template.String()) > MaxPath {
			return // its escapes make it longer than a path may be
		}
		written, err := ParseTemplate(template.String(), pattern)
		if diff := cmp.Diff(template.segments, written.segments, cmp.AllowUnexported(segment{})); err != nil || diff != "" {
			t.Fatalf("%s is not read as it was written: %v %s", template, err, diff)
		}
		if bytes.ContainsAny(template.Append(nil, Params{}), " ?#{}\\") {
			t.Errorf("%s has literals that are not escaped", template)
		}
	})
}
