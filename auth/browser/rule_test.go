package browser_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/browser"
)

// choice is one value of a field, and what it means.
type choice struct {
	values []string
	means  string
}

// The fields that decide, each with all that it can mean.
var (
	methods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get", "QUERY", ""}
	sites   = []choice{
		{nil, "absent"},
		{[]string{"same-origin"}, "ours"},
		{[]string{"none"}, "ours"},
		{[]string{"same-site"}, "same-site"},
		{[]string{"cross-site"}, "cross-site"},
		{[]string{""}, "broken"},
		{[]string{"Same-Origin"}, "broken"},
		{[]string{"same-origin, cross-site"}, "broken"},
		{[]string{"same-origin", "cross-site"}, "broken"},
		{[]string{"same-origin", "same-origin"}, "broken"},
	}
	origins = []choice{
		{nil, "absent"},
		{[]string{self}, "trusted"},
		{[]string{listed}, "trusted"},
		{[]string{"null"}, "foreign"},
		{[]string{""}, "foreign"},
		{[]string{"https://evil.example"}, "foreign"},
		{[]string{"http://api.shop.example"}, "foreign"},
		{[]string{self, self}, "foreign"},
	}
	markers = []choice{
		{nil, "absent"},
		{[]string{""}, "absent"},
		{[]string{" \t"}, "absent"},
		{[]string{"1"}, "there"},
		{[]string{"", "1"}, "there"},
	}
	types = []choice{
		{nil, "simple"},
		{[]string{""}, "simple"},
		{[]string{"text/plain"}, "simple"},
		{[]string{"Text/Plain; charset=application/json"}, "simple"},
		{[]string{"text/plain ;a=b"}, "simple"},
		{[]string{"application/x-www-form-urlencoded"}, "simple"},
		{[]string{"multipart/form-data; boundary=x"}, "simple"},
		{[]string{"json"}, "simple"},
		{[]string{"text/plain, application/json"}, "simple"},
		{[]string{"application/json", "text/plain"}, "simple"},
		{[]string{"application/json", "application/json"}, "simple"},
		{[]string{"/json"}, "simple"},
		{[]string{"application/"}, "simple"},
		{[]string{"application/json"}, "other"},
		{[]string{"APPLICATION/JSON ; charset=utf-8"}, "other"},
		{[]string{"application/graphql-response+json"}, "other"},
		{[]string{"application/octet-stream"}, "other"},
	}
)

// naive is the rule in plain words.
func naive(method, site, origin, marker, kind string) bool {
	safe := slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, method)
	if site == "cross-site" && (method == "GET" || method == "HEAD") {
		return false
	}
	page := site == "ours" ||
		site != "broken" && origin == "trusted" ||
		site == "absent" && origin == "absent" && marker == "there"
	write := safe || marker == "there" || kind == "other"
	return page && write
}

func TestEveryCombinationFollowsTheRule(t *testing.T) {
	r := rules()
	combinations, taken := 0, 0
	each(func(method string, site, origin, marker, kind choice) {
		request := sent(method)
		request.Method = method
		for name, values := range map[string][]string{
			"Sec-Fetch-Site": site.values, "Origin": origin.values, "X-Concierge-Csrf": marker.values, "Content-Type": kind.values,
		} {
			if values != nil {
				request.Header[name] = values
			}
		}
		want := naive(method, site.means, origin.means, marker.means, kind.means)
		token, ok, err := r.Token(request)
		if ok != want || (token == "jwt") != want || errors.Is(err, browser.ErrCrossSite) == want {
			t.Errorf("%s of %v gets %q, %v and %v, want %v", method, request.Header, token, ok, err, want)
		}
		combinations++
		if ok {
			taken++
		}
	})
	t.Logf("%d combinations, %d taken", combinations, taken)
}

func each(do func(method string, site, origin, marker, kind choice)) {
	for _, method := range methods {
		for _, site := range sites {
			for _, origin := range origins {
				for _, marker := range markers {
					for _, kind := range types {
						do(method, site, origin, marker, kind)
					}
				}
			}
		}
	}
}

// Whatever fields say: a token is taken for a page that is trusted alone, and a write is never one that a form could make.
func FuzzFields(f *testing.F) {
	f.Add("POST", "same-origin", self, "1", "application/json", "__Host-token=jwt")
	f.Add("POST", "", listed, "", "text/plain; charset=utf-8", "__Host-token=a; __Host-token=b")
	f.Add("GET", "cross-site", "null", "", "", `a=b; __Host-token="jwt"`)
	f.Add("PUT", "same-site", "HTTPS://WWW.shop.example:443", "x", "a/b", "__Host-token=")
	f.Fuzz(func(t *testing.T, method, site, origin, marker, kind, cookie string) {
		r := &http.Request{Method: method, Host: "api.shop.example", Header: http.Header{"Cookie": {cookie}}}
		for name, value := range map[string]string{
			"Sec-Fetch-Site": site, "Origin": origin, "X-Concierge-Csrf": marker, "Content-Type": kind,
		} {
			if value != "" {
				r.Header[name] = []string{value}
			}
		}
		if err := rules().Upgrade(r); err == nil && origin != "" && !isTrusted(origin) {
			t.Errorf("a WebSocket was opened for %q", origin)
		}
		token, ok, err := rules().Token(r)
		if ok != (token != "") || ok && err != nil || ok && !strings.Contains(cookie, token) {
			t.Errorf("%q gives %q, %v and %v", cookie, token, ok, err)
		}
		if ok && !mayPass(method, site, origin, marker, kind) {
			t.Errorf("%s of %v was taken", method, r.Header)
		}
	})
}

// mayPass is what must hold at least. An empty field is none.
func mayPass(method, site, origin, marker, kind string) bool {
	page := site == "same-origin" || site == "none" || isTrusted(origin) || site == "" && origin == "" && marker != ""
	safe := slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, method)
	link := site == "cross-site" && method == "GET"
	return page && !link && (safe || marker != "" || !isForm(kind))
}

// isTrusted is another reading of what an origin of ours is. The request came without TLS.
func isTrusted(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Path != "" || u.User != nil || u.RawQuery != "" {
		return false
	}
	switch host := strings.ToLower(u.Hostname()); u.Scheme {
	case "http":
		return host == "api.shop.example" && (u.Port() == "" || u.Port() == "80")
	case "https":
		return host == "www.shop.example" && (u.Port() == "" || u.Port() == "443")
	default:
		return false
	}
}

func isForm(kind string) bool {
	essence, _, _ := strings.Cut(strings.ToLower(kind), ";")
	return slices.Contains([]string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
	}, strings.TrimSpace(essence))
}
