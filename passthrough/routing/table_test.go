package routing

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/problem"
)

// ruleOf reads a rule as these tests write it: a pattern whose path may have a host before it, and then the rest of its fields,
// such as "GET *.example.com/users/{id} v1 path header media default header:X-Beta=1 query:full=*".
func ruleOf(t testing.TB, text string) Rule {
	t.Helper()
	var r Rule
	words := strings.Fields(text)
	methods := ""
	if !strings.Contains(words[0], "/") {
		methods, words = words[0]+" ", words[1:]
	}
	slash := strings.IndexByte(words[0], '/')
	r.Host = words[0][:slash]
	r.Pattern = patternOf(t, methods+words[0][slash:])
	r.Headers, r.Query = make(map[string]string), make(map[string]string)
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word[strings.IndexByte(word, ':')+1:], "=")
		switch {
		case word == "path":
			r.ByPath = true
		case word == "header":
			r.ByHeader = true
		case word == "media":
			r.ByMediaType = true
		case word == "default":
			r.Default = true
		case strings.HasPrefix(word, "header:"):
			r.Headers[name] = value
		case strings.HasPrefix(word, "query:"):
			r.Query[name] = value
		default:
			r.Version = word
		}
	}
	r.Validate(func(path, message string) { t.Errorf("%s: %s %s", text, path, message) })
	return r
}

func patternOf(t testing.TB, text string) Pattern {
	t.Helper()
	pattern, err := ParsePattern(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return pattern
}

// tableOf is a table of the rules of a text, one in each line, and the lines.
func tableOf(t testing.TB, text string) (table *Table, lines []string) {
	t.Helper()
	var rules []Rule
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
			rules = append(rules, ruleOf(t, line))
		}
	}
	table, conflicts := New(rules, Policy{})
	if conflicts != nil {
		t.Errorf("conflicts: %v", conflicts)
	}
	return table, lines
}

