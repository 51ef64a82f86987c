package routing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARuleIsCalledByWhatItTakes(t *testing.T) {
	for text, want := range map[string]string{
		"GET /users/{id} v1 path header default":           "GET /v1/users/{id}",
		"GET /users/{id} v1 header default":                "GET /users/{id} with version v1",
		"/anything/{x}":                                    "/anything/{x}",
		"GET,HEAD API.example.com/users":                   "GET,HEAD api.example.com/users",
		"*.example.com/{all...} header:x-beta=* query:a=1": "*.example.com/{all...} with header X-Beta, query a=1",
		"GET /users v2 media header:b=1 header:a=2":        "GET /users with version v2, header A=2, header B=1",
	} {
		if got := ruleOf(t, text).String(); got != want {
			t.Errorf("%s is called %s, want %s", text, got, want)
		}
	}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	const hostForm = "host: may hold letters, digits, hyphens and dots, and a star only as its first label; a port is not compared"
	pattern := patternOf(t, "/users")
	for name, tt := range map[string]struct {
		rule Rule
		want []string
	}{
		"an empty one":       {Rule{}, []string{"match: must not be empty"}},
		"a port":             {Rule{Pattern: pattern, Host: "example.com:80"}, []string{hostForm}},
		"a star within":      {Rule{Pattern: pattern, Host: "a.*.com"}, []string{hostForm}},
		"a star alone":       {Rule{Pattern: pattern, Host: "*"}, []string{hostForm}},
		"two stars":          {Rule{Pattern: pattern, Host: "*.*.com"}, []string{hostForm}},
		"half a label":       {Rule{Pattern: pattern, Host: "*api.com"}, []string{hostForm}},
		"an empty label":     {Rule{Pattern: pattern, Host: "a..com"}, []string{"host: must be a name such as api.example.com or *.example.com"}},
		"a star and no name": {Rule{Pattern: pattern, Host: "*."}, []string{"host: must be a name such as api.example.com or *.example.com"}},
		"no version":         {Rule{Pattern: pattern, ByHeader: true}, []string{"version: must not be empty where requests can name it, or leave it out"}},
		"a version's name":   {Rule{Pattern: pattern, Version: "2", ByPath: true}, []string{"version: must be such as v1 or v1.2"}},
		"a version's dots":   {Rule{Pattern: pattern, Version: "v1.", ByPath: true}, []string{"version: must be such as v1 or v1.2"}},
		"a version that nobody reaches": {
			Rule{Pattern: pattern, Version: "v1"},
			[]string{"version: cannot be reached: neither path, header nor media type names it, and it is not the default"},
		},
		"headers and query": {
			Rule{Pattern: pattern, Headers: map[string]string{"a b": "1", "host": "x", "X-A": "1", "x-a": "2"}, Query: map[string]string{"": "*"}},
			[]string{
				"headers.a b: must be the name of a header", "headers.host: is not compared here: host is", "headers.x-a: is given twice",
				"query: a parameter must have a name",
			},
		},
		"a good one": {Rule{Pattern: pattern, Host: "*.a_b.example", Version: "v1.10", Default: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			tt.rule.Validate(func(path, message string) { got = append(got, path+": "+message) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
