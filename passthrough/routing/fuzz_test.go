package routing

import (
	"bufio"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzFind reads requests as the server does. Of every path that is taken, the path at the service is read in the same way by a
// second gateway and by net/url: it has the same segments, and no query and no fragment of its own.
func FuzzFind(f *testing.F) {
	for _, target := range []string{
		"/", "/users/7", "/users/7/", "/users/%37?x=1", "/a/../b", "/a/%2e%2e%2fadmin", "/a%2Fb", "/x;y/..;/z", "/caf%C3%A9/\xc3\xa9",
		"/a%3Fb%23c", "/%25%32%65", "//x", "http://example.com/a%5Cb", "*", "/a\\b", "/a|b[c]", "/users/%E2%80%AE?%2F", "/files/a//", "/a%zz",
	} {
		f.Add("GET", target, "1", "a/b;v=2", false)
		f.Add("PUT", target, "", "a/b;q=0.5;version=\"v1\", */*;q=0", true)
	}
	pattern := patternOf(f, "/{first}/{rest...}")
	same, err := ParseTemplate("/{first}/{rest...}", pattern)
	if err != nil {
		f.Fatal(err)
	}
	rules := []Rule{
		ruleOf(f, "/{first}/{rest...}"),
		ruleOf(f, "GET /users/{id} v1 path header media default"),
		ruleOf(f, "GET /users/{id} v2 path header media"),
		ruleOf(f, "GET *.example.com/users/me header:Accept=* query:x=1"),
	}
	f.Fuzz(func(t *testing.T, method, text, version, accept string, slashes bool) {
		head := method + " " + text + " HTTP/1.1\r\nHost: api.example.com\r\n\r\n"
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
		if err != nil {
			return
		}
		r.Header.Set(versionKey, version)
		r.Header.Set("Accept", accept)
		all, _ := New(rules, Policy{EncodedSlashes: slashes})
		_, _ = all.Find(r) // whatever it is, it does not panic

		table, _ := New(rules[:1], Policy{EncodedSlashes: slashes})
		match, err := table.Find(r)
		if err != nil {
			return
		}
		path := string(same.Append(nil, match.Params))
		u, err := url.ParseRequestURI("http://service" + path)
		if err != nil || u.RawQuery != "" || u.Fragment != "" || u.EscapedPath() != path || u.Host != "service" {
			t.Fatalf("%q becomes %q, which is read as %+v, %v", text, path, u, err)
		}
		again, err := table.Find(&http.Request{Method: http.MethodGet, URL: u})
		if err != nil && len(path) > MaxPath {
			return // escapes make a path longer
		}
		if err != nil {
			t.Fatalf("%q becomes %q, which is refused: %v", text, path, err)
		}
		if next := string(same.Append(nil, again.Params)); next != path {
			t.Fatalf("%q becomes %q, and that becomes %q", text, path, next)
		}
		if want, got := segmentsOf(t, target(r.URL), slashes), segmentsOf(t, path, slashes); !slices.Equal(got, want) {
			t.Fatalf("%q has the segments %q, and %q has %q", text, want, path, got)
		}
	})
}

// segmentsOf decodes a path in another way than the package does.
func segmentsOf(t *testing.T, path string, slashes bool) []string {
	t.Helper()
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil || text == ".." || text == "." || !slashes && strings.Contains(text, "/") {
			t.Fatalf("%q was taken: %v", path, err)
		}
		segments[i] = text
	}
	return segments
}