// requestOf reads a request such as "GET api.example.com/users/7?full=1 API-Version: 1; Accept: text/html". Fields are divided by
// a vertical bar.
func requestOf(text string) *http.Request {
	method, text, _ := strings.Cut(text, " ")
	target, fields, _ := strings.Cut(text, " ")
	slash := strings.IndexByte(target, '/')
	r := httptest.NewRequest(method, target[slash:], nil)
	r.Host = target[:slash]
	for field := range strings.SplitSeq(fields, "|") {
		if name, value, ok := strings.Cut(field, ":"); ok {
			r.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	return r
}

// said is an answer of the table in a word: the line of the rule, or what is wrong.
func said(lines []string, match *Match, err error) string {
	var method *MethodError
	var known *problem.Error
	switch {
	case err == nil:
		return lines[match.Rule]
	case errors.As(err, &method):
		return "405 " + method.Allow
	case errors.As(err, &known):
		return strings.TrimSpace(known.Kind.Code() + " " + known.Message)
	default:
		return err.Error()
	}
}

func TestTheMostSpecificRuleCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		rules string
		want  map[string]string
	}{
		"of hosts": {
			rules: `
				GET /{all...}
				GET *.com/{all...}
				GET *.example.com/{all...}
				GET *.api.example.com/{all...}
				GET api.example.com/users`,
			want: map[string]string{
				"GET /users":                       "GET /{all...}",
				"GET localhost/users":              "GET /{all...}",
				"GET com/users":                    "GET /{all...}",
				"GET example.com/users":            "GET *.com/{all...}",
				"GET www.example.com/users":        "GET *.example.com/{all...}",
				"GET a.b.example.com/users":        "GET *.example.com/{all...}",
				"GET v1.api.example.com/users":     "GET *.api.example.com/{all...}",
				"GET api.example.com/users":        "GET api.example.com/users",
				"GET api.example.com/orders":       "GET *.example.com/{all...}", // what an exact host lacks, a wildcard has
				"GET API.Example.COM:8080/users":   "GET api.example.com/users",
				"GET api.example.com./users":       "GET api.example.com/users",
				"GET api.example.com.:443/users":   "GET api.example.com/users",
				"GET [::1]:8080/users":             "GET /{all...}",
				"GET notexample.com/users":         "GET *.com/{all...}",
				"GET api.example.com.evil.org/x":   "GET /{all...}",
				"GET .example.com/users":           "GET *.com/{all...}", // an empty label is none
				"GET evil.org:api.example.com/x":   "GET /{all...}",
				"GET api.example.com:x.evil.org/x": "GET *.example.com/{all...}",
			},
		},
		"of paths": {
			rules: `
				GET /{all...}
				GET /users
				GET /users/
				GET /users/{id}
				GET /users/me
				GET /users/{id}/orders/{order}
				GET /users/{id}/orders/last
				GET /users/me/{part...}
				GET /users/{id}/orders/{rest...}
				GET /files/{path...}`,
			want: map[string]string{
				"GET /":                      "GET /{all...}",
				"GET /users":                 "GET /users",
				"GET /users/":                "GET /users/",
				"GET /users/7":               "GET /users/{id}",
				"GET /users/7/":              "GET /{all...}",
				"GET /users/me":              "GET /users/me",
				"GET /users/Me":              "GET /users/{id}",
				"GET /Users":                 "GET /{all...}",
				"GET /users/me/":             "GET /users/me/{part...}",
				"GET /users/me/orders/last":  "GET /users/me/{part...}", // me, from the left, before {id}
				"GET /users/7/orders/last":   "GET /users/{id}/orders/last",
				"GET /users/7/orders/8":      "GET /users/{id}/orders/{order}",
				"GET /users/7/orders/8/item": "GET /users/{id}/orders/{rest...}",
				"GET /users/7/orders/":       "GET /users/{id}/orders/{rest...}",
				"GET /users/7/orders":        "GET /{all...}",
				"GET /files":                 "GET /{all...}",
				"GET /files/":                "GET /files/{path...}",
				"GET /files/a/b":             "GET /files/{path...}",
				"GET /%75sers/m%65":          "GET /users/me",
				"GET /users/%6De?x=/a//b":    "GET /users/me",
			},
		},
		"of literals that are encoded": {
			rules: `
				GET /caf%C3%A9
				GET /thé
				GET /a%20b/{x}
				GET /%7Bid%7D`,
			want: map[string]string{
				"GET /caf%c3%a9":  "GET /caf%C3%A9",
				"GET /café":       "GET /caf%C3%A9",
				"GET /th%C3%A9":   "GET /thé",
				"GET /a%20b/c":    "GET /a%20b/{x}",
				"GET /%7bid%7d":   "GET /%7Bid%7D",
				"GET /a+b/c":      "NOT_FOUND",
				"GET /cafe%CC%81": "NOT_FOUND", // other code points, though they look the same
			},
		},
		"of methods": {
			rules: `
				/users
				GET /users
				HEAD,PATCH /users/{id}
				GET /users/{id}
				DELETE /users/me
				GET /orders`,
			want: map[string]string{
				"GET /users":      "GET /users",
				"HEAD /users":     "GET /users",
				"PUT /users":      "/users",
				"OPTIONS /users":  "/users",
				"BREW /users":     "/users",
				"HEAD /users/7":   "HEAD,PATCH /users/{id}",
				"GET /users/7":    "GET /users/{id}",
				"PATCH /users/me": "HEAD,PATCH /users/{id}", // me takes no PATCH
				"PUT /users/7":    "405 GET, HEAD, PATCH",
				"PUT /users/me":   "405 DELETE, GET, HEAD, PATCH",
				"OPTIONS /orders": "405 GET, HEAD",
				"get /orders":     "405 GET, HEAD",
				"PUT /nowhere":    "NOT_FOUND",
			},
		},
		"of conditions": {
			rules: `
				GET /{all...}
				GET /users/{id}
				GET /users/{id} header:X-Beta=*
				GET /users/{id} header:x-beta=1
				GET /users/{id} header:X-Beta=* query:full=*
				GET /users/{id} header:X-Beta=2 query:full=yes header:X-More=a`,
			want: map[string]string{
				"GET /users/7":                                        "GET /users/{id}",
				"GET /users/7 X-Beta: 3":                              "GET /users/{id} header:X-Beta=*",
				"GET /users/7 X-Beta: 1":                              "GET /users/{id} header:x-beta=1",
				"GET /users/7 X-Beta: 1|X-Beta: 1":                    "GET /users/{id} header:X-Beta=*",
				"GET /users/7 X-Beta:":                                "GET /users/{id} header:X-Beta=*",
				"GET /users/7?full X-Beta: 1":                         "GET /users/{id} header:X-Beta=* query:full=*",
				"GET /users/7?full=yes X-Beta: 2|X-More: a":           "GET /users/{id} header:X-Beta=2 query:full=yes header:X-More=a",
				"GET /users/7?%66ull=%79es X-Beta: 2|X-More: a":       "GET /users/{id} header:X-Beta=2 query:full=yes header:X-More=a",
				"GET /users/7?full=yes&full=no X-Beta: 2|X-More: a":   "GET /users/{id} header:X-Beta=* query:full=*",
				"GET /users/7?full=yes X-Beta: 2|X-Beta: 2|X-More: a": "GET /users/{id} header:X-Beta=* query:full=*",
				"GET /users/7?fullest=yes":                            "GET /users/{id}",
				"GET /users/7?x=full":                                 "GET /users/{id}",
				"GET /orders X-Beta: 1":                               "GET /{all...}",
			},
		},
		"of conditions that do not hold there is the next": {
			rules: `
				GET api.example.com/users/me header:X-Beta=*
				GET /users/{id} query:full=*
				GET /{all...}
				PUT /users/me query:full=*`,
			want: map[string]string{
				"GET api.example.com/users/me X-Beta: 1": "GET api.example.com/users/me header:X-Beta=*",
				"GET api.example.com/users/me?full=1":    "GET /users/{id} query:full=*",
				"GET api.example.com/users/me":           "GET /{all...}",
				"PUT /users/me?full=1":                   "PUT /users/me query:full=*",
				"PUT /users/me":                          "405 GET, HEAD", // without the parameter there is no PUT
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			table, lines := tableOf(t, tt.rules)
			for request, want := range tt.want {
				match, err := table.Find(requestOf(request))
				if got := said(lines, match, err); got != want {
					t.Errorf("%s: got %s, want %s", request, got, want)
				}
			}
		})
	}
}
