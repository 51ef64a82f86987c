package tests

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// operatorsPages are all that the admin listener answers.
var operatorsPages = []string{
	"/livez", "/readyz", "/readyz?verbose", "/status", "/status/events", "/status/assets/status.js", "/config", "/routes",
	"/usage/fields", "/limits", "/purge", "/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline",
	"/debug/pprof/profile?seconds=1", "/debug/pprof/symbol", "/debug/pprof/trace?seconds=0.01", "/debug/vars", "/debug/",
}

// Whatever way a stranger writes its path, no page of operators is answered on the public listener.
func TestNoPageOfOperatorsIsReachedFromOutside(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, withREST(nil, demoSection()))
	admin := strings.TrimPrefix(p.admin, "http://")
	for _, page := range operatorsPages {
		for name, head := range map[string]string{
			"as it is":            "GET " + page + " HTTP/1.1\r\nHost: test\r\n",
			"by another method":   "POST " + page + " HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n",
			"by the admin's host": "GET " + page + " HTTP/1.1\r\nHost: " + admin + "\r\n",
			"by a local host":     "GET " + page + " HTTP/1.1\r\nHost: localhost:9090\r\n",
			"in absolute form":    "GET http://" + admin + page + " HTTP/1.1\r\nHost: " + admin + "\r\n",
			"with two slashes":    "GET /" + page + " HTTP/1.1\r\nHost: test\r\n",
			"with dots":           "GET /graphql/.." + page + " HTTP/1.1\r\nHost: test\r\n",
			"with escaped dots":   "GET /graphql/%2e%2e" + page + " HTTP/1.1\r\nHost: test\r\n",
			"with an escape":      "GET /%2F" + page[1:] + " HTTP/1.1\r\nHost: test\r\n",
			"with a letter of it": "GET /" + percent(page[1]) + page[2:] + " HTTP/1.1\r\nHost: test\r\n",
			"in capitals":         "GET " + strings.ToUpper(page) + " HTTP/1.1\r\nHost: test\r\n",
			"with a parameter":    "GET " + strings.Replace(page, "?", ";x=1?", 1) + " HTTP/1.1\r\nHost: test\r\n",
			"with headers that rewrite": "GET / HTTP/1.1\r\nHost: test\r\nX-Original-URL: " + page + "\r\nX-Rewrite-URL: " + page +
				"\r\nX-Forwarded-Host: " + admin + "\r\nX-Forwarded-Prefix: /debug\r\n",
		} {
			conn := dial(t, p)
			write(t, conn, head+"Connection: close\r\n\r\n")
			got := toTheEnd(t, conn)
			res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), nil)
			if err != nil {
				t.Fatalf("%s, %s: %v in %.200q", page, name, err, got)
			}
			_ = res.Body.Close()
			refused := res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusBadRequest ||
				res.StatusCode == http.StatusMethodNotAllowed || res.StatusCode == http.StatusMisdirectedRequest
			if !refused || res.Header.Get("Content-Type") != problemJSON {
				t.Errorf("%s, %s, is answered with\n%.300s", page, name, got)
			}
		}
	}
}

func percent(letter byte) string {
	const digits = "0123456789ABCDEF"
	return "%" + string(digits[letter>>4]) + string(digits[letter&15])
}

// Nobody outside learns which program answers, or in which version.
func TestAnswersDoNotSayWhichProgramAnswers(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	p := start(t, with(standard, "graphql", "graphiql: true"))
	for _, req := range []*http.Request{
		p.request(t, operation{query: `{ me { id } }`}),
		p.request(t, operation{query: `{`}),
		p.request(t, operation{as: "nobody", query: `{ me { id } }`}),
		p.raw(t, http.MethodGet, "/", nil, "", false),
		p.raw(t, http.MethodGet, "/nowhere", nil, "", false),
		p.raw(t, http.MethodOptions, "/graphql", nil, "", false),
		p.raw(t, "NONSENSE", "/graphql", nil, "", false),
	} {
		got := send(t, req)
		for name, values := range got.header {
			for _, tells := range []string{"Server", "X-Powered-By", "Via", "X-Runtime", "X-Version"} {
				if strings.EqualFold(name, tells) {
					t.Errorf("%s %s is answered with %s: %q", req.Method, req.URL.Path, name, values)
				}
			}
			if text := strings.ToLower(strings.Join(values, " ")); strings.Contains(text, "go1.") || strings.Contains(text, "golang") ||
				strings.Contains(text, "concierge/") {
				t.Errorf("%s %s is answered with %s: %q", req.Method, req.URL.Path, name, values)
			}
		}
	}
}
