package tests

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// A path that a service could take for another is not handed on: what a route allows would be another thing than what is done.
func TestProxyHandsOnPathsThatHaveOneReading(t *testing.T) {
	asked := make(chan string, 10)
	url := serveRaw(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r.RequestURI })
	const route = `    - {match: "GET /files/{path...}", upstream: files, raw: true, public: true, to: "/served/{path...}"}` + "\n" +
		`    - {match: "GET /users/{id}/photo", upstream: files, raw: true, public: true, to: "/photos/{id}/png"}`
	strict := startRaw(t, rawConfig(route, url))
	open := startRaw(t, strings.Replace(rawConfig(route, url), "\nrest:\n", "\nrest:\n  encoded_slashes: true\n", 1))
	for target, want := range map[string]struct{ strict, open string }{
		"/files/a":                       {"/served/a", "/served/a"},
		"/files/a/":                      {"/served/a/", "/served/a/"},
		"/files/a.b/..c/d..":             {"/served/a.b/..c/d..", "/served/a.b/..c/d.."},
		"/files/a%20b+c":                 {"/served/a%20b+c", "/served/a%20b+c"},
		"/files/caf%C3%A9":               {"/served/caf%C3%A9", "/served/caf%C3%A9"},
		"/files/a%3Fb%23c%25d":           {"/served/a%3Fb%23c%25d", "/served/a%3Fb%23c%25d"},
		"/files/a;v=1,b@c:d=e&f$g!'()*~": {"/served/a;v=1,b@c:d=e&f$g!'()*~", "/served/a;v=1,b@c:d=e&f$g!'()*~"},
		"/files/a?b=%2F..%2f&c=//&d":     {"/served/a?b=%2F..%2f&c=//&d", "/served/a?b=%2F..%2f&c=//&d"},
		"/files/a?":                      {"/served/a", "/served/a"},
		"/files/%61":                     {"/served/a", "/served/a"},
		"http://test/files/a":            {"/served/a", "/served/a"},
		"/users/7/photo":                 {"/photos/7/png", "/photos/7/png"},
		"/users/a%20b/photo":             {"/photos/a%20b/png", "/photos/a%20b/png"},
		"/files/a%2Fb":                   {"400", "/served/a%2Fb"},
		"/files/a%2fb":                   {"400", "/served/a%2Fb"},
		"/users/a%2Fb/photo":             {"400", "/photos/a%2Fb/png"},
		"/files/a%252Fb":                 {"/served/a%252Fb", "/served/a%252Fb"},

		"/files/../admin":                      {"400", "400"},
		"/files/./a":                           {"400", "400"},
		"/files/a/..":                          {"400", "400"},
		"/files/.":                             {"400", "400"},
		"/files/%2e%2e/admin":                  {"400", "400"},
		"/files/.%2e/admin":                    {"400", "400"},
		"/files/%2E/a":                         {"400", "400"},
		"/files/..%2fadmin":                    {"400", "400"},
		"/files/%2e%2e%2fadmin":                {"400", "400"},
		"/files/a%2f..%2fadmin":                {"400", "400"},
		"/files/..;/admin":                     {"400", "400"},
		"/files//a":                            {"400", "400"},
		"//files/a":                            {"400", "400"},
		"/files/a//":                           {"400", "400"},
		"/files/%2f/a":                         {"400", "/served/%2F/a"},
		`/files/..\admin`:                      {"400", "400"},
		"/files/..%5cadmin":                    {"400", "400"},
		"/files/a%5Cb":                         {"400", "400"},
		"/files/a%00.png":                      {"400", "400"},
		"/files/a%0d%0aX-User-ID:1":            {"400", "400"},
		"/files/a%7f":                          {"400", "400"},
		"/files/%c0%ae%c0%ae/admin":            {"400", "400"},
		"/files/a%ff":                          {"400", "400"},
		"/files/a%zz":                          {"400", "400"},
		"/files/a%2":                           {"400", "400"},
		"/Files/a":                             {"404", "404"},
		"/files":                               {"404", "404"},
		"/users/7/photo/":                      {"404", "404"},
		"/users//photo":                        {"400", "400"},
		"/files/" + strings.Repeat("a/", 70):   {"400", "400"},
		"/files/" + strings.Repeat("a", 9_000): {"400", "400"},
	} {
		for _, each := range []struct {
			site *rawSite
			want string
		}{{strict, want.strict}, {open, want.open}} {
			conn := dial(t, each.site.program)
			write(t, conn, "GET "+target+" HTTP/1.1\r\nHost: test\r\n\r\n")
			got := strconv.Itoa(received(t, conn, http.MethodGet).status)
			if got == "200" {
				got = comes(t, asked, "the service is asked")
			}
			if got != each.want {
				t.Errorf("%.60s becomes %s, want %s", target, got, each.want)
			}
			if n := len(asked); n > 0 {
				t.Fatalf("%.60s reached the service all the same: %s", target, <-asked)
			}
		}
	}
}
